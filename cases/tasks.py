"""Which of the tasks of a case a run learns: as its setting `task` says, where the case has several."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from cases import language_fit
from cases.base import Case, Task
from cases.dataset import Dataset
from cases.language_fit import AUTOMATIC
from models.text.languages import UNSPACED


def of(case: Case, settings: Mapping[str, Any], facts: Mapping[str, Any] | None = None) -> Task:
    """The task of settings that are decided; those that are older than the setting learn the first.

    Its metric is that of the language, where the settings or the `facts` of a run say which it is.
    """
    task = next((task for task in case.tasks if task.name == settings.get("task")), case.tasks[0])
    told = settings.get("language", AUTOMATIC)
    language = (facts or {}).get("language") if told == AUTOMATIC else told
    return replace(task, metric=task.unspaced) if task.unspaced and language in UNSPACED else task


def of_bundle(case: Case, bundle: Path) -> Task:
    """What the model in a saved bundle has learnt; one without settings is older than the second task."""
    told = bundle / "settings.json"
    return of(case, json.loads(told.read_text("utf-8")) if told.exists() else {})


def fitting(case: Case, dataset: Dataset) -> Task:
    """What the data are for, as they were read."""
    return next((task for task in case.tasks if task.task_type == dataset.task_type), case.tasks[0])


def decided(case: Case, dataset: Dataset, settings: Mapping[str, Any]) -> dict[str, Any]:
    """The settings, in which nothing is left to the data any more that the data tell."""
    task = fitting(case, dataset).name if settings.get("task") == AUTOMATIC else settings.get("task")
    decided = {**settings, "task": task} if task else dict(settings)
    task = of(case, decided)
    return language_fit.settled(case, task, dataset.meant_as(task.task_type), decided)


def seen(case: Case, dataset: Dataset, settings: Mapping[str, Any]) -> Dataset:
    """The data as the task of these settings takes them."""
    return dataset.meant_as(of(case, settings).task_type)
