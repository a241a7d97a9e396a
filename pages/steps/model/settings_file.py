"""Settings as a file: what is chosen leaves as JSON, and comes back from one, here or on another server."""

from __future__ import annotations

from pathlib import PurePosixPath

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from cases.base import Case
from cases.dataset import Dataset
from models.errors import InputError
from pages.shared import i18n, session
from pages.shared.i18n import _
from pages.shared.text import plain
from pages.steps.model import kept_settings, settings_form
from runs import settings_file
from runs.store.records import Run


def show(case: Case, dataset: Dataset, run: Run | None) -> None:
    """Draw both ways; what was wrong with a file is said until another is chosen."""
    key = f"{case.name}_settings_file_{run.id if run else ''}"
    with st.expander(_("Settings as a file")):
        st.caption(_("A JSON file with every setting, which the command line reads too (--like). Corrections and "
                     "monitored examples stay with their data."))  # fmt: skip
        _export(case, dataset, run, key)
        st.file_uploader(
            _("Import settings"), "json", key=key, max_upload_size=1, width=400,
            on_change=lambda: _import(case, dataset, run, key),
        )  # fmt: skip
        told = session.held(f"{key}_told", (InputError, str))
        if isinstance(told, InputError):
            st.error(i18n.of(settings_form.with_label(case, told)), icon=":material/error:")
        elif told:
            st.success(_("Settings imported from “{file}”.", file=plain(told)), icon=":material/check:")


def _export(case: Case, dataset: Dataset, run: Run | None, key: str) -> None:
    try:
        content = settings_file.write(case, case.Settings(**settings_form.values(case, run)))
    except InputError as error:  # two settings that do not go together; the start says the same
        st.error(i18n.of(settings_form.with_label(case, error)))
        return
    st.download_button(
        _("Export settings"), content, f"{PurePosixPath(dataset.name).stem}-settings.json", "application/json",
        key=f"{key}_export", icon=":material/download:", on_click="ignore",
    )  # fmt: skip


def _import(case: Case, dataset: Dataset, run: Run | None, key: str) -> None:
    """Choose what the file says; where it cannot be, everything stays as it was chosen."""
    given = session.held(key, UploadedFile)
    if given is None:  # it was taken out of the field
        st.session_state.pop(f"{key}_told", None)
        return
    try:
        values = settings_file.read(case, given.getvalue(), given.name)
    except InputError as error:
        st.session_state[f"{key}_told"] = error
        return
    kept_settings.choose(case, dataset, run, values)
    st.session_state[f"{key}_told"] = given.name
