"""What a report of a run says, in the reader's language: the parts that every task type has, around its own."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

import cases
from cases.dataset import Dataset
from cases.language_fit import AUTOMATIC
from cases.settings import default, knobs
from models.evaluation.baseline_comparison import ABOVE, BELOW
from models.evaluation.metrics import FALLING, Interval, is_share
from pages import task_types
from pages.components import relabeled_note, repeated_note
from pages.shared import acted_settings, durations, i18n, sample_origin, vocabulary
from pages.shared.i18n import _, count, labelled, listed, together
from pages.task_types import diagnosis, leak_note, result_figure, verdict
from pages.task_types.base import ReportView
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
from runs.results.diagnosis import Diagnosis, foremost
from runs.results.metric_history import Curve
from runs.store import dataset_rows, datasets
from runs.store.records import Run
from runs.uploads import provenance

FILES, POINTS = 5, 100  # files that are named; points of a curve
LANGUAGES = {"en": "en", "zh": "zh-CN"}


def of(run: Run, *, examples: bool, title: str = "", purpose: str = "", author: str = "") -> Report:
    """The whole report of a run that has a model.

    Args:
        examples: whether its owner allows that items of the test part are in it.
        title, purpose, author: as its owner wrote them.

    Raises:
        InputError: what the run left is damaged.
    """
    view, dataset = task_types.of_run(run).report, datasets.of_run(run)
    found = task_types.of_run(run).evaluation.diagnoses(run)
    mistakes = view.examples(run, dataset) if examples and dataset else []
    sections = [
        Section(_("Summary"), _summary(run, view, found)),
        Section(_("Test results"), [*_baselines(run), *view.results(run)]),
        *([Section(_("Mistakes"), mistakes)] if mistakes else []),
        Section(_("Data"), _data(run, view, dataset)),
        Section(_("Model and training"), _training(run, found)),
        Section(_("Settings"), _settings(run)),
    ]
    when = vocabulary.when(time.time())
    by = labelled(_("Made by"), " ".join(author.split())) if author.strip() else ""
    facts = " · ".join(filter(None, [by, when, _named(run, " · ".join(vocabulary.what(run))), vocabulary.data(run)]))
    made = _("Made with Casebook on {when}. The file loads nothing from the network.", when=when)
    words = {"omitted": _("[{n:,} more characters not shown]"), "deleted": _("spoken, not transcribed"),
             "inserted": _("transcribed, not spoken")}  # fmt: skip
    named = " ".join(title.split()) or task_types.of_run(run).standalone.title(run)
    return Report(LANGUAGES[i18n.current()], named, labelled(_("Model report"), vocabulary.case(run.case)), facts,
                  sections, made, words, purpose.strip())  # fmt: skip


def _named(run: Run, told: str) -> str:
    """A model that lies in a folder of the server by the name of the folder: its path is nobody's business."""
    model = licence.model_of(run)
    return told.replace(model, Path(model).name) if model and Path(model).expanduser().is_absolute() else told


def _summary(run: Run, view: ReportView, found: Sequence[Diagnosis]) -> list[Block]:
    tested = task_types.of_run(run).evaluation.tested(run)
    drawn = result_figure.told(run, _("{tested}, never used in training", tested=tested))
    line = drawn.get("baseline")
    headline = Headline(
        drawn["name"], drawn["value"], drawn["of"], drawn["interval"], drawn["at"], drawn["low"], drawn["high"],
        (drawn["ends"][0], drawn["ends"][1]), drawn["tone"], Mark(**line) if line else None,
        _standing(run, drawn["tone"]) if line else "",
    )  # fmt: skip
    metric = vocabulary.metric_explained(vocabulary.task_of(run).metric)
    stopped = run.result.get("stopped")
    return [
        Prose(diagnosis.hardly_trained(found)),
        headline, Prose(together(metric, *_measured()), quiet=True), Prose(view.promise(run)),
        Prose(verdict.simply(run)), Prose(verdict.before_told(run)), Prose(view.caveat(run)),
        Prose(repeated_note.told(run, task_types.of_run(run).repeated)), Prose(together(*leak_note.told(run))),
        Prose(together(relabeled_note.told(run), relabeled_note.since(run))),
        Prose(vocabulary.stopped(stopped) if stopped else ""), Heading(_("Limitations")), Prose(_limits()),
    ]  # fmt: skip


def _measured() -> list[str]:
    """How the figure of the headline came about."""
    return [
        _("Test set: examples that were set aside before training. They are measured once, at the end."),
        _("95% interval: range that likely holds the value on more test data of the same kind."),
    ]


def _standing(run: Run, tone: str) -> str:
    """What the colour of the headline says."""
    if verdict.before(run) is not None and tone != BELOW:
        return (_("This model: better than every method without the network") if tone == ABOVE else
                _("This model: no clear difference from the strongest method without the network"))  # fmt: skip
    told = {"above": _("This model: better than every baseline"), "below": _("This model: worse than a baseline"),
            "level": _("This model: no clear difference from the strongest baseline")}  # fmt: skip
    return told[tone]


