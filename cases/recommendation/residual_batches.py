"""Stretches of histories with what a list says after each of their items, which a network learns to correct."""

from __future__ import annotations

import numpy as np
import torch

from cases.recommendation.batches import Windows
from cases.recommendation.leave_out import LeaveOut
from cases.recommendation.network import DRAWN, WHOLE

CLOSED = -1e4  # minus infinity would leave the factor of the scores without a gradient


class Residuals(torch.utils.data.Dataset):
    """As `Windows`; besides `columns` (some,), the items that are compared, `weighed` (some,), what is added to the
    score of each as it stands for others that were not drawn, `base` (people, longest, some), the scores of a list
    that did not learn from these people, and `places` (people, longest), where among `columns` the label is. An item
    that is no longer to be chosen has the score `CLOSED`."""

    def __init__(self, windows: Windows, leave_out: LeaveOut) -> None:
        self.windows, self.leave_out = windows, leave_out

    def __len__(self) -> int:
        return len(self.windows)

    @property
    def lengths(self) -> np.ndarray:
        return self.windows.lengths

    def __getitems__(self, picks: list[int]) -> dict[str, torch.Tensor]:
        stretches = self.windows.stretches(picks)
        batch = self.windows.asking(picks, [piece for _before, piece in stretches])
        labels = batch["labels"].numpy()
        columns, weighed = self._columns(labels[labels >= 0])
        people, befores = [self.windows.people[pick] for pick in picks], [before for before, _piece in stretches]
        pieces = [piece[:-1] for _before, piece in stretches]
        base = np.zeros((*labels.shape, len(columns)), np.float32)
        for row, (scores, before, piece) in enumerate(
            zip(self.leave_out.scores(people, befores, pieces, columns), befores, pieces, strict=True)
        ):
            base[row, labels.shape[1] - len(piece) :] = self._open(scores, before, piece, columns)
        return {**batch, "columns": torch.from_numpy(columns), "weighed": torch.from_numpy(weighed),
                "base": torch.from_numpy(base),
                "places": torch.from_numpy(np.where(labels >= 0, np.searchsorted(columns, labels), -1))}  # fmt: skip

    def _columns(self, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """All items, or of many those drawn and the `labels`, rising, each once; and `weighed`, see the class.

        As in `network.chosen_among_all` half of those drawn are any items and half such as others want.
        """
        items = self.windows.items
        if items <= WHOLE:
            return np.arange(items), np.zeros(items, np.float32)
        half = DRAWN // 2
        wanted = labels[torch.randint(len(labels), (half,)).numpy()]
        drawn = np.bincount(np.concatenate([torch.randint(items, (half,)).numpy(), wanted]), minlength=items)
        columns = np.union1d(np.flatnonzero(drawn), labels)
        counts = self.leave_out.train.counts[columns]
        expected = half / items + half * counts / max(self.leave_out.train.counts.sum(), 1)
        with np.errstate(divide="ignore"):  # a label that was not drawn stands for itself alone
            return columns, np.log(drawn[columns] / expected).astype(np.float32)

    def _open(self, scores: np.ndarray, before: np.ndarray, piece: np.ndarray, columns: np.ndarray) -> np.ndarray:
        """The scores without what somebody has by then."""
        scores[:, np.isin(columns, before)] = CLOSED
        had = piece[:, None] == columns
        scores[np.maximum.accumulate(had, 0)] = CLOSED
        return scores
