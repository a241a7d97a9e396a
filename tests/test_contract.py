"""Every case keeps the same contract: whoever adds one is told here what is missing."""

from __future__ import annotations

import io
import json
import shutil
import tempfile
import zipfile
from dataclasses import replace
from functools import cache
from importlib import import_module
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from conftest import ROOT
from streamlit.testing.v1 import AppTest

import cases
from cases import data_export, tasks
from cases.base import OF_ITEM, OF_USER, TABLE, LearningCurveTrainer, UploadedFile, WorkDirs
from cases.dataset import Dataset
from cases.ingest import tables
from cases.recommendation import learning_curve as of_users
from cases.settings import LEARNING, MODEL, TASK, as_json, knobs, named
from models.evaluation import decision
from models.pretrained import catalog
from models.progress import NullReporter
from pages import task_types
from pages.shared import i18n
from pages.steps.export import purposes
from pages.task_types import learning_curve
from runs import paths
from runs.language import say
from runs.store import dataset_rows

LOCALES = {"en": "en-GB", "zh": "zh-CN"}
BODIES = {"image": "body", "text": "text_body", "audio": "sound_bodies", "item": "text_body"}  # of conftest
QUICK = {"epochs": 2, "precision": "fp32"}
SMALLER = {"classification": {}, "ranking": {"width": 8, "max_history": 20, "epochs": 1}}
SIMPLE = {
    "classification": {"majority", "frozen_features"},
    "ranking": {"popularity", "item_knn", "ease", "ease_decayed"},
}
ANSWERS = {  # what is kept of each answer, where that is not about a sample
    "ranking": lambda dataset: pd.DataFrame({"before": [3, 5], "wanted": [[1], [0, 2]]}, index=[0, 1])
}
ASKED = {  # an array with what is asked for in the test part, and where in it
    "classification": lambda context: (context.labels, context.rows["test"]),
    "ranking": lambda context: (context.history.item, np.flatnonzero(context.division.part == "test")),
}
FEWER = {  # what trains anew for each point of a learning curve is asked about few
    "ranking": lambda context: replace(context, division=context.division.among(context.validation.people[:60]))
}
WEIGHTS = {"classification": ("labels.json", "head.safetensors"), "ranking": ("items.json", "items.safetensors")}


def first_of(task_type):
    return next(one for one in map(cases.get, cases.NAMES) if task_type in [task.task_type for task in one.tasks])


class Listening(NullReporter):
    def __init__(self):
        self.rows = []

    def metrics(self, split, step, values):
        self.rows.append((split, values))


@pytest.fixture(params=cases.NAMES)
def case(request):
    return cases.get(request.param)


@pytest.fixture
def small(case, request):
    """The settings by which a case learns from a small pretrained model of its kind; one that is trained from scratch
    is small itself."""
    known = catalog.find(case.Settings().model) if named(case.Settings, MODEL) else None
    if known and known.from_scratch:
        return {}
    found = request.getfixturevalue(BODIES[case.modality])
    return {"model": str(found["whisper"] if isinstance(found, dict) else found)}


@pytest.fixture(scope="module")
def samples(tmp_path_factory, counting_model):
    """The sample data of a case, each sample read once: (file, data set) by name."""
    kept = counting_model.parents[1]
    return cache(lambda case: {one.name: _read(cases.get(case), one, tmp_path_factory.mktemp(one.name), kept)
                               for one in cases.get(case).samples if not one.fetched})  # fmt: skip


def _read(case, sample, folder, cache):
    part = sample.write(folder)
    assert part.name == sample.file
    (folder / "data").mkdir()
    return part, case.read([part], WorkDirs(folder / "data", cache), "0123456789abcdef", NullReporter())


def test_a_case_says_what_it_is_and_does(case):
    assert case.name in cases.NAMES and all(task.metric and task.task_type for task in case.tasks)
    assert case.grouping == "" or {"group", "labelled"} <= set(vars(case.clusters()))


def test_the_tasks_of_a_case_share_one_form_that_asks_for_the_task_where_there_are_several(case):
    assert {task.Settings for task in case.tasks} == {case.Settings}
    asked = knobs(case.Settings)["task"][1].options if len(case.tasks) > 1 else {}
    assert len(case.tasks) == 1 or {task.name for task in case.tasks} < set(asked)


