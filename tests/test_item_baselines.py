"""Lists that need no gradient, which ratings are positive, and what validation keeps."""

from __future__ import annotations

import dataclasses
import json

import made_items
import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_array

from cases.base import WorkDirs
from cases.ranking import networks, positives, split
from cases.ranking.interactions import Interactions
from cases.recommendation import (
    ease,
    item_weights,
    model_choice,
    network_choice,
    predict,
    reader,
    scorer_evaluation,
)
from cases.recommendation.baselines import Baselines, Simple
from cases.recommendation.network_choice import Candidate
from cases.recommendation.predictor import ItemPredictor
from cases.recommendation.scorer_evaluation import judge
from cases.recommendation.settings import Settings
from cases.recommendation.trainer import build
from models.progress import QUIET, NullReporter, Stopped


def history(table, times=None):
    """Of a (people, items) table of 0 and 1, without times unless they are given."""
    user, item = np.nonzero(table)
    time = np.full(len(user), np.nan) if times is None else times
    return Interactions(user, item, time, np.full(len(user), "", object), *table.shape)


def by_definition(table, penalty):
    inverse = np.linalg.inv(table.T @ table + penalty * np.eye(table.shape[1]))
    weights = -inverse / np.diag(inverse)
    np.fill_diagonal(weights, 0)
    return weights


def chosen(people, items, share=0.2):
    return (np.random.default_rng(0).random((people, items)) < share).astype(np.float32)


@pytest.mark.parametrize("people", [30, 90])
def test_ease_is_its_closed_form_whether_users_or_items_are_fewer(people, monkeypatch):
    table = chosen(people, 60)
    weights = by_definition(table, 10.0)
    assert np.abs(ease.solve(csr_array(table), 10.0).weights - weights).max() < 1e-5
    decomposed = ease.Ease(history(table)).solved(10.0)
    assert np.abs(decomposed.columns(slice(20, 60)) - weights.T[20:]).max() < 1e-5
    new = 1 - table  # what a person had has no score to be compared
    assert np.abs(new * (decomposed.scores(csr_array(table)) - table @ weights)).max() < 1e-4
    monkeypatch.setattr(ease, "DECOMPOSED", 10)  # as where there are too many of both
    assert np.abs(ease.Ease(history(table)).solved(10.0).columns(slice(20, 60)) - weights.T[20:]).max() < 1e-5


def test_of_each_item_as_many_weights_leave_as_validation_needs(books, tmp_path, monkeypatch):
    trainer = made_items.learn(books, tmp_path, QUIET, network="list")
    monkeypatch.setattr(item_weights, "MOST", 1)  # of which none is enough here
    simple = trainer.simple.all["ease"]
    wide = simple.shipped.neighbours.shape[1]
    assert 1 == simple.strongest.neighbours.shape[1] < wide <= trainer.context.history.items
    validation, items = trainer.context.validation, trainer.context.history.items

    def reached(listed):
        def scores(places):
            return listed.scores([validation.had[place] for place in places])

        return scorer_evaluation.judge(validation, items, scores, QUIET).metrics["ndcg@10"].mean()

    assert reached(simple.strongest) < simple.value <= reached(simple.shipped)
    monkeypatch.setattr(networks, "MOST", 1)
    monkeypatch.setattr(networks, "MOST_WEIGHTS", 2 * items)
    assert dataclasses.replace(simple).shipped.neighbours.shape[1] == 2  # a list of very many items is bounded


@pytest.mark.parametrize("cut", [True, False])
def test_the_figures_of_a_list_are_those_of_the_weights_that_leave(books, tmp_path, monkeypatch, cut):
    trainer = made_items.learn(books, tmp_path, QUIET, network="list")
    if cut:
        for owner in (item_weights, networks):
            monkeypatch.setattr(owner, "MOST", 1)
        monkeypatch.setattr(networks, "MOST_WEIGHTS", 1)
    simple = dataclasses.replace(trainer.simple.all["ease"])  # which knows of no cut yet
    trainer.kept, trainer.tried = model_choice.alone("ease", simple.whole, trainer.context.validation), {}
    result = made_items.result_of(trainer, QUIET)
    told = trainer.save(tmp_path / "run/bundle", result, QUIET)["shipped"]
    model, asked = predict.load(tmp_path / "run/bundle"), trainer.context.test
    found = scorer_evaluation.judge(asked, told["of"], lambda places: predict.scores(model, [
        asked.had[place].tolist() for place in places]), QUIET).metrics["ndcg@10"].mean()  # fmt: skip
    assert result["test"]["ndcg@10"]["value"] == pytest.approx(found) == pytest.approx(told["kept"])
    assert told["whole"] == pytest.approx(result["references"]["ease"]["ndcg@10"]["value"])
    assert (told["weights"] == 1 and told["kept"] < told["whole"]) == cut
    assert trainer.evaluate(QUIET).validation["value"] == pytest.approx(trainer.validate(QUIET).scores.mean())


