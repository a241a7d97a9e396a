"""A training as a notebook that runs without Casebook, with the data divided as they were, and the pretrained model."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
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


def of(case: Case, dataset: Dataset, settings: Mapping[str, Any], language: str, run: Run | None) -> Notebook | None:
    """The code of a training by these `settings`; None where its task offers none.

    Args:
        run: that has these settings; what it found is told and used. None where nothing was trained.
    """
    return tasks.of(case, settings).notebook(_record(case, dataset, settings, run), language)


def edits_of(run: Run) -> dict[int, str | None]:
    """The corrections that the run learnt with."""
    return {int(row): label for row, label in run.edits.items()}


def titles(language: str) -> dict[str, str]:
    """Cell → the title above it."""
    return {step: f"{number} · {say(language, name)}" for number, (step, name) in enumerate(STEPS.items(), start=1)}


def entries(
    case: Case, dataset: Dataset, settings: Mapping[str, Any], language: str, run: Run | None
) -> Iterator[Entry]:
    """What the notebook needs, itself first: the data in folders or columns of their parts, and the pretrained model
    where it has no place on a hub. Nothing where there is no notebook."""
    found, record = of(case, dataset, settings, language, run), _record(case, dataset, settings, run)
    if found is None:
        return
    yield FILE, iter([found.as_json(titles(language))])
    for name, content in case.exported(_divided(case, dataset, settings)):
        yield f"{DATA}/{name}", content
    if record.weights and record.model == WEIGHTS:
        for path in sorted(record.weights.iterdir()):
            if path.is_file():
                yield f"{WEIGHTS}/{path.name}", path


def _divided(case: Case, dataset: Dataset, settings: Mapping[str, Any]) -> Dataset:
    """The data with the part of each example, where these are drawn by chance."""
    task = tasks.of(case, settings)
    if not task.drawn:
        return dataset
    meant = dataset.meant_as(task.task_type)
    asked = splits.asked(stored_settings.from_json(case.Settings, settings))
    return replace(meant, parts=splits.assign(meant, **asked))


def _record(case: Case, dataset: Dataset, settings: Mapping[str, Any], run: Run | None) -> TrainingRecord:
    form, result = case.Settings, (run.result or {}) if run else {}
    model = str(settings.get(case_settings.named(form, MODEL)) or "")
    known = catalog.find(model)
    on_hub = bool(model) and known is None and hub.is_id(model)
    return TrainingRecord(
        result.get("settings") or _used(form, dataset, settings),
        result.get("trained", {}),
        result.get("test", {}),
        model.partition("@")[0] if on_hub else WEIGHTS,
        catalog.here(model, paths.cache() / "models") if model else None,
    )


def _used(form: Any, dataset: Dataset, settings: Mapping[str, Any]) -> dict[str, Any]:
    """With what empty fields stand for where so many are trained on."""
    chosen = stored_settings.from_json(form, settings)
    items = splits.sizes(dataset, **case_settings.dividing(form, vars(chosen)))["train"]
    length = hyperparameters.training_length(form, vars(chosen), items)
    return case_settings.used(chosen) | {"epochs": length.epochs, "batch_size": length.batch_size}
