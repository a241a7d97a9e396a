"""A home that an earlier version made: every run opens, answers, is explained, resumed and repeated as it was.

That version's own code made the home, and what it said of it then is in its `told.json`.
"""

from __future__ import annotations

import json
import os
import runpy
import shutil
import sqlite3
import sys
import tarfile
import time
from dataclasses import fields

import numpy as np
import pytest
from conftest import ROOT
from opened_pages import opened
from told import given

import cases
from cases import tasks
from cases.dataset import Dataset
from cases.settings import as_json
from models.evaluation import decision
from runs import arguments, fine_tune, integrity, paths
from runs.inference import client
from runs.language import LANGUAGES, say
from runs.results import decisions
from runs.results.decisions import HAND, NOTHING, Chosen
from runs.store import dataset_rows, datasets, edits, kept_settings, lifecycle, metric_rows, queue, records, shares
from runs.worker import worker

pytestmark = pytest.mark.slow

REVISIONS = ("a52a012",)
RUNS = ("image", "text", "stopped", "speech", "transcription", "recommendation")
FIRST = {"transcription": ("wer", "{:.1%}"), "recommendation": ("ndcg@10", "{:.3f}")}  # figures in front
DAY = 24 * 3600
FORMER = {  # what settings were called then, and what they are called now
    "least": "min_rating", "longest": "max_history", "directions": "text_pca_dims", "alone": "text_only_dropout",
    "known": "id_embedding_min_users", "focus": "focal_gamma", "refit": "final_fit", "together": "group_by",
}  # fmt: skip

NEWER = {  # settings since then, and what held before them
    "long_texts": "start", "windows": 8, "words": "without", "contrastive": "none", "layer_decay": 1.0,
    "augmented_views": 0, "class_names": "without", "group_by": "copies",
}  # fmt: skip


