"""How the ONNX files of a network that writes agree with it; of the network itself nothing is drawn."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from cases.base import Case
from cases.dataset import Dataset
from models.pretrained.registry import BackboneSpec
from pages.components import network_diagram
from pages.shared.i18n import _, listed
from pages.shared.text import plain


def draw(case: Case, dataset: Dataset, now: Mapping[str, Any], body: BackboneSpec | None, taken: str) -> None:
    """See `pages.task_types.base.ModelView`; there is no head to be drawn."""
    if body is None:
        network_diagram.later()


def agreement(onnx: Mapping[str, Any]) -> None:
    """Tell of how many test recordings the text is the same, and name others."""
    st.markdown(_("ONNX check: same text as the model on **{same:,} of {items:,}** test "
                  "recordings.", same=onnx["same"], items=onnx["items"]))  # fmt: skip
    if onnx["close"]:
        names = listed(map(plain, onnx["close"][:10]))
        st.caption(_("Two tokens are almost equally probable, so the text differs: {names}.", names=names))
