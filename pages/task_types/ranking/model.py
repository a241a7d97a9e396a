"""The network that ranks, drawn from the titles it reads to its list, and how its ONNX file agrees with it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from cases.base import Case
from cases.dataset import Dataset
from cases.ranking import interactions, layers
from cases.ranking.networks import LEARNT_FROM_HISTORIES, LIST, RESIDUAL, most_kept, tried_first
from cases.settings import knobs
from models.errors import N_
from models.pretrained.registry import BackboneSpec
from pages.components import network_diagram
from pages.shared import vocabulary
from pages.shared.i18n import _, count, together
from pages.task_types import agreement, leaving_size
from pages.task_types.ranking import figures

NAMED, WEIGHT = 200, 8  # bytes of an item: its name and title; a weight of an item that speaks for it
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


def reading(dataset: Dataset, now: Mapping[str, Any]) -> tuple[int, str]:
    """See `pages.task_types.base.ModelView`."""
    n = len(dataset.samples) if now["network"] != LIST and interactions.reads_texts(dataset, now) else 0
    return n, count("{n} title", "{n} titles", n)


def leaving(case: Case, dataset: Dataset, now: Mapping[str, Any]) -> str:
    """See `pages.task_types.base.ModelView`: a baseline leaves without the model that reads texts."""
    if now["network"] == LIST or not interactions.reads_texts(dataset, now):
        return ""
    items = len(dataset.samples)
    listed = items * (NAMED + WEIGHT * most_kept(items))
    told = leaving_size.told(now, besides=listed + items * 4 * int(now["width"]))
    knob = knobs(case.Settings)["network"][1]
    return together(told, _("The strongest baseline alone needs no text model and is at most {size}. Where it "
                            "is as good, choose “{setting}” as the network.", size=vocabulary.size(listed),
                            setting=vocabulary.setting_value(knob, LIST))) if told else ""  # fmt: skip


def tell_agreement(result: Mapping[str, Any]) -> None:
    """Tell in one sentence of what the files say about how many test users."""
    agreement.tell(
        result,
        N_("Checked in a new process: exported files and evaluated model gave all {items:,} test users the same "
           "top item. Scores differ by at most {most:.6f}."),
        N_("Checked in a new process: exported files and evaluated model gave {same:,} of {items:,} test users "
           "the same top item. Scores differ by at most {most:.6f}."),
    )  # fmt: skip
    if told := figures.shipped(result):
        st.caption(told)


def show_agreement(result: Mapping[str, Any]) -> None:
    """Tell for how many test users the same item comes first."""
    agreement.show(result, {
        agreement.ONNX: N_("ONNX check: same top item as the model for **{same:,}** of {items:,} test users. The zip "
                           "contains no user data."),
    }, torn="")  # fmt: skip
