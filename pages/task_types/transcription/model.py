"""How the ONNX files of a network that writes agree with it; of the network itself nothing is drawn."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cases.base import Case
from cases.dataset import Dataset
from models.errors import N_
from models.pretrained.registry import BackboneSpec
from pages.components import network_diagram
from pages.task_types import agreement, leaving_size


def draw(case: Case, dataset: Dataset, now: Mapping[str, Any], body: BackboneSpec | None, taken: str) -> None:
    """See `pages.task_types.base.ModelView`; there is no head to be drawn."""
    if body is None:
        network_diagram.later()


def larger(case: Case, dataset: Dataset, now: Mapping[str, Any]) -> dict[str, str]:
    """See `pages.task_types.base.ModelView`: the default trains as much as is usual."""
    return {}


def reading(dataset: Dataset, now: Mapping[str, Any]) -> tuple[int, str]:
    """See `pages.task_types.base.ModelView`: how long it writes depends on what is said."""
    return 0, ""


def leaving(case: Case, dataset: Dataset, now: Mapping[str, Any]) -> str:
    """See `pages.task_types.base.ModelView`."""
    return leaving_size.told(now, whole=True)


def tell_agreement(result: Mapping[str, Any]) -> None:
    """Tell in one sentence of how many test recordings the text is the same."""
    agreement.tell(
        result, N_("Checked: in a new process it wrote the same text for all {items:,} test recordings."),
        N_("Checked: in a new process it wrote the same text for {same:,} of {items:,} test recordings."),
    )  # fmt: skip


def show_agreement(result: Mapping[str, Any]) -> None:
    """Tell of how many test recordings the text is the same, and name others."""
    agreement.show(result, {
        agreement.ONNX: N_("ONNX check: same text as the model on **{same:,} of {items:,}** test recordings."),
        agreement.SCRIPT: N_("Check of `predict.py`: same text as the model on **{same:,} of {items:,}** test "
                             "recordings."),
    }, torn=N_("Two tokens are almost equally probable, so the text differs: {names}."))  # fmt: skip
