"""The networks that learn what people want next, each a plain module as the one training loop takes it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from cases.ranking.networks import RESIDUAL
from cases.recommendation.towers import SPREAD, DecayedMeanTower, ItemTower, Pooling, SASRec

if TYPE_CHECKING:
    from cases.ranking.interactions import Interactions
    from cases.recommendation.settings import Settings

WHOLE = 4096  # items; of more the loss looks at drawn ones only
DRAWN = 2048  # items that are drawn for a batch, half of them as often as people have them
SET = 1000  # items of a history without an order that are looked at, where a network sees no more than their mean
POPULAR, STEEP = 3, 4  # a third of `min_users` tell how liked an item is, and half as many hardly anything


class Sequential(nn.Module):
    """What somebody had so far → how much they would like each item: the two-tower model, and SASRec.

    In training every place of a history asks for the item after it. `history` (people, longest) and `labels` of the
    same shape, filled by the number of items and by -1 at the beginning; `low` as in `below_any`. Otherwise see
    `ranked`.
    """

    def __init__(self, items: ItemTower, people: nn.Module, longest: int, often: Tensor) -> None:
        """`often`: (items,) how often each is what comes next, as a share of all."""
        super().__init__()
        self.items, self.people, self.longest = items, people, longest
        self.often = often  # no buffer, as the items' text

    def forward(
        self,
        history: Tensor,
        labels: Tensor,
        seen: Tensor | None = None,
        users: Tensor | None = None,
        low: Tensor | None = None,
    ) -> dict[str, Tensor]:
        vectors = self.items()
        states = self.after(vectors, history)
        if seen is not None:
            return ranked(scores(states[:, -1], vectors), labels, seen)
        asked = labels >= 0
        if self.training:
            self.items.meet(states[asked])
        self.often = self.often.to(vectors.device)
        loss = chosen_among_all(states[asked], vectors, labels[asked], self.often)
        if low is not None:
            loss = loss + below_any(states, asked, vectors, low)
        return {"loss": loss, "logits": loss.detach().reshape(1)}

    def after(self, vectors: Tensor, history: Tensor) -> Tensor:
        """(people, longest, width): the person after each item."""
        there = (history < len(vectors) - 1).float()
        given = functional.embedding(history, vectors[:, :-1]) * math.sqrt(vectors.shape[1] - 1)
        return self.people(given, there)

    def vectors_of(self, histories: Tensor, users: Tensor) -> Tensor:
        """(people, width) at the end of histories (people, longest)."""
        return self.after(self.items(), histories)[:, -1]


class Residual(nn.Module):
    """What a list says of each item, times a factor that is learnt, and what `Sequential` adds to it.

    It begins where the list ends, and learns only what the list does not know. Batches of training come from
    `residual_batches.Residuals`, which says what is `compared`; those of questions have `base` (people, items), the
    scores of the list.
    """

    def __init__(self, network: Sequential, factor: float) -> None:
        super().__init__()
        self.network = network
        self.sharpness = nn.Parameter(torch.tensor(math.log(factor)))

    @property
    def factor(self) -> float:
        """Of the list's scores."""
        return float(self.sharpness.detach().exp())

    @property
    def items(self) -> ItemTower:
        return self.network.items

    @property
    def people(self) -> nn.Module:
        return self.network.people

    @property
    def longest(self) -> int:
        return self.network.longest

    def forward(
        self,
        history: Tensor,
        labels: Tensor,
        base: Tensor,
        seen: Tensor | None = None,
        users: Tensor | None = None,
        low: Tensor | None = None,
        **compared: Tensor,
    ) -> dict[str, Tensor]:
        vectors = self.items()
        states = self.network.after(vectors, history)
        if seen is not None:
            return ranked(self.over(scores(states[:, -1], vectors), base), labels, seen)
        asked = labels >= 0
        if self.training:
            self.items.meet(states[asked])
        told = self.over(with_one(states[asked]) @ vectors[compared["columns"]].T, base[asked])
        place = compared["places"][asked][:, None]
        others = (told + compared["weighed"]).scatter(1, place, -math.inf)
        own = told.gather(1, place)
        loss = (torch.cat([own, others], 1).logsumexp(1) - own[:, 0]).mean()
        if low is not None:
            loss = loss + below_any(states, asked, vectors, low)
        return {"loss": loss, "logits": loss.detach().reshape(1)}

    def over(self, scores: Tensor, base: Tensor) -> Tensor:
        """The scores of both."""
        return scores + self.sharpness.exp() * base

    def vectors_of(self, histories: Tensor, users: Tensor) -> Tensor:
        return self.network.vectors_of(histories, users)


