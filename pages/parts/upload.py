"""Data: bring a file, take the sample, or go on with what was read before."""

from __future__ import annotations

import streamlit as st

from cases.base import Case
from cases.dataset import Dataset
from models.errors import InputError
from pages.parts import language, owner, uploading, waiting
from pages.parts.charts import plain
from pages.parts.language import _
from runs import edits, files, reading, store, tokens
from runs.routes import MOST_BYTES
from runs.store import Run


def choose(case: Case, run: Run | None, *, accept: str, hint: str, sample: str, origin: str) -> Dataset | None:
    """The data set named in the address, or by the run that is shown; else the ways to bring one."""
    st.header(_("1 · Data"), anchor=False)
    if reader := st.query_params.get("read"):
        _follow(reader)
    chosen = st.query_params.get("data") or (run.dataset if run else None)
    row = store.dataset(chosen, owner.current()) if chosen else None
    if row and (files.datasets() / row.id / "facts.json").exists():
        return Dataset.open(files.datasets() / row.id, edits.current(owner.current(), row.id))
    if chosen:
        st.warning(_("This data is not, or no longer, on the server. Upload the file again."))
    bring, take = st.columns([3, 2])
    with bring:
        _zone(case, accept, hint)
    with take.container(border=True, height="stretch"):
        question = _("No data at hand?")  # a message inside an f-string is not collected
        st.markdown(f"**{question}**")
        st.caption(origin)
        if st.button(sample, key=f"{case.name}_sample", icon=":material/auto_awesome:"):
            _start_sample(case)
    _earlier(case)
    return None


def _zone(case: Case, accept: str, hint: str) -> None:
    uploading.zone(
        url="/api/upload",
        token=tokens.sign("upload", owner=owner.current(), case=case.name),
        accept=accept,
        words=_words(hint),
        language=language.current(),
        max_bytes=MOST_BYTES,
        key=f"{case.name}_upload",
        on_uploaded=lambda: _read(st.session_state[f"{case.name}_upload"]["uploaded"]["run"]),
    )


def _words(hint: str) -> uploading.Words:
    return {
        "title": _("Drop your file here"),
        "hint": hint,
        "choose": _("Choose a file"),
        "another": _("Choose another file"),
        "too_large": _("“{name}” has {size}; at most {limit} can be uploaded. Split it, or reduce what it holds."),
        "wrong_kind": _("“{name}” is not a zip. Put the data into a folder, zip it and drop the zip here."),
        "one_file": _("Drop one file at a time; zip a folder first."),
        "sent": _("{n} of {total}"),
        "left": _("{time} left"),
        "checking": _("All sent; the server is checking the file."),
        "cancel": _("Cancel"),
        "cancelled": _("Cancelled; nothing was kept."),
        "uploaded": _("“{name}” has arrived."),
        "failed": _("The server did not take the file. Try again; if that does not help, reload the page."),
        "lost": _("The connection was lost while uploading. Check it and try again."),
        "again": _("Try again"),
    }


def _read(run: str) -> None:
    st.query_params["read"] = run
    for name in ("data", "run"):
        st.query_params.pop(name, None)


def _start_sample(case: Case) -> None:
    identity = store.new_id()
    folder = files.uploads() / f"{identity}.sample"
    folder.mkdir()
    part = case.sample(folder)
    path = part.path.rename(files.uploads() / identity)
    folder.rmdir()
    store.add_upload(owner.current(), identity, part.name, path.stat().st_size, reading.sha256_of(path))
    parts = [{"upload": identity, "split": part.split}]
    _read(store.create_run(owner.current(), "read", case.name, part.name, parts=parts))
    st.rerun()


def _follow(reader: str) -> None:
    """Show how the reading goes; once it is done the address names the data set instead."""
    run = store.run(reader, owner.current())
    if run is None:
        return
    if not run.ended_already:
        waiting.show(run, _("Reading “{name}”.", name=plain(run.name)))
        st.stop()
    if run.status == "done":
        st.query_params["data"] = run.dataset
        del st.query_params["read"]
    elif run.error:
        st.error(language.of(InputError.from_json(run.error)), icon=":material/error:")


def _earlier(case: Case) -> None:
    rows = store.dataset_list(owner.current(), case.name)
    if not rows:
        return
    names = {row.id: row.name for row in rows}
    chosen = st.selectbox(
        _("Or go on with data you brought before"), list(names), format_func=names.get, index=None,
        placeholder=_("Choose"), key=f"{case.name}_earlier",
    )  # fmt: skip
    if chosen:
        st.query_params["data"] = chosen
        st.query_params.pop("read", None)
        st.rerun()
