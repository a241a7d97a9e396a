"""That the test part was changed by hand before a result was measured: said wherever the result is."""

from __future__ import annotations

import streamlit as st

from pages.shared import vocabulary
from pages.shared.i18n import _, count, listed, together
from runs.results import relabeled
from runs.store.records import Run


def show(run: Run, letter: str = "") -> None:
    """Nothing where nothing was changed; `letter`: by which the run is told from others."""
    if text := told(run):
        named = f"**{letter}** · " if letter else ""
        st.markdown(f":yellow[:material/edit_note:] {named}{text}")


def told(run: Run) -> str:
    """ "" where nothing was changed."""
    if not (changes := counted(run)):
        return ""
    as_read = [
        _("With the original labels: {metric} {value}.", metric=vocabulary.metric(metric),
          value=vocabulary.figure(metric, value))
        for metric, value in run.result.get("as_read", {}).items()
    ]  # fmt: skip
    return together(_("Measured after {changes}.", changes=changes), *as_read)


def counted(run: Run) -> str:
    """The changes alone; "" where nothing was changed."""
    found = relabeled.of(run)
    told = []
    if n := found.get("relabelled"):
        told.append(count("{n} test label was changed", "{n} test labels were changed", n))
    if n := found.get("left_out"):
        told.append(count("{n} test example was excluded", "{n} test examples were excluded", n))
    return listed(told)