@pytest.fixture(scope="module", params=REVISIONS)
def unpacked(request, tmp_path_factory):
    """The home as it was, but made yesterday: drafts that nobody goes on with are removed after some days."""
    folder = tmp_path_factory.mktemp(request.param)
    with tarfile.open(ROOT / f"tests/homes/{request.param}.tar.xz") as archive:
        archive.extractall(folder, filter="data")
    later = time.time() - DAY - json.loads((folder / "told.json").read_text("utf-8"))["made"]
    for path in folder.rglob("*"):
        os.utime(path, (path.stat().st_atime + later, path.stat().st_mtime + later))
    with sqlite3.connect(folder / "casebook.db") as database:
        for (table,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
            for _number, column, kind, *_more in database.execute(f"PRAGMA table_info({table})").fetchall():
                if kind == "FLOAT":
                    database.execute(f"UPDATE {table} SET {column} = {column} + ?", (later,))
    database.close()
    return folder


@pytest.fixture
def earlier(unpacked, home, monkeypatch):
    """What was said of the home in which this test works now."""
    shutil.copytree(unpacked, home, dirs_exist_ok=True)
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")  # its models are kept as the hub's library keeps them
    return json.loads((home / "told.json").read_text("utf-8"))


@pytest.fixture(scope="module")
def standing(unpacked, tmp_path_factory):
    folder = tmp_path_factory.mktemp("standing") / "home"
    shutil.copytree(unpacked, folder)
    yield folder
    client.rest(folder)


@pytest.fixture
def told(standing, monkeypatch):
    """What was said of the home, which is one for all tests that only look at it."""
    monkeypatch.setenv("CASEBOOK_HOME", str(standing))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    return json.loads((standing / "told.json").read_text("utf-8"))


@pytest.fixture
def open_page():
    return lambda page, **more: sound(opened(f"{page}.py", **more))


def sound(app):
    assert not app.exception
    assert not [error.value for error in app.error]
    return app


def run_of(told):
    return records.run(told["id"], "local")


def work(identity):
    worker.work(queue.claim_here(identity))
    run = records.run(identity, "local")
    assert run.status == "done", run.error
    return run


def renamed(values):
    return {FORMER.get(name, name): value for name, value in values.items()}


def figures(test):
    return {name: one["value"] for name, one in test.items()}


def curve(identity):
    rows = metric_rows.after(records.run(identity, "local"), 0)
    return {str(row["step"]): row["values"] for row in rows if row["split"] == "validation"}


@pytest.mark.parametrize("name", RUNS)
def test_a_run_opens_with_the_figures_that_it_had(told, open_page, name):
    before = told["runs"][name]
    run = run_of(before)
    assert (run.status, run.name, run.dataset) == (before["status"], before["name"], before["dataset"])
    result = {**before["result"], "settings": renamed(before["result"]["settings"])}
    assert (run.result, run.facts, curve(run.id)) == (result, before["facts"], before["validation"])
    known = {one.name for one in fields(cases.get(run.case).Settings)}
    assert run.settings.keys() == result["settings"].keys() == known - (NEWER.keys() - result["settings"].keys())
    app = open_page(run.case, run=run.id)
    metric, form = FIRST.get(name, ("accuracy", "{:.1%}"))
    assert given(app, "casebook_hero")["value"] == form.format(before["result"]["test"][metric]["value"])


def test_what_it_noted_is_said_in_chinese_though_it_is_worded_anew(told, open_page):
    runs = [run_of(one) for one in told["runs"].values()]
    noted = [note for run in runs for note in [*(run.notes or ()), *Dataset.open(paths.datasets() / run.dataset).notes]]
    english, chinese = ([say(language, note["message"], **note["args"]) for note in noted] for language in LANGUAGES)
    assert len(noted) > 20 and not {*english} & {*chinese}
    text = run_of(told["runs"]["text"])
    app = open_page(text.case, locale="zh-CN", data=text.dataset)
    assert any("列是文本，依据是列名。" in one.value for one in [*app.markdown, *app.caption])


@pytest.mark.parametrize("name", RUNS)
def test_its_bundle_is_whole_and_its_model_and_its_script_answer_as_they_did(told, monkeypatch, capsys, name):
    before = told["runs"][name]
    assert (paths.run(before["id"]) / integrity.FILE).exists()
    assert integrity.of_model(before["id"]) is None and integrity.of_answers(before["id"]) is None
    [answer] = client.answers(run_of(before), [paths.home() / before["asked"]])
    assert list(answer.labels) == before["answer"]["labels"]
    assert answer.probabilities == pytest.approx(before["answer"]["probabilities"], abs=1e-3)
    assert answer.more.keys() == before["answer"]["more"].keys()
    monkeypatch.chdir(paths.home())
    monkeypatch.setattr(sys, "argv", ["predict.py", before["asked"]])
    runpy.run_path(str(paths.run(before["id"]) / "bundle/predict.py"), run_name="__main__")
    for line, was in zip(capsys.readouterr().out.splitlines(), before["script"], strict=True):
        assert [_read(cell) for cell in line.split("\t")] == [_read(cell) for cell in was.split("\t")]


def _read(cell):
    try:
        return pytest.approx(float(cell), abs=2e-3)
    except ValueError:
        return cell


def test_a_threshold_and_a_temperature_can_be_set_for_it(earlier, open_page):
    for told in (earlier["runs"][name] for name in ("image", "text", "speech")):
        run, bundle = run_of(told), paths.run(told["id"]) / "bundle"
        assert run.decision is None and not decisions.is_obeyed(run)
        decisions.keep(run, Chosen(2.0, 0.9, HAND))
        assert integrity.of_model(run.id) is None
        assert "| confidence threshold | 90.0%" in (bundle / "README.md").read_text()
        [answer] = tasks.of_bundle(cases.get(run.case), bundle).predictor(bundle)([paths.home() / told["asked"]])
        probabilities = decision.tempered(np.array(told["answer"]["probabilities"]), 2.0)
        assert answer.probabilities[0] == pytest.approx(probabilities[0], abs=5e-3)
        app = open_page(run.case, run=run.id, see="certainty")
        assert any("The `predict.py` of this bundle is older" in one.value for one in app.caption)
        decisions.keep(run_of(told), NOTHING)
        assert integrity.of_model(run.id) is None and not (bundle / decision.FILE).exists()


def test_a_stopped_run_goes_on_to_the_end_that_it_would_have_had(earlier):
    run = run_of(earlier["runs"]["stopped"])
    lifecycle.resume(run.id, "local")
    resumed = work(run.id)
    assert "stopped" not in resumed.result
    told = earlier["resumed"]
    assert figures(resumed.result["test"]) == pytest.approx(figures(told["test"]), abs=1e-3)
    after = {step: values for step, values in curve(run.id).items() if int(step)}  # the start was not told then
    assert after.keys() == told["validation"].keys()
    for step, values in after.items():
        assert values["loss"] == pytest.approx(told["validation"][step]["loss"], rel=1e-3)


def read_again(monkeypatch, case, record, *more):
    """The arguments of a command line that has the record of a run, and what that tells."""
    given = [case, "--data", "data", "--like", str(record), *more, "--out", "out"]
    monkeypatch.setattr(sys, "argv", ["fine_tune", *given])
    args = arguments.read("again")
    return args, arguments.like(args)


def test_the_command_line_takes_the_record_of_a_run(told, monkeypatch):
    for before in (told["runs"][name] for name in RUNS):
        args, record = read_again(monkeypatch, before["case"], paths.run(before["id"]) / "bundle/run.json")
        assert {str(row): label for row, label in record["edits"].items()} == before["edits"]
        settings = arguments.settings(args, record)
        newer = {name: value for name, value in NEWER.items() if hasattr(settings, name)}
        assert as_json(settings) == {**newer, **renamed(before["result"]["settings"])}
        arguments.columns(args, record)


def test_settings_that_were_kept_have_their_present_names(unpacked, home, open_page):
    shutil.copytree(unpacked, home, dirs_exist_ok=True)
    digest = json.loads((home / "told.json").read_text("utf-8"))["kept_settings"]["dataset"]
    kept = {"loss": "focal", "focus": 1.5, "refit": "cross_validated", "final_fit": "none"}
    with sqlite3.connect(home / "casebook.db") as database:
        database.execute("UPDATE kept_settings SET settings = ?", (json.dumps(kept),))
    database.close()
    assert kept_settings.of("local", digest) == {"loss": "focal", "focal_gamma": 1.5, "final_fit": "none"}
    app = open_page("text_analysis", data=digest)
    assert app.number_input(key="text_analysis_focal_gamma_").value == 1.5


def test_the_command_line_that_a_bundle_gives_repeats_its_run(earlier, monkeypatch, tmp_path):
    told = earlier["runs"]["image"]
    bundle = paths.run(told["id"]) / "bundle"
    repeat, record = runpy.run_path(str(bundle / "repeat.py")), json.loads((bundle / "run.json").read_text("utf-8"))
    originals = repeat["originals"](record, [str(path) for path in paths.datasets().glob("*/brought/*")])
    _python, _m, _module, *given = repeat["command"](record, originals, str(tmp_path / "out"))
    monkeypatch.setattr(sys, "argv", ["fine_tune", *given])
    assert fine_tune.main() == 0
    result = json.loads((tmp_path / "out/result.json").read_text("utf-8"))
    assert figures(result["test"]) == pytest.approx(figures(told["result"]["test"]), abs=1e-3)


def test_data_sets_are_whole_and_need_no_second_reading_and_changed_labels_are_theirs(told):
    for identity in told["datasets"]:
        dataset = datasets.opened(dataset_rows.by_id(identity, "local"))
        assert datasets.is_undamaged(identity) and datasets.is_current(dataset)
    labels = {int(row): label for row, label in told["edits"]["labels"].items()}
    identity = told["edits"]["dataset"]
    assert edits.current("local", identity) == labels
    seen = datasets.opened(dataset_rows.by_id(identity, "local"), labels)
    for row, label in labels.items():
        assert seen.samples.at[row, "label" if label else "split"] == (label or "left_out")
    assert seen.before is not None and len(seen.before.samples) == 18  # the version that it grew from


def test_a_link_opens_the_demo_and_a_passcode_the_locked_one(told, open_page):
    name = told["runs"]["image"]["name"]
    assert [shares.by_token(told[which]["token"]).examples for which in ("share", "locked_share")] == [1, 0]
    assert open_page("demo", t=told["share"]["token"]).title[0].value == name
    locked = told["locked_share"]
    app = open_page("demo", t=locked["token"])
    assert app.title[0].value != name
    app.text_input(key="demo_code").set_value(locked["passcode"])
    assert sound(app.button[0].click().run()).title[0].value == name
    assert shares.by_token(locked["token"]).run == locked["run"]


def test_the_list_of_runs_and_their_comparison_open_and_other_work_is_there(told, open_page):
    names = {one["name"] for one in told["runs"].values()}
    assert names <= {run.name for run in records.run_list("local")}
    open_page("runs")
    open_page("runs", compare=",".join(told["runs"][name]["id"] for name in ("text", "stopped")))
    batch = records.run(told["batch"], "local")
    assert batch.result["items"] == 5 and (paths.run(batch.id) / "predictions.csv").exists()
    assert records.run(told["profile"], "local").kind == "profile"  # what was measured, under its present kind
