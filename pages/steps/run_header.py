"""What stays at the top: the run or the data, its status, the one next action, and the rail of the steps."""

from __future__ import annotations

import streamlit as st

from cases.base import Case
from cases.dataset import Dataset
from pages.components import live_chip, run_list, step_rail
from pages.components.step_rail import AHEAD, DONE, FAILED, NEXT, NOW, Step
from pages.shared import durations, presses, vocabulary
from pages.shared.i18n import _
from pages.shared.presses import Press
from pages.shared.text import bold, plain
from pages.steps import start_limit, train
from pages.steps.data import dataset_versions
from pages.steps.export import share
from pages.steps.section import KEEP, NAMES, RESULT
from runs.store import metric_rows, shares
from runs.store.records import Run

TRAIN, SEARCH = "train", "search"  # what may be asked to start
_START = "start"


def ask_to_start(data: str, what: str) -> None:
    """As a callback: the step that knows all settings starts it; `data`: on which."""
    presses.note(_START, (data, what))


def start_asked(data: str) -> Press | None:
    """What is still to be started on these data."""
    press = presses.of(_START)
    return press if press and press.what[0] == data else None


def show(case: Case, dataset: Dataset | None, run: Run | None, *, ready: bool) -> None:
    """Draw the header into the container that is current; called last, when the page knows all.

    Args:
        ready: whether the data can be trained on.
    """
    if run or dataset:
        with st.container(horizontal=True, vertical_alignment="center", gap="small", key="run_header_line"):
            _line(run.name if run else dataset.name, run, dataset, ready)
    step_rail.show(
        _steps(dataset, run, ready), subject=run.id if run else dataset.digest if dataset else case.name,
        finished=bool(run and run.result), key="step_rail",
    )  # fmt: skip


def _line(name: str, run: Run | None, dataset: Dataset | None, ready: bool) -> None:
    st.title(plain(name), anchor=False, width="content")
    if run:
        for kind in vocabulary.searched(run):
            st.badge(kind, icon=":material/manage_search:", color="gray")
        _standing(run)
        _figure(run)
    st.space("stretch")
    if run:
        train.actions(run)
        _onward(run)
    elif dataset:
        start_limit.button(_("Start"), key="header_start", type="primary", icon=":material/play_arrow:",
                           disabled=not ready, brief=True, on_click=ask_to_start,
                           args=(dataset.digest, TRAIN))  # fmt: skip


def _figure(run: Run) -> None:
    """What the run came to; nothing before it has a result."""
    if run.result:
        metric = vocabulary.measured(run, vocabulary.task_of(run).metric)
        with st.container(key="run_header_figure", width="content"):  # not on a phone, whose result is a line below
            st.markdown(f":small[{metric}] {bold(vocabulary.headline(run))}", width="content")


def _onward(run: Run) -> None:
    """The one next thing once there is a result."""
    if run.packed:
        st.button(_("Share"), key=f"header_share_{run.id}", type="primary", icon=":material/share:",
                  on_click=_to_share, args=(run,))  # fmt: skip
    elif run.result:
        st.button(_("See result"), key=f"header_result_{run.id}", type="primary", icon=":material/arrow_downward:",
                  on_click=step_rail.go, args=(RESULT,))  # fmt: skip


def _to_share(run: Run) -> None:
    share.unfold(run)
    step_rail.go(KEEP)


def _standing(run: Run) -> None:
    if run.ended_already:
        st.badge(vocabulary.status(run), color=run_list.COLORS[run.status])
    else:
        live_chip.show(run.status, vocabulary.status(run), key=f"live_chip_{run.id}")


def _steps(dataset: Dataset | None, run: Run | None, ready: bool) -> list[Step]:
    states = _of_run(run) if run else _of_data(dataset, ready)
    words = {DONE: _("done"), NOW: _("in progress"), NEXT: _("ready"), FAILED: _("failed"), AHEAD: ""}
    held = [*_held(dataset, run), *[""] * len(NAMES)]
    return [
        {"name": _(name), "state": state, "told": (state == DONE and inside) or words[state]}
        for name, state, inside in zip(NAMES, states, held, strict=False)
    ]


def _held(dataset: Dataset | None, run: Run | None) -> list[str]:
    """What is in the first steps, in a word or two; "" where there is nothing to say."""
    amounts = dataset_versions.amount(dataset) if dataset else []
    changed = [*dataset_versions.left_out(dataset), *dataset_versions.corrected(dataset)] if dataset else []
    held = [*amounts[:1], *[""] * (not amounts), " · ".join(changed)]
    if not run or not run.result:
        return held
    return [*held, vocabulary.what(run)[-1], durations.of(run)]


def _of_data(dataset: Dataset | None, ready: bool) -> list[str]:
    if dataset is None:
        return [NOW, *[AHEAD] * 6]
    return [DONE, DONE if ready else NOW, NOW if ready else AHEAD, *[AHEAD] * 4]


def _of_run(run: Run) -> list[str]:
    before = [DONE] * 3
    if run.result:
        keep = AHEAD if not run.packed else DONE if shares.of(run) else NEXT
        return [*before, DONE, DONE, NEXT if run.packed else AHEAD, keep]
    if run.status == "failed":
        return [*before, FAILED, *[AHEAD] * 3]
    evaluating = run.phase == "evaluating" and not run.ended_already
    learnt = metric_rows.has_learnt(run) and run.ended_already
    return [*before, DONE if evaluating else NEXT if learnt else NOW, NOW if evaluating else AHEAD, AHEAD, AHEAD]
