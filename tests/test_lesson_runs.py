"""The run of a lesson: it is in no list, trains its arms as they say, and what was predicted outlives it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import made_items
import pytest
import torch
from made_lessons import LESSONS, PICTURES, WHOLE, begun, read

import cases
from cases import tasks
from cases.base import WorkDirs
from cases.classification.lesson_arm import HeadArms
from cases.classification.model_inputs import SmallItems
from cases.settings import as_json
from cases.training import config
from models.lessons.data import DataOptions
from models.lessons.heads import HeadOptions
from models.lessons.rankings import RANKINGS
from models.progress import QUIET
from runs import paths
from runs.lessons import curves, files
from runs.store import lesson_answers, lifecycle, queue, records
from runs.worker.worker import work

__all__ = ["read"]  # a fixture


def test_a_run_of_a_lesson_computes_features_trains_its_arms_and_keeps_what_came(read):
    made = begun()
    work(queue.claim_here(made))
    run, lesson = records.run(made, "local"), LESSONS["learning-rate"]
    assert run.status == "done", run.error
    drawn = curves.of(run, lesson.curve)
    assert set(drawn) == {(arm, repetition) for arm in range(3) for repetition in range(3)}
    every = [*range(lesson.arms[0].settings["epochs"] + 1)]
    assert all(epochs == every and len(values) == len(every) for epochs, values in drawn.values())
    assert set(run.result["arms"]) == {arm.id for arm in lesson.arms}
    assert lesson_answers.of_run("local", made).came == int(run.result["came"])
    assert records.run_list("local") == [] and records.run_counts("local") == {}
    lifecycle.discard(made, "local")
    assert lesson_answers.of_run("local", made).predicted == "right"  # what was said outlives the run


def test_a_run_of_a_lesson_that_ranks_reads_interactions_and_texts(zip_of, read_zip, tmp_path, text_body, home):
    tables = dict(zip(("ratings.csv", "books.csv"), made_items.tables(), strict=True))
    read_zip("recommendation", zip_of(tmp_path / "books.zip", tables))
    lesson = LESSONS["cold-start"]
    made = records.create_run("local", "lesson", "recommendation", "books", dataset="d1", edits={},
                              settings={"lesson": lesson.id, "base": {"model": str(text_body)}})  # fmt: skip
    work(queue.claim_here(made))
    run = records.run(made, "local")
    assert run.status == "done", run.error
    assert set(curves.ends(run)) == {(arm, repetition) for arm in range(3) for repetition in range(3)}
    assert run.result["held"] == 19 and set(run.result["arms"]["texts"]) == set(RANKINGS.measures)
    refused = records.create_run("local", "lesson", "recommendation", "books", dataset="d1", edits={},
                                 settings={"lesson": "learning-rate", "base": {}})  # fmt: skip
    work(queue.claim_here(refused))
    assert records.run(refused, "local").error["found"] == "These data do not suit this lesson."


def test_too_few_examples_are_told(pictures, zip_of, read_zip, tmp_path, small_models, home):
    small_models(home)
    read_zip("image_recognition", zip_of(tmp_path / "few.zip", pictures(8)))
    made = begun()
    work(queue.claim_here(made))
    run = records.run(made, "local")
    assert run.status == "failed" and run.error["expected"] == "A lesson needs at least {needed}."


@pytest.mark.slow
def test_whole_networks_are_trained_as_far_as_each_way_lets_them(read, monkeypatch):
    """Of the lesson as it is, with one point and few epochs: a real run of every way, on a tiny network."""
    lesson = LESSONS[WHOLE]
    short = [replace(arm, settings={**arm.settings, "epochs": 1}) for arm in lesson.arms if arm.at == 3]
    ends = [replace(one, above="frozen-3", arms=("scratch-3",)) for one in lesson.effects[:1]]
    monkeypatch.setattr(files, "lessons", lambda: {WHOLE: replace(lesson, arms=tuple(short), effects=tuple(ends))})
    made = begun(WHOLE, predicted="few")
    work(queue.claim_here(made))
    run = records.run(made, "local")
    assert run.status == "done", run.error
    assert run.result["items"] == dict.fromkeys([arm.id for arm in short], 9)  # three of each of three classes
    points = curves.of(run, lesson.curve)
    assert {arm for arm, _repetition in points} == {0, 1, 2, 3}
    for number, arm in enumerate(short):
        assert points[number, 0][1][-1] == run.result["arms"][arm.id]["accuracy"][0]
        assert 0 <= run.result["arms"][arm.id]["train_accuracy"][0] <= 1
    again = begun(WHOLE, predicted="few")
    work(queue.claim_here(again))
    assert records.run(again, "local").result["arms"] == run.result["arms"]  # the same start and order


@pytest.fixture
def bodies(pictures, zip_of, read_zip, tmp_path, small_models, home):
    """What lessons train on small pictures of noise."""
    small_models(home)
    dataset = read_zip(PICTURES, zip_of(tmp_path / "noise.zip", pictures(24)))
    case = cases.get(PICTURES)
    task = tasks.of(case, as_json(case.Settings()))
    trainer = task.build(task.Settings(), dataset.without_test(), WorkDirs(tmp_path, paths.cache()), QUIET)
    return trainer.lesson_arms()


@dataclass
class Remembered:
    """Small items that keep the last network they made, and the weights of its body as they began."""

    made: SmallItems

    @property
    def context(self):
        return self.made.context

    def batches(self, rows):
        return self.made.batches(rows)

    def network(self, settings, counts, *, pretrained):
        self.last = self.made.network(settings, counts, pretrained=pretrained)
        self.start = {name: value.clone() for name, value in self.last.body.state_dict().items()}
        return self.last


def test_pretrained_weights_are_where_fine_tuning_begins_and_random_ones_where_training_from_scratch_does(bodies):
    context = bodies.small.context
    pretrained = bodies.small.network(context.settings, context.counts, pretrained=True).body.state_dict()
    weights = {name for name, value in pretrained.items() if value.ndim > 1}
    for mode, start in (("full", "pretrained"), ("lora", "pretrained"), ("full", "scratch")):
        small, settings = (
            Remembered(bodies.small),
            cases.get(PICTURES).Settings(mode=mode, epochs=1, learning_rate=1e-2),
        )
        arms, seed = HeadArms(bodies.data, small), 5  # not that by which the tiny network was drawn
        list(arms.training(settings, DataOptions(each=4), HeadOptions(body=start), seed).epochs())
        config.close(small.last, settings)
        end = small.last.body.state_dict()
        assert [name for name, value in small.start.items() if not torch.equal(value, end[name])]  # the body has learnt
        alike = {name for name in weights if torch.equal(pretrained[name], small.start[name])}
        assert alike == (weights if start == "pretrained" else set())