class BPRMF(nn.Module):
    """A vector for each person and each item: matrix factorisation, learnt by comparing an item somebody has with a
    drawn one they lack (BPR, Rendle et al. 2009). In training `users` and `labels` (lines,) are a line each."""

    longest = 1  # of what somebody had it reads nothing

    def __init__(self, items: ItemTower, people: int, had: list[np.ndarray]) -> None:
        super().__init__()
        self.items = items
        self.people = nn.Embedding(people, items.own.weight.shape[1] - 1)
        nn.init.normal_(self.people.weight, std=SPREAD)
        keys = [person * len(items.own.weight) + some for person, some in enumerate(had)]
        self.known = torch.from_numpy(np.sort(np.concatenate(keys)))  # no buffer, as the items' text

    def forward(
        self, users: Tensor, labels: Tensor, seen: Tensor | None = None, history: Tensor | None = None
    ) -> dict[str, Tensor]:
        vectors = self.items()
        mine = self.people(users)
        if seen is not None:
            return ranked(scores(mine, vectors), labels, seen)
        many = len(self.items.own.weight)
        other = torch.randint(many, labels.shape, device=labels.device)
        lacking = ~torch.isin(users * many + other, self.known.to(users.device))
        gap = (with_one(mine) * (vectors[labels] - vectors[other])).sum(-1)
        loss = (functional.softplus(-gap) * lacking).sum() / lacking.sum().clamp(min=1)
        return {"loss": loss, "logits": loss.detach().reshape(1)}

    def vectors_of(self, histories: Tensor, users: Tensor) -> Tensor:
        return self.people(users)


def scores_of(model: nn.Module, batch: Mapping[str, Tensor]) -> Tensor:
    """(people, items): how each item scores for whom a batch of questions asks about."""
    own = scores(model.vectors_of(batch["history"], batch["users"]), model.items())
    return model.over(own, batch["base"]) if "base" in batch else own


def with_one(people: Tensor) -> Tensor:
    """For the last column of the items, which counts the same for everybody."""
    return functional.pad(people, (0, 1), value=1.0)


def scores(people: Tensor, vectors: Tensor) -> Tensor:
    """(people, items), from (people, width) and all items with their filling row."""
    return with_one(people) @ vectors[:-1].T


def ranked(scores: Tensor, labels: Tensor, seen: Tensor) -> dict[str, Tensor]:
    """The loss, and as logits before how many other new items each wanted one comes; see
    `models.evaluation.ranking.ranks`.

    `labels` (people, wanted), filled by -1, and `seen` (people, most seen), filled by the number of items.
    """
    ruled_out = functional.pad(scores, (0, 1)).scatter(1, seen, -math.inf)[:, :-1]
    there = labels >= 0
    own = ruled_out.gather(1, labels.clamp(min=0))
    loss = (ruled_out.logsumexp(1, keepdim=True) - own)[there].mean()
    numbers = torch.arange(scores.shape[1], device=scores.device)
    places = [
        (ruled_out > own[:, [place]]).sum(1) + ((ruled_out == own[:, [place]]) & (numbers < labels[:, [place]])).sum(1)
        for place in range(labels.shape[1])
    ]
    return {"loss": loss, "logits": torch.where(there, torch.stack(places, 1), -1)}


