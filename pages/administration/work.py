"""What waits and works, by owner, without its content: to be moved first, or stopped."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from pages.shared import durations, sign_in, vocabulary
from pages.shared.i18n import _, count
from pages.shared.text import plain
from runs.cluster import LAUNCHER, jobs, nodes
from runs.identity import people
from runs.kinds import KINDS
from runs.store import agents, queue, turns
from runs.store.agents import AgentRow
from runs.store.records import Run

EVERY = 3  # seconds


def show() -> None:
    st.fragment(_work, run_every=EVERY)()


def _work() -> None:
    if not sign_in.hosts():  # no longer: the fragment runs without the page that asked before
        st.rerun()
    names = {person.id: plain(person.name) for person in people.everyone()}
    at_work, waiting, there = queue.running(), turns.waiting(), agents.alive()
    cards = {one.host: len(one.gpus) for one in there}
    st.subheader(_("Running ({n})", n=len(at_work)), anchor=False)
    for run in at_work:
        _line(run, names, _cards(run, at_work, cards.get(run.host or "", 0)), stop=True)
    if not at_work:
        st.caption(_("Nothing is running."))
    st.subheader(_("Waiting ({n})", n=len(waiting)), anchor=False)
    for run in waiting:
        _line(run, names, [], stop=True, move=run is not waiting[0])
    if not waiting:
        st.caption(_("Nothing is waiting."))
    st.subheader(_("Machines"), anchor=False)
    for one in there:
        at = [run for run in at_work if run.host == one.host and run.launcher != LAUNCHER]
        st.caption(" · ".join([plain(one.host), *_devices(one), count("{n} running", "{n} running", len(at))]))
    if jobs.address():
        _cluster(sum(run.launcher == LAUNCHER for run in at_work))
    if not there:
        st.warning(_("No agent is running, so nothing starts."), icon=":material/warning:")


def _cluster(running: int) -> None:
    """The Ray cluster: its hosts and what they have, or that it does not answer."""
    hosts = nodes.seen()
    if hosts is None:
        st.warning(_("The Ray cluster does not answer. Runs for it wait."), icon=":material/warning:")
        return
    cards, cpus = sum(one.gpus for one in hosts), sum(one.cpus for one in hosts)
    held = count("{n} GPU", "{n} GPUs", cards), count("{n} processor core", "{n} processor cores", cpus)
    at_work = count("{n} running", "{n} running", running)
    st.caption(" · ".join([_("Ray cluster"), count("{n} host", "{n} hosts", len(hosts)), *held, at_work]))
    st.page_link(jobs.dashboard(), label=_("Ray dashboard"), icon=":material/open_in_new:", width="content")


def _devices(agent: AgentRow) -> list[str]:
    """Its GPUs with what is used of each where the driver tells, or that it has none."""
    return [_gpu(gpu) for gpu in agent.gpus] or [_("no GPU, trainings run on the processor")]


def _gpu(gpu: Mapping[str, Any]) -> str:
    whole = f"{gpu['memory'] / 1024:.0f} GB"
    if "busy" not in gpu:
        return f"{gpu['name']} ({whole})"
    return f"{gpu['name']} ({gpu['used'] / 1024:.0f}/{whole}, {gpu['busy']}%)"


def _cards(run: Run, at_work: Sequence[Run], cards: int) -> list[str]:
    """Which of so many GPUs a training has, by the number that `nvidia-smi` shows, and how many others have it too."""
    if not cards or not KINDS[run.kind].trains:
        return []
    first = run.slot or 0
    last = min(first + run.processes, cards) - 1
    if last > first:
        return [_("GPUs {first}–{last}", first=first, last=last)]
    same = [one for one in at_work if KINDS[one.kind].trains and (one.host, one.slot) == (run.host, run.slot)]
    shared = count("shared with {n} other run", "shared with {n} other runs", len(same) - 1)
    return [_("GPU {n}", n=first), *([shared] if len(same) > 1 else [])]


def _line(run: Run, names: dict[str, str], where: Sequence[str], *, stop: bool, move: bool = False) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        began = run.started if run.status == "running" else run.created
        ago = durations.told(max(1.0, time.time() - (began or time.time())))
        state = _("for {time}", time=ago) if run.status == "running" else _("waiting for {time}", time=ago)
        whose = names.get(run.owner, _("nobody who can log in"))
        st.caption(" · ".join([whose, *_what(run), state, *filter(None, [run.host]), *where]))
        with st.container(horizontal=True, width="content"):
            up = ":material/vertical_align_top:"
            if move:
                st.button(_("Move first"), key=f"first_{run.id}", type="tertiary", icon=up, on_click=_move_first,
                          args=(run,))  # fmt: skip
            if stop:
                st.button(_("Stop"), key=f"host_stop_{run.id}", type="tertiary", icon=":material/stop:",
                          on_click=_stop, args=(run,))  # fmt: skip


def _move_first(run: Run) -> None:
    if sign_in.hosts():
        turns.move_first(run.id)


def _stop(run: Run) -> None:
    if sign_in.hosts():
        queue.stop(run.id)


def _what(run: Run) -> list[str]:
    """Its case, where it is about one, and its kind."""
    names = {
        "fine_tune": _("Fine-tuning"), "read": _("Import"), "keep": _("Evaluation"), "profile": _("Estimate"),
        "explain": _("Explanation"), "inspect": _("Look inside"), "map": _("Map"), "predict": _("Batch prediction"),
        "cluster": _("Clustering"), "label_check": _("Label check"), "part": _("Evaluation"),
        "slices": _("Slices"), "curve": _("Learning curve"), "backup": _("Backup"), "search": _("Search"),
    }  # fmt: skip
    return [*([vocabulary.case(run.case)] if run.case else []), names.get(run.kind, run.kind)]
