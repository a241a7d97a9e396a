"""The training of an image classifier as plain code."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from cases import data_export, stored_settings
from cases.classification import notebook
from cases.data_export import Entry
from cases.dataset import Dataset
from cases.image_recognition.settings import Settings
from cases.notebook import WEIGHTS, Notebook, TrainingRecord


def write(record: TrainingRecord, dataset: Dataset, language: str) -> Notebook:
    """See `cases.base.Task.notebook`; a model that is not on this machine is taken for one of timm."""
    stated = record.stated("config.json")
    timm = "model_type" not in stated
    return notebook.write(
        "image_recognition/templates/label.py.jinja", language, record,
        timm=timm,
        side_by_side="side_by_side" in stated,
        on_hub=record.model != WEIGHTS,
        fixed="",
        body_training="train_mode(body)",
        convolutions=True,
        training_features="(prepared if training else features)",
        save=_save(timm),
    )  # fmt: skip


def _save(timm: bool) -> str:
    return 'save_file(body.state_dict(), "model/body.safetensors")' if timm else 'body.save_pretrained("model/body")'


def divided(dataset: Dataset, settings: Mapping[str, Any]) -> Iterator[Entry]:
    """See `cases.base.Task.divided`."""
    return data_export.folders(notebook.divided(dataset, stored_settings.from_json(Settings, settings)))
