"""Texts longer than the network reads: their start alone, or windows whose features are pooled, and which is better."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from cases.training.context import TrainingContext
from models.errors import N_
from models.heads import linear_probe
from models.heads.baselines import Baselines
from models.progress import Checking, ProgressReporter
from models.storage.array_cache import ArrayCache
from models.text.windows import Texts
from models.training import device

ENOUGH = 20  # long texts of the training part by which it is chosen
CLEARLY = 2.0  # standard errors that the loss must fall by, for every text takes several times as long from then on
FOUND = {
    "start": N_("{longer:,} of {texts:,} texts are longer than {most} tokens. Their start alone is read: windows did "
                "not clearly lower the loss (training set, out of fold: {start:.3f} → {pooled:.3f})."),
    "windows": N_("{longer:,} of {texts:,} texts are longer than {most} tokens. Up to {windows} windows of each are "
                  "read: the loss falls from {start:.3f} to {pooled:.3f} (training set, out of fold)."),
}  # fmt: skip
CHOSEN = {
    "start": N_("{longer:,} of {texts:,} texts are longer than {most} tokens. Their start alone is read."),
    "windows": N_("{longer:,} of {texts:,} texts are longer than {most} tokens. Up to {windows} windows of each are "
                  "read."),
}  # fmt: skip


@dataclass(frozen=True)
class Reading:
    """At most `windows` of a text are read, 1 is its start alone; `longer` of `texts` have more tokens than one holds,
    `most`. `start` and `pooled`: the mean losses that decided, None where a person did, or nothing."""

    windows: int
    longer: int
    texts: int
    most: int
    start: float | None = None
    pooled: float | None = None

    @property
    def way(self) -> str:
        return "windows" if self.windows > 1 else "start"

    def told(self) -> dict[str, Any]:
        """As `cases.base.Trainer.trained` has it; nothing where all texts are short."""
        found = {name: value for name, value in asdict(self).items() if value is not None}
        return {"long_texts": {"way": self.way, **found}} if self.longer else {}

    def tell(self, report: ProgressReporter) -> None:
        if self.longer:
            report.note((FOUND if self.start is not None else CHOSEN)[self.way], **asdict(self))


def asked(settings: Any) -> int:
    """Windows of a text that may be read."""
    return 1 if settings.long_texts == "start" else settings.windows


def expected(context: TrainingContext, longer: float, start: ArrayCache) -> int:
    """Windows of a text that a run will read, as far as it is known before: what an earlier run found, else several
    where the training part has about so many `longer` texts that it is worth finding out."""
    automatic, known = context.settings.long_texts == "automatic", _kept(context, start)
    if automatic and known.exists():
        return int(json.loads(known.read_text("utf-8"))["windows"])
    return asked(context.settings) if longer >= (ENOUGH if automatic else 1) else 1


def choose(
    context: TrainingContext, several: Texts, most: int, start: ArrayCache, pooled: ArrayCache, enough: tuple[int, ...],
    report: ProgressReporter,
) -> Reading:  # fmt: skip
    """How a run reads its long texts.

    Where it is left to the training, linear probes on both kinds of features tell the training part out of fold.

    Args:
        several: each text in as many windows as may be read.
        start, pooled: features of the start alone and of all windows, (samples, width); the second is there where
            `decides` says so.
        enough: see `models.heads.linear_probe.select_penalty_cv`.
    """
    of = {"longer": _longer(several), "texts": len(several), "most": most}
    if not decides(context, several):
        return Reading(asked(context.settings) if _may_decide(context, several) else 1, **of)
    known = _kept(context, start)
    if not known.exists():
        losses = [_losses(context, features, enough, report) for features in (start, pooled)]
        windows = context.settings.windows if clearly_lower(losses[1], losses[0]) else 1
        found = {"windows": windows, "start": float(losses[0].mean()), "pooled": float(losses[1].mean())}
        _write(known, found)
    return Reading(**json.loads(known.read_text("utf-8")), **of)


def decides(context: TrainingContext, several: Texts) -> bool:
    """Whether it is to be found out which is better."""
    return context.settings.long_texts == "automatic" and _may_decide(context, several)


def _may_decide(context: TrainingContext, several: Texts) -> bool:
    if context.settings.long_texts == "automatic":
        return _longer([several[row] for row in context.rows["train"]]) >= ENOUGH
    return _longer(several) > 0


def _longer(several: Texts) -> int:
    return sum(len(windows) > 1 for windows in several)


def clearly_lower(losses: np.ndarray, others: np.ndarray) -> bool:
    """Whether the mean of (items,) is lower than that of others of the same items by `CLEARLY` standard errors."""
    gain = others - losses
    return bool(gain.mean() > CLEARLY * gain.std() / math.sqrt(len(gain)))


def _losses(
    context: TrainingContext, features: ArrayCache, enough: tuple[int, ...], report: ProgressReporter
) -> np.ndarray:
    """(training items,) cross-entropy of each by a linear probe that was fitted to others."""
    rows, classes = context.rows["train"], len(context.dataset.classes)
    probe = Baselines(features.open(), context.labels, rows, classes, features.path, report, enough=enough,
                      where=context.device)  # fmt: skip

    def answers(where: torch.device) -> np.ndarray:
        seen, truth = (torch.from_numpy(some).to(where) for some in
                       (np.array(features.open()[rows]), context.labels[rows]))  # fmt: skip
        return linear_probe.out_of_fold(seen, truth, classes, probe.hold, context.together[rows], Checking(report))

    told = device.there_or_here(answers, context.device, report)
    return -np.log(np.maximum(told[np.arange(len(rows)), context.labels[rows]].astype(np.float64), 1e-12))


def _kept(context: TrainingContext, start: ArrayCache) -> Path:
    """Where it is kept what was found for these features, this training part and so many windows."""
    rows = context.rows["train"]
    of = hashlib.sha256(rows.tobytes() + context.labels[rows].tobytes()).hexdigest()[:16]
    return start.path.with_name(f"{start.path.stem}-{of}-{context.settings.windows}-windows.json")


def _write(path: Path, found: Mapping[str, Any]) -> None:
    partial = path.with_suffix(".partial")
    partial.write_text(json.dumps(found), "utf-8")
    partial.replace(path)