def test_a_learning_curve_is_a_view_of_every_task_which_has_it_or_says_why_not(case):
    with i18n.speaking("en"):
        for task in case.tasks:
            assert learning_curve.NAME in task_types.of(task).evaluation.views(), task.name


def test_a_bundle_tells_its_task_and_one_without_settings_has_the_first(case, tmp_path):
    assert tasks.of_bundle(case, tmp_path) == case.tasks[0]
    for task in case.tasks:
        (tmp_path / "settings.json").write_text(json.dumps({"task": task.name}))
        assert tasks.of_bundle(case, tmp_path) == task


def test_the_settings_need_no_touching_and_come_back_from_json(case):
    chosen = case.Settings()
    assert case.Settings(**json.loads(json.dumps(as_json(chosen)))) == chosen
    assert {"seed", "epochs", "batch_size", "learning_rate"} <= set(knobs(case.Settings))


def test_runs_are_called_by_the_model_by_what_learns_and_by_the_task_where_there_are_several(case):
    roles = [knob.role for _, knob in knobs(case.Settings).values() if knob.role]
    assert len(roles) == len({*roles}) and {*roles} <= {MODEL, LEARNING, TASK}
    assert (TASK in roles) is (len(case.tasks) > 1)


@pytest.mark.slow
def test_every_sample_is_read_whole(case, samples):
    assert samples(case.name)
    for part, dataset in samples(case.name).values():
        assert part.path.is_file() and part.path.name == part.name
        assert (dataset.case, dataset.digest) == (case.name, "0123456789abcdef")
        assert dataset.task_type in [task.task_type for task in case.tasks]
        assert len(dataset.set_aside) == 0
        assert {"name", "file", "label", "split"} <= set(dataset.samples.columns)
        assert {*case.mix, *(measure.column for measure in case.measures)} <= set(dataset.samples.columns)
        assert all(set(dataset.samples[column]) <= set(titles) for column, (_title, titles) in case.mix.items())
        if dataset.task_type.has_classes:
            assert set(dataset.samples["label"]) == set(dataset.classes) and len(dataset.classes) >= 2
        assert Dataset.open(dataset.folder) == dataset


def test_a_case_measures_the_traits_that_it_names_and_a_column_has_its_heading(case, samples, tmp_path):
    for _part, dataset in samples(case.name).values():
        answers = ANSWERS.get(dataset.task_type.name, lambda dataset: dataset.samples[[]].iloc[:20])(dataset)
        told = case.traits_of(dataset, answers, tmp_path, NullReporter())
        own = [name for name in told if not name.startswith((TABLE, OF_USER, OF_ITEM))]
        assert told.index.equals(answers.index) and own == list(case.traits)
        for name, trait in case.traits.items():
            assert say("zh", trait.title) and (not trait.values or set(told[name]) <= set(trait.values))


def test_a_case_whose_columns_can_be_chosen_shows_its_tables_first(case, samples, tmp_path):
    part, dataset = next(iter(samples(case.name).values()))
    seen = case.preview([part], tmp_path, {}, NullReporter())
    assert {column.role for one in seen for column in one.columns} <= {"", *case.columns}
    if not case.columns:
        assert seen == []
    elif part.path.suffix in tables.ALL:
        assert seen
    assert all(note in dataset.notes for one in seen for note in one.notes)


