"""Data: bring files, take the sample, or go on with what was read before."""

from __future__ import annotations

import streamlit as st

from cases.base import Case
from cases.dataset import Dataset
from pages.components import term_line
from pages.shared import owner, presses, vocabulary
from pages.shared.i18n import _
from pages.shared.text import bold, plain
from pages.shared.upload_options import UploadOptions
from pages.steps import code, storage_left
from pages.steps.data import (
    clustering,
    collection,
    dataset_versions,
    drop_zone,
    import_progress,
    known_datasets,
    second_reading,
    table_columns,
)
from pages.steps.model import settings_form
from pages.steps.section import DATA, section
from runs.store import dataset_rows, datasets, edits
from runs.store.dataset_rows import DatasetRow
from runs.store.records import Run
from runs.uploads import drafts, originals


def choose(case: Case, run: Run | None, ways: UploadOptions) -> Dataset | None:
    """The data set named in the address, or by the run that is shown; else the ways to bring one."""
    if reading := import_progress.followed():
        if import_progress.is_going_on(reading):
            with section(DATA):
                import_progress.show(reading)
            return None
        import_progress.leave(reading)
    chosen = st.query_params.get("data") or (run.dataset if run else None)
    row = dataset_rows.by_id(chosen, owner.current()) if chosen else None
    dataset = None
    if row and row.case == case.name:
        dataset = datasets.opened(row, edits.current(owner.current(), row.id))
    if row and dataset:
        _chosen(case, row, dataset, run)
    else:
        with section(DATA):
            term_line.show(DATA, case.name, case.tasks[0].task_type.name)
            _bring(case, run, ways, chosen, row)
    return dataset


def _chosen(case: Case, row: DatasetRow, dataset: Dataset, run: Run | None) -> None:
    """One line, unless what was guessed of the data is still to be looked at."""
    second_reading.offer(dataset)
    told = " · ".join([plain(dataset.name), *dataset_versions.amount(dataset)])
    with section(DATA, told=told, folded=row.id if run or not dataset.notes else "") as drawn:
        if drawn:
            term_line.show(DATA, case.name, dataset.task_type.name)
            st.caption(_("Added on {when}", when=vocabulary.when(row.created)))
            _how_it_was_read(case, dataset)
            if run:
                code.of_run(DATA, run)
            else:
                code.show(DATA, case, dataset, settings_form.decided(case, dataset, None))


def _bring(case: Case, run: Run | None, ways: UploadOptions, chosen: str | None, row: DatasetRow | None) -> None:
    kept = False
    if row and row.case == case.name:
        kept = second_reading.unreadable(row)
    elif run and chosen == run.dataset:
        st.info(_("The data of this run was deleted. Its model and metrics remain."), icon=":material/info:")
    elif chosen:
        st.warning(_("This data set is not on the server. Upload the file again."))
    if (run and chosen == run.dataset) or (ways.unlabelled and clustering.show()):
        return
    asked = st.query_params.get("draft")
    draft = drafts.find(owner.current(), asked) if asked else None
    if asked and draft is None:
        st.warning(_("This collection was already imported or deleted."))
    if draft:
        collection.show(case, draft, ways)
    else:
        _ways(case, ways, leads=not kept)
        known_datasets.show(case)


def _ways(case: Case, ways: UploadOptions, *, leads: bool) -> None:
    bring, take = st.columns([2, 1])
    with bring.container(height="stretch"):
        drop_zone.anything(case, ways, leads=leads)
    with take.container(border=True, height="stretch"):
        question = _("Sample data")  # a message inside an f-string is not collected
        st.markdown(f"**{question}**")
        for sample in case.samples:
            icon = ":material/download:" if sample.fetched else ":material/auto_awesome:"
            pressed = f"{case.name}_sample_{sample.name}"
            st.button(_(sample.title), key=pressed, icon=icon, on_click=presses.note, args=(pressed,))
            if press := presses.of(pressed):
                import_progress.start_sample(case, sample, press)
            st.caption(_(sample.origin))
    with st.container(horizontal=True):
        st.button(ways.collect, key=f"{case.name}_collect", icon=":material/library_add:", type="tertiary", wrap=True,
                  on_click=collection.begin, args=(case,))  # fmt: skip
        if unfinished := drafts.unfinished(owner.current(), case.name):
            st.button(
                _("Resume your collection"), key=f"{case.name}_unfinished", icon=":material/inventory_2:",
                type="tertiary", wrap=True, on_click=collection.open_, args=(unfinished,),
            )  # fmt: skip
    if ways.unlabelled:
        clustering.offer(case, ways.accept)
    storage_left.show()


def _how_it_was_read(case: Case, dataset: Dataset) -> None:
    if not dataset.notes:
        return
    title = _("Import of new files") if dataset.before else _("Import details")
    st.markdown(bold(title))
    seen, key = originals.of(owner.current(), dataset.digest), f"columns_{dataset.digest}"
    columns = table_columns.show(case, dataset.notes, seen, key=key, folded=True)
    if columns:
        import_progress.import_again(dataset.digest, columns)
        st.rerun()
