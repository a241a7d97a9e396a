"""Which words spoke for a class, and which against it: integrated gradients on the vectors of the tokens, and where the
model counts words too what each of them adds.

For worker processes only: torch is imported with it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from captum.attr import LayerIntegratedGradients
from tokenizers import Encoding
from torch import Tensor, nn

from cases.base import Item
from cases.classification import explanation
from cases.text_analysis import ngrams, predict
from cases.text_analysis.ngrams import Vote
from cases.text_analysis.predictor import read
from cases.text_analysis.word_spans import pieces
from models import memory
from models.heads.head import Head
from models.progress import QUIET
from models.text import encoder
from models.text import tokenizer as text_tokenizer
from models.text.windows import Windows
from models.training import device

# How much each token of a text spoke for a class: integrated gradients (Sundararajan et al. 2017), by captum.
# The text is read in steps from one of the same length that says nothing; at each step it is asked how the class's
# score
# follows the vector of each token. What all tokens are given adds up to what the text made of the score. A text in
# several windows is read window by window, beside the others as they are; the score follows their features in a line
# unless the head has a hidden layer.
AT_ONCE = 2048  # tokens of a batch of steps
WORK = 2000  # tokens of all steps: a second on two processor cores, half a one where they know 16 bits
STRONGEST = 5  # counted words that are told
STEPS = (16, 32)  # fewest and most: the sum is off by a tenth, and by a hundredth


class Scores(nn.Module):
    """input_ids and attention_mask, both (n, tokens) → scores (n, classes) that are 0 on average.

    Only how a score differs from the others tells classes apart; what all of them gain together is no reason. Of a text
    in several windows it is given one, which has the `share` of the tokens; `rest` (width,) is what the others add to
    the features.
    """

    def __init__(self, body: nn.Module, head: Head, share: float = 1.0, rest: Tensor | None = None) -> None:
        super().__init__()
        self.body, self.head, self.share = body.requires_grad_(False), head.requires_grad_(False), share
        self.register_buffer("rest", torch.zeros(()) if rest is None else rest)

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        batch = {"input_ids": input_ids, "attention_mask": attention_mask}
        scores = self.head(self.rest + self.share * encoder.embed(self.body, batch))
        return scores - scores.mean(1, keepdim=True)


@dataclass(frozen=True)
class Window:
    """`ids`: (tokens,); `spans`: (tokens,) where each lies in the text, None of marks and of the prefix."""

    ids: Tensor
    spans: list[tuple[int, int] | None]

    def silent(self, pad: int) -> Tensor:
        """The same length, but nothing is said."""
        return torch.where(torch.tensor([span is None for span in self.spans]), self.ids, pad)


@dataclass(frozen=True)
class Seen:
    """A text as the model reads it; `unseen`: characters that were cut off."""

    text: str
    unseen: int
    windows: list[Window]

    @classmethod
    def by(cls, model: Mapping[str, Any], text: str) -> Seen:
        """`model`: what `predict.described` tells of it."""
        prefix, told = model["prefix"], model.get("windows")
        longest = text_tokenizer.CHARACTERS * model["most"] * (told["count"] if told else 1)
        encoded = model["tokenizer"].encode((prefix + text)[:longest])
        windows = _windows(encoded, told, model["most"], len(prefix))
        tokens = sum(span is not None for part in (encoded, *encoded.overflowing) for span in _spans(part, len(prefix)))
        spans = [span for window in windows for span in window.spans if span]
        whole = len(spans) == tokens and len(prefix + text) <= longest
        end = len(text) if whole else max((stop for _, stop in spans), default=0)
        return cls(text[:end], len(text) - end, windows)


def _windows(encoded: Encoding, told: Mapping[str, Any] | None, most: int, prefix: int) -> list[Window]:
    if told is None:
        return [Window(torch.tensor(encoded.ids), _spans(encoded, prefix))]
    stored: dict[str, Any] = {name: value if name == "count" else tuple(value) for name, value in told.items()}
    cutting = Windows(most=most, **stored)
    begin, end, lead = ([(token, None) for token in one] for one in (cutting.begin, cutting.end, cutting.lead))
    marks = slice(len(begin), -len(end) or None)
    read = [token for part in (encoded, *encoded.overflowing)
            for token in list(zip(part.ids, _spans(part, prefix), strict=True))[marks]]  # fmt: skip
    cut = cutting.cut(read, begin, end, lead)
    return [Window(torch.tensor([token for token, _ in one]), [span for _, span in one]) for one in cut]


def _spans(encoded: Encoding, prefix: int) -> list[tuple[int, int] | None]:
    return [
        None if special or stop <= prefix else (max(start - prefix, 0), stop - prefix)
        for special, (start, stop) in zip(encoded.special_tokens_mask, encoded.offsets, strict=True)
    ]


def explain(bundle: Path, item: Item, folder: Path) -> dict[str, Any]:
    """See `Task.explain`. There are no pictures but words, a list of pieces with their weights for each class that is
    explained, and unseen, how many characters at the end the model did not read. Where the model counts words too,
    counted has the same for those of them that added most."""
    model = predict.load(bundle)
    text = text_of(item)
    seen = Seen.by(model, text)
    networks = _by_window(model["body"], explanation.head_of(bundle, model["activation"]), seen)
    ids = seen.windows[0].ids
    with torch.no_grad():
        scores = networks[0](ids[None], torch.ones_like(ids)[None]).double().numpy()
    counts = model["words"]
    joined = ngrams.log_softmax(counts.joined(scores, [text]) if counts else scores)
    shares = np.exp(joined[0])
    asked = explanation.wanted(model["labels"], shares, item.truth)
    added = {name: counts.votes(text, number) if counts else [] for name, number in asked.items()}
    words = {name: _words(networks, seen, model["pad"], number, added[name]) for name, number in asked.items()}
    told = explanation.told(model["labels"], shares, item.truth)
    more = {"counted": {name: _strongest(votes) for name, votes in added.items()}} if counts else {}
    return {**told, "pictures": [], "words": words, "unseen": seen.unseen, **more}


def _strongest(votes: Sequence[Vote]) -> list[tuple[str, float]]:
    """What was counted and added most, the strongest first; the weights are shares of the largest."""
    first = sorted(votes, key=lambda vote: -abs(vote.weight))[:STRONGEST]
    most = max((abs(vote.weight) for vote in first), default=0.0) or 1.0
    return [(vote.told, vote.weight / most) for vote in first]


def text_of(item: Item) -> str:
    """Of the file that was given, or of the row of a data set."""
    if item.file:
        return read(item.file)
    dataset, row = explanation.row_of(item)
    return str(dataset.samples.at[row, "text"])


def _by_window(body: nn.Module, head: Head, seen: Seen) -> list[Scores]:
    """The network that each window is given to, with what the others make of the text as it is."""
    sizes = torch.tensor([float(len(window.ids)) for window in seen.windows])
    shares = sizes / sizes.sum()
    if len(shares) == 1:
        return [Scores(body, head)]
    with torch.no_grad():
        features = torch.cat([encoder.embed(body, {"input_ids": window.ids[None],
                                                   "attention_mask": torch.ones_like(window.ids)[None]})
                              for window in seen.windows])  # fmt: skip
    whole = shares @ features
    return [Scores(body, head, float(share), whole - share * one) for share, one in zip(shares, features, strict=True)]


def _words(
    networks: Sequence[Scores], seen: Seen, pad: int, target: int, votes: Sequence[Vote]
) -> list[tuple[str, float]]:
    """The pieces of the text; their weights are shares of the largest. `votes`: of the words that are counted too; both
    count alike, for the scores of both are added."""
    counted = ngrams.by_character(votes, len(seen.text))
    told: list[tuple[tuple[int, int], float]] = []
    for network, window in zip(networks, seen.windows, strict=True):
        spoke = attribute(network, network.body.get_input_embeddings(), window.ids, window.silent(pad), target,
                          bf16=device.has_fast_bf16(window.ids.device))  # fmt: skip
        told += [(span, weight + float(counted[slice(*span)].sum()))
                 for span, weight in zip(window.spans, spoke.tolist(), strict=True) if span]  # fmt: skip
    found = pieces(seen.text, [span for span, _ in told], [weight for _, weight in told])
    most = max(abs(weight) for _, weight in found) or 1.0
    return [(piece, weight / most) for piece, weight in found]


def attribute(network: nn.Module, table: nn.Module, ids: Tensor, silent: Tensor, target: int, *, bf16: bool) -> Tensor:
    """(tokens,) what each token adds to the score of the class `target`, or takes from it.

    Args:
        network: input_ids and attention_mask, both (n, tokens) → scores (n, classes).
        table: its layer that turns ids into vectors.
        ids, silent: (tokens,) the text, and the text that says nothing.
        bf16: half the time; the sum is then off by up to a thirtieth of the largest score's.
    """
    steps = min(max(WORK // len(ids), STEPS[0]), STEPS[1])
    method = LayerIntegratedGradients(network, table)

    def spoke(together: int) -> Tensor:
        with torch.autocast(ids.device.type, torch.bfloat16, enabled=bf16):
            return method.attribute(
                ids[None], silent[None], target=target, additional_forward_args=torch.ones_like(ids)[None],
                n_steps=steps, method="riemann_middle", internal_batch_size=together,
            )  # fmt: skip

    return memory.fewer(spoke, max(1, AT_ONCE // len(ids)), QUIET)[0].sum(-1).detach()