def chosen_among_all(states: Tensor, vectors: Tensor, labels: Tensor, often: Tensor) -> Tensor:
    """Cross-entropy of the wanted items (asked,) among all, or among drawn ones where there are many.

    Half of those drawn are any items, half such as others want, which score high and so matter most in the sum. Each
    stands for as many as it was unlikely to be drawn (the logQ correction, Bengio and Senécal 2008).
    """
    items = len(vectors) - 1
    if items <= WHOLE:
        return functional.cross_entropy(scores(states, vectors), labels)
    half = DRAWN // 2
    wanted = labels[torch.randint(len(labels), (half,), device=labels.device)]
    drawn = torch.cat([torch.randint(items, (half,), device=labels.device), wanted])
    mine = with_one(states)
    own = (mine * vectors[labels]).sum(-1, keepdim=True)
    others = mine @ vectors[drawn].T - torch.log(half / items + half * often[drawn])
    others = others.masked_fill(labels[:, None] == drawn, -math.inf)
    return (torch.cat([own, others], 1).logsumexp(1) - own[:, 0]).mean()


def below_any(states: Tensor, asked: Tensor, vectors: Tensor, low: Tensor) -> Tensor:
    """How far what people rated low scores below any item, drawn ones, as the pairwise loss of BPR. That it scores
    below what they liked would teach little: most items do.

    `states` (people, longest, width), of which those that are `asked` (people, longest) count; `low` (people, some)
    filled by the number of items.
    """
    items = len(vectors) - 1
    drawn = torch.randint(items, low.shape, device=low.device)
    between = functional.embedding(low, vectors) - functional.embedding(drawn, vectors)
    gap = with_one(states) @ between.transpose(1, 2)
    there = asked[:, :, None] & (low < items)[:, None, :]
    return (functional.softplus(gap) * there).sum() / there.sum().clamp(min=1)


def assemble(
    settings: Settings,
    kind: str,
    text: np.ndarray | None,
    train: Interactions,
    *,
    min_users: int,
    ordered: bool,
    factor: float = 1.0,
) -> nn.Module:
    """The network of this kind, as large as the settings have it.

    Args:
        text: (items, features), see `ItemTower`; not for factors.
        min_users: from so many on an item's own vector counts in full.
        ordered: it is known which item came after which.
        factor: by which the scores of a list begin, where the network adds to one.
    """
    items, often = train.items, torch.from_numpy(train.counts / max(train.counts.sum(), 1)).float()
    tensor = None if text is None or kind == "factors" else torch.from_numpy(np.array(text))
    counts = torch.from_numpy(train.counts).float()
    trust = torch.ones(items) if tensor is None else (counts / min_users).clamp(max=1)
    liked = (POPULAR * trust).clamp(max=1) ** STEEP
    begun = torch.zeros(items) if kind == RESIDUAL else log_popularity(counts)  # a list says it already
    tower = ItemTower(items, settings.width, tensor, settings.text_only_dropout, trust, liked, begun)
    if kind == "factors":
        return BPRMF(tower, train.people, train.of_each)
    if kind in ("towers", RESIDUAL):
        towers = _towers(settings, tower, often, ordered=ordered)
        return Residual(towers, factor) if kind == RESIDUAL else towers
    attending = SASRec(settings.width, settings.max_history, settings.layers, settings.heads, settings.dropout)
    return Sequential(tower, attending, settings.max_history, often)


def _towers(settings: Settings, tower: ItemTower, often: Tensor, *, ordered: bool) -> Sequential:
    if ordered:
        return Sequential(tower, DecayedMeanTower(settings.width, settings.dropout), settings.max_history, often)
    return Sequential(tower, Pooling(settings.width, settings.dropout), max(settings.max_history, SET), often)


def log_popularity(counts: Tensor) -> Tensor:
    """(items,): of how many users have each, and one more, the logarithm.

    This is what a softmax over the items says of everybody alike. A network that begins with it need not spend its
    steps on it: by Adam a few hundred steps at a rate of 3e-3 move a weight no further than about one.
    """
    return torch.log1p(counts)