def test_a_label_column_that_lists_labels_is_told_and_read_as_a_person_chooses(case, samples, tmp_path, counting_model):
    if not all(task.task_type.has_classes for task in case.tasks[:1]):
        return
    _, dataset = next(iter(samples(case.name).values()))
    place = tmp_path / "brought"
    place.mkdir()
    exported = {name: content for name, content in case.exported(dataset)}
    name = next((name for name in exported if name.endswith(".csv")), None)
    content = b"".join(exported.pop(name)).decode("utf-8-sig") if name else None
    table = pd.read_csv(io.StringIO(content), dtype=str) if content else pd.DataFrame({"file": [*exported]})
    heading = next((column for column in table.columns if column in ("label", "class")), "label")
    table = table.head(40).assign(**{heading: ["a|b", "b|a", "b|c", "c"] * 10})
    parts = [UploadedFile(place / "t.csv", "t.csv")]
    parts[0].path.write_bytes(b"".join(data_export.csv(table)))
    if exported:
        parts.append(UploadedFile(place / "files.zip", "files.zip"))
        with zipfile.ZipFile(parts[1].path, "w") as packed:
            for path in table.iloc[:, 0]:
                packed.write(exported[path], path)

    def read(columns):
        dirs = WorkDirs(Path(tempfile.mkdtemp(dir=tmp_path)), counting_model.parents[1])
        return case.read(parts, dirs, "0123456789abcdef", NullReporter(), columns)

    plain = read({})
    [note] = [note for note in plain.notes if tables.LABELS in note.get("columns", {})]
    assert (note["args"]["n"], note["args"]["first"], plain.classes) == (4, 3, ("a|b", "b|a", "b|c", "c"))
    assert read(note["columns"]).classes == ("a", "b", "c")


@pytest.mark.slow
def test_a_case_goes_from_a_fifth_of_its_sample_to_a_bundle_that_says_the_same(
    case, samples, small, tmp_path, monkeypatch
):
    (_part, whole), report = next(iter(samples(case.name).values())), Listening()
    dataset = Dataset.open(whole.folder, {row: None for row in whole.samples.index if row % 5})
    settings = case.Settings(**small, **{**QUICK, **SMALLER[dataset.task_type.name]})
    trainer = case.tasks[0].build(settings, dataset, WorkDirs(tmp_path / "run", tmp_path), report)
    assert not dataset.task_type.has_classes or sum(trainer.counts.values()) == len(dataset.kept)
    assert set(trainer.counts) == {"train", "validation", "test"}
    trainer.fit(report)
    told = {split: values for split, values in report.rows}
    assert case.tasks[0].metric in told["validation"] and "loss" in told["train"]

    evaluation = trainer.evaluate(report)
    assert case.tasks[0].metric in evaluation.metrics
    named = {one.name for one in case.tasks[0].baselines}
    assert SIMPLE[dataset.task_type.name] <= set(trainer.references) <= named
    assert set(trainer.live_references) == set(trainer.references)
    for figures in (evaluation.metrics, *trainer.references.values()):
        assert all(0 <= one["low"] <= one["value"] <= one["high"] <= 1 for one in figures.values())
    assert {"id", "label", "predicted"} <= set(evaluation.predictions.columns)
    if dataset.task_type.has_classes:
        right = (evaluation.predictions["label"] == evaluation.predictions["predicted"]).mean()
        assert right == pytest.approx(evaluation.metrics["accuracy"]["value"])
    assert {"device", "precision", "threads"} <= set(trainer.note)
    monkeypatch.setattr(of_users, "FOLDS", 2)
    if case.name == first_of(dataset.task_type).name:  # its task type does it
        more_examples_can_be_asked_about(trainer, dataset.task_type.name, evaluation.more)

    data = {**trainer.counts, "set_aside": 0}
    told = {"data": data, "test": evaluation.metrics, "references": trainer.references}
    known = trainer.save(tmp_path / "bundle", told, report)
    assert known["onnx"]["items"] == len(evaluation.predictions)
    for name, found in {"onnx": known["onnx"], **trainer.prove(tmp_path / "bundle", report)}.items():
        assert found["of"] == found["items"] == len(evaluation.predictions), name
        assert found["same"] >= found["items"] - len(found["close"]) and "wrong" not in found, name
    for name in ("README.md", "predict.py", "settings.json", "metrics.json", *WEIGHTS[dataset.task_type.name]):
        assert (tmp_path / "bundle" / name).is_file(), name
    files = [path for path in (tmp_path / "bundle").rglob("*") if path.is_file()]
    assert not [path for path in files if path.suffix in (".bin", ".pt", ".pth", ".pkl")]
    assert {path.relative_to(tmp_path / "bundle").as_posix() for path in files} <= set(purposes(case.name))
    if dataset.task_type.has_classes:
        a_decision_is_obeyed(case, dataset, trainer, tmp_path / "bundle", evaluation)


