"""Backups: made beside all other work, listed, downloaded, deleted."""

from __future__ import annotations

import shutil

import streamlit as st

from models.errors import InputError
from pages.shared import durations, i18n, owner, presses, sign_in, vocabulary
from pages.shared.address import of_route
from pages.shared.i18n import _, count
from pages.shared.text import plain
from runs import paths
from runs.backup import kept, work
from runs.backup.kept import Kept
from runs.store import agents, queue
from runs.store.records import Run

EVERY = 2  # seconds between two looks while one is being made
RESTORE = "python -m runs.restore FILE.tar --home DIR"
RENEWED = 300  # seconds, otherwise: the addresses for downloading hold a little longer


def show() -> None:
    at_work = _at_work(work.latest())
    st.fragment(_backups, run_every=EVERY if at_work else RENEWED)(at_work)


def _backups(at_work: bool) -> None:
    if not sign_in.hosts():  # no longer: the fragment runs without the page that asked before
        st.rerun()
    run = work.latest()
    if _at_work(run) != at_work:
        st.rerun()
    st.caption(_("A backup holds all accounts, data, runs and links. Everyone can go on working meanwhile."))
    if run and at_work:
        _progress(run)
    else:
        _begin()
        _outcome(run)
    there = kept.listed()
    free = _("{size} free on the disk", size=vocabulary.size(shutil.disk_usage(paths.home()).free))
    st.subheader(count("{n} backup", "{n} backups", len(there)), anchor=False)
    st.caption(" · ".join([*([vocabulary.size(sum(one.bytes for one in there))] if there else []), free]))
    for one in there:
        _one(one)
    if there:
        st.info(
            _("A backup on the same disk does not help when the disk fails. Download it and keep it elsewhere."),
            icon=":material/info:",
        )
        st.caption(_("To restore one into an empty folder, run this on the server; see docs/operation.md."))
        st.code(RESTORE, language="bash", wrap_lines=True)


def _at_work(run: Run | None) -> bool:
    return run is not None and not run.ended_already


def _begin() -> None:
    st.button(_("Make a backup"), key="backup_begin", type="primary", icon=":material/backup:", on_click=_make)


def _make() -> None:
    if (host := owner.person()) and host.host:
        work.begin(host)


def _progress(run: Run) -> None:
    told = run.progress or {}
    done, total = told.get("done", 0), told.get("total", 0)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.progress(done / total if total else 0.0, text=_state(run, done, total))
        if run.stop is None:
            st.button(_("Stop"), key="backup_stop", type="tertiary", icon=":material/stop:", on_click=queue.stop,
                      args=(run.id,))  # fmt: skip
    if run.status == "queued" and not agents.alive():
        st.warning(_("No agent is running, so nothing starts."), icon=":material/warning:")


def _state(run: Run, done: int, total: int) -> str:
    if run.stop is not None:
        return _("Stopping…")
    if run.status == "queued":
        return _("Preparing the backup…")
    if not total:
        return _("Reading what there is…")
    told = [_("{done} of {total}", done=vocabulary.size(done), total=vocabulary.size(total))]
    if left := (run.progress or {}).get("eta"):
        told.append(_("{time} left", time=durations.told(max(1.0, left))))
    return " · ".join(told)


def _outcome(run: Run | None) -> None:
    """Why there is no backup, where the last one came to nothing."""
    if run is not None and run.status == "failed" and run.error:
        st.error(i18n.of(InputError.from_json(run.error)), icon=":material/error:")
    elif run is not None and run.status == "stopped":
        st.caption(_("The last backup was stopped; nothing of it was kept."))


def _one(one: Kept) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(plain(one.name), width="content")
        st.caption(f"{vocabulary.when(one.made)} · {vocabulary.size(one.bytes)}", width="content")
        token = owner.sign("backup", backup=one.name)
        st.link_button(
            _("Download"), of_route(f"/api/backup?token={token}&lang={i18n.current()}"), type="tertiary",
            icon=":material/download:",
        )  # fmt: skip
        asked = f"backup_delete_{one.name}"
        st.button(_("Delete"), key=asked, type="tertiary", icon=":material/delete:", on_click=presses.note,
                  args=(asked,))  # fmt: skip
        for _press in presses.opened(asked):
            _ask(one)


def _ask(one: Kept) -> None:
    @st.dialog(_("Delete this backup?"))
    def ask() -> None:
        if not sign_in.hosts():  # no longer: a dialog runs without the page that asked before
            st.rerun()
        st.markdown(f"{plain(one.name)} · {vocabulary.size(one.bytes)}")
        with st.container(horizontal=True):
            st.button(_("Delete permanently"), key="backup_really_delete", on_click=_delete, args=(one,))
            st.button(_("Cancel"), key="backup_not", on_click=st.rerun)

    ask()


def _delete(one: Kept) -> None:
    if sign_in.hosts():
        kept.delete(one.name)
    st.rerun()
