"""The network that ranks, drawn from the titles it reads to its list, and how its ONNX file agrees with it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from cases.base import Case
from cases.dataset import Dataset
from cases.ranking import interactions, layers
from cases.ranking.networks import LEARNT_FROM_HISTORIES, LIST, RESIDUAL, tried_first
from models.errors import N_
from models.pretrained.registry import BackboneSpec
from pages.components import network_diagram
from pages.shared.i18n import _, count
from pages.task_types import agreement
from pages.task_types.ranking import figures

TITLES = 4  # that are seen in the input layer


def draw(case: Case, dataset: Dataset, now: Mapping[str, Any], body: BackboneSpec | None, taken: str) -> None:
    """See `pages.task_types.base.ModelView`; without texts to be read the pretrained model has no part in it."""
    if not interactions.reads_texts(dataset, now):
        body, taken = None, ""
    elif body is None:
        return network_diagram.later()
    items, people, now = len(dataset.samples), interactions.people(dataset), tried_first(now)
    if now["network"] == LIST:
        st.caption(_("No network is trained. The best baseline on validation is selected."))
        return
    reads = now["network"] in LEARNT_FROM_HISTORIES
    user = _("the last {n:,} items", n=now["max_history"]) if reads else count("{n} user", "{n} users", people)
    titles = [str(dataset.samples.at[row, "label"]) for row in case.examples(dataset, TITLES)]
    if now["network"] == RESIDUAL:
        st.caption(_("EASE's scores are added to these; the network learns what EASE leaves out."))
    network_diagram.show_list(
        layers.layers(body, now, items=items, people=people), user=user, taken=taken, key=f"{case.name}_network",
        example={"text": "\n".join(titles)},
    )  # fmt: skip


def larger(case: Case, dataset: Dataset, now: Mapping[str, Any]) -> dict[str, str]:
    """See `pages.task_types.base.ModelView`: the default trains as much as is usual."""
    return {}


def tell_agreement(result: Mapping[str, Any]) -> None:
    """Tell in one sentence for how many test users the same item comes first."""
    agreement.tell(
        result,
        N_("Checked in a new process: files and exported model agree on the top item for all {items:,} test users."),
        N_("Checked in a new process: files and exported model agree on the top item for {same:,} of {items:,} test "
           "users."),
    )  # fmt: skip
    if told := figures.shipped(result):
        st.caption(told)


def show_agreement(result: Mapping[str, Any]) -> None:
    """Tell for how many test users the same item comes first."""
    agreement.show(result, {
        agreement.ONNX: N_("ONNX check: same top item as the model for **{same:,}** of {items:,} test users. The zip "
                           "contains no user data."),
    }, torn="")  # fmt: skip
