"""What a report of a run says, in the reader's language: the parts that every task type has, around its own."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

import cases
from cases import tasks
from cases.dataset import Dataset
from cases.language_fit import AUTOMATIC
from cases.settings import default, knobs
from models.evaluation.metrics import FALLING, Interval, is_share
from pages import task_types
from pages.components import relabeled_note
from pages.shared import acted_settings, durations, i18n, sample_origin, vocabulary
from pages.shared.i18n import _, count, labelled, listed, together
from pages.task_types import result_figure, verdict
from pages.task_types.base import ReportView
from runs import paths
from runs.exports import licence
from runs.exports.report import charts
from runs.exports.report.blocks import (
    Bar,
    Bars,
    Block,
    Curves,
    Facts,
    Heading,
    Headline,
    Mark,
    Prose,
    Report,
    Section,
    Series,
    Table,
)
from runs.results import metric_history
from runs.results.metric_history import Curve
from runs.store import datasets, records
from runs.store.records import Run
from runs.uploads import provenance

FILES, POINTS = 5, 100  # files that are named; points of a curve
LANGUAGES = {"en": "en", "zh": "zh-CN"}


def of(run: Run, *, examples: bool) -> Report:
    """The whole report of a run that has a model.

    Args:
        examples: whether its owner allows that items of the test part are in it.

    Raises:
        InputError: what the run left is damaged.
    """
    view, dataset = task_types.of_run(run).report, _dataset(run)
    mistakes = view.examples(run, dataset) if examples and dataset else []
    sections = [
        Section(_("Summary"), _summary(run, view)),
        Section(_("Test results"), [*_baselines(run), *view.results(run)]),
        *([Section(_("Mistakes"), mistakes)] if mistakes else []),
        Section(_("Data"), _data(run, view, dataset)),
        Section(_("Model and training"), _training(run)),
        Section(_("Settings"), _settings(run)),
        Section(_("How to read this report"), _reading(run, view)),
    ]
    facts = " · ".join(filter(None, [_named(run, " · ".join(vocabulary.what(run))), vocabulary.data(run), _ended(run)]))
    made = _(
        "Made with Casebook on {when}. The file loads nothing from the network.", when=vocabulary.when(time.time())
    )
    words = {"omitted": _("[{n:,} more characters not shown]"), "deleted": _("spoken, not transcribed"),
             "inserted": _("transcribed, not spoken")}  # fmt: skip
    return Report(LANGUAGES[i18n.current()], run.name, labelled(_("Model report"), vocabulary.case(run.case)), facts,
                  sections, made, words)  # fmt: skip


def _dataset(run: Run) -> Dataset | None:
    """The data as the run saw them; None where they were deleted."""
    if not datasets.is_there(str(run.dataset), run.owner):
        return None
    dataset = Dataset.open(paths.datasets() / str(run.dataset), {int(row): label for row, label in run.edits.items()})
    return tasks.seen(cases.get(run.case), dataset, run.settings)


def _ended(run: Run) -> str:
    return vocabulary.when(run.ended) if run.ended else ""


def _named(run: Run, told: str) -> str:
    """A model that lies in a folder of the server by the name of the folder: its path is nobody's business."""
    model = licence.model_of(run)
    return told.replace(model, Path(model).name) if model and Path(model).expanduser().is_absolute() else told


def _summary(run: Run, view: ReportView) -> list[Block]:
    tested = task_types.of_run(run).evaluation.tested(run)
    drawn = result_figure.told(run, _("{tested}, never used in training", tested=tested))
    line = drawn.get("baseline")
    headline = Headline(
        drawn["name"], drawn["value"], drawn["of"], drawn["interval"], drawn["at"], drawn["low"], drawn["high"],
        (drawn["ends"][0], drawn["ends"][1]), drawn["tone"], Mark(**line) if line else None,
    )  # fmt: skip
    stopped = run.result.get("stopped")
    return [
        headline, Prose(view.promise(run)), Prose(verdict.simply(run)), Prose(view.caveat(run)),
        Prose(relabeled_note.told(run)), Prose(vocabulary.stopped(stopped) if stopped else ""),
    ]  # fmt: skip


