"""The network drawn from its input to its classes, and how its ONNX file agrees with it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cases.base import Case
from cases.classification import layers
from cases.classification.settings import larger_part
from cases.dataset import Dataset
from cases.settings import LEARNING, default, knobs, named
from models.errors import N_
from models.pretrained.registry import BackboneSpec
from pages import modalities
from pages.components import network_diagram
from pages.shared.i18n import _, count
from pages.task_types import agreement, leaving_size


def draw(case: Case, dataset: Dataset, now: Mapping[str, Any], body: BackboneSpec | None, taken: str) -> None:
    """See `pages.task_types.base.ModelView`."""
    if body is None:
        return network_diagram.later()
    modality = modalities.of(case.name)
    example = [modality.original(dataset, row) for row in case.examples(dataset, 1)]
    network_diagram.show(
        layers.layers(body, now, dataset.classes), classes=dataset.classes,
        looked_at=_(modality.input, n=body.size), taken=taken, key=f"{case.name}_network",
        example=next(iter(example), None),
    )  # fmt: skip


def larger(case: Case, dataset: Dataset, now: Mapping[str, Any]) -> dict[str, str]:
    """See `pages.task_types.base.ModelView`."""
    learning = named(case.Settings, LEARNING)
    quick = bool(learning) and now[learning] == default(knobs(case.Settings)[learning][0])
    examples, classes = len(dataset.kept), len(dataset.classes)
    return larger_part(case.Settings, now, examples=examples, classes=classes) if quick else {}


def reading(dataset: Dataset, now: Mapping[str, Any]) -> tuple[int, str]:
    """See `pages.task_types.base.ModelView`."""
    return len(dataset.kept), count("{n} example", "{n} examples", len(dataset.kept))


def leaving(case: Case, dataset: Dataset, now: Mapping[str, Any]) -> str:
    """See `pages.task_types.base.ModelView`."""
    return leaving_size.told(now)


def tell_agreement(result: Mapping[str, Any]) -> None:
    """Tell in one sentence on how many test items the label is the same."""
    agreement.tell(
        result, N_("Checked: in a new process it gave the same predictions for all {items:,} test examples."),
        N_("Checked: in a new process it gave the same predictions for {same:,} of {items:,} test examples."),
    )  # fmt: skip


def show_agreement(result: Mapping[str, Any]) -> None:
    """Tell on how many test items the label is the same, and how far probabilities differ at most."""
    agreement.show(result, {
        agreement.ONNX: N_("ONNX check: same label as the model on **{same:,} of {items:,}** test examples. "
                           "Probabilities differ by at most {most:.6f}."),
        agreement.SCRIPT: N_("Check of `predict.py`: same label as the model on **{same:,} of {items:,}** test "
                             "examples. Probabilities differ by at most {most:.6f}."),
    }, torn=N_("Two classes are almost equally probable, so the label may differ: {names}."))  # fmt: skip
