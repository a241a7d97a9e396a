"""Which of the tasks of a case a run learns: as its setting `task` says, where the case has several."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cases.base import Case, Task
from cases.dataset import Dataset

AUTOMATIC = "auto"  # as the data tell


def of(case: Case, settings: Mapping[str, Any]) -> Task:
    """The task of settings that are decided; those that are older than the setting learn the first."""
    return next((task for task in case.tasks if task.name == settings.get("task")), case.tasks[0])


def fitting(case: Case, dataset: Dataset) -> Task:
    """What the data are for, as they were read."""
    return next((task for task in case.tasks if task.targets == dataset.targets), case.tasks[0])


def decided(case: Case, dataset: Dataset, settings: Mapping[str, Any]) -> dict[str, Any]:
    """The settings, in which nothing is left to the data any more."""
    if settings.get("task") != AUTOMATIC:
        return dict(settings)
    return {**settings, "task": fitting(case, dataset).name}


def seen(case: Case, dataset: Dataset, settings: Mapping[str, Any]) -> Dataset:
    """The data as the task of these settings takes them."""
    return dataset.meant_as(of(case, settings).targets)
