"""Every case keeps the same contract: whoever adds one is told here what is missing."""

from __future__ import annotations

import ast
import json

import pytest
from conftest import ROOT

import cases
from cases import tables
from cases.base import Place
from cases.dataset import Dataset
from cases.settings import as_json, knobs
from models.report import Quiet

QUICK = {"epochs": 2, "precision": "fp32"}
SMALLER = {"classes": {}, "items": {"width": 8, "longest": 20, "epochs": 1}}
SIMPLE = {"classes": {"majority", "frozen_features"}, "items": {"popularity", "item_knn", "ease", "ease_decayed"}}
WEIGHTS = {"classes": ("labels.json", "head.safetensors"), "items": ("items.json", "items.safetensors")}


class Listening(Quiet):
    def __init__(self):
        self.rows = []

    def metrics(self, split, step, values):
        self.rows.append((split, values))


@pytest.fixture(params=cases.NAMES)
def case(request):
    return cases.get(request.param)


@pytest.fixture
def small(case, body, text_body, sound_bodies):
    """The folder of a small pretrained body of each case's kind."""
    return {"picture": body, "text": text_body, "sound": sound_bodies["whisper"], "item": text_body}[case.medium]


@pytest.fixture(scope="module")
def samples(tmp_path_factory, text_cache):
    """The sample data of each case, each sample read once: (file, data set) by name."""
    return {name: {one.name: _read(cases.get(name), one, tmp_path_factory.mktemp(one.name), text_cache)
                   for one in cases.get(name).samples if not one.fetched} for name in cases.NAMES}  # fmt: skip


def _read(case, sample, folder, cache):
    part = sample.write(folder)
    (folder / "data").mkdir()
    return part, case.read([part], Place(folder / "data", cache), "0123456789abcdef", Quiet())


def test_a_case_nobody_knows_is_a_bug():
    with pytest.raises(KeyError, match=r"No case called 'chess'. Cases: image_recognition"):
        cases.get("chess")


def test_a_case_says_what_it_is_and_does(case):
    assert case.name in cases.NAMES and all(task.metric and task.targets for task in case.tasks)
    for name in ("read", "preview", "show", "listen", "build", "predict"):
        assert callable(getattr(case, name))


def test_the_settings_need_no_touching_and_come_back_from_json(case):
    chosen = case.Settings()
    assert case.Settings(**json.loads(json.dumps(as_json(chosen)))) == chosen
    assert {"model", "seed", "epochs", "batch_size", "learning_rate"} <= set(knobs(case.Settings))


def test_every_setting_has_a_name_and_an_explanation(case):
    for name, (_, knob) in knobs(case.Settings).items():
        assert knob.label and knob.help.endswith("."), name
        assert knob.group in ("task", "model", "body", "network", "training", "head", "data", "machine"), name


def test_every_sample_is_read_whole(case, samples):
    assert samples[case.name]
    for part, dataset in samples[case.name].values():
        assert part.path.is_file() and part.path.name == part.name
        assert (dataset.case, dataset.digest) == (case.name, "0123456789abcdef")
        assert dataset.targets in [task.targets for task in case.tasks]
        assert len(dataset.set_aside) == 0
        assert {"name", "file", "label", "split"} <= set(dataset.samples.columns)
        assert {*case.mix, *(measure.column for measure in case.measures)} <= set(dataset.samples.columns)
        assert all(set(dataset.samples[column]) <= set(titles) for column, (_title, titles) in case.mix.items())
        if dataset.targets == "classes":
            assert set(dataset.samples["label"]) == set(dataset.classes) and len(dataset.classes) >= 2
        assert Dataset.open(dataset.folder) == dataset


def test_a_sample_says_where_it_comes_from(case):
    for sample in case.samples:
        assert sample.title.startswith("Download" if sample.fetched else "Try it with")
        assert sample.origin.startswith(("Downloads", "Synthetic")) or "from the package" in sample.origin
        assert sample.fetched == sample.origin.startswith("Downloads")


def test_what_a_column_may_be_chosen_for_is_no_setting(case):
    assert not set(case.columns) & set(knobs(case.Settings))


def test_a_case_whose_columns_can_be_chosen_shows_its_tables_first(case, samples, tmp_path):
    part, dataset = next(iter(samples[case.name].values()))
    seen = case.preview([part], tmp_path, {}, Quiet())
    assert {column.role for one in seen for column in one.columns} <= {"", *case.columns}
    if not case.columns:
        assert seen == []
    elif part.path.suffix in tables.ALL:
        assert seen
    assert all(note in dataset.notes for one in seen for note in one.notes)


def test_a_case_goes_from_its_sample_to_a_bundle_that_says_the_same(case, samples, small, tmp_path):
    (_part, dataset), report = next(iter(samples[case.name].values())), Listening()
    settings = case.Settings(model=str(small), **{**QUICK, **SMALLER[dataset.targets]})
    learner = case.build(settings, dataset, Place(tmp_path / "run", tmp_path), report)
    assert dataset.targets == "items" or sum(learner.counts.values()) == len(dataset.samples)
    assert set(learner.counts) == {"train", "validation", "test"}
    learner.fit(report)
    told = {split: values for split, values in report.rows}
    assert case.tasks[0].metric in told["validation"] and "loss" in told["train"]

    evaluation = learner.evaluate(report)
    assert case.tasks[0].metric in evaluation.metrics
    assert SIMPLE[dataset.targets] <= set(learner.references)
    assert set(learner.live_references) == set(learner.references)
    for figures in (evaluation.metrics, *learner.references.values()):
        assert all(0 <= one["low"] <= one["value"] <= one["high"] <= 1 for one in figures.values())
    assert {"id", "label", "predicted"} <= set(evaluation.predictions.columns)
    if dataset.targets == "classes":
        right = (evaluation.predictions["label"] == evaluation.predictions["predicted"]).mean()
        assert right == pytest.approx(evaluation.metrics["accuracy"]["value"])
    assert {"device", "precision", "threads"} <= set(learner.note)

    data = {**learner.counts, "set_aside": 0}
    told = {"data": data, "test": evaluation.metrics, "references": learner.references}
    known = learner.save(tmp_path / "bundle", told, report)
    assert known["onnx"]["items"] == len(evaluation.predictions)
    files, expected = learner.probe()
    assert files and set(expected) <= set(dataset.classes or dataset.samples["name"])
    assert case.predict(tmp_path / "bundle", files) == expected
    for name in ("README.md", "predict.py", "settings.json", "metrics.json", *WEIGHTS[dataset.targets]):
        assert (tmp_path / "bundle" / name).is_file(), name
    assert not [path for path in (tmp_path / "bundle").rglob("*") if path.suffix in (".bin", ".pt", ".pth", ".pkl")]


def test_a_case_has_a_page_in_the_navigation(case):
    page = f"{case.name}.py"
    assert (ROOT / "pages" / page).is_file()
    frame = ast.parse((ROOT / "pages/frame.py").read_text("utf-8"))
    calls = [node for node in ast.walk(frame) if isinstance(node, ast.Call)]
    pages = [call.args[0].value for call in calls if ast.unparse(call.func) == "st.Page"]
    assert page in pages


def test_a_case_is_explained_in_its_folder(case):
    assert (ROOT / "cases" / case.name / "README.md").is_file()
