"""What a classifier learns from, as a run with these settings has it: for benchmarks that train without a run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

import cases
from cases import tasks
from cases.base import WorkDirs
from cases.classification.model_inputs import ModelInputs
from cases.dataset import Dataset
from cases.settings import as_json
from cases.splits import asked, divide
from cases.training.context import TrainingContext
from models.progress import QUIET
from runs import paths

ITEMS = {"image_recognition": "ImageInputs", "text_analysis": "TextInputs", "speech": "AudioInputs"}
Rows = Callable[[Dataset, Any], dict[str, np.ndarray]]
"""A data set and the settings of its case → the rows of each part."""


def as_usual(dataset: Dataset, settings: Any) -> dict[str, np.ndarray]:
    return divide(dataset, **asked(settings))


def inputs(
    case: str, dataset: Dataset, chosen: Mapping[str, Any], folder: Path, rows: Rows = as_usual
) -> tuple[TrainingContext, ModelInputs]:
    """A training with the settings `chosen`, which keeps its checkpoints in `folder`, and the items it learns from.

    What is left to the data is decided; all chance of torch is the caller's to seed.
    """
    given = cases.get(case).Settings(**chosen)
    settings = replace(given, **tasks.decided(cases.get(case), dataset, as_json(given)))
    context = TrainingContext(settings, dataset, WorkDirs(folder, paths.cache()), rows(dataset, settings))
    return context, getattr(import_module(f"cases.{case}.trainer"), ITEMS[case])(context, QUIET)
