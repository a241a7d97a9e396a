"""Classes in a report; see `pages.task_types.base.ReportView`."""

from __future__ import annotations

import numpy as np

from cases.dataset import Dataset
from models.evaluation import metrics
from models.evaluation.calibration import JUDGED, Reliability, reliability
from models.evaluation.predictions import Predictions
from pages import modalities
from pages.shared.i18n import _, count, labelled, numbered, together
from pages.task_types import generalization
from pages.task_types.classification import calibration, confusion, evaluation, overview, threshold
from runs.exports.report import charts, media
from runs.exports.report.blocks import (
    Bar,
    Bars,
    Block,
    Curves,
    Example,
    Examples,
    Facts,
    Heading,
    Matrix,
    Prose,
    Series,
    Table,
)
from runs.results import decisions, predictions
from runs.store.records import Run

LISTED = 40  # classes of a table or a chart; of more, those with the most mistakes
MATRIX = 20  # classes up to which the matrix is printed
PAIRS, SHOWN = 8, 12  # confusions, and mistakes with their items
promise = evaluation.promise


def caveat(run: Run) -> str:
    """What makes the figure less certain than it looks."""
    few = _(modalities.of(run.case).few_tested) if run.result["data"]["test"] < overview.FEW_TESTED else ""
    return together(few, generalization.words(run, overview.gap(run), overview.CAUSES))


def results(run: Run) -> list[Block]:
    """Nothing where the single answers are gone."""
    outcome = predictions.of(run)
    if outcome is None:
        return []
    test = outcome.of("test")
    counts = metrics.confusion(test.labels, test.predicted, len(test.classes))
    chosen = _listed(counts)
    return [Prose(overview.side_by_side(run)),
            *_of_classes(test, chosen), *_matrix(counts, test.classes), *_confusions(counts, test.classes),
            *_calibration(reliability(test.confidence, test.right)), *_decided(run, test)]  # fmt: skip


def _decided(run: Run, test: Predictions) -> list[Block]:
    """Temperature and threshold, where they are saved."""
    chosen, found = decisions.of(run), list[Block]()
    before = predictions.untempered(run) if chosen.temperature != 1 else None
    if before is not None:
        tempered = _("Temperature scaling with {value:g} makes no class another.", value=chosen.temperature)
        found += [Heading(_("Temperature scaling")),
                  Prose(together(tempered, calibration.effect(run, test, before.of("test"))))]  # fmt: skip
    if limited := threshold.told(run):
        found += [Heading(_("Confidence threshold")), Prose(limited)]
    return found


def _listed(counts: np.ndarray) -> list[int]:
    """All classes in their order, or of many those that are confused most."""
    if len(counts) <= LISTED:
        return list(range(len(counts)))
    wrong = counts.sum(0) + counts.sum(1) - 2 * counts.diagonal()
    return np.argsort(-wrong, kind="stable")[:LISTED].tolist()


def _of_classes(test: Predictions, chosen: list[int]) -> list[Block]:
    found = metrics.per_class(test.labels, test.predicted, len(test.classes))
    bounds = metrics.per_class_intervals(test.labels, test.predicted, len(test.classes))
    bars, rows = [], []
    for number in chosen:
        of_class, name = test.labels == number, test.classes[number]
        items = int(of_class.sum())
        if items:
            low, high = metrics.wilson(test.right[of_class])
            share = float(test.right[of_class].mean())
            told = _("95% interval: {low:.1%} to {high:.1%}.", low=low, high=high)
            bars.append(Bar(name, f"{share:.1%}", share, labelled(name, told), "main", low, high))
        figures = [f"{found[metric][number]:.1%} ({100 * low[number]:.1f}–{100 * high[number]:.1f})"
                   for metric, (low, high) in bounds.items()]  # fmt: skip
        rows.append([name, *figures, f"{items:,}"])
    some = _("The {n} classes with the most mistakes, of {all:,}.", n=len(chosen), all=len(test.classes))
    return [
        Heading(numbered(_("Metrics by class"), len(test.classes))),
        Prose(some if len(chosen) < len(test.classes) else "", quiet=True),
        Bars(_("Recall by class"), bars),
        Prose(_("Recall of each class with its 95% interval (Wilson). Few examples make a wide interval."), quiet=True),
        Table([_("Class"), _("Precision"), _("Recall"), "F1", _("Test examples")], rows, frozenset({1, 2, 3, 4})),
        Facts([
            (_("Recall"), _("Of the examples of this class, the share predicted correctly.")),
            (_("Precision"), _("Of the examples predicted as this class, the share that belongs to it.")),
            ("F1", _("Precision and recall in one figure: their harmonic mean.")),
        ]),
    ]  # fmt: skip


