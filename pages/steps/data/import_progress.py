"""From files that have arrived to a data set: the reading is queued, watched, and its outcome told."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from tempfile import TemporaryDirectory
from types import MappingProxyType

import streamlit as st

from cases.base import Case, Sample
from models.errors import InputError
from pages.shared import address, i18n, owner, polling
from pages.shared.i18n import _
from pages.shared.presses import Press
from pages.shared.text import plain
from runs import paths
from runs.jobs import data_import as work
from runs.store import records, upload_rows
from runs.store.records import Run
from runs.uploads import drafts, originals


def begin(run: str) -> None:
    """From the next run of the page on this reading is watched."""
    address.change(read=run, data=None, run=None, draft=None)


def import_again(dataset: str, columns: Mapping[str, str] = MappingProxyType({})) -> None:
    """Import the original files of a data set once more, with other `columns` if given, and watch it."""
    begin(originals.read_again(owner.current(), dataset, columns))


def start_sample(case: Case, sample: Sample, press: Press) -> None:
    """Bring the sample that was pressed for, and watch how it is read."""
    press.made = press.made or queue_sample(case, sample)
    if press.made:
        begin(press.made)
    press.over = True
    if press.made:
        st.rerun()


def queue_sample(case: Case, sample: Sample) -> str | None:
    """Write the sample as an upload and queue its reading; None, and the page says why, where it cannot be had."""
    identity = records.new_id()
    path = paths.uploads() / identity
    try:
        with _shown(sample), TemporaryDirectory(dir=paths.uploads(), suffix=".sample") as folder:
            part = sample.write(Path(folder))
            part.path.rename(path)
    except InputError as error:
        st.error(i18n.of(error), icon=":material/error:")
        return None
    upload_rows.add(owner.current(), identity, part.name, path.stat().st_size, work.sha256_of(path))
    parts = [{"upload": identity, "split": part.split}]
    settings = {"sample": sample.name}  # what is made of it may be kept once for all
    return records.create_run(owner.current(), "read", case.name, part.name, settings=settings, parts=parts)


def _shown(sample: Sample) -> AbstractContextManager[None]:
    return st.spinner(_("Downloading")) if sample.fetched else nullcontext()


def followed() -> Run | None:
    """The reading that the address names."""
    asked = st.query_params.get("read")
    run = records.run(asked, owner.current()) if asked else None
    return run if run and run.kind == "read" else None


def is_going_on(run: Run) -> bool:
    return not run.ended_already and run.status != drafts.DRAFT


def show(run: Run) -> None:
    """Show how the reading goes, and the way to stop it."""
    polling.show(run, _("Importing “{name}”.", name=plain(run.name)))
    polling.stop(run)


def leave(run: Run) -> None:
    """After a reading that is over: the address names the data set, or the collection again; else say why not."""
    if run.status == "done":
        address.change(data=run.dataset, read=None, task=run.settings.get("task"))
    elif run.status == drafts.DRAFT or drafts.reopen(owner.current(), run.id):
        address.change(draft=run.id, read=None)
    elif run.error:
        st.error(i18n.of(InputError.from_json(run.error)), icon=":material/error:")
    elif run.status == "stopped":
        st.info(_("Import of “{name}” was stopped. Upload the file again to retry.", name=plain(run.name)),
                icon=":material/info:")  # fmt: skip
