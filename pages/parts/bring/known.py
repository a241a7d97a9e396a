"""Data sets that were brought before: go on with one, or delete it."""

from __future__ import annotations

import streamlit as st
from pyarrow import parquet

from cases.base import Case
from cases.dataset import Dataset
from models.errors import InputError
from pages.parts import address, language, owner, words
from pages.parts.charts import plain
from pages.parts.language import _, count
from runs import drafts, files, removing, store
from runs.store import DatasetRow

SHOWN, MOST = 3, 40


def show(case: Case) -> None:
    rows = store.dataset_list(owner.current(), case.name)
    if not rows:
        return
    st.subheader(_("Or go on with data you brought before"), anchor=False)
    for row in rows[:SHOWN]:
        _line(row)
    if older := rows[SHOWN:MOST]:
        with st.expander(_("Older data ({n})", n=len(older))):
            for row in older:
                _line(row)


def _line(row: DatasetRow) -> None:
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        st.button(f"**{plain(row.name)}**", key=f"open_{row.id}", type="tertiary", on_click=_open, args=(row.id,))
        st.caption(" · ".join([*_facts(row), words.when(row.created)]))
        st.space("stretch")
        if st.button(_("Delete"), key=f"delete_{row.id}", icon=":material/delete:", type="tertiary"):
            _confirm(row)


def _facts(row: DatasetRow) -> list[str]:
    """How much it is; the counts alone are read, not the samples."""
    folder = files.datasets() / row.id
    if not (folder / "facts.json").exists():
        return []
    dataset = Dataset.open(folder)
    examples = parquet.read_metadata(folder / "samples.parquet").num_rows
    if dataset.targets == "items":
        return [count("{n} item", "{n} items", examples)]
    told = [count("{n} example", "{n} examples", examples)]
    if dataset.targets == "texts":
        return [*told, _("with transcripts")]
    return [*told, count("{n} class", "{n} classes", len(dataset.classes))]


def _open(dataset: str) -> None:
    meant = drafts.meant_for(owner.current(), dataset)
    address.change(data=dataset, read=None, draft=None, run=None, task=meant)


def _confirm(row: DatasetRow) -> None:
    @st.dialog(_("Delete these data?"))
    def ask() -> None:
        name = plain(row.name)
        st.markdown(_("“{name}” and the corrections you made in it are removed for good.", name=name))
        if used := removing.runs_on(owner.current(), row.id):
            told = count("{n} run used them:", "{n} runs used them:", len(used))
            titles = "\n".join(f"- {plain(words.title(run))}" for run in used[:10])
            st.markdown(f"{told}\n{titles}")
            st.caption(_("Their models and figures stay, but they cannot be resumed any more."))
        with st.container(horizontal=True):
            if st.button(_("Delete for good"), key=f"delete_really_{row.id}", type="primary"):
                _delete(row.id)
            if st.button(_("Cancel"), key=f"delete_not_{row.id}"):
                st.rerun()

    ask()


def _delete(dataset: str) -> None:
    try:
        removing.remove(owner.current(), dataset)
    except InputError as error:
        st.error(language.of(error))
    else:
        st.rerun()