def _baselines(run: Run) -> list[Block]:
    """The model beside every method that needs no fine-tuning, the strongest first."""
    task, found = vocabulary.task_of(run), run.result["references"]
    metric = task.metric
    known = [one for one in task.baselines if metric in found.get(one.name, {}) and one.name != run.result.get("kept")]
    known.sort(key=lambda one: found[one.name][metric]["value"], reverse=metric not in FALLING)
    model = run.result["test"][metric]
    end = 1.0 if is_share(metric) else charts.axis_end([one["high"] for one in (model, *_values(found, metric))])
    rows = [_bar(_("This model"), metric, model, end, "main"),
            *(_bar(_(one.title), metric, found[one.name][metric], end, "") for one in known)]  # fmt: skip
    lower = _("{metric}: lower is better.", metric=vocabulary.metric(metric)) if metric in FALLING else ""
    told = _("{metric} on the test set, with 95% intervals.", metric=vocabulary.metric(metric))
    return [
        Heading(_("Compared with baselines")), Bars(told, rows, points=True), Prose(together(told, lower), quiet=True),
        Prose(together(*(_(one.told) for one in known)), quiet=True),
    ]  # fmt: skip


def _values(found: dict[str, dict[str, Interval]], metric: str) -> list[Interval]:
    return [one[metric] for one in found.values() if metric in one]


def _bar(name: str, metric: str, one: Interval, end: float, tone: str) -> Bar:
    low, high = (vocabulary.figure(metric, one[side]) for side in ("low", "high"))
    value = f"{vocabulary.figure(metric, one['value'])} ({low} – {high})"
    told = labelled(name, _("95% interval: {low} to {high}", low=low, high=high))
    return Bar(name, value, one["value"] / end, told, tone, one["low"] / end, one["high"] / end)


def _data(run: Run, view: ReportView, dataset: Dataset | None) -> list[Block]:
    counts = run.result["data"]
    row = records.dataset(str(run.dataset), run.owner)
    rows = [(_("Data set"), vocabulary.data(run))]
    if origin := sample_origin.of(run):
        rows.append((_("Origin"), origin))
    elif row and row.sample:
        rows.append((_("Origin"), _("Sample data that come with Casebook")))
    elif files := _files(run):
        rows.append((_("Files"), files))
    if dataset:
        check = task_types.of(dataset).check
        rows.append((_("Amount"), listed(check.amount(what, n) for what, n in check.amounts(dataset).items())))
    parts = _("{train:,} training, {validation:,} validation, {test:,} test",
              **{part: counts[part] for part in ("train", "validation", "test")})  # fmt: skip
    rows += [(_("Split"), parts), (_("Skipped files"), f"{counts.get('set_aside', 0):,}"), *_edited(run)]
    notes = [Prose(_(note["message"], **i18n.shown(note["args"])), quiet=True)
             for note in [*(dataset.notes if dataset else []), *(run.notes or [])]]  # fmt: skip
    gone = Prose(_("The data set was deleted; the report tells what the run kept of it.") if not dataset else "")
    return [Facts(rows), gone, *notes, *(view.data(run, dataset) if dataset else [])]


def _files(run: Run) -> str:
    parts = provenance.of(run.owner, str(run.dataset)).parts
    names = list(dict.fromkeys(part["name"] or part["class"] for part in parts))
    files = listed(names[:FILES])
    return _("{files} and {n} more", files=files, n=len(names) - FILES) if len(names) > FILES else files


def _edited(run: Run) -> list[tuple[str, str]]:
    """What was changed by hand before the run, as a whole and in the test part."""
    gone = sum(label is None for label in run.edits.values())
    told = listed([count("{n} label corrected", "{n} labels corrected", len(run.edits) - gone),
                   count("{n} example excluded", "{n} examples excluded", gone)])  # fmt: skip
    tested = relabeled_note.counted(run)
    of_test = [(_("Corrections in the test set"), tested)] if tested else []
    return [(_("Corrections"), told if run.edits else _("none")), *of_test]


