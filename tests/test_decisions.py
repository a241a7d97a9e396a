"""Temperature and threshold of a run: chosen on validation, told on the test part, obeyed by all that answers."""

from __future__ import annotations

import csv
import io
import json
import shutil
import subprocess
import sys
from dataclasses import asdict, replace

import numpy as np
import pandas as pd
import pytest
import workshop
from evaluation_page import evaluated, said
from opened_pages import opened, sound
from starlette.applications import Starlette
from starlette.testclient import TestClient
from told import given

import cases
from cases.classification import decision_card
from models.evaluation import decision
from models.evaluation.predictions import Predictions
from models.progress import QUIET
from runs import integrity, paths, tokens
from runs.api.routes import ROUTES
from runs.inference import client
from runs.jobs import batch_prediction
from runs.results import decisions, predictions
from runs.results.decisions import COST, HAND, NOTHING, OUT_OF_FOLD, PRECISION, VALIDATION, Chosen
from runs.store import lifecycle, queue, records, shares, upload_rows

SURE, DOUBTFUL = 0.97, 0.55


def outcome_of(classes, *, wrong=(6, 9)):
    """A hundred validation and as many test items, of each forty doubtful, of which so many are wrong."""
    labels, parts = np.arange(200) % 3, np.repeat(["validation", "test"], 100)
    said_, sure = labels.copy(), np.full(200, SURE)
    for start, mistakes in zip((0, 100), wrong, strict=True):
        sure[start : start + 40] = DOUBTFUL
        said_[start : start + mistakes] = (labels[start : start + mistakes] + 1) % 3
    shares_ = np.repeat(((1 - sure) / 2)[:, None], 3, 1)
    shares_[np.arange(200), said_] = sure
    items = pd.DataFrame({"id": np.arange(200) % 30, "part": parts, "label": labels})
    return Predictions(tuple(classes), items, shares_, np.eye(3, 12)[labels] + np.arange(12) / 100)


@pytest.fixture
def run(dataset):
    return evaluated(outcome_of(dataset.classes))


def now(identity):
    return records.run(identity, "local")


def test_a_threshold_is_chosen_on_validation_and_told_on_the_test_part(run):
    assert decisions.of(now(run)) == NOTHING
    known = decisions.basis(now(run))
    assert known.part == VALIDATION and len(known.outcome.labels) == 100
    chosen = decisions.threshold_by(now(run), NOTHING, PRECISION, 0.95)
    assert chosen == Chosen(1.0, pytest.approx(0.551), PRECISION, 0.95)
    assert decisions.threshold_by(now(run), NOTHING, PRECISION, 0.9).threshold == 0
    assert decisions.threshold_by(now(run), NOTHING, COST, 50).threshold == pytest.approx(0.551)
    found = decisions.tested(now(run), chosen.threshold)
    assert (found.items, found.unsure, found.right) == (100, 40, 60)
    assert decisions.tested(now(run), 0.0).right == 91


def test_it_is_kept_with_the_run_for_its_owner_alone_until_it_is_removed_or_the_run_goes_on(run):
    chosen = Chosen(1.3, 0.8, HAND)
    decisions.keep(replace(now(run), owner="somebody-else"), chosen)
    assert now(run).decision is None
    decisions.keep(now(run), chosen)
    assert decisions.of(now(run)) == chosen
    decisions.keep(now(run), NOTHING)
    assert now(run).decision is None
    stopped = records.create_run("local", "fine_tune", "image_recognition", "n", status="stopped",
                                 decision=asdict(chosen))  # fmt: skip
    lifecycle.resume(stopped, "local")
    assert decisions.of(now(stopped)) == NOTHING


def test_a_temperature_changes_what_is_shown_but_no_class_and_a_wished_precision_is_sought_anew(run):
    before = predictions.of(now(run))
    decisions.keep(now(run), decisions.threshold_by(now(run), NOTHING, PRECISION, 0.95))
    found = decisions.calibrated(now(run))
    assert found.temperature != 1 and found.way == PRECISION and found.threshold != decisions.of(now(run)).threshold
    decisions.keep(now(run), found)
    after = predictions.of(now(run))
    assert (after.predicted == before.predicted).all()
    assert after.probabilities == pytest.approx(decision.tempered(before.probabilities, found.temperature), abs=1e-6)
    assert predictions.untempered(now(run)).probabilities == pytest.approx(before.probabilities)
    assert decisions.tested(now(run), found.threshold).unsure == 40
    by_hand = replace(found, threshold=0.9, way=HAND, asked=None)
    decisions.keep(now(run), by_hand)
    assert decisions.by_temperature(now(run), 1.0) == Chosen(1.0, 0.9, HAND, None)