def _matrix(counts: np.ndarray, classes: tuple[str, ...]) -> list[Block]:
    if len(classes) > MATRIX:
        return [Heading(_("Confusion matrix")),
                Prose(_("Not printed: with more than {most} classes it is not legible on a page. This run has {n:,}.",
                        n=len(classes), most=MATRIX), quiet=True)]  # fmt: skip
    told = [[f"{a} → {b}: {int(n):,}" for b, n in zip(classes, row, strict=True)]
            for a, row in zip(classes, counts, strict=True)]  # fmt: skip
    shown = Matrix(
        _("Confusion matrix: rows by label, columns by prediction"), _("Rows are labels, columns are predictions."),
        classes, [[int(n) for n in row] for row in counts], told,
    )  # fmt: skip
    return [Heading(_("Confusion matrix")), shown]


def _confusions(counts: np.ndarray, classes: tuple[str, ...]) -> list[Block]:
    wrong = counts - np.diag(counts.diagonal())
    cells = [cell for cell in confusion.worst(wrong, PAIRS) if wrong[cell]]
    if not cells:
        return [Prose(_("There is no mistake in the test set."))]
    most = max(int(wrong[cell]) for cell in cells)
    rows = [Bar(f"{classes[a]} → {classes[b]}", f"{wrong[a, b]:,}", wrong[a, b] / most, tone="bad") for a, b in cells]
    return [Heading(_("Top confusions")), Bars(_("Most frequent confusions"), rows),
            Prose(_("Label → prediction, and the number of test examples."), quiet=True)]  # fmt: skip


def _calibration(found: Reliability) -> list[Block]:
    """The reliability diagram, over the range of confidence that occurs."""
    meant = Prose(_("Confidence: probability that the model gives to its own prediction."), quiet=True)
    if len(found.confidence) < 2:
        return [Heading(_("Calibration")), meant, Prose(calibration.words(found))]
    points = list(zip(found.confidence.tolist(), found.accuracy.tolist(), strict=True))
    low, high = points[0][0], points[-1][0]
    told = [(c, _("{examples} · confidence {confidence:.1%} · accuracy {accuracy:.1%}",
                  examples=count("{n} example", "{n} examples", int(n)), confidence=c, accuracy=a))
            for n, (c, a) in zip(found.counts, points, strict=True)]  # fmt: skip
    judged = [point for n, point in zip(found.counts, points, strict=True) if n >= JUDGED]
    few = [point for n, point in zip(found.counts, points, strict=True) if n < JUDGED]
    apart = [Series(_("Fewer than {n} test examples: too few to judge", n=JUDGED), few, apart=True)] if few else []
    drawn = Curves(
        _("Reliability diagram: accuracy by confidence, in ten bins"),
        [Series(_("This model"), judged, main=True),
         Series(_("Perfectly calibrated"), [(low, low), (high, high)], dashed=True), *apart],
        told, [(one, f"{one:.0%}") for one in charts.ticks(0, 1)],
        _("Confidence, {low:.0%} to {high:.0%}; the height is the accuracy", low=low, high=high),
        [(one, f"{one:.0%}") for one in charts.ticks(low, high, within=True)],
    )  # fmt: skip
    rows = [[f"{c:.1%}", f"{a:.1%}", f"{int(n):,}"] for n, (c, a) in zip(found.counts, points, strict=True)]
    table = Table([_("Mean confidence"), _("Accuracy"), _("Test examples")], rows, frozenset({1, 2}))
    return [Heading(_("Calibration")), meant, Prose(calibration.words(found)), drawn, table]


def data(run: Run, dataset: Dataset) -> list[Block]:
    """How many examples there are of each class."""
    counts = dataset.kept["label"].value_counts()
    shown = counts.head(LISTED)
    rows = [Bar(str(name), f"{n:,}", n / int(counts.max())) for name, n in shown.items()]
    more = _("The {n} largest classes of {all:,}.", n=len(shown), all=len(counts)) if len(counts) > LISTED else ""
    return [Heading(_("Examples per class")), Prose(more, quiet=True), Bars(_("Examples per class"), rows)]


def examples(run: Run, dataset: Dataset) -> list[Block]:
    """The surest mistakes, at most three of each confusion."""
    outcome = predictions.of(run)
    if outcome is None:
        return []
    test, seen, chosen = outcome.of("test"), dict[tuple[int, int], int](), []
    for place in np.flatnonzero(~test.right)[np.argsort(-test.confidence[~test.right], kind="stable")]:
        pair = (int(test.labels[place]), int(test.predicted[place]))
        seen[pair] = seen.get(pair, 0) + 1
        if seen[pair] <= 3 and len(chosen) < SHOWN:
            chosen.append(int(place))
    cards = [_card(test, place, dataset) for place in chosen]
    if not cards:
        return [Prose(_("There is no mistake in the test set."))]
    told = _("Mistakes of the test set, most confident first, at most three of each kind: label → prediction.")
    return [Prose(told, quiet=True), Examples(cards)]


def _card(test: Predictions, place: int, dataset: Dataset) -> Example:
    row = int(test.rows[place])
    label, said = (test.classes[n] for n in (test.labels[place], test.predicted[place]))
    return Example(
        f"{label} → {said}", labelled(_("Confidence"), f"{test.confidence[place]:.1%}"), media.picture(dataset, row),
        media.sound(dataset, row), media.text(dataset, row),
    )  # fmt: skip