def test_a_shuffled_file_gives_lists_that_are_as_good(part, tmp_path):
    random, rows = np.random.default_rng(0), []
    for user in range(160):  # of half as many chance decides
        rows += [f"u{user},i{user % 4}{n:02}" for n in sorted(random.permutation(20)[:10])]
    values = {}
    for name, lines in {"sorted": sorted(rows), "shuffled": random.permutation(rows).tolist()}.items():
        (tmp_path / name).mkdir()
        given = part("had.csv", "\n".join(["user,item", *lines]))
        dataset = reader.read([given], tmp_path / name, "0123456789abcdef", QUIET)
        trainer = build(Settings(network="towers", width=8, epochs=6, learning_rate=0.02, batch_size=8), dataset,
                        WorkDirs(tmp_path / f"{name}-run", tmp_path), QUIET)  # fmt: skip
        trainer.fit(QUIET)
        scores = trainer.kept.scores(trainer.context.test, trainer.context.history.items)
        judged = scorer_evaluation.judge(trainer.context.test, trainer.context.history.items, scores, QUIET)
        values[name] = judged.metrics["hit@10"].mean()
    assert abs(values["sorted"] - values["shuffled"]) < 0.15 and min(values.values()) > 0.7


@pytest.mark.parametrize(
    ("ratings", "least", "found"),
    [
        ([1, 2, 3, 4, 5, 4, 4, 3, 5, 4], "automatic", 4),  # people give 3.5
        ([4, 5, 5, 5, 5, 1, 5, 5, 5, 5], "automatic", 4),  # however kind they are
        ([-1, 1, 1, 1, -1, 1, 1, -1, 1, 1], "automatic", 1),
        ([0, 1, 1, 0, 1, 1, 1, 1, 1, 1], "automatic", 1),
        ([2, 2, 2, 2, 2, 2, 2, 2, 2, 2], "automatic", None),
        ([np.nan] * 10, "automatic", None),
        ([1, 2, 3, 4, 5, 4, 4, 3, 5, 4], "all", None),
        ([1, 2, 3, 4, 5, 4, 4, 3, 5, 4], None, None),  # of a version that had no other word for it
        ([1, 2, 3, 4, 5, 4, 4, 3, 5, 4], 2.5, 2.5),
    ],
)
def test_from_which_rating_on_an_interaction_is_positive(ratings, least, found):
    had = pd.DataFrame({"user": [0] * 5 + [1] * 5, "value": np.array(ratings, float)})
    assert positives.minimum(had, least, counted=False) == found
    assert positives.minimum(had, least, counted=True) == (found if least == 2.5 else None)


def test_a_scale_from_0_to_10_in_halves_is_offered_grade_by_grade_and_a_finer_one_is_not():
    halves = np.arange(0, 10.5, 0.5)
    assert positives.steps(halves, counted=False) == [f"{grade:g}" for grade in halves[1:]]
    assert positives.steps(np.append(halves, 10.5), counted=False) == positives.steps(halves, counted=True) == []


def test_what_somebody_rated_low_is_neither_wanted_nor_recommended(part, tmp_path):
    lines = [f"u{u},i{i},{5 if (u + i) % 3 else 1},{100 * i + u}" for u in range(12) for i in range(10)]
    dataset = reader.read([part("r.csv", "\n".join(["user,item,rating,time", *lines]))], tmp_path, "0" * 16, QUIET)
    whole = Interactions.open(dataset, "automatic")
    assert len(whole.user) == 80 and len(whole.low.user) == 40
    asked = split.divide(whole, split="last", validation=0.1, test=0.1, seed=0).asked("test")
    low = {(u, i) for u in range(12) for i in range(10) if (u + i) % 3 == 0}
    names = dataset.samples["name"].str.removeprefix("i").astype(int).tolist()
    for person, had, seen, wanted in zip(asked.people, asked.had, asked.seen, asked.wanted[:, 0], strict=True):
        assert not {(person, names[i]) for i in [*had, wanted]} & low
        before = {(person, names[i]) for i in seen} & low
        assert before == {(u, i) for u, i in low if u == person and i < names[wanted]}  # what comes later is not known


class Noting(NullReporter):
    def __init__(self):
        self.notes, self.told, self.stop_at = [], [], None

    def note(self, message, **args):
        self.notes.append(message.format(**args))

    def progress(self, what, done, total, **more):
        self.told.append(what)

    def check(self):
        if self.stop_at is not None and self.told.count("candidates") >= self.stop_at:
            raise Stopped


@pytest.fixture(scope="module")
def books(tmp_path_factory):
    return made_items.write(tmp_path_factory.mktemp("books") / "data")


