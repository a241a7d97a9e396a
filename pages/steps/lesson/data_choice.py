"""On which data a lesson is tried: a run of the reader, a data set, or a sample that comes with the app."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath
from typing import Any

import streamlit as st

import cases
from cases import tasks
from cases.base import Case, Sample
from cases.settings import TASK, named
from pages.shared import owner, session
from pages.shared.i18n import _, together
from runs.lessons.files import Lesson
from runs.store import dataset_rows, datasets, edits, lesson_answers, records
from runs.store.dataset_rows import DatasetRow
from runs.store.records import Run

NEWEST = 8  # data sets of a case that are offered
FROM = "from"  # of the address: the run from which the reader came


@dataclass(frozen=True)
class DataChoice:
    """Data to try a lesson on: a data set that is there, or a `sample` that is read first.

    `base`: the settings of the run it was chosen by; `edits`: its corrected labels; `comes_along`: it is a sample, read
    already or not, and `about` says what it holds.
    """

    key: str
    label: str
    case: Case
    dataset: str = ""
    sample: Sample | None = None
    base: Mapping[str, Any] = field(default_factory=dict)
    edits: Mapping[str, str | None] = field(default_factory=dict)
    comes_along: bool = False
    about: str = ""


def show(lesson: Lesson, sample_of: str) -> DataChoice | None:
    """Let one be chosen; None where nothing suits the lesson.

    Args:
        sample_of: the case whose sample a teacher has chosen for all; "" for none.
    """
    found = {one.key: one for one in (_given(sample_of) if sample_of else offered(lesson))}
    key = f"lesson_data_{lesson.id}"
    session.put(key, session.among(key, found, next(iter(found), None)))
    chosen = st.selectbox(_("Data"), list(found), format_func=lambda one: found[one].label, key=key)
    if chosen not in found:
        return None
    one = found[chosen]
    first = _("They are read first, and their features computed once: that takes some minutes on a busy machine.")
    if told := [*([one.about] if one.about else []), *([first] if one.sample else [])]:
        st.caption(together(*told))
    return one


def offered(lesson: Lesson) -> list[DataChoice]:
    """The run that the address names comes first, then the sample on which the lesson is known to show something, then
    data sets of the same case, those of others, and samples of others."""
    found = list[DataChoice]()
    for case in map(cases.get, cases.NAMES):
        types = {task.task_type.name for task in case.tasks}
        if not any(lesson.suits(case.name, one) for one in types):
            continue
        there = dataset_rows.of_case(owner.current(), case.name)
        found += [_of_row(case, row) for row in there[:NEWEST] if _fits(lesson, case, row)]
        if not any(_at_hand(case, row) for row in there):
            found += _sample(case)

    def later(one: DataChoice) -> tuple[bool, bool]:
        known = lesson.sample == one.case.name
        return not known, one.comes_along != known

    return [*_of_run(lesson), *sorted(found, key=later)]


def _given(name: str) -> list[DataChoice]:
    """The sample of a case alone, read already or not."""
    case = cases.get(name)
    row = next((one for one in dataset_rows.of_case(owner.current(), name) if _at_hand(case, one)), None)
    return [_of_row(case, row)] if row else _sample(case)


def _sample(case: Case) -> list[DataChoice]:
    at_hand = next((one for one in case.samples if not one.fetched), None)
    if at_hand is None:
        return []
    return [DataChoice(f"sample_{case.name}", _of_sample(case), case, sample=at_hand, comes_along=True,
                       about=_(at_hand.origin))]  # fmt: skip


def _of_sample(case: Case) -> str:
    return _("{case}: sample data", case=_(case.title))


def _of_run(lesson: Lesson) -> list[DataChoice]:
    asked = st.query_params.get(FROM)
    run = records.run(asked, owner.current()) if asked else None
    row = dataset_rows.by_id(run.dataset, owner.current()) if run and run.dataset else None
    if run is None or row is None or not run.settings:
        return []
    case = cases.get(run.case)
    if not lesson.suits(case.name, tasks.of(case, run.settings).task_type.name):
        return []
    label = _("{case}: the run “{name}”", case=_(case.title), name=run.name)
    return [DataChoice(f"run_{run.id}", label, case, row.id, base=run.settings, edits=run.edits)]


def _fits(lesson: Lesson, case: Case, row: DatasetRow) -> bool:
    dataset = datasets.opened(row)
    return dataset is not None and lesson.suits(case.name, tasks.fitting(case, dataset).task_type.name)


def _of_row(case: Case, row: DatasetRow) -> DataChoice:
    """Data that are there; the sample that comes along is called so, and what it holds is told."""
    one, sample = _of_dataset(case, row.id, row.name), _at_hand(case, row)
    return replace(one, label=_of_sample(case), comes_along=True, about=_(sample.origin)) if sample else one


def _at_hand(case: Case, row: DatasetRow) -> Sample | None:
    """The sample that comes along with the app, where these data are it."""
    return next(
        (one for one in case.samples if row.sample and not one.fetched and PurePosixPath(one.file).stem == row.name),
        None,
    )


def _of_dataset(case: Case, identity: str, name: str) -> DataChoice:
    changed = {str(row): label for row, label in edits.current(owner.current(), identity).items()}
    label = _("{case}: {name}", case=_(case.title), name=name)
    return DataChoice(f"data_{identity}", label, case, identity, edits=changed)


def begin(lesson: Lesson, chosen: DataChoice, predicted: str) -> str:
    """Queue the lesson on data that are there; returns the id of its run."""
    row = dataset_rows.by_id(chosen.dataset, owner.current())
    name = row.name if row else ""
    told = named(chosen.case.Settings, TASK)
    task = {told: chosen.base[told]} if told in chosen.base else {}
    made = records.create_run(
        owner.current(), "lesson", chosen.case.name, name, dataset=chosen.dataset, edits=dict(chosen.edits),
        settings={"lesson": lesson.id, "base": dict(chosen.base), **task},
    )  # fmt: skip
    lesson_answers.predict(owner.current(), made, lesson.id, name, predicted)
    return made


def of_reading(reading: Run) -> DataChoice:
    """The data set that a sample has become."""
    return _of_dataset(cases.get(reading.case), reading.dataset or "", reading.name)
