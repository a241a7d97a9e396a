"""Data: bring files, take the sample, or go on with what was read before."""

from __future__ import annotations

import streamlit as st

from cases.base import Case
from cases.dataset import Dataset
from pages.parts import owner, words
from pages.parts.bring import again, collection, drop, grouping, known, reading, tables
from pages.parts.bring.drop import Ways
from pages.parts.language import _
from runs import brought, datasets, drafts, edits, store
from runs.store import Run


def choose(case: Case, run: Run | None, ways: Ways) -> Dataset | None:
    """The data set named in the address, or by the run that is shown; else the ways to bring one."""
    st.header(_("1 · Data"), anchor=False)
    reading.follow()
    chosen = st.query_params.get("data") or (run.dataset if run else None)
    row = store.dataset(chosen, owner.current()) if chosen else None
    if row and row.case == case.name:
        dataset = datasets.opened(row, edits.current(owner.current(), row.id))
        if dataset:
            st.caption(_("Added on {when}", when=words.when(row.created)))
            again.offer(dataset)
            _how_it_was_read(case, dataset, folded=run is not None)
            return dataset
        again.unreadable(row)
    elif run and chosen == run.dataset:
        st.info(_("The data of this run were deleted. Its model and its figures stay."), icon=":material/info:")
    elif chosen:
        st.warning(_("This data is not, or no longer, on the server. Upload the file again."))
    if run and chosen == run.dataset:
        return None
    if ways.unlabelled and grouping.show():
        return None
    asked = st.query_params.get("draft")
    draft = drafts.find(owner.current(), asked) if asked else None
    if asked and draft is None:
        st.warning(_("This collection was read already, or is no longer there."))
    if draft:
        collection.show(case, draft, ways)
    else:
        _ways(case, ways)
        known.show(case)
    return None


def _ways(case: Case, ways: Ways) -> None:
    bring, take = st.columns([3, 2])
    with bring:
        drop.anything(case, ways)
    with take.container(border=True, height="stretch"):
        question = _("No data at hand?")  # a message inside an f-string is not collected
        st.markdown(f"**{question}**")
        for sample in case.samples:
            icon = ":material/download:" if sample.fetched else ":material/auto_awesome:"
            if st.button(_(sample.title), key=f"{case.name}_sample_{sample.name}", icon=icon):
                reading.start_sample(case, sample)
            st.caption(_(sample.origin))
    with st.container(horizontal=True):
        if st.button(
            ways.collect, key=f"{case.name}_collect", icon=":material/library_add:", type="tertiary", wrap=True
        ):
            collection.begin(case)
        unfinished = drafts.unfinished(owner.current(), case.name)
        if unfinished and st.button(
            _("Go on with the collection you began"), key=f"{case.name}_unfinished", icon=":material/inventory_2:",
            type="tertiary", wrap=True,
        ):  # fmt: skip
            collection.open_(unfinished)
    if ways.unlabelled:
        grouping.offer(case, ways.accept)


def _how_it_was_read(case: Case, dataset: Dataset, folded: bool) -> None:
    if not dataset.notes:
        return
    seen = brought.of(dataset.digest)
    with st.expander(_("How the data were understood"), expanded=not folded):
        columns = tables.show(case, dataset.notes, seen, key=f"columns_{dataset.digest}")
        if columns:
            reading.begin(brought.read_again(owner.current(), dataset.digest, columns))
            st.rerun()
