"""A search at work: what it comes to, and that nothing of it sees the test part."""

from __future__ import annotations

import math

import pytest
import workshop
from searches import LONG, PICTURES, begun, known, space

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
        assert workshop.done(run).status == "done"
        found.append(records.run(run, "local"))
    one, other = (journal.of(run) for run in found)
    assert [(t.start, t.value, t.state) for t in one.trials] == [(t.start, t.value, t.state) for t in other.trials]
    assert found[0].settings == found[1].settings
    assert all(child.facts["counts"]["test"] == 0 for run in found for child in records.children(run))
    assert found[0].result["data"]["test"] == len(names)


# the work


@pytest.mark.parametrize(
    "case", ["image_recognition", "text_analysis", "speech", "speech: transcribe", "recommendation"]
)
def test_a_search_comes_to_a_result_that_is_never_below_its_default(few_trials, materials, case):
    few_trials(1 if case == "speech: transcribe" else 3)  # the small one in the place of a Whisper only listens
    run = workshop.done(begun(materials, case))
    assert (run.status, run.error) == ("done", None)
    found, children = journal.of(run), records.children(run)
    assert found.over and found.trials
    assert {child.status for child in children} <= {"stopped", "failed"}
    assert all(child.purpose == journal.PURPOSE and child.result is None for child in children)
    best = records.run(found.best, "local")
    learning = named(cases.get(run.case).Settings, LEARNING)
    assert run.settings == best.settings and run.result["settings"][learning] == best.settings[learning]
    summary = run.result[journal.FACT]
    assert summary["trials"] == len(found.tried) and summary["gain"] >= 0
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


def test_a_trial_that_cannot_end_in_time_is_not_begun(few_trials, materials, monkeypatch):
    few_trials(3)
    monkeypatch.setattr(job.Estimates, "seconds", lambda *_: 10 * LONG)
    found = known(workshop.done(begun(materials, PICTURES)).id)
    assert [one.state for one in found.trials][:2] == [DONE, SLOW]
    assert found.trials[1].run == ""


def test_augmented_views_are_tried_as_a_trial_where_there_is_time_and_told_as_too_slow_where_not(
    few_trials, materials, monkeypatch
):
    few_trials(3)
    done = known(workshop.done(begun(materials, PICTURES, mode="head", epochs=2)).id)
    assert [one.settings["augmented_views"] for one in done.trials[:3]] == [0, 0, 4]
    assert done.trials[2].state == DONE and records.run(done.trials[2].run, "local").settings["augmented_views"] == 4
    monkeypatch.setattr(
        job.Estimates, "seconds", lambda _self, settings: 10 * LONG if settings["augmented_views"] else 1.0
    )
    slow = known(workshop.done(begun(materials, PICTURES, mode="head", epochs=2, seed=1)).id)
    assert (slow.trials[2].state, slow.trials[2].run) == (SLOW, "")
    assert slow.trials[2].settings["augmented_views"] == 4


def test_a_way_that_takes_too_long_is_tried_with_as_many_epochs_as_the_time_allows(few_trials, materials, monkeypatch):
    ways_there = len(space(materials).starts) + 1  # and the best head with views, which is too slow, too
    few_trials(ways_there + 1)
    own = str(materials[PICTURES][0])

    def seconds(_self, settings):
        return LONG / 2 if settings["model"] == own and settings["epochs"] in (1, 2, 3) else 2 * LONG

    monkeypatch.setattr(job.Estimates, "seconds", seconds)
    found = known(workshop.done(begun(materials, PICTURES, mode="head")).id)
    ways = [(one.state, one.settings["mode"], one.settings.get("epochs")) for one in found.trials if one.run]
    assert ways[:4] == [(DONE, "head", None), *((DONE, mode, 3) for mode in ("full", "lora", "last_blocks"))]
    assert [records.run(one.run, "local").settings["epochs"] for one in found.trials if one.run][1:4] == [3, 3, 3]
    assert len(found.trials) == ways_there + 1  # what was tried shorter is not told as too slow beside


def test_where_few_are_validated_parts_are_drawn_again_and_more_examples_judge(few_trials, materials):
    few_trials(1)
    run = workshop.done(begun(materials, PICTURES))
    first, counts = known(run.id).trials[0], records.children(run)[0].facts["counts"]
    assert counts["validation"] < first.items <= counts["train"] + counts["validation"]


def test_parts_are_drawn_again_only_while_a_trial_is_worth_more(materials):
    child = queue.claim_here(workshop.queued(materials, PICTURES, mode="head"))
    task, dataset = cases.get(PICTURES).tasks[0], Dataset.open(paths.datasets() / child.dataset).without_test()
    report = TrialReporter(StoreReporter(child), QUIET, task.metric, falling=False, left=lambda: math.inf,
                           lags=lambda _marks: False, alive=lambda: None)  # fmt: skip
    asked = []

    def is_worth_more(scored, seconds):
        asked.append((len(scored), seconds))
        return len(asked) < 2

    found = trial.work(child, task, dataset, 4, report, is_worth_more)
    assert len(found.validations) == 2 and found.ended == ""
    assert asked[0][0] == len(found.validations[0].rows) < asked[1][0] == len(choice.scores(paths.run(child.id)))
    assert min(seconds for _, seconds in asked) > 0


def test_the_best_learns_from_the_validation_part_too_where_it_can_and_makes_mistakes(
    few_trials, body, pictures, zip_of, tmp_path
):
    few_trials(1)
    drawn = pictures(12)
    names = [*drawn]
    wrong = names[:3] + names[-3:]  # of the first class, and of the last
    drawn |= {name: drawn[other] for name, other in zip(wrong, reversed(wrong), strict=True)}
    run = workshop.done(begun({PICTURES: (body, zip_of(tmp_path / "wrong.zip", drawn))}, PICTURES, mode="head"))
    first, refitted = known(run.id).tried
    assert refitted.settings == {**first.settings, "final_fit": "cross_validated"}
    assert refitted.items == run.facts["counts"]["train"] + run.facts["counts"]["validation"]  # judged out of fold
    assert run.settings["final_fit"] == "cross_validated" and run.result["validation"] == {}
    summary = run.result[journal.FACT]
    assert (summary["best"]["run"], summary["default"]["run"]) == (refitted.run, first.run)


# what a trial leaves


def test_a_training_that_is_concluded_keeps_its_best_weights_once(materials):
    run = workshop.queued(materials, PICTURES)
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
