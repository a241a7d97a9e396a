"""The next batch is read, pinned and copied to the card while the card computes the one before.

`accelerate`, which loads the batches for `transformers.Trainer`, asks for the next one before it hands out the present
one, and moves each with its `to`. So a batch may be a promise: a thread keeps it, on a stream of its own, and `to`
waits for it. Nothing is drawn by chance in that thread, so resuming finds the same batches. Of what is only looked at,
row after row, the next rows are under way likewise.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import numpy as np
import torch
from torch import Tensor

Batch = dict[str, Any]


def ahead(items: torch.utils.data.Dataset, where: torch.device) -> torch.utils.data.Dataset:
    """`items`, one batch ahead where a card computes; a processor would have to do both itself."""
    return Ahead(items, where) if where.type == "cuda" else items


class Ahead(torch.utils.data.Dataset):
    """`items`, whose `__getitems__` gives whole batches; this one gives promises of them, already under way."""

    def __init__(self, items: torch.utils.data.Dataset, where: torch.device) -> None:
        """To be made in the thread that computes: the present card is meant where `where` has no number."""
        self.items, self.thread = items, ThreadPoolExecutor(1)
        self.copier = Copier(where) if where.type == "cuda" else None

    def __len__(self) -> int:
        return len(self.items)

    def set_epoch(self, epoch: int) -> None:
        """See `models.training.batches.Ordered`; other data sets have no order of their own."""
        if hasattr(self.items, "set_epoch"):
            self.items.set_epoch(epoch)

    def __getitems__(self, picks: list[int]) -> PromisedBatch:
        return PromisedBatch(self.thread.submit(self._read, picks), self.copier)

    def _read(self, picks: list[int]) -> Any:
        batch = self.items.__getitems__(picks)
        return self.copier.copy(batch) if self.copier else batch


def rows(array: np.ndarray, where: torch.device) -> Callable[[int, int], Tensor]:
    """What gives the rows from one number to another on the device; on a card those after them are under way then."""
    if where.type == "cuda":
        return RowsAhead(array, where)
    return lambda start, stop: torch.from_numpy(np.array(array[start:stop]))


class RowsAhead:
    """Rows of `array` on the device, asked for one stretch after another; as many again are read meanwhile."""

    def __init__(self, array: np.ndarray, where: torch.device) -> None:
        """See `Ahead`."""
        self.array, self.ahead = array, Ahead(_Stretches(array), where)
        self.where, self.promised = where, (0, 0)  # which rows are under way
        self.promise: PromisedBatch | None = None

    def __call__(self, start: int, stop: int) -> Tensor:
        (begin, end), promise = self.promised, self.promise
        self.promise = None  # where memory runs out now, it is asked for anew
        known = promise is not None and begin == start
        parts = [promise.to(self.where)["rows"][: stop - start]] if promise is not None and known else []
        there = min(end, stop) if known else start
        if there < stop:
            parts.append(self.ahead.__getitems__([there, stop]).to(self.where)["rows"])
        self.promised = stop, min(2 * stop - start, len(self.array))
        if stop < len(self.array):
            self.promise = self.ahead.__getitems__([*self.promised])
        return torch.cat(parts) if len(parts) > 1 else parts[0]


class _Stretches:
    """A stretch of rows as a batch, given its first number and the one after its last."""

    def __init__(self, array: np.ndarray) -> None:
        self.array = array

    def __len__(self) -> int:
        return len(self.array)

    def __getitems__(self, ends: list[int]) -> Batch:
        return {"rows": torch.from_numpy(np.array(self.array[slice(*ends)]))}


class PromisedBatch:
    """A batch that is being made ready."""

    def __init__(self, promise: Future[Any], copier: Copier | None) -> None:
        self.promise, self.copier = promise, copier

    def to(self, where: Any, non_blocking: bool = False) -> Batch:
        """The batch itself, on the device; raises what went wrong while it was read."""
        made = self.promise.result()
        if self.copier:
            return self.copier.handed_over(*made)
        return {name: _moved(one, where, non_blocking=non_blocking) for name, one in made.items()}


class Copier:
    """Copies batches to a card beside what is computed there."""

    def __init__(self, where: torch.device) -> None:
        self.where = torch.device("cuda", torch.cuda.current_device() if where.index is None else where.index)
        self.stream = torch.cuda.Stream(self.where)

    def copy(self, batch: Batch) -> tuple[Batch, torch.cuda.Event]:
        """Begin to; the event tells when it is over. Only from pinned memory a copy runs beside other work."""
        with torch.cuda.stream(self.stream):
            pinned = {name: one.pin_memory() if isinstance(one, Tensor) else one for name, one in batch.items()}
            copied = {name: _moved(one, self.where, non_blocking=True) for name, one in pinned.items()}
            return copied, self.stream.record_event()

    def handed_over(self, batch: Batch, copied: torch.cuda.Event) -> Batch:
        """To the stream that computes: it waits until the copy is over, and the memory is not given to others before
        that stream is done with it."""
        computing = torch.cuda.current_stream(self.where)
        computing.wait_event(copied)
        for one in batch.values():
            if isinstance(one, Tensor):
                one.record_stream(computing)
        return batch


def _moved(one: Any, where: Any, *, non_blocking: bool) -> Any:
    return one.to(where, non_blocking=non_blocking) if isinstance(one, Tensor) else one
