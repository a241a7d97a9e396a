"""Check: what was found in the data, how it is split, and whether it is ready, before anything trains."""

from __future__ import annotations

import streamlit as st

from cases import language_fit, settings, tasks
from cases.base import Case, Task
from cases.dataset import Dataset
from cases.settings import TASK, knobs, of_group
from pages import modalities, task_types
from pages.components import term_line
from pages.shared import owner, selection, session, vocabulary
from pages.shared.i18n import _, current, labelled, numbered
from pages.steps import code
from pages.steps.check import changes, distribution, findings, header, item_browser, readiness, rejected, split_shares
from pages.steps.data import dataset_versions
from pages.steps.model import kept_settings, settings_form
from pages.steps.section import CHECK, MODEL, is_open, section
from pages.task_types.data_report import DataReport, Division
from runs.store import edits
from runs.store.records import Run


def show(case: Case, dataset: Dataset, run: Run | None) -> tuple[Dataset, Division | None]:
    """The data as what is to be learnt takes them; and how they are to be split, None when they are not ready to train
    on, or were not looked at, as beside a run unless another one is begun."""
    kept_settings.begin(case, dataset, run)
    folded, looking = run.id if run else "", selection.chosen() != ("", "")
    with section(CHECK, told=_corrected(dataset), folded=folded, opened=looking) as drawn:
        if drawn or (run and is_open(MODEL, run.id)):
            return _checked(case, dataset, run)
    return dataset, None


def _corrected(dataset: Dataset) -> str:
    """What a folded check holds: how much of what, and how much of it was changed by hand."""
    return " · ".join([*dataset_versions.amount(dataset), *dataset_versions.corrected(dataset)])


def _checked(case: Case, dataset: Dataset, run: Run | None) -> tuple[Dataset, Division | None]:
    header.show(case, dataset, run)
    terms = st.container()
    mosaic = st.container()
    task = _task(case, dataset, run)
    with terms:
        term_line.show(CHECK, case.name, task.task_type.name)
    dataset = dataset.meant_as(task.task_type)
    _language(case, dataset, run)
    figures = st.container(horizontal=True, gap="medium")
    mixed = st.container()
    verdict = st.container()
    with st.expander(_("Data split"), icon=":material/call_split:"):
        view = task_types.of(dataset).check
        values = split_shares.choose(case, dataset, run, view.offered(dataset))
        checked = task_types.report(case, dataset, values, run)
        view.told(checked)
        view.table(checked)
    with mosaic:
        _mosaic(checked)
    with figures:
        _figures(checked)
    with mixed:
        _mix(checked)
    with verdict:
        ready = readiness.show(checked)
    with st.expander(_("Explore data"), expanded=True, icon=":material/search:"):
        _look_into(checked)
    if run:
        code.of_run(CHECK, run)
    elif ready:
        code.show(CHECK, case, dataset, settings_form.decided(case, dataset, None) | values)
    return dataset, Division(values, view.sizes(checked)) if ready else None


def _task(case: Case, dataset: Dataset, run: Run | None) -> Task:
    """What is to be learnt: what the data are or were collected for, unless a person says otherwise."""
    usual = tasks.of(case, run.settings) if run else tasks.fitting(case, dataset)
    if len(case.tasks) == 1:
        return usual
    named, key = {task.name: task for task in case.tasks}, settings_form.key(case, run, "task")
    if not run and dataset.task_type.has_classes:  # of transcripts that a table gives nothing else is proposed
        usual = named.get(st.query_params.get("task", ""), usual)
    session.put(key, session.among(key, named, usual.name))
    _setting, knob = knobs(case.Settings)["task"]
    chosen = st.segmented_control(
        _("Task"), list(named), format_func=lambda name: _(named[name].title), key=key, required=True,
        help=vocabulary.explained(knob), on_change=kept_settings.forget_unfit, args=(case, run), wrap=True,
    )  # fmt: skip
    return named[chosen]


def _language(case: Case, dataset: Dataset, run: Run | None) -> None:
    """What else the task wants to know of the data, such as their language, and what was found of it."""
    idle = settings.idle(case.Settings, settings_form.values(case, run))
    of_task = of_group(case.Settings, "task").items()
    names = [name for name, (_field, knob) in of_task if knob.role != TASK and name not in idle]
    if not names:
        return
    with st.container(horizontal=True, vertical_alignment="bottom", key=f"{case.name}_of_task"):
        with st.container(width=280):
            settings_form.draw(case, run, names, columns=1)
        if found := language_fit.told(case, dataset):
            message, args = found
            st.caption(_(message, **args))


def _mosaic(checked: DataReport) -> None:
    """What the data are, seen at once; a click opens one."""
    modality, key = modalities.of(checked.case.name), f"{checked.case.name}_mosaic"
    if entries := task_types.of(checked.dataset).check.mosaic(checked, modality.examples):
        rows = [entry.row for entry in entries]
        modality.listed(checked.dataset, entries, key=key, size=64,
                        on_picked=lambda: item_browser.open_from(checked, rows, key))  # fmt: skip


def _figures(checked: DataReport) -> None:
    left_out = len(checked.dataset.samples) - len(checked.kept)
    for name, number in task_types.of(checked.dataset).check.figures(checked).items():
        st.metric(name, f"{number:,}", width="content")
    st.metric(_("Skipped"), f"{len(checked.dataset.set_aside):,}", width="content")
    if left_out:
        st.metric(_("Excluded"), f"{left_out:,}", width="content")


def _mix(checked: DataReport) -> None:
    """How many there are of each kind that the case tells apart without being taught, the commonest first."""
    for column, (title, titles) in checked.case.mix.items():
        counted = checked.kept[column].value_counts()
        st.caption(labelled(_(title), " · ".join(f"{_(titles[value])} {n:,}" for value, n in counted.items())))


@st.fragment
def _look_into(checked: DataReport) -> None:
    """A fragment: looking about does not run the whole page again; a change does."""
    if edits.current(owner.current(), checked.dataset.digest) != checked.dataset.edits:
        st.rerun()
    view = task_types.of(checked.dataset).check
    parts = {"labels": view.show, "found": findings.show, "sizes": distribution.show, "aside": rejected.show,
             "changes": changes.show}  # fmt: skip
    titles = {"labels": view.title(checked), "found": _("Issues"), "sizes": distribution.title(checked),
              "aside": _("Skipped"), "changes": _("Changes")}  # fmt: skip
    numbers = {"found": findings.count(checked), "aside": len(checked.dataset.set_aside),
               "changes": len(changes.rows(checked)) + len(checked.dataset.renamed)}  # fmt: skip
    opened = st.segmented_control(
        _("Data view"), list(parts), default="labels", required=True, label_visibility="collapsed",
        format_func=lambda name: numbered(titles[name], numbers[name]) if numbers.get(name) else titles[name],
        key=f"{checked.case.name}_check_{current()}", on_change=selection.leave, wrap=True,
    )  # fmt: skip
    parts[opened](checked)
    item_browser.gallery(checked)
    item_browser.closer(checked)