def _training(run: Run) -> list[Block]:
    model, mode = vocabulary.trained(run)
    facts, onnx = run.facts or {}, run.result.get("onnx")
    rows = [
        (_("Pretrained model"), _named(run, model)), (_("Licence of its weights"), licence.of(run) or _("not stated")),
        (_("Trainable part"), mode), (_("Time"), durations.of(run)),
        (_("Peak memory"), f"{run.result['peak_memory_mb'] / 1024:.1f} GB"),
        (_("Device"), str(facts.get("device", ""))),
        (_("ONNX check"), _("same output as the model on {same:,} of {items:,}", same=onnx["same"],
                            items=onnx["items"]) if onnx else ""),
    ]  # fmt: skip
    return [Facts([row for row in rows if row[1]]), *_curves(run)]


def _curves(run: Run) -> list[Block]:
    """Loss of training and validation, and the metric on the validation part, epoch by epoch."""
    history, metric = metric_history.history(run), vocabulary.task_of(run).metric
    loss, measured = history.validation.get("loss"), history.validation.get(metric)
    drawn: list[Block] = []
    if len(history.train.value) > 1:
        lines = [(_("Training"), history.train, True), *([(_("Validation"), loss, False)] if loss is not None else [])]
        drawn += [Heading(_("Loss")), _chart(_("Training and validation loss over the epochs"), lines, "loss")]
    if measured is not None and len(measured.value) > 1:
        name = labelled(_("Validation"), vocabulary.metric(metric))
        drawn += [Heading(name), _chart(name, [(name, measured, True)], metric)]
    return drawn


def _chart(label: str, lines: Sequence[tuple[str, Curve, bool]], metric: str) -> Curves:
    """What is read off stands at the points of the last line."""

    def said(value: float) -> str:
        return f"{value:.3g}" if metric == "loss" else vocabulary.figure(metric, value)

    thin = [(name, curve.thinned(POINTS // 2), main) for name, curve, main in lines]
    values = [value for _name, curve, _main in thin for value in curve.value]
    low, high = (0.0 if is_share(metric) and min(values) >= 0 else min(values)), max(values)
    high = 1.0 if metric != "loss" and is_share(metric) and high <= 1 else high
    told = [(float(x), " · ".join([labelled(_("Epoch"), f"{x:g}"), *(f"{name} {said(_at(curve, x))}"
                                   for name, curve, _main in lines)])) for x in thin[-1][1].epoch]  # fmt: skip
    series = [Series(name, list(zip(curve.epoch.tolist(), curve.value.tolist(), strict=True)), main)
              for name, curve, main in thin]  # fmt: skip
    first, last = min(s.points[0][0] for s in series), max(s.points[-1][0] for s in series)
    below = _("Epoch {first:g} to {last:g}", first=round(first, 2), last=round(last, 2))
    return Curves(label, series, told, (low, said(low)), (high, said(high)), below)


def _at(curve: Curve, epoch: float) -> float:
    return float(curve.value[abs(curve.epoch - epoch).argmin()])


def _settings(run: Run) -> list[Block]:
    """Those that had an effect; the default beside those that were changed."""
    known, rows = knobs(cases.get(run.case).Settings), []
    for name, setting in acted_settings.of(run).items():
        field, knob = known[name]
        usual = default(field)
        unfit = usual in (AUTOMATIC, *knob.unfit.get(run.settings.get("task", ""), ()))  # then another was the default
        told = "" if setting.usual or unfit else vocabulary.setting_value(knob, usual)
        rows.append([_(knob.label), _named(run, setting.told), told])
    told = _("Settings with an empty last column have their default value.")
    return [Table([_("Setting"), _("Value"), _("Default")], rows), Prose(told, quiet=True)]


def _reading(run: Run, view: ReportView) -> list[Block]:
    terms = [
        *view.terms(run),
        (_("Test set"), _("Examples that were set aside before training. They are measured once, at the end.")),
        (_("95% interval"), _("Range that likely holds the value on more test data of the same kind. More test "
                              "examples make it narrower.")),
        (_("Baseline"), _("A simple method on the same data. A model is worth its cost only when it is clearly "
                          "better.")),
        (_("Significant"), _("The difference is larger than chance explains: the baseline lies outside of the model's "
                             "interval.")),
    ]  # fmt: skip
    limits = _("The metrics hold for data like the test set. On other data the model may do worse, without notice. "
               "Before it decides about people, test whether it treats them fairly.")  # fmt: skip
    return [Facts(terms), Heading(_("Limitations")), Prose(limits)]
