"""A diagnosis is told where it was measured, beyond chance, and nowhere else; at most three, a defeat first."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from evaluation_page import answered, said
from test_next_steps import FALLING, JUMPING, LEVEL, RISING, run_with

from cases.image_recognition.settings import Settings as ImageSettings
from cases.recommendation.settings import Settings as RankingSettings
from cases.settings import as_json
from cases.speech.settings import Settings as SpeechSettings
from cases.text_analysis.settings import Settings as TextSettings
from models.evaluation import significance
from models.evaluation.metrics import accuracy, interval
from models.evaluation.wer import align
from runs.results.diagnosis import (
    IMPORTANCE,
    Diagnosis,
    at_fault,
    classes,
    foremost,
    lists,
    result,
    training,
    transcripts,
)
from runs.results.metric_history import Curve, History

SLOW = [1.39, 1.385, 1.38, 1.375, 1.37, 1.366, 1.362]


def history(validation, train=None, *, noise=0.0):
    """Four steps an epoch, whose losses lie around `train`, by default a tenth below those of validation."""
    train = np.repeat(train or [0.9 * value for value in validation], 4).astype(float)
    epochs = np.arange(1, len(train) + 1) / 4
    train += noise * np.random.default_rng(0).standard_normal(len(train))
    ends = np.arange(1.0, len(validation) + 1)
    return History(Curve(epochs, epochs, train), {"loss": Curve(ends, ends, np.array(validation))})


@pytest.mark.parametrize(("validation", "train", "told"), [
    (RISING, FALLING, "overfitting"),
    (RISING, None, "jumped"),  # training rises with it
    (JUMPING, None, "jumped"),
    (JUMPING, LEVEL, "overfitting"),  # training falls on
    (SLOW, None, "slow"),
    (FALLING, None, "unfinished"),
    (LEVEL, None, None),
    ([2.0, 0.1, 0.02, 0.025, 0.03], [2.0, 0.1, 0.02, 0.01, 0.005], None),  # a rise of nothing beside the first loss
    (RISING[:2], None, None),  # too short to tell
])  # fmt: skip
def test_curves_are_named_by_what_they_do(validation, train, told):
    found = training.diagnose(history(validation, train, noise=0.01), guessing=1.386)
    assert [one.name for one in found] == [told] * bool(told)


TINY = [2.3026, 2.3026, 2.3025, 2.3015]  # four steps of one epoch, of ten classes


@pytest.mark.parametrize(("validation", "train", "share", "guessing", "told"), [
    ([2.3015], TINY, 2.5e-6, 2.3026, "small"),
    ([7.45], [7.93, 8.02, 7.66, 7.96], 2.8e-6, None, "small"),  # of lists, where nobody guesses
    ([2.3015], TINY, 1.0, 2.3026, None),  # the settings are the usual ones: it is not their fault
    ([0.31, 0.3095, 0.3093], [0.30, 0.29, 0.3, 0.3], 0.002, 1.1, "small"),  # begun well, and hardly trained
    ([1.6], [2.01, 2.0, 2.0, 2.0], 2.5e-6, 2.7, "small"),  # training has a penalty in its loss
    ([1.2], [2.3, 2.0, 1.7, 1.3], 0.05, 2.3026, None),  # short, and it learnt
    (SLOW, None, 1.0, 1.386, "slow"),
])  # fmt: skip
def test_a_training_that_is_far_too_small_is_told_by_its_settings_and_its_loss(validation, train, share, guessing,
                                                                              told):  # fmt: skip
    steps = np.array(train or np.repeat(validation, 4), float)
    ends = np.arange(1.0, len(validation) + 1)
    at = np.linspace(ends[-1] / len(steps), ends[-1], len(steps))
    curves = History(Curve(at, at, steps), {"loss": Curve(ends, ends, np.array(validation))})
    assert [one.name for one in training.diagnose(curves, guessing=guessing, share=share)] == [told] * bool(told)


def test_what_a_diagnosis_blames_is_what_somebody_chose_to_that_side():
    def blamed(*names, form=TextSettings, **chosen):
        found = [Diagnosis(name, {}) for name in names]
        return at_fault(found, form, as_json(form(**chosen)), 1000)

    tiny = {"learning_rate": 1e-7, "epochs": 1, "dropout": 0.5}
    assert blamed("small", **tiny) == {"learning_rate": None, "epochs": None, "dropout": 0.0}
    assert blamed("below_probe", learning_rate=0.1, epochs=1) == {"epochs": None}
    assert blamed("overfitting", learning_rate=0.1, epochs=200, dropout=0.5) == {"learning_rate": None, "epochs": None}
    assert blamed("jumped", "below_probe", learning_rate=0.1, epochs=200) == {"learning_rate": None}
    assert blamed("small", form=RankingSettings, **tiny) == {"learning_rate": None, "epochs": None, "dropout": 0.2}
    assert blamed("imbalance", "worse", "adds_nothing", **tiny) == {}
    for name in IMPORTANCE:  # who chose nothing is to blame for nothing
        for form in (ImageSettings, TextSettings, SpeechSettings, RankingSettings):
            assert blamed(name, form=form) == {}


def test_a_lost_comparison_is_named_and_stands_first():
    def of(value, **baselines):
        figure = lambda at: {"accuracy": {"value": at, "low": at - 0.05, "high": at + 0.05}}  # noqa: E731
        return result.baseline({"test": figure(value), "references": {name: figure(at) for name, at in
                                baselines.items()}}, "accuracy", "majority")  # fmt: skip

    assert of(0.8, majority=0.3, frozen_features=0.78) is None
    assert of(0.8, majority=0.3, frozen_features=0.9).name == "worse"
    assert of(0.8, majority=0.3, frozen_features=0.9).measured["other"] == 0.9
    assert of(0.32, majority=0.3, frozen_features=0.33).name == "no_better"
    others = [Diagnosis(name, {}) for name in IMPORTANCE[::-1]]
    assert [one.name for one in foremost(others)] == ["worse", "adds_nothing", "jumped"]


@pytest.mark.parametrize(("n", "without", "told"), [(40, 0.7, True), (40, 0.88, False), (3, 0.88, False)])
def test_copies_in_the_test_part_leak_where_they_are_recognised_more_often(n, without, told):
    others = round(without * (100 - n))
    right = np.arange(100 - n) < others
    whole = np.concatenate([right, np.ones(n, bool)])
    figure = lambda some: interval(accuracy, np.zeros(len(some), int), (~some).astype(int))  # noqa: E731
    kept = {"test": {"accuracy": figure(whole)}, "repeated": {"items": n, "of": 100,
                                                              "others": {"accuracy": figure(right)}}}  # fmt: skip
    found = result.leakage(kept, "accuracy", significance.shares_apart)
    assert bool(found) == told
    if found:
        assert found.measured["n"] == n and found.measured["other"] < found.measured["value"]
    assert result.leakage({**kept, "repeated": {}}, "accuracy", significance.shares_apart) is None


@pytest.mark.parametrize(("sizes", "missed", "told"), [
    ([200, 200, 30], 20, True),
    ([200, 200, 30], 2, False),
    ([200, 200, 4], 2, False),  # of four it may be chance
    ([100, 100, 100], 60, False),  # a class that is hard, and not small
])  # fmt: skip
def test_a_small_class_that_is_overlooked_is_an_imbalance(sizes, missed, told):
    labels = np.repeat([0, 1, 2], sizes)
    said = np.where((labels == 2) & (np.cumsum(labels == 2) <= missed), 0, labels)
    said = np.where(np.arange(len(labels)) % 12 == 0, (labels + 1) % 2, said)
    found = classes.imbalance(answered(("a", "b", "c"), labels, said, 0.9))
    assert bool(found) == told
    if found:
        assert found.measured["class"] == "c" and found.measured["of"] == 30


@pytest.mark.parametrize(("sure", "share", "items", "told"), [
    (0.95, 0.8, 300, True), (0.85, 0.84, 300, False), (0.95, 0.8, 10, False), (0.7, 0.9, 300, False),
])  # fmt: skip
def test_confidence_above_the_accuracy_is_told_beyond_chance(sure, share, items, told):
    labels = np.arange(items) % 3
    said = np.where(np.arange(items) < share * items, labels, (labels + 1) % 3)
    assert bool(classes.overconfident(answered(("a", "b", "c"), labels, said, sure))) == told


@pytest.mark.parametrize(("known", "new", "told"), [
    (0.7, 0.68, "underfitting"),
    (0.65, 0.41, "underfitting_apart"),  # of what it learnt from it knows far more
    (0.99, 0.7, None),
    (0.93, 0.92, None),
])  # fmt: skip
def test_a_model_that_errs_on_its_training_examples_underfits(known, new, told):
    labels = np.arange(400) % 3
    wrong = lambda share: np.where(np.arange(400) < share * 400, labels, (labels + 1) % 3)  # noqa: E731
    learnt = answered(("a", "b", "c"), labels, wrong(known), 0.9, "train")
    found = classes.underfitting(learnt, {"value": new, "items": 400})
    assert (found and found.name) == told
    assert (told == "underfitting_apart") <= (
        classes.as_wrong_on_training(learnt, {"value": new, "items": 400}) is None
    )
    for unknown in ({}, {"value": new, "items": 10}):
        assert classes.underfitting(learnt, unknown) is None
    assert classes.guessing(learnt) == pytest.approx(np.log(3), abs=1e-3)


def transcribed(pairs):
    lines = [(said.split(), heard.split()) for said, heard in pairs]
    return pd.DataFrame({"plain_label": [" ".join(one) for one, _other in lines],
                         "plain_predicted": [" ".join(other) for _one, other in lines],
                         "pairs": [align(one, other) for one, other in lines]})  # fmt: skip


WHOLE = ("one two three four", "one two three four")


@pytest.mark.parametrize(("pairs", "told"), [
    ([WHOLE] * 60, []),
    ([WHOLE] * 20 + [("one two three four", "one three")] * 20, ["deletions"]),
    ([WHOLE] * 20 + [("one two", "one five two six")] * 20, ["insertions"]),
    ([WHOLE] * 20 + [("one two", "one five two six")] * 20 + [("one two three four", "one three")] * 20, []),
    ([WHOLE] * 20 + [("one two", "three four")] * 20, []),  # other words, and as many
    ([WHOLE] * 20 + [("one two three four", "")] * 6, ["empty"]),
    ([WHOLE] * 60 + [("one two three four", "")] + [("", "")] * 9, []),  # one is chance; silence is no loss
])  # fmt: skip
def test_errors_of_a_transcriber_are_named_by_their_kind(pairs, told):
    assert [one.name for one in transcripts.diagnose(transcribed(pairs))] == told


def listed(users, wanted, shown, ndcg, before):
    return pd.DataFrame({"wanted": [np.array([one]) for one in wanted], "list": [np.array(shown)] * users,
                         "ndcg@10": ndcg, "before": before})  # fmt: skip


def test_lists_of_what_is_popular_anyway_and_rare_items_that_are_never_found():
    random, people = np.random.default_rng(0), np.repeat(np.arange(1, 21), 5)  # of 100 items, the last most popular
    users, alike = 200, np.full(200, 20)
    wanted = random.integers(0, 100, users)
    even = listed(users, wanted, random.permutation(100)[:10], random.random(users), alike)
    assert lists.diagnose(even, people, None) == []
    popular = listed(users, wanted, np.arange(90, 100), np.where(people[wanted] > 5, 0.4, 0.0), alike)
    found = {one.name: one.measured for one in lists.diagnose(popular, people, 0.1)}
    assert found.keys() == {"popularity_bias", "cold_items"}
    assert found["popularity_bias"]["listed"] == 19.5 and found["cold_items"]["low"] == 0
    few = np.where(np.arange(users) < 50, 2, 30)
    new = listed(users, wanted, random.permutation(100)[:10], np.where(few == 2, 0.05, 0.3), few)
    [cold] = lists.diagnose(new, people, None)
    assert cold == Diagnosis("cold_users", {"most": 5, "low": pytest.approx(0.05), "rest": pytest.approx(0.3)})
    assert lists.diagnose(popular.head(10), people, None) == []  # of ten users it may be chance


def test_a_run_is_diagnosed_beside_its_result_with_what_was_measured(open_run, dataset):
    """Curves and answers of a run that overfits, is too sure, and does not beat the majority class."""
    run = run_with(dataset, RISING)
    app = open_run(run)
    [told] = [text for text in said(app) if "**overfitting**" in text]
    assert "validation loss rose from 0.4 to 1.1" in told and "(/glossary?term=overfitting)" in told
    assert f"(/lessons?lesson=overfitting&from={run})" in told  # on the data of this run
    assert "/lessons?lesson=baseline" not in told  # nobody has written it
    assert told.count("\n") <= 2 and "**not clearly better than this baseline**" in told
    assert "**过拟合**" in " ".join(said(open_run(run, "zh-CN")))
    well = run_with(dataset, LEVEL)
    assert not [text for text in said(open_run(well)) if "**overfitting**" in text]
