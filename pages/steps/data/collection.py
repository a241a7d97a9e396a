"""A collection: files brought one by one, seen by class, read together."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

import streamlit as st

from cases.base import Case, Task
from models.errors import InputError
from pages.shared import address, i18n, owner, presses, session
from pages.shared.i18n import _, count
from pages.shared.text import bold, plain
from pages.shared.upload_options import UploadOptions
from pages.steps import storage_left
from pages.steps.data import arrival, clustering, contents, drop_zone, import_progress, table_columns
from runs.store import dataset_rows, datasets, edits
from runs.store.dataset_rows import DatasetRow
from runs.store.records import Run
from runs.uploads import draft_files, drafts, originals


def begin(case: Case) -> None:
    open_(drafts.begin(owner.current(), case.name))


def open_(draft: str) -> None:
    address.change(draft=draft, read=None)


def show(case: Case, draft: Run, ways: UploadOptions) -> None:
    collected = draft_files.of(draft.id)
    base = dataset_rows.by_id(draft.subject, owner.current()) if draft.subject else None
    st.button(_("Back"), key=f"{case.name}_back", icon=":material/arrow_back:", type="tertiary", on_click=_leave,
              args=(draft,), help=_("This collection is kept; you can resume it."))  # fmt: skip
    if base:
        _adds_to(base)
    answered = True  # nothing is asked above that comes first
    if draft.error:
        answered = _told(draft, ways, any(piece.class_ for piece in collected) or not collected)
        _other_columns(case, draft)
    add, there = st.columns([3, 2])
    with add:
        task = _task(case, draft) if ways.of_tasks else None
        ways = ways.of_tasks.get(task.name, ways) if task else ways
        for_test = st.segmented_control(
            _("Use as"), ["", "test"], default="", required=True, key=f"{case.name}_part_{draft.id}",
            format_func={"": _("training"), "test": _("test only")}.get,
            help=_("Without test files, part of the data is held out as the test set."), wrap=True,
        )  # fmt: skip
        classes = sorted({*(piece.class_ for piece in collected), *_classes(base)} - {""})
        drop_zone.into_collection(case, ways, draft.id, classes, for_test or "", leads=answered and not collected)
        if ways.typing:
            text_lines(draft.id, for_test or "", ways.example)
    with there.container(height="stretch"):
        contents.show(draft.id, collected, ways, classes)
    with st.container(horizontal=True):
        read = _("Import and add") if base else ways.read
        st.button(read, key=f"{case.name}_read", type="primary" if answered and collected else "secondary",
                  icon=":material/check:", disabled=not collected, on_click=presses.note,
                  args=(f"read_{draft.id}",))  # fmt: skip
        if collected and (press := presses.of(f"read_{draft.id}")):
            press.over = True
            _read(draft, {}, task)
        dropping = f"drop_{draft.id}"
        st.button(_("Delete collection"), key=f"{case.name}_drop", icon=":material/delete:",
                  on_click=partial(presses.note, dropping) if collected else partial(_forget, draft))  # fmt: skip
        for _press in presses.opened(dropping):
            _drop(draft, len(collected))
    storage_left.show()
    _go_on(draft)


def _told(draft: Run, ways: UploadOptions, labelled: bool) -> bool:
    """What the reading failed for: a question where only the encoding is not known; whether nothing is asked."""
    error = i18n.of(InputError.from_json(draft.error))
    tables = originals.noted(draft.id)
    if table_columns.in_doubt(tables):
        st.warning(error, icon=":material/translate:")
        return False
    st.error(error, icon=":material/error:")
    without_lines = bool(tables) and not any(table.total for table in tables)
    if ways.unlabelled and not labelled and not without_lines:
        clustering.instead(draft)
        return False
    return True


def _task(case: Case, draft: Run) -> Task:
    """What the collection is for; it changes what is asked of a person, and what is proposed once it is read."""
    named = {task.name: task for task in case.tasks}
    chosen = st.segmented_control(
        _("Task"), list(named), default=draft.settings.get("task") or case.tasks[0].name,
        format_func=lambda name: _(named[name].title), key=f"{case.name}_task_{draft.id}", required=True, wrap=True,
    )  # fmt: skip
    return named[chosen or case.tasks[0].name]


def _other_columns(case: Case, draft: Run) -> None:
    """Where a reading failed, perhaps for columns that were not meant."""
    if seen := originals.noted(draft.id):
        notes = [note for one in seen[: table_columns.MOST] for note in one.notes]
        with st.container(border=True):
            columns = table_columns.show(case, notes, seen, key=f"columns_{draft.id}")
        if columns:
            _read(draft, columns)


def _read(draft: Run, columns: Mapping[str, str], task: Task | None = None) -> None:
    """`columns` go before those that were chosen for an earlier reading, as does `task` where there is one."""
    before = draft.settings
    meant = task.name if task else before.get("task")
    arrival.ask(draft.id, {**before.get("columns", {}), **columns}, meant)


def _go_on(draft: Run) -> None:
    """Read what was asked for, unless something is on its way yet."""
    asked = arrival.due(draft.id)
    if asked is None:
        return
    try:
        drafts.read(owner.current(), draft.id, asked.columns, asked.task)
    except InputError as error:
        st.error(i18n.of(error), icon=":material/error:")
        return
    import_progress.begin(draft.id)
    st.rerun()


def _adds_to(base: DatasetRow) -> None:
    st.markdown(bold(_("Add to “{name}”", name=plain(base.name))))
    st.caption(_("Added files become version {n}. Existing examples keep their split and corrections; "
                 "runs keep their version.", n=_next(base)))  # fmt: skip


def _next(base: DatasetRow) -> int:
    return dataset_rows.versions(owner.current(), base.lineage)[-1].version + 1


def _classes(base: DatasetRow | None) -> tuple[str, ...]:
    """Those there are to choose from, by the names that they have now; where labels are texts, none."""
    dataset = datasets.opened(base, edits.current(owner.current(), base.id)) if base else None
    return dataset.classes if dataset and dataset.task_type.has_classes else ()


def _drop(draft: Run, files: int) -> None:
    @st.dialog(_("Delete this collection?"))
    def ask() -> None:
        st.markdown(count("{n} file is deleted from the server.", "{n} files are deleted from the server.", files))
        with st.container(horizontal=True):
            st.button(_("Delete permanently"), key=f"drop_really_{draft.id}", on_click=_forget, args=(draft,))
            st.button(_("Cancel"), key=f"drop_not_{draft.id}", on_click=st.rerun)

    ask()


def _leave(draft: Run) -> None:
    """Back to the other ways to bring data, or to what would have been added to."""
    address.change(draft=None, data=draft.subject)


def _forget(draft: Run) -> None:
    """What would have been added to is looked at again."""
    drafts.drop(owner.current(), draft.id)
    address.change(draft=None, data=draft.subject)
    st.rerun()


def text_lines(draft: str, split: str, example: str) -> None:
    """Draw the form into which texts are typed or pasted, one a line."""
    label, text = f"paste_label_{draft}", f"paste_text_{draft}"
    with st.form(f"paste_{draft}", enter_to_submit=False):
        st.text_input(
            _("Class of these lines"), key=label, max_chars=100, placeholder=example,
            help=_("Leave empty if each line is text, tab, class, as copied from a spreadsheet."),
        )  # fmt: skip
        st.text_area(_("Texts, one per line"), key=text, height=140, placeholder=_("Type or paste here"))
        st.form_submit_button(
            _("Add these lines"), icon=":material/playlist_add:", on_click=_add_pasted, args=(draft, label, text, split)
        )


def _add_pasted(draft: str, label: str, text: str, split: str) -> None:
    if drafts.add_lines(owner.current(), draft, session.held(text, str, ""), session.held(label, str, ""), split):
        st.session_state[text] = ""
