"""Several runs beside each other: curves, results, what was set differently, and who wins item by item."""

from __future__ import annotations

import streamlit as st

from pages.components.run_list import link
from pages.shared import address, owner
from pages.shared.i18n import _
from pages.steps.compare import differences, figure, pairs
from pages.steps.compare.run_names import named_apart
from runs.store import records
from runs.store.records import Run

LETTERS = "ABCDEFGHIJKLMNOPQRST"  # as many as can be told apart in one figure


def chosen() -> list[Run]:
    """The runs named in the address, in its order; those that are gone or another's are left out."""
    asked = list(dict.fromkeys(st.query_params.get("compare", "").split(",")))[: len(LETTERS)]
    return [run for run in (records.run(identity, owner.current()) for identity in asked) if run and run.settings]


def show(runs: list[Run]) -> None:
    st.title(_("Run comparison"), anchor=False)
    st.button(_("Back to all runs"), key="compare_back", icon=":material/arrow_back:", type="tertiary",
              on_click=lambda: address.change(compare=None))  # fmt: skip
    named = dict(zip(LETTERS, runs, strict=False))
    figure.show(named)
    differences.results(named)
    differences.settings(named)
    pairs.show(named)
    st.subheader(_("Open a run"), anchor=False)
    names = named_apart(named)
    with st.container(horizontal=True):
        for letter, run in named.items():
            link(run, names[letter])
