"""What the frozen blocks of a text encoder make of each token, computed once and kept while the blocks above learn.

The same as in every epoch anew, but for rounding, as nothing below changes or is drawn by chance; an epoch then costs
what the learning blocks cost.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from models.progress import QUIET, Checking, ProgressReporter
from models.storage.array_cache import ArrayCache
from models.text import encoder
from models.text.tokenizer import Tokeniser
from models.training import device
from models.training.length_bucketing import batches_within

MOST = 2 * 2**30  # bytes that are kept; what would take more is computed anew
SPARE = 2  # times as much must be free on the disk
ROWS = 32_768  # tokens that are computed between two looks at whether to stop
CHECKED = 4  # texts by which it is seen whether a body can be taken apart
NEAR = 1e-3  # of their largest value, by which the vectors of those may differ


@dataclass(frozen=True)
class FrozenBlocks:
    """`kept` has a row of what `below` tells for each text, then one for each of its tokens; text `n` begins at
    `starts[n]`."""

    kept: np.ndarray
    starts: np.ndarray

    def batch(self, texts: Sequence[int] | np.ndarray) -> dict[str, np.ndarray]:
        """Of these texts states (texts, longest, hidden size), 0 beyond the end of each, and below (texts, hidden
        size); see `below`."""
        first = self.starts[texts]
        lengths = self.starts[np.asarray(texts) + 1] - first - 1
        states = np.zeros((len(lengths), lengths.max(), self.kept.shape[1]), np.float32)
        for row, (start, length) in enumerate(zip(first, lengths, strict=True)):
            states[row, :length] = self.kept[start + 1 : start + 1 + length]
        return {"states": states, "below": np.array(self.kept[first])}


def embed(body: nn.Module, blocks: int, batch: Mapping[str, Tensor], states: Tensor, means: Tensor) -> Tensor:
    """`encoder.embed` of a batch of which `below` has told what lies below the last `blocks` blocks."""
    mask = batch["attention_mask"]
    with _only_last(body, blocks, states):
        layers = encoder.states(body, batch)
    upper = encoder.upper(encoder.depth(body))
    above = [encoder.mean(layer, mask) for layer in layers[-upper:]]
    return torch.cat([above[-1], (means + torch.stack(above).sum(0)) / upper], -1)


def below(body: nn.Module, blocks: int, batch: Mapping[str, Tensor]) -> tuple[Tensor, Tensor]:
    """(texts, tokens, hidden size) the states that the last `blocks` blocks begin with, and (texts, hidden size) the
    sum of the means of those layers before them that `encoder.embed` takes."""
    mask, layers = batch["attention_mask"], encoder.states(body, batch)
    first = len(layers) - 1 - blocks
    taken = layers[len(layers) - encoder.upper(encoder.depth(body)) : first]
    means = [encoder.mean(layer, mask) for layer in taken]
    return layers[first], torch.stack(means).sum(0) if means else torch.zeros_like(layers[first][:, 0])


@torch.no_grad()
def can_be_parted(body: nn.Module, blocks: int, tokeniser: Tokeniser, ids: Sequence[np.ndarray]) -> bool:
    """Whether the upper blocks, given what lies below, make of some texts what the whole `body` makes of them."""
    if encoder.stack(body) is None or blocks >= encoder.depth(body):
        return False
    body.eval()
    given = _tensors(body, tokeniser, ids[:CHECKED])
    with device.exactly():
        whole = encoder.embed(body, given)
        parted = embed(body, blocks, given, *below(body, blocks, given))
    return bool((whole - parted).abs().max() <= NEAR * whole.abs().max())


def fits(path: Path, rows: float, hidden: int) -> bool:
    """Whether so many rows, of all texts and their tokens, are few enough to be kept in `path`, or lie there."""
    if path.exists():  # also where the disk has filled since: a run that goes on learns from the same
        return True
    place = next(folder for folder in path.parents if folder.exists())
    return 4 * hidden * rows <= min(MOST, shutil.disk_usage(place).free / SPARE)


def keep(
    path: Path, body: nn.Module, blocks: int, tokeniser: Tokeniser, ids: Sequence[np.ndarray],
    report: ProgressReporter,
) -> FrozenBlocks:  # fmt: skip
    """Compute them for all texts, (tokens,) `ids` each, or take up what lies in `path`.

    In 32 bits, so that a network may be judged by them, too, as it answers elsewhere.
    """
    starts = _starts(ids)
    make = partial(_made, body, blocks, tokeniser, ids, starts, report)
    rows = ArrayCache(path, int(starts[-1]), (body.config.hidden_size,), "float32")
    return FrozenBlocks(rows.fill(make, ROWS, Checking(report), "features"), starts)


def of_few(body: nn.Module, blocks: int, tokeniser: Tokeniser, ids: Sequence[np.ndarray]) -> FrozenBlocks:
    """The same in memory."""
    starts = _starts(ids)
    return FrozenBlocks(_made(body, blocks, tokeniser, ids, starts, QUIET, 0, int(starts[-1])), starts)


def _starts(ids: Sequence[np.ndarray]) -> np.ndarray:
    return np.cumsum([0, *(len(one) + 1 for one in ids)])


def _made(
    body: nn.Module, blocks: int, tokeniser: Tokeniser, ids: Sequence[np.ndarray], starts: np.ndarray,
    report: ProgressReporter, begin: int, stop: int,
) -> np.ndarray:  # fmt: skip
    """The rows from `begin` to `stop`; of the texts at both ends as much as lies within."""
    first, last = int(np.searchsorted(starts, begin, "right")) - 1, int(np.searchsorted(starts, stop, "left"))
    some, offset = ids[first:last], starts[first]
    body.eval()
    done = first
    made = np.empty((starts[last] - offset, body.config.hidden_size), np.float32)
    for batch in batches_within([len(one) for one in some], encoder.AT_ONCE):
        report.check()
        report.progress("features", done, len(ids))
        done += len(batch)
        given = _tensors(body, tokeniser, [some[place] for place in batch])
        with torch.no_grad(), device.exactly():
            told = [one.cpu().numpy() for one in below(body, blocks, given)]
        for place, states, means in zip(batch.tolist(), *told, strict=True):
            start = starts[first + place] - offset
            made[start] = means
            made[start + 1 : start + 1 + len(some[place])] = states[: len(some[place])]
    return made[begin - offset : stop - offset]


def _tensors(body: nn.Module, tokeniser: Tokeniser, ids: Sequence[np.ndarray]) -> dict[str, Tensor]:
    return {name: torch.from_numpy(one).to(body.device) for name, one in tokeniser.padded(ids).items()}


@contextmanager
def _only_last(body: nn.Module, blocks: int, states: Tensor) -> Iterator[None]:
    """While this lasts `body` has its last blocks alone, and these begin with `states`."""
    found = encoder.stack(body)
    if found is None:
        raise ValueError("The blocks of this body were not found.")
    parent, name, every = found
    setattr(parent, name, nn.ModuleList([_Given(states), *every[-blocks:]]))
    try:
        yield
    finally:
        setattr(parent, name, every)


class _Given(nn.Module):
    """Stands for the blocks below: what they would make of anything is known."""

    def __init__(self, states: Tensor) -> None:
        super().__init__()
        self.states = states

    def forward(self, *given: object, **named: object) -> Tensor:
        return self.states
