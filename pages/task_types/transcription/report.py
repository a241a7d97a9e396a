"""Transcripts in a report; see `pages.task_types.base.ReportView`."""

from __future__ import annotations

import pandas as pd

from cases.dataset import Dataset
from models.evaluation.metrics import FALLING
from pages.shared import vocabulary
from pages.shared.i18n import _, together
from pages.task_types import generalization
from pages.task_types.transcription import evaluation, views
from pages.task_types.transcription.figures import explained, shown
from runs.exports.report import media
from runs.exports.report.blocks import Bar, Bars, Block, Example, Examples, Facts, Heading, Prose, Table
from runs.results import transcripts
from runs.store.records import Run

PAIRS, SHOWN = 12, 8  # error types, and recordings
promise = evaluation.promise


def caveat(run: Run) -> str:
    """What makes the figure less certain than it looks."""
    few = run.result["data"]["test"] < evaluation.FEW_TESTED
    told = _("Too few test recordings for a precise metric. Test on more.") if few else ""
    return together(told, generalization.words(run, evaluation.gap(run), evaluation.CAUSES))


def results(run: Run) -> list[Block]:
    return [Heading(_("Before and after fine-tuning")), _metrics(run), _terms(run), *_errors(run)]


def _terms(run: Run) -> Facts:
    lower = {name: _("Lower is better.") if name in FALLING else "" for name in shown(run)}
    return Facts([
        (vocabulary.measured(run, name), together(explained(run, name), lower[name])) for name in shown(run)
    ])  # fmt: skip


def _metrics(run: Run) -> Table:
    [untouched] = vocabulary.task_of(run).baselines
    test, before = run.result["test"], run.result["references"][untouched.name]
    rows = [[vocabulary.measured(run, name), f"{before[name]['value']:.1%}", f"{test[name]['value']:.1%}",
             f"{test[name]['low']:.1%} – {test[name]['high']:.1%}"] for name in shown(run)]  # fmt: skip
    return Table([_("Metric"), _("Before fine-tuning"), _("This model"), _("95% interval")], rows, frozenset({1, 2, 3}))


def _errors(run: Run) -> list[Block]:
    table = transcripts.of(run)
    if table is None:
        return []
    found = transcripts.confusions(table)
    right = Prose(_("{n:,} of {all:,} test recordings are transcribed without an error.", n=int(table["right"].sum()),
                    all=len(table)))  # fmt: skip
    if not found:
        return [right]
    rows = [Bar(f"{said or '+'} → {heard or '−'}", f"{n:,}", n / found[0][2], tone="bad")
            for said, heard, n in found[:PAIRS]]  # fmt: skip
    return [right, Heading(_("Most frequent errors")), Bars(_("Most frequent errors"), rows),
            Prose(_("Spoken → transcribed, and how often. + is an insertion, − a deletion."), quiet=True)]  # fmt: skip


def data(run: Run, dataset: Dataset) -> list[Block]:
    minutes = float(dataset.kept["seconds"].sum()) / 60
    return [Prose(_("Recordings of {minutes:,.1f} minutes in total.", minutes=minutes))]


def examples(run: Run, dataset: Dataset) -> list[Block]:
    """The recordings with the most errors."""
    table = transcripts.of(run)
    if table is None:
        return []
    worst = table[~table["right"]].head(SHOWN)
    if worst.empty:
        return [Prose(_("There is no mistake in the test set."))]
    told = _("Recordings with the most errors. Struck-out words were spoken, underlined words were transcribed.")
    return [Prose(told, quiet=True), Examples([_card(run, int(row), line, dataset) for row, line in worst.iterrows()])]


def _card(run: Run, row: int, line: pd.Series, dataset: Dataset) -> Example:
    return Example(
        line["label"], views.wrong(run, int(line["wrong"])), media.picture(dataset, row), media.sound(dataset, row),
        pairs=tuple(line["pairs"]),
    )  # fmt: skip
