"""Data are deleted: asked once more, with what hangs on them."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from models.errors import InputError
from pages.shared import address, i18n, owner, presses, vocabulary
from pages.shared.i18n import _, count
from pages.shared.text import plain
from runs.store import dataset_deletion
from runs.store.dataset_rows import DatasetRow


def button(row: DatasetRow, gone: Sequence[DatasetRow], key: str = "delete") -> None:
    """For all versions in `gone`, of which `row` is one."""
    asked = f"{key}_{row.id}" if key == "delete" else f"{key}_delete_{row.id}"
    st.button(_("Delete"), key=asked, icon=":material/delete:", type="tertiary", on_click=presses.note, args=(asked,))
    for _press in presses.opened(asked):
        _confirm(row, gone)


def _confirm(row: DatasetRow, gone: Sequence[DatasetRow]) -> None:
    @st.dialog(_("Delete this data set?"))
    def ask() -> None:
        name = plain(row.name)
        if len(gone) == 1:
            st.markdown(_("“{name}” and its corrections are deleted permanently.", name=name))
        else:
            st.markdown(_("“{name}”, its {n} versions and their corrections are deleted permanently.",
                          name=name, n=len(gone)))  # fmt: skip
        if used := [run for one in gone for run in dataset_deletion.runs_on(owner.current(), one.id)]:
            told = count("{n} run used it:", "{n} runs used it:", len(used))
            titles = "\n".join(f"- {plain(vocabulary.title(run))}" for run in used[:10])
            st.markdown(f"{told}\n{titles}")
            st.caption(_("Their models and metrics remain, but these runs cannot be resumed."))
        with st.container(horizontal=True):
            pressed = f"delete_really_{row.id}"
            st.button(_("Delete permanently"), key=pressed, on_click=presses.note, args=(pressed,))
            st.button(_("Cancel"), key=f"delete_not_{row.id}", on_click=st.rerun)
        if press := presses.of(pressed):
            press.over = True
            _delete(gone)

    ask()


def _delete(gone: Sequence[DatasetRow]) -> None:
    try:
        dataset_deletion.remove_all(owner.current(), [row.id for row in gone])
    except InputError as error:
        st.error(i18n.of(error))
        return
    if st.query_params.get("data") in {row.id for row in gone}:
        address.change(data=None)
    st.rerun()
