"""Items and people as vectors: what a person is likely to want next has a vector in the same direction as theirs."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

SPREAD = 0.02  # of weights at the start, as BERT has it
DECAYS = (0.2, 0.5, 0.8, 0.95, 0.999)  # how much of an item is left when the next one comes
FOLLOWED = 0.05  # how much each batch moves what people are like on average


class ItemTower(nn.Module):
    """All items → (items + 1, width + 1): what each is like; the last column says how liked it is by everyone, and the
    last row, of zeros, fills histories.

    What a language model makes of an item's text is projected, and a vector of the item's own is added, which begins as
    no more than how popular the item is. In training it is left out of some items at a time, so that the text learns to
    stand for itself, as it must for an item nobody has yet (DropoutNet, Volkovs et al. 2017). Without text the own
    vectors begin by chance.

    That few have an item is no sign that few would like it. So of an item that is hardly known its own vector may say
    who would like it more than others do; how liked it is by people on average is said by its text.
    """

    def __init__(
        self, items: int, width: int, text: Tensor | None, text_only_dropout: float, trust: Tensor, liked: Tensor,
        popularity: Tensor,
    ) -> None:  # fmt: skip
        """`text`: (items, features), standardised. `text_only_dropout`: the share of items without their own vector.
        `trust`: (items,) how much of its own vector counts for each, and `liked` how much of what it says of how liked
        the item is, both from 0 to 1. `popularity`: (items,) how liked each is at the start, see
        `network.log_popularity`."""
        super().__init__()
        self.text_only_dropout, self.trust, self.liked = text_only_dropout, trust[:, None], liked
        self.text = text  # no buffer: it never changes, so that checkpoints need not keep it
        self.register_buffer("usual", torch.zeros(width))  # what people are like on average
        self.own = nn.Embedding(items, width + 1)
        nn.init.zeros_(self.own.weight)
        if text is None:
            nn.init.normal_(self.own.weight[:, :width], std=SPREAD)
        else:
            self.project = nn.Linear(text.shape[1], width + 1, bias=False)
            nn.init.normal_(self.project.weight, std=SPREAD)
        with torch.no_grad():
            self.own.weight[:, -1] = popularity

    def forward(self) -> Tensor:
        self.trust, self.liked = self.trust.to(self.own.weight.device), self.liked.to(self.own.weight.device)
        vectors = self.trust * self.own.weight
        if self.text is not None:
            if self.training and self.text_only_dropout:
                vectors = vectors * (torch.rand(len(vectors), 1, device=vectors.device) >= self.text_only_dropout)
            self.text = self.text.to(vectors.device)
            told = self.project(self.text)
            if not self.training:  # else it would be learnt to say the same in another way
                beyond = vectors @ functional.pad(self.usual, (0, 1), value=1.0)
                vectors = vectors - functional.pad(((1 - self.liked) * beyond)[:, None], (len(self.usual), 0))
            vectors = vectors + self.trust * told + (1 - self.trust) * told.detach()
        return functional.pad(vectors, (0, 0, 0, 1))

    def meet(self, people: Tensor) -> None:
        """Follow what people are like on average, from vectors (people, width) of some of them."""
        self.usual.lerp_(people.detach().mean(0).to(self.usual.dtype), FOLLOWED)


class DecayedMeanTower(nn.Module):
    """(people, items, width) of histories → the person after each item, of the same shape.

    The user tower of a two-tower model: means of the history in which older items count less, fading at several
    speeds that are learnt, and a network of two layers over them.
    """

    def __init__(self, width: int, dropout: float) -> None:
        super().__init__()
        self.fade = nn.Parameter(torch.logit(torch.tensor(DECAYS)))
        self.straight = nn.Linear(len(DECAYS) * width, width, bias=False)
        self.bent = nn.Sequential(nn.Dropout(dropout), nn.Linear(len(DECAYS) * width, 4 * width), nn.GELU(),
                                  nn.Dropout(dropout), nn.Linear(4 * width, width))  # fmt: skip
        self.norm = nn.LayerNorm(width)

    def forward(self, history: Tensor, there: Tensor) -> Tensor:
        """`there`: (people, items), 1 where there is an item, 0 where the history is filled."""
        places = torch.arange(history.shape[1], device=history.device)
        age = places[:, None] - places
        left = self.fade.sigmoid()[:, None, None] ** age.clamp(min=0) * (age >= 0)  # (speeds, items, items)
        weights = left[:, None] * there[None, :, None]
        weights = weights / weights.sum(-1, keepdim=True).clamp(min=1e-9)
        means = torch.einsum("sbij,bjw->bisw", weights, history).flatten(2)
        return self.norm(self.straight(means) + self.bent(means))


class Pooling(nn.Module):
    """The same where no order is known: the plain mean of what comes before, and a network of two layers over it."""

    def __init__(self, width: int, dropout: float) -> None:
        super().__init__()
        self.straight = nn.Linear(width, width, bias=False)
        self.bent = nn.Sequential(nn.Dropout(dropout), nn.Linear(width, 4 * width), nn.GELU(), nn.Dropout(dropout),
                                  nn.Linear(4 * width, width))  # fmt: skip
        self.norm = nn.LayerNorm(width)

    def forward(self, history: Tensor, there: Tensor) -> Tensor:
        means = (history * there[..., None]).cumsum(1) / there.cumsum(1)[..., None].clamp(min=1)
        return self.norm(self.straight(means) + self.bent(means))


class SASRec(nn.Module):
    """The same by self-attention over the items so far: SASRec (Kang and McAuley 2018)."""

    def __init__(self, width: int, longest: int, layers: int, heads: int, dropout: float) -> None:
        super().__init__()
        self.heads = heads
        self.places = nn.Parameter(torch.randn(longest, width) * SPREAD)
        self.dropout = nn.Dropout(dropout)
        self.blocks = nn.ModuleList(Block(width, heads, dropout) for _ in range(layers))
        self.norm = nn.LayerNorm(width)

    def forward(self, history: Tensor, there: Tensor) -> Tensor:
        states, hidden = self.entered(history, there)
        for block in self.blocks:
            states = block(states, hidden)
        return self.norm(states)

    def entered(self, history: Tensor, there: Tensor) -> tuple[Tensor, Tensor]:
        """What the first block is given: items with their places, and -1e9 where one must not look at another."""
        long = history.shape[1]
        states = self.dropout(history + self.places[-long:])
        places = torch.arange(long, device=history.device)
        seen = (places[:, None] >= places) & (there[:, None, :] > 0)  # (people, items, items)
        seen = seen | (places[:, None] == places)  # what only fills sees itself, so that it is a number
        return states, torch.zeros(seen.shape, device=history.device).masked_fill(~seen, -1e9)[:, None]


class Block(nn.Module):
    """Attention and two layers, each added to what comes in after normalising it."""

    def __init__(self, width: int, heads: int, dropout: float) -> None:
        super().__init__()
        self.heads, self.dropout = heads, nn.Dropout(dropout)
        self.before, self.between = nn.LayerNorm(width), nn.LayerNorm(width)
        self.ask, self.join = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.think = nn.Sequential(
            nn.Linear(width, 4 * width), nn.GELU(), nn.Dropout(dropout), nn.Linear(4 * width, width)
        )
        for layer in (self.ask, self.join, self.think[0], self.think[3]):
            nn.init.normal_(layer.weight, std=SPREAD)
            nn.init.zeros_(layer.bias)

    def attention(self, states: Tensor, hidden: Tensor) -> tuple[Tensor, Tensor]:
        """How much each item takes from those before it (people, heads, items, items), and what there is to take
        (people, heads, items, width of a head)."""
        people, long, width = states.shape
        asked = self.ask(self.before(states)).view(people, long, 3, self.heads, width // self.heads)
        queries, keys, values = asked.permute(2, 0, 3, 1, 4)
        shares = (queries @ keys.transpose(-1, -2) / (width // self.heads) ** 0.5 + hidden).softmax(-1)
        return shares, values

    def forward(self, states: Tensor, hidden: Tensor) -> Tensor:
        shares, values = self.attention(states, hidden)
        states = states + self.dropout(self.join((self.dropout(shares) @ values).transpose(1, 2).flatten(2)))
        return states + self.dropout(self.think(self.between(states)))
