"""How many processes train together, where a host has several cards or cores."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from cases import tasks
from cases.base import Case
from pages.shared import session
from pages.shared.i18n import _
from runs.store import agents
from runs.store.records import Run
from runs.worker.launchers import torchrun


def chosen(case: Case, run: Run | None, now: Mapping[str, Any]) -> int:
    """What the field says, which is drawn further down; 1 where training cannot be shared out."""
    shares, begun = tasks.of(case, now).shares, run.processes if run else 1
    if shares is None or shares.why_idle(now):
        return 1
    return max(1, min(session.held(_key(case, run), int, begun), most()))


def choose(case: Case, run: Run | None, now: Mapping[str, Any]) -> None:
    """The field; none where no host can train with several, or where this task never does."""
    shares = tasks.of(case, now).shares
    if shares is None or (limit := most()) == 1:
        return
    reason, key = shares.why_idle(now), _key(case, run)
    help = _("Each process learns from its part of every batch. On graphics cards each uses one card; otherwise they "
             "share the processor. Batch size, learning rate and steps stay as set. Only training of the backbone is "
             "shared. 1 is right for nearly everyone.")  # fmt: skip
    session.put(key, max(1, min(session.held(key, int, run.processes if run else 1), limit)))
    st.number_input(_("Processes"), 1, limit, help=f"{_(reason)}\n\n{help}" if reason else help, key=key,
                    disabled=bool(reason))  # fmt: skip


def most() -> int:
    """Processes of one host that can train together: the most cards that one has, else the cores of this one."""
    return max([torchrun.most(), *(len(row.gpus) for row in agents.alive())])


def _key(case: Case, run: Run | None) -> str:
    return f"{case.name}_processes_{run.id if run else ''}"