def test_a_head_that_was_fitted_to_the_validation_part_too_is_judged_out_of_fold(dataset):
    outcome = outcome_of(dataset.classes)
    judged = outcome.of("validation")
    fitted = evaluated(replace(outcome, out_of_fold=judged), final_fit="cross_validated")
    assert decisions.basis(now(fitted)).part == OUT_OF_FOLD
    unknown = evaluated(outcome, final_fit="cross_validated")
    assert decisions.basis(now(unknown)) is None and decisions.calibrated(now(unknown)) is None
    few = outcome.at(np.r_[0:60, 100:200])
    small = now(evaluated(replace(few, out_of_fold=judged)))
    assert decisions.basis(small).part == VALIDATION  # trained by steps, it is not the head that was judged out of fold
    held_back = replace(small, settings={**small.settings, "weight_decay": None})
    assert decisions.basis(held_back).part == OUT_OF_FOLD
    assert decisions.basis(replace(held_back, settings={**held_back.settings, "mode": "full"})).part == VALIDATION


@pytest.mark.slow
def test_the_page_chooses_saves_tells_and_removes_a_threshold(open_run, run):
    app = open_run(run, see="certainty")
    assert any("No threshold is saved" in one for one in said(app))
    assert any("of them get a class" in one and "Judged on 100 validation examples." in one for one in said(app))
    sound(app.button(key=f"threshold_save_{run}").click().run())
    assert decisions.of(now(run)) == Chosen(1.0, pytest.approx(0.551), PRECISION, 0.95)
    told = (
        "“not sure” for 40 of 100 test examples (40.0%). Of the rest, 100.0% are right (95% interval: 94.0% to 100.0%)."
    )
    again = open_run(run)  # another session
    assert [one for one in said(again) if told in one and "The accuracy above counts every answer." in one]
    assert given(again, "casebook_hero")["value"] == "75.0%"
    demo = opened("demo.py", t=shares.create(now(run), days=7))
    assert any(told in one for one in said(demo)) and not any("always predicts" in one for one in said(demo))
    app = open_run(run, see="certainty")
    sound(app.button(key=f"threshold_remove_{run}").click().run())
    assert decisions.of(now(run)) == NOTHING
    assert not any(told in one for one in said(open_run(run)))


def test_by_cost_and_by_hand(open_run, run):
    app = open_run(run, see="certainty")
    sound(app.segmented_control(key=f"threshold_way_{run}").set_value(COST).run())
    sound(app.number_input(key=f"threshold_cost_{run}").set_value(50.0).run())
    sound(app.button(key=f"threshold_save_{run}").click().run())
    assert decisions.of(now(run)) == Chosen(1.0, pytest.approx(0.551), COST, 50.0)
    assert any("a mistake costs 50 times a “not sure”" in one for one in said(app))
    assert any("Cost on the test set: 40 times a “not sure”, without a threshold 450." in one for one in said(app))
    sound(app.segmented_control(key=f"threshold_way_{run}").set_value(HAND).run())
    sound(app.slider(key=f"least_{run}").set_value(98).run())
    sound(app.button(key=f"threshold_save_{run}").click().run())
    assert decisions.of(now(run)) == Chosen(1.0, 0.98, HAND, None)
    assert any("No test example is left." in one for one in said(app))


def test_a_precision_that_nothing_reaches_the_test_does_not_keep_or_that_needs_no_threshold_is_told(open_run, dataset):
    outcome = outcome_of(dataset.classes)
    outcome.probabilities[50:53] = np.roll(outcome.probabilities[50:53], 1, 1)  # of the sure ones three are wrong
    run = evaluated(outcome)
    app = open_run(run, see="certainty")
    sound(app.number_input(key=f"threshold_wished_{run}").set_value(99.0).run())
    assert any("No threshold reaches this accuracy on at least 20 examples." in one.value for one in app.info)
    assert not [one for one in app.button if one.key == f"threshold_save_{run}"]
    misled = outcome_of(dataset.classes)
    misled.probabilities[150:156] = np.roll(misled.probabilities[150:156], 1, 1)  # of the sure ones that are tested six
    worse = evaluated(misled)
    app = open_run(worse, see="certainty")
    sound(app.button(key=f"threshold_save_{worse}").click().run())
    assert any("That is below the required accuracy." in one for one in said(app))
    fine = evaluated(outcome_of(dataset.classes, wrong=(1, 30)))
    app = open_run(fine, see="certainty")
    assert "No threshold is needed for that: every answer can name a class." in [one.value for one in app.info]
    assert not [one for one in app.button if one.key == f"threshold_save_{fine}"]


@pytest.fixture(scope="module")
def learnt(tmp_path_factory, materials):
    """A home, and the id of a run in it that was trained for a few seconds."""
    home = tmp_path_factory.mktemp("learnt") / "home"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CASEBOOK_HOME", str(home))
        done = workshop.done(workshop.queued(materials, "image_recognition", mode="head"))
        assert done.status == "done", done.error
        yield home, done.id
        client.rest(home)