def test_where_no_network_is_better_the_strongest_baseline_is_kept_tried_and_shared(books, tmp_path, monkeypatch):
    report = Noting()
    trainer = made_items.learn(books, tmp_path, report, begin="nothing", epochs=1, learning_rate=1e-7)
    strongest = trainer.simple.strongest
    assert trainer.tried[trainer.kept.name] == max(trainer.tried.values()) >= trainer.live_references[strongest]
    assert trainer.kept.listed is not None and any(word in report.notes[-1] for word in ("selected", "combined"))
    trainer.kept = model_choice.alone(strongest, trainer.simple.all[strongest].whole, trainer.context.validation)
    result = made_items.result_of(trainer, QUIET)
    known = trainer.save(tmp_path / "run/bundle", result, QUIET)
    assert known["onnx"]["same"] == known["onnx"]["items"] and result["kept"] == strongest
    assert not (tmp_path / "run/people.safetensors").exists()
    model, histories = predict.load(tmp_path / "run/bundle"), [[0, 1], [2], [3, 4, 5]]
    together = predict.scores(model, histories)
    monkeypatch.setattr(predict, "WEIGHTS", 1)  # one person after the other
    np.testing.assert_allclose(predict.scores(model, histories), together, rtol=1e-5)
    file = tmp_path / "question.json"
    predictor = ItemPredictor(tmp_path / "run/bundle")
    for question in ({"had": ["b00", "b01", "b20"]}, {"like": "b00"}):
        file.write_text(json.dumps(question))
        [answer] = predictor([file], show=True)
        assert answer.labels and all(np.isfinite(answer.probabilities))
    assert trainer.evaluate(QUIET).metrics["ndcg@10"]["value"] == pytest.approx(
        trainer.references[strongest]["ndcg@10"]["value"], abs=1e-9)  # fmt: skip


def test_a_list_and_a_network_are_added_where_that_is_better(books, tmp_path):
    trainer = made_items.learn(books, tmp_path, QUIET, begin="nothing", network="towers", epochs=2, learning_rate=0.02)
    name = trainer.simple.strongest
    sharp = model_choice.sharpened(trainer.simple.all[name].whole, trainer.context.validation)
    both = model_choice.Kept(f"network+{name}", trainer.network, 0.5, sharp.times(0.5))
    places, items = np.arange(5), trainer.context.history.items
    network = model_choice.by_network(trainer.network, trainer.context.validation, items)(places)
    alone = sharp.shipped.scores([trainer.context.validation.had[place] for place in places])
    np.testing.assert_allclose(both.scores(trainer.context.validation, items)(places), (network + alone) / 2, atol=1e-5)
    assert "alone" not in trainer.evaluate(QUIET).more  # it is the model
    trainer.kept, trainer.tried = both, {model_choice.NETWORK: 0.1}
    del trainer.portable  # which the evaluation drew its map from
    asked, told = trainer.context.test, trainer.evaluate(QUIET).more["alone"]["ndcg@10"]
    ranked = judge(asked, items, model_choice.by_network(trainer.network, asked, items), QUIET).metrics["ndcg@10"]
    assert told["value"] == pytest.approx(ranked.mean())
    known = trainer.save(tmp_path / "run/bundle", made_items.result_of(trainer, QUIET), QUIET)
    assert known["onnx"]["same"] >= known["onnx"]["items"] - len(known["onnx"]["close"])
    kept = trainer.kept.scores(trainer.context.test, items)(places)
    portable = trainer.portable.scores([trainer.context.test.had[place] for place in places])
    np.testing.assert_allclose(portable, kept, rtol=1e-3, atol=1e-3)


def test_what_is_tried_follows_from_what_was_left_open_and_from_the_data():
    everything = network_choice.candidates(Settings(), written=True, ordered=True)
    assert everything == [Candidate("towers", "text"), Candidate("towers", "nothing"), Candidate("attention", "text")]
    unwritten = network_choice.candidates(Settings(), written=False, ordered=False)
    assert unwritten == [Candidate("towers", "nothing")]
    fixed = Settings(network="attention", begin="nothing")
    assert network_choice.candidates(fixed, written=True, ordered=True) == [Candidate("attention", "nothing")]
    assert network_choice.candidates(Settings(network="list"), written=True, ordered=True) == []
    assert network_choice.candidates(Settings(network="factors"), written=True, ordered=True) == [
        Candidate("factors", "nothing")
    ]


def test_a_time_decayed_history_helps_where_what_is_wanted_follows_from_the_last_item():
    random = np.random.default_rng(0)
    walks = [(random.integers(40) + np.arange(12)) % 40 for _ in range(150)]
    user, item = np.repeat(np.arange(150), 12), np.concatenate(walks)
    whole = Interactions(user, item, np.tile(np.arange(12.0), 150), np.full(len(user), "", object), 150, 40)
    division = split.divide(whole, split="last", validation=0.1, test=0.1, seed=0)
    known = Baselines(division, division.asked("validation"), QUIET).all
    assert all(isinstance(one, Simple) for one in known.values())
    assert known["ease_decayed"].value > known["ease"].value + 0.1 and known["ease_decayed"].decay < 1
