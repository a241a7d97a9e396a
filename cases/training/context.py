"""What is decided before a network is there."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import torch

from cases import repeats, splits
from cases.base import WorkDirs
from cases.dataset import Dataset
from models.errors import N_, InputError
from models.progress import ProgressReporter
from models.training import device


@dataclass(frozen=True, eq=False)
class TrainingContext:
    """`rows`: part → rows of the samples."""

    settings: Any
    dataset: Dataset
    place: WorkDirs
    rows: dict[str, np.ndarray]

    @cached_property
    def labels(self) -> np.ndarray:
        """(samples,) the number of each sample's class; -1 only among those left out."""
        numbers = {name: number for number, name in enumerate(self.dataset.classes)}
        labels = self.dataset.samples["label"].map(numbers).fillna(-1)
        numbered = labels.to_numpy(np.int64, copy=True)
        if self.dataset.sealed:  # of what is in no part nothing is told
            numbered[np.setdiff1d(np.arange(len(numbered)), np.concatenate([*self.rows.values()]))] = -1
        return numbered

    @cached_property
    def edited(self) -> dict[str, dict[str, int]]:
        """See `cases.splits.edited`."""
        return splits.edited(self.dataset, **splits.asked(self.settings)) if self.dataset.edits else {}

    def repeated(self, *learnt: str) -> np.ndarray:
        """(test items,) bool: whether the parts that were `learnt` from hold it too, see `cases.repeats.of`."""
        rows = np.concatenate([self.rows[part] for part in learnt])
        said = not self.dataset.task_type.has_classes
        return repeats.of(self.dataset.samples, self.rows["test"], rows, said=said)

    @cached_property
    def together(self) -> np.ndarray:
        """See `cases.splits.together`."""
        return splits.together(self.dataset, **splits.asked(self.settings))

    @cached_property
    def device(self) -> torch.device:
        return device.pick()

    @cached_property
    def bf16(self) -> bool:
        """Whether the frozen body computes in 16 bits."""
        return device.use_bf16(self.settings.precision, self.device)

    @property
    def counts(self) -> np.ndarray:
        """(classes,) items of each class in the training part."""
        return np.bincount(self.labels[self.rows["train"]], minlength=len(self.dataset.classes))


def prepare(settings: Any, dataset: Dataset, place: WorkDirs, report: ProgressReporter) -> TrainingContext:
    """Divide the data by the settings and seed all chance; says which classes have nothing to train on.

    Raises:
        InputError: a part is empty, or there is nothing to be told apart.
    """
    torch.manual_seed(settings.seed)
    context = TrainingContext(settings, dataset, place, splits.divide(dataset, **splits.asked(settings)))
    device.set_tf32(context.device, settings.precision)
    if not dataset.task_type.has_classes:
        return context
    _require_classes(dataset)
    untaught = [name for name, count in zip(dataset.classes, context.counts, strict=True) if not count]
    if untaught:
        report.note(N_("No training examples for: {classes}. The model can never predict these."),
                    classes=", ".join(untaught))  # fmt: skip
    return context


def _require_classes(dataset: Dataset) -> None:
    if len(dataset.classes) < 2:
        raise InputError(
            found=N_("Only one class is left, “{label}”."),
            expected=N_("At least two classes are needed."),
            remedy=N_("Restore excluded examples, or correct labels."),
            label="".join(dataset.classes),
        ).mended_by(step="check")
