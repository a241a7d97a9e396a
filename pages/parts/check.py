"""Check: what was found in the data, before anything trains."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from cases.dataset import Dataset
from pages.parts import charts
from pages.parts.language import _

MOST_CLASSES = 40  # bars that can still be read


def show(dataset: Dataset, *, items: str, folded: bool) -> None:
    st.header(_("2 · Check"), anchor=False)
    samples, aside = dataset.samples, dataset.set_aside
    with st.container(border=True):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"**{charts.plain(dataset.name)}**")
            st.space("stretch")
            if st.button(_("Choose other data"), key=f"{dataset.case}_other", type="tertiary"):
                st.query_params.clear()
                st.rerun()
        with st.container(horizontal=True, gap="large"):
            st.metric(_("Pictures"), f"{len(samples):,}", width="content")
            st.metric(_("Classes"), f"{len(dataset.classes):,}", width="content")
            st.metric(_("Set aside"), f"{len(aside):,}", width="content")
        with st.expander(_("Class balance"), expanded=not folded):
            _balance(samples, items)
        if len(aside):
            _aside(aside)


def _balance(samples: pd.DataFrame, items: str) -> None:
    counts = samples["label"].value_counts()
    shown = counts.head(MOST_CLASSES)
    st.plotly_chart(
        charts.bars(list(shown.index), list(shown), items),
        key="balance", config=charts.CONFIG, alt=_("Pictures in each class"),
    )  # fmt: skip
    if len(counts) > MOST_CLASSES:
        st.caption(_("The {n} largest classes are shown.", n=MOST_CLASSES))

    rare = counts[counts < 5]
    if len(rare):
        st.warning(_("Fewer than 5 pictures: {classes}. The network can hardly learn these.",
                     classes=charts.plain(", ".join(map(str, rare.index[:10])))))  # fmt: skip


def _aside(aside: pd.DataFrame) -> None:
    with st.expander(_("What was set aside, and why ({n})", n=len(aside))):
        table = aside.assign(reason=[_(reason) for reason in aside["reason"]])
        st.dataframe(table, hide_index=True, column_config={"name": _("File"), "reason": _("Reason")}, width="stretch")