def _limits() -> str:
    return _("The metrics hold for data like the test set. On other data the model may do worse, without notice. "
             "Before it decides about people, test whether it treats them fairly.")  # fmt: skip


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
    lower = _("{metric}: lower is better.", metric=vocabulary.measured(run, metric)) if metric in FALLING else ""
    told = _("{metric} on the test set, with 95% intervals.", metric=vocabulary.measured(run, metric))
    return [
        Heading(_("Compared with baselines")),
        Prose(_("Baseline: a simple method on the same data. A model is worth its cost only when it is clearly "
                "better."), quiet=True),
        Bars(told, rows, points=True), Prose(together(told, lower), quiet=True),
        Prose(together(*(_(one.lay or one.told) for one in known)), quiet=True),
    ]  # fmt: skip


def _values(found: dict[str, dict[str, Interval]], metric: str) -> list[Interval]:
    return [one[metric] for one in found.values() if metric in one]


def _bar(name: str, metric: str, one: Interval, end: float, tone: str) -> Bar:
    low, high = (vocabulary.figure(metric, one[side]) for side in ("low", "high"))
    value = f"{vocabulary.figure(metric, one['value'])} ({low}–{high})"
    told = labelled(name, _("95% interval: {low} to {high}", low=low, high=high))
    return Bar(name, value, one["value"] / end, told, tone, one["low"] / end, one["high"] / end)


def _data(run: Run, view: ReportView, dataset: Dataset | None) -> list[Block]:
    counts = run.result["data"]
    row = dataset_rows.by_id(str(run.dataset), run.owner)
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
    rows += [(_("Split"), parts), (_("Skipped files"), f"{counts.get('set_aside', 0):,}"), *_edited(run, dataset)]
    notes = [Prose(_(note["message"], **i18n.shown(note["args"])), quiet=True)
             for note in (dataset.notes if dataset else [])]  # fmt: skip
    gone = Prose(_("The data set was deleted; the report tells what the run kept of it.") if not dataset else "")
    return [Facts(rows), gone, *notes, *(view.data(run, dataset) if dataset else [])]


def _files(run: Run) -> str:
    parts = provenance.of(run.owner, str(run.dataset)).parts
    names = list(dict.fromkeys(part["name"] or part["class"] for part in parts))
    files = listed(names[:FILES])
    return _("{files} and {n} more", files=files, n=len(names) - FILES) if len(names) > FILES else files


def _edited(run: Run, dataset: Dataset | None) -> list[tuple[str, str]]:
    """What was changed by hand before the run, as a whole and in the test part."""
    gone = sum(label is None for label in run.edits.values())
    changed = dataset.relabelled if dataset else len(run.edits) - gone
    names = listed(f"{old} → {new}" for old, new in dataset.renamed.items()) if dataset else ""
    told = listed([count("{n} label corrected", "{n} labels corrected", changed),
                   count("{n} example excluded", "{n} examples excluded", gone),
                   *([labelled(_("Renamed classes"), names)] if names else [])])  # fmt: skip
    tested = relabeled_note.counted(run)
    of_test = [(_("Corrections in the test set"), tested)] if tested else []
    return [(_("Corrections"), told if run.edits else _("none")), *of_test]


def _training(run: Run, found: Sequence[Diagnosis]) -> list[Block]:
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
    notes = [Prose(_(note["message"], **i18n.shown(note["args"])), quiet=True) for note in run.notes or []]
    return [Facts([row for row in rows if row[1]]), *notes, *_curves(run), *_diagnoses(run, found)]


def _diagnoses(run: Run, found: Sequence[Diagnosis]) -> list[Block]:
    """List the foremost diagnoses without those that the summary states."""
    told = [diagnosis.words(run, one) for one in foremost(found) if one.name not in diagnosis.IN_SUMMARY]
    return [Heading(_("Diagnosis")), *map(Prose, told)] if told else []


def _curves(run: Run) -> list[Block]:
    """Loss of training and validation, and the metric on the validation part, epoch by epoch."""
    history, metric = metric_history.history(run), vocabulary.task_of(run).metric
    loss, measured = history.validation.get("loss"), history.validation.get(metric)
    drawn: list[Block] = []
    if len(history.train.value) > 1:
        train = history.train.means(loss.epoch) if loss is not None else history.train  # a batch tells little
        lines = [(_("Training"), train, True), *([(_("Validation"), loss, False)] if loss is not None else [])]
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
    share = metric != "loss" and is_share(metric)
    low, high = min(0.0, min(values)) if share or metric == "loss" else min(values), max(values)
    high = 1.0 if share and high <= 1 else high
    levels = [(one, f"{one:.0%}" if share else f"{one:g}") for one in charts.ticks(low, high)]
    told = [(float(x), " · ".join([labelled(_("Epoch"), f"{x:g}"), *(f"{name} {said(_at(curve, x))}"
                                   for name, curve, _main in lines)])) for x in thin[-1][1].epoch]  # fmt: skip
    series = [Series(name, list(zip(curve.epoch.tolist(), curve.value.tolist(), strict=True)), main)
              for name, curve, main in thin]  # fmt: skip
    last = max(s.points[-1][0] for s in series)
    below = _("Epochs 0 to {last:g}", last=round(last, 2))
    places = [(one, f"{one:g}") for one in charts.ticks(0.0, last, within=True)]
    return Curves(label, series, told, levels, below, places, left=0.0)


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
    if not any(usual for _name, _value, usual in rows):
        return [Table([_("Setting"), _("Value")], [row[:2] for row in rows]),
                Prose(_("All settings have their default value."), quiet=True)]  # fmt: skip
    told = _("Settings with an empty last column have their default value.")
    return [Table([_("Setting"), _("Value"), _("Default")], rows), Prose(told, quiet=True)]
