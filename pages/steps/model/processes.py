"""How many processes train together, where a host, or the cluster, has several cards or cores."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from cases import tasks
from cases.base import Case
from pages.shared import session
from pages.shared.i18n import _
from pages.steps.model import launcher
from runs.store import agents
from runs.store.records import Run
from runs.worker.launchers import torchrun


def chosen(case: Case, run: Run | None, now: Mapping[str, Any]) -> int:
    """What the field says, which is drawn further down; 1 where training cannot be shared out."""
    shares, begun = tasks.of(case, now).shares, run.processes if run else 1
    if shares is None or shares.why_idle(now):
        return 1
    return max(1, min(session.held(_key(case, run), int, begun), most(case, run)))


def choose(case: Case, run: Run | None, now: Mapping[str, Any]) -> None:
    """The field; none where nothing can train with several, or where this task never does."""
    shares = tasks.of(case, now).shares
    if shares is None or (limit := most(case, run)) == 1:
        return
    reason, key = shares.why_idle(now), _key(case, run)
    help = _("Each process learns from its part of every batch. On graphics cards each uses one card; otherwise they "
             "share the processor. Batch size, learning rate and steps stay as set. Only training of the backbone is "
             "shared. 1 is right for nearly everyone.")  # fmt: skip
    session.put(key, max(1, min(session.held(key, int, run.processes if run else 1), limit)))
    st.number_input(_("Processes"), 1, limit, help=f"{_(reason)}\n\n{help}" if reason else help, key=key,
                    disabled=bool(reason))  # fmt: skip


def most(case: Case, run: Run | None) -> int:
    """Processes that can train together: on the cluster as many as it has cards or processors, else the most cards that
    one host has, or the cores of this one."""
    if (there := launcher.most(case, run)) is not None:
        return max(1, there)
    return max([torchrun.most(), *(len(row.gpus) for row in agents.alive())])


def _key(case: Case, run: Run | None) -> str:
    return f"{case.name}_processes_{run.id if run else ''}"