@pytest.fixture
def copied(learnt, monkeypatch):
    """A run of its own, with bundle, answers and checksums."""
    home, trained = learnt
    monkeypatch.setenv("CASEBOOK_HOME", str(home))
    model = now(trained)
    copy = records.create_run("local", "fine_tune", model.case, "copy", status="done", dataset=model.dataset,
                              settings=model.settings, result=model.result)  # fmt: skip
    shutil.copytree(paths.run(trained), paths.run(copy), dirs_exist_ok=True)
    return now(copy)


def test_the_bundle_is_told_without_being_packed_again_and_forgets_it(copied, pictures, tmp_path):
    bundle, file = paths.run(copied.id) / "bundle", tmp_path / "new.png"
    file.write_bytes(next(iter(pictures(1, seed=4).values())))
    cards = {name: (bundle / name).read_text("utf-8") for name in decision_card.FILES}
    weights = {path: path.stat().st_mtime_ns for path in bundle.rglob("*.onnx")}
    opened = cases.get(copied.case).tasks[0].predictor(bundle)  # as the process that answers keeps it
    [first] = opened([file])
    decisions.keep(copied, Chosen(2.0, 0.999, HAND))
    assert json.loads((bundle / decision.FILE).read_text()) == {"temperature": 2.0, "threshold": 0.999}
    assert integrity.of_model(copied.id) is None and integrity.of_answers(copied.id) is None
    for name, language in decision_card.FILES.items():
        assert decision_card.WORDS[language].threshold in (bundle / name).read_text("utf-8")
    [then] = opened([file])
    assert then.probabilities == pytest.approx(decision.tempered(np.array(first.probabilities), 2.0))
    command = [sys.executable, "-E", "-B", bundle / "predict.py", "--onnx", file]
    ran = subprocess.run(command, capture_output=True, text=True, check=True, cwd=tmp_path)
    assert ran.stdout.startswith(f"{file}\tnot sure\t{then.labels[0]} {then.probabilities[0]:.3f}\t")
    (bundle / decision.FILE).write_text("{}")
    assert integrity.of_model(copied.id) is not None  # changed by another hand
    decisions.keep(copied, NOTHING)
    assert not (bundle / decision.FILE).exists() and integrity.of_model(copied.id) is None
    assert {name: (bundle / name).read_text("utf-8") for name in cards} == cards
    assert {path: path.stat().st_mtime_ns for path in bundle.rglob("*.onnx")} == weights
    [last] = opened([file])
    assert last.probabilities == first.probabilities


def predicted(run, archive):
    """The job, once all in the archive was predicted."""
    upload = records.new_id()
    shutil.copyfile(archive, paths.uploads() / upload)
    upload_rows.add("local", upload, archive.name, archive.stat().st_size, "")
    job = records.create_run("local", "predict", run.case, archive.name, parts=[{"upload": upload}], subject=run.id)
    return job, batch_prediction.predict(now(job), QUIET).values["result"]


def table(job, language):
    """As it is downloaded."""
    client = TestClient(Starlette(routes=ROUTES))
    token = tokens.sign("run", run=job, owner="local")
    told = client.get("/api/predictions", params={"token": token, "lang": language})
    return list(csv.DictReader(io.StringIO(told.content.decode("utf-8-sig"))))


def test_a_table_of_many_says_not_sure_by_the_threshold_that_is_chosen_when_it_is_downloaded(
    copied, pictures, zip_of, tmp_path
):
    decisions.keep(copied, NOTHING)
    archive = zip_of(tmp_path / "new.zip", pictures(2, seed=6))
    job, result = predicted(now(copied.id), archive)
    queue.claim_here(job)
    queue.end(job, "done", result=result)
    rows = table(job, "en")
    assert len(rows) == sum(result["named"].values()) == 6 and rows[0]["Problem"] == ""
    assert batch_prediction.threshold(now(copied.id), now(job)) == decisions.DEFAULT
    certain = sorted(float(row["Probability"]) for row in rows)
    decisions.keep(copied, Chosen(1.0, 0.9999, HAND))
    assert {row["Verdict"] for row in table(job, "en")} == {"not sure"}
    assert {row["判定"] for row in table(job, "zh")} == {"不确定"}
    assert batch_prediction.named(job, 0.9999) == ({}, 6)
    decisions.keep(copied, Chosen(1.0, sum(certain[2:4]) / 2, HAND))
    assert sorted(row["Verdict"] for row in table(job, "en")) == [""] * 3 + ["not sure"] * 3
    decisions.keep(copied, Chosen(1.0, 0.0, HAND))
    assert "Verdict" not in table(job, "en")[0] and batch_prediction.named(job, 0.0) == (result["named"], 0)
    decisions.keep(copied, Chosen(2.0, 0.9999, HAND))  # these probabilities are not of that temperature
    assert batch_prediction.threshold(now(copied.id), now(job)) == decisions.DEFAULT
    decisions.keep(copied, NOTHING)
