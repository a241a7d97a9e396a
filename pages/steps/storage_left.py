"""What is left of the storage that the host allows: told before an upload, with the largest that could be deleted."""

from __future__ import annotations

import streamlit as st

from pages.components import run_list
from pages.shared import owner, session, vocabulary
from pages.shared.i18n import _
from pages.shared.text import plain
from pages.steps import run_deletion
from pages.steps.data import deletion
from runs.limits import allowances, storage
from runs.limits.storage import Amount
from runs.store import dataset_rows, records

SCARCE = 0.25  # of the storage: less than that is told before it is short
LISTED = 6
REFUSED = "storage_refused"  # in the session: files were chosen that do not fit


def sentence(most_of_a_file: int) -> str:
    """Say how large a file may be, and how much fits at all where that is little."""
    left, total = allowances.room(owner.current()), _allowed()
    limit = vocabulary.size(most_of_a_file if left is None else min(most_of_a_file, left))
    if left is None or total is None or not _is_scarce(left, total):
        return _("Up to {limit} per file.", limit=limit)
    if left == 0:
        return _("Your storage of {total} is full. Delete data sets or runs first.", total=vocabulary.size(total))
    told = {"left": vocabulary.size(left), "total": vocabulary.size(total)}
    if left <= most_of_a_file:
        return _("{left} of your {total} is left.", **told)
    return _("Up to {limit} per file; {left} of your {total} is left.", limit=limit, **told)


def show() -> None:
    """List the data sets and runs whose deletion frees most, with a way to delete each; nothing while there is room
    enough."""
    left, total = allowances.room(owner.current()), _allowed()
    if left is None or total is None:
        return
    refused = session.held(REFUSED, bool, False)
    if not (refused or _is_scarce(left, total)):
        return
    free, whole = vocabulary.size(left), vocabulary.size(total)
    title = _("Free up storage: {left} of {total} left", left=free, total=whole)
    with st.expander(title, icon=":material/hard_drive:", expanded=refused or left == 0):
        for amount in storage.largest(owner.current(), LISTED):
            _one(amount)


def refuse() -> None:
    """Open the list on the next run of the page: what was chosen does not fit."""
    st.session_state[REFUSED] = True


def _one(amount: Amount) -> None:
    run, data = records.run(amount.id, owner.current()), dataset_rows.by_id(amount.id, owner.current())
    shared = []
    if amount.shared:
        size = vocabulary.size(amount.shared)
        shared.append(_("{size} more is shared, and freed with the last run or data set that has it", size=size))
    with st.container(border=True, horizontal=True, vertical_alignment="center", key=f"stored_{amount.id}"):
        if run:
            run_list.link(run)
            told = [_("Run"), *map(plain, vocabulary.what(run)), vocabulary.when(run.created)]
            st.caption(" · ".join([*told, *shared]))
        elif data:
            st.page_link(f"{data.case}.py", label=f"**{plain(data.name)}**", query_params={"data": data.id})
            told = [_("Data set"), vocabulary.case(data.case), vocabulary.when(data.created)]
            st.caption(" · ".join([*told, *shared]))
        st.space("stretch")
        with st.container(horizontal=True, vertical_alignment="center", width="content"):
            st.markdown(_("Frees {size}", size=vocabulary.size(amount.bytes)), width="content")
            if run:
                run_deletion.button(run, key=f"stored_delete_{run.id}", label=_("Delete"))
            elif data:
                deletion.button(data, [data], key="stored")


def _allowed() -> int | None:
    return allowances.of(owner.current()).storage


def _is_scarce(left: int, total: int) -> bool:
    return left < SCARCE * total
