"""Where a run is trained: on a machine of this server's own, or on the Ray cluster."""

from __future__ import annotations

import streamlit as st

from cases.base import Case
from pages.shared import session
from pages.shared.i18n import _
from runs.cluster import LAUNCHER, jobs, nodes
from runs.store.records import Run
from runs.worker import launchers


def now(case: Case, run: Run | None) -> str:
    """What the field says, which is drawn further down."""
    begun = launchers.again(run) if run else None
    return session.among(_key(case, run), launchers.offered(), begun) or "local"


def is_offered() -> bool:
    """Whether there is a choice."""
    return len(launchers.offered()) > 1


def choose(case: Case, run: Run | None) -> None:
    """The field; none where there is no choice."""
    if not is_offered():
        return
    labels = {"local": _("This server"), LAUNCHER: _("Ray cluster")}
    session.put(_key(case, run), now(case, run))
    st.selectbox(
        _("Launcher"), launchers.offered(), format_func=labels.__getitem__, key=_key(case, run),
        help=_("This server: a machine of this server trains it; several processes are started by torchrun. Ray "
               "cluster: the run is submitted as a job to {address}, and begins when a place is free there. "
               "This server is right for nearly everyone.", address=jobs.dashboard()),
    )  # fmt: skip
    if now(case, run) == LAUNCHER and nodes.seen() is None:
        st.caption(_("The Ray cluster does not answer. A run started now waits until it does."))


def most(case: Case, run: Run | None) -> int | None:
    """Processes that can train together on the cluster, where that is chosen."""
    return nodes.most(nodes.seen() or []) if now(case, run) == LAUNCHER else None


def _key(case: Case, run: Run | None) -> str:
    return f"{case.name}_launcher_{run.id if run else ''}"
