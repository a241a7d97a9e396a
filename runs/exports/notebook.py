"""A training as a notebook that runs without Casebook, with the data divided as they were, and the pretrained model."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from cases import hyperparameters, splits, stored_settings, tasks
from cases import settings as case_settings
from cases.base import Case
from cases.data_export import Entry
from cases.dataset import Dataset
from cases.notebook import DATA, STEPS, WEIGHTS, Notebook, TrainingRecord
from cases.settings import MODEL
from models.pretrained import catalog, hub
from runs import paths
from runs.language import say
from runs.store.records import Run

FILE = "notebook.ipynb"


def of(case: Case, dataset: Dataset, record: TrainingRecord, language: str) -> Notebook | None:
    """The code of a training; None where its task offers none."""
    return tasks.of(case, record.settings).notebook(record, dataset, language)


def titles(language: str) -> dict[str, str]:
    """Cell → the title above it."""
    return {step: f"{number} · {say(language, name)}" for number, (step, name) in enumerate(STEPS.items(), start=1)}


def entries(case: Case, dataset: Dataset, record: TrainingRecord, language: str) -> Iterator[Entry]:
    """What the notebook needs, itself first: the data in folders or columns of their parts, and the pretrained model
    where it has no place on a hub. Nothing where there is no notebook."""
    found = of(case, dataset, record, language)
    if found is None:
        return
    yield FILE, iter([found.as_json(titles(language))])
    for name, content in tasks.of(case, record.settings).divided(dataset, record.settings):
        yield f"{DATA}/{name}", content
    if record.weights and record.model == WEIGHTS:
        for path in sorted(record.weights.iterdir()):
            if path.is_file():
                yield f"{WEIGHTS}/{path.name}", path


def record(case: Case, dataset: Dataset, settings: Mapping[str, Any], run: Run | None) -> TrainingRecord:
    """What is known of a training by these `settings`, as they are stored with a run.

    Args:
        run: that has them; what it found is told and used. None where nothing was trained.
    """
    form, result = case.Settings, (run.result or {}) if run else {}
    model = str(settings.get(case_settings.named(form, MODEL)) or "")
    on_hub = bool(model) and catalog.find(model) is None and hub.is_id(model)
    return TrainingRecord(
        _used(form, dataset, settings) | result.get("settings", {}),
        result,
        model.partition("@")[0] if on_hub else WEIGHTS,
        catalog.here(model, paths.cache() / "models") if model else None,
    )


def _used(form: Any, dataset: Dataset, settings: Mapping[str, Any]) -> dict[str, Any]:
    """With what empty fields stand for where so many are trained on."""
    chosen = stored_settings.from_json(form, settings)
    items = splits.sizes(dataset, **case_settings.dividing(form, vars(chosen)))["train"]
    length = hyperparameters.training_length(form, vars(chosen), items)
    return case_settings.used(chosen) | {"epochs": length.epochs, "batch_size": length.batch_size}
