"""What lies on the disk: by part of the home, by person, and what may be removed."""

from __future__ import annotations

import shutil
from collections.abc import Mapping

import streamlit as st

from pages.administration import retention
from pages.shared import sign_in, vocabulary
from pages.shared.i18n import _
from pages.shared.text import plain
from runs import paths
from runs.identity import people
from runs.limits import allowances, storage
from runs.monitoring import home_size
from runs.monitoring.home_size import DATABASE, OTHER

EVERY, SLOWLY = 2, 600  # seconds between two looks while the home is being measured, and after
FRESH = 60  # seconds for which a look holds, as those of persons do: else the sums would not fit together


def show() -> None:
    known = home_size.of(paths.home()).fresh(FRESH)
    st.fragment(_disk, run_every=SLOWLY if known else EVERY)(bool(known))
    _people()
    retention.show()


def _disk(measured: bool) -> None:
    if not sign_in.hosts():  # no longer: the fragment runs without the page that asked before
        st.rerun()
    known, disk = home_size.of(paths.home()).fresh(FRESH), shutil.disk_usage(paths.home())
    if bool(known) != measured:  # those of persons are told anew with it
        st.rerun()
    st.subheader(_("Disk"), anchor=False)
    whole, free = st.columns(2)
    used = vocabulary.size(sum(known.values())) if known else _("being measured…")
    whole.metric(_("All of Casebook"), used, border=True, help=_("Measured when this page opens."))
    free.metric(_("Free on the disk"), vocabulary.size(disk.free), border=True,
                help=_("Of {total} in all.", total=vocabulary.size(disk.total)))  # fmt: skip
    if known:
        _parts(known)


def _parts(known: Mapping[str, int]) -> None:
    names = {
        "datasets": _("Data sets"), "runs": _("Runs"), "uploads": _("Uploads"), "backups": _("Backups"),
        "cache": _("Models and caches"), "logs": _("Logs"), DATABASE: _("Database"), OTHER: _("Other"),
    }  # fmt: skip
    rows = sorted(((size, names[part]) for part, size in known.items() if size), reverse=True)
    st.table({_("Content"): [name for _size, name in rows], _("Size"): [vocabulary.size(size) for size, _name in rows]},
             border="horizontal", hide_index=True)  # fmt: skip


def _people() -> None:
    """What two have brought alike counts for both, here as in their limits."""
    st.subheader(_("By person"), anchor=False)
    rows = [(storage.used(one.id), plain(one.name), allowances.of(one.id).storage) for one in people.everyone()]
    rows.sort(key=lambda row: -row[0])
    st.table({
        _("Person"): [name for _used, name, _most in rows],
        _("Uses"): [vocabulary.size(used) if used else _("no data") for used, _name, _most in rows],
        _("Limit"): [_("no limit") if most is None else vocabulary.size(most) for _used, _name, most in rows],
    }, border="horizontal", hide_index=True)  # fmt: skip
    if shared := storage.shared():
        told = _("Several people have brought the same {size}. It counts for each, and is kept once.",
                 size=vocabulary.size(shared))  # fmt: skip
        st.caption(told)