def more_examples_can_be_asked_about(trainer, kind, result):
    """A learning curve of the training part alone, which is the same with the test part turned round."""
    assert isinstance(trainer, LearningCurveTrainer)
    report, whole = Listening(), trainer.context
    trainer.context = FEWER.get(kind, lambda context: context)(whole)
    found = trainer.learning_curve(result, report)
    assert found.points[-1].n <= sum(trainer.counts[part] for part in ("train", "validation"))
    assert 0 < found.judged <= trainer.counts["train"] + trainer.counts["validation"]
    assert all(0 <= one.low <= one.value <= one.high <= 1 for one in found.points)
    tested, rows = ASKED[kind](trainer.context)
    before = tested[rows].copy()
    tested[rows] = before[::-1]
    assert trainer.learning_curve(result, report) == found
    tested[rows] = before
    trainer.context = whole


def a_decision_is_obeyed(case, dataset, trainer, bundle, evaluation):
    """Temperature and threshold of a bundle, by what answers in the app and by the script that leaves with it."""
    tested, task = evaluation.outcome.of("test"), case.tasks[0]
    rows, predictor = tested.rows[:4], task.predictor(bundle)
    given = [case.content(dataset, int(row)) for row in rows]
    script = import_module(f"{task.package}.predict")
    before = [one.probabilities for one in predictor(given)]
    (bundle / decision.FILE).write_text(json.dumps({"temperature": 2.5, "threshold": 0.99}), "utf-8")
    classes = tested.classes
    for first, now, raw in zip(before, predictor(given), tested.probabilities, strict=False):
        assert now.probabilities == pytest.approx(decision.tempered(np.array(first), 2.5))
        expected = dict(zip(classes, decision.tempered(raw, 2.5), strict=True))
        assert dict(zip(now.labels, now.probabilities, strict=True)) == pytest.approx(expected, abs=1e-4)
    asked = [one for one, name in zip(trainer.tested.given, trainer.tested.names, strict=True)
             if name in set(dataset.samples["name"].iloc[rows])]  # fmt: skip
    for load in (script.load, script.load_onnx):
        model = load(bundle)
        answered = script.predict(model, asked)
        assert answered == pytest.approx(decision.tempered(tested.probabilities[: len(asked)], 2.5), abs=1e-4)
        assert model["decision"].told(model["labels"], answered[0]).startswith("not sure\t")
    (bundle / decision.FILE).unlink()
    assert [one.probabilities for one in predictor(given)] == before


@pytest.fixture
def opened(case):
    """The app at the page of the case, after its home page."""

    def opening(language="en", **address):
        app = AppTest.from_file(str(ROOT / "pages/frame.py"), default_timeout=60)
        app.context = {"locale": LOCALES[language], "timezone": "Europe/London"}
        home = app.run()
        links = [link.proto.label for link in home.get("page_link")]
        titles = [title.value for title in home.subheader]
        app.query_params.update(address)
        page = app.switch_page(f"{case.name}.py").run()
        assert not page.exception and not page.error, [*page.exception, *page.error]
        return links, titles, page

    return opening


@pytest.mark.parametrize("language", LOCALES)
def test_a_case_has_a_card_on_the_home_page_and_a_page_with_its_samples(case, opened, language):
    links, titles, page = opened(language)
    assert say(language, case.invitation) in links and say(language, case.title) in titles
    assert page.title[0].value == say(language, case.title)
    assert {say(language, sample.title) for sample in case.samples} <= {button.label for button in page.button}
    assert language == "en" or say(language, case.title) != case.title


def test_the_sample_of_a_case_can_be_trained_on_at_once(case, samples, opened, home):
    _part, dataset = next(iter(samples(case.name).values()))
    shutil.copytree(dataset.folder, paths.datasets() / dataset.digest)
    dataset_rows.add("local", dataset.digest, case.name, dataset.name, sample=True)
    _links, _titles, page = opened(data=dataset.digest)
    [start] = [button for button in page.button if button.label == "Start fine-tuning"]
    assert not start.disabled
