"""A collection: files brought one by one, seen by class, read together."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from cases.base import Case, Task
from models.errors import InputError
from pages.parts import address, language, owner
from pages.parts.bring import contents, drop, grouping, pasting, reading, tables
from pages.parts.bring.drop import Ways
from pages.parts.charts import bold, plain
from pages.parts.language import _, count
from runs import brought, datasets, drafts, pieces, store
from runs.store import DatasetRow, Run


def begin(case: Case) -> None:
    open_(drafts.begin(owner.current(), case.name))


def open_(draft: str) -> None:
    address.change(draft=draft, read=None)
    st.rerun()


def show(case: Case, draft: Run, ways: Ways) -> None:
    collected = pieces.of(draft.id)
    base = store.dataset(draft.subject, owner.current()) if draft.subject else None
    if base:
        _adds_to(base)
    if draft.error:
        st.error(language.of(InputError.from_json(draft.error)), icon=":material/error:")
        if ways.unlabelled and collected and not any(piece.class_ for piece in collected):
            grouping.instead(draft)
        _other_columns(case, draft)
    add, there = st.columns([3, 2])
    with add:
        task = _task(case, draft) if ways.transcripts else None
        if ways.transcripts and task and task.targets == "texts":
            ways = ways.transcripts
        for_test = st.segmented_control(
            _("What you add now is for"), ["", "test"], default="", required=True, key=f"{case.name}_part_{draft.id}",
            format_func={"": _("learning"), "test": _("testing only")}.get,
            help=_("Without files of your own to test with, a part of the others is kept for the test."),
        )  # fmt: skip
        classes = sorted({*(piece.class_ for piece in collected), *_classes(base)} - {""})
        drop.into_collection(case, ways, draft.id, classes, for_test or "")
        if ways.typing:
            pasting.lines(draft.id, for_test or "", ways.example)
    with there.container(border=True, height="stretch"):
        contents.show(draft.id, collected, ways, classes)
    with st.container(horizontal=True):
        read = _("Read and add to the data") if base else ways.read
        if st.button(read, key=f"{case.name}_read", type="primary", icon=":material/check:", disabled=not collected):
            _read(draft, {}, task)
        if st.button(_("Discard the collection"), key=f"{case.name}_drop", icon=":material/delete:"):
            _drop(draft, len(collected))


def _task(case: Case, draft: Run) -> Task:
    """What the collection is for; it changes what is asked of a person, and what is proposed once it is read."""
    named = {task.name: task for task in case.tasks}
    chosen = st.segmented_control(
        _("What is to be learnt"), list(named), default=(draft.settings or {}).get("task") or case.tasks[0].name,
        format_func=lambda name: _(named[name].title), key=f"{case.name}_task_{draft.id}", required=True,
    )  # fmt: skip
    return named[chosen or case.tasks[0].name]


def _other_columns(case: Case, draft: Run) -> None:
    """Where a reading failed, perhaps for columns that were not meant."""
    if seen := brought.noted(draft.id):
        notes = [note for one in seen[: tables.MOST] for note in one.notes]
        with st.container(border=True):
            columns = tables.show(case, notes, seen, key=f"columns_{draft.id}")
        if columns:
            _read(draft, columns)


def _read(draft: Run, columns: Mapping[str, str], task: Task | None = None) -> None:
    """`columns` go before those that were chosen for an earlier reading, as does `task` where there is one."""
    before = draft.settings or {}
    meant = task.name if task else before.get("task")
    try:
        drafts.read(owner.current(), draft.id, {**before.get("columns", {}), **columns}, meant)
    except InputError as error:
        st.error(language.of(error), icon=":material/error:")
        return
    reading.begin(draft.id)
    st.rerun()


def _adds_to(base: DatasetRow) -> None:
    st.markdown(bold(_("Add to “{name}”", name=plain(base.name))))
    st.caption(_("What you add becomes version {n}. What was there keeps its place in the split and its corrections; a "
                 "run keeps the version it was trained on.", n=_next(base)))  # fmt: skip


def _next(base: DatasetRow) -> int:
    return datasets.versions(owner.current(), base.lineage)[-1].version + 1


def _classes(base: DatasetRow | None) -> tuple[str, ...]:
    """Those there are to choose from; where labels are texts, none."""
    dataset = datasets.opened(base) if base else None
    return dataset.classes if dataset and dataset.targets == "classes" else ()


def _drop(draft: Run, files: int) -> None:
    if not files:
        _forget(draft)

    @st.dialog(_("Discard this collection?"))
    def ask() -> None:
        st.markdown(count("{n} file is deleted from the server.", "{n} files are deleted from the server.", files))
        with st.container(horizontal=True):
            if st.button(_("Discard for good"), key=f"drop_really_{draft.id}", type="primary"):
                _forget(draft)
            if st.button(_("Cancel"), key=f"drop_not_{draft.id}"):
                st.rerun()

    ask()


def _forget(draft: Run) -> None:
    """What would have been added to is looked at again."""
    drafts.drop(owner.current(), draft.id)
    address.change(draft=None, data=draft.subject)
    st.rerun()
