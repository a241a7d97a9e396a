"""Lessons: what each expects comes on its sample in direction and size; its arms differ in what they say alone."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from made_lessons import PICTURES, SHORT, kept, performed
from test_samples import needs

import cases
from cases.classification.lesson_arm import HeadArms
from cases.recommendation import lesson_data
from cases.recommendation.lesson_arm import RankingArms
from cases.recommendation.lesson_data import RankingData
from cases.recommendation.settings import Settings as RankerSettings
from models.errors import InputError
from models.lessons import effect
from models.lessons.data import DataOptions, FeatureData, arrange
from models.lessons.effect import Expected
from models.lessons.epoch import FULL
from models.lessons.heads import HeadOptions
from models.lessons.rankings import RANKINGS, RankerOptions, RankingOptions

LESSONS = {one.id: one for one in SHORT}
REPEATED = "cold-start"  # as often as a reader has it, which of the others is dear


@cache
def found_in(lesson):
    """What came of a lesson on its sample."""
    told = LESSONS[lesson]
    return json.loads(json.dumps(performed(told if lesson == REPEATED else replace(told, repetitions=1))))


@pytest.mark.slow
@pytest.mark.parametrize("lesson", [pytest.param(name, marks=[needs("recbole")] if one.kind is RANKINGS else [])
                                    for name, one in LESSONS.items()], ids=LESSONS)  # fmt: skip
def test_the_expected_effect_comes_on_the_sample_in_direction_and_size(lesson):
    found = found_in(lesson)
    assert found["came"], found["effects"]
    repetitions = LESSONS[lesson].repetitions if lesson == REPEATED else 1
    assert all(len(values) == repetitions for arm in found["arms"].values() for values in arm.values())


def plane_of(arm):
    """Of an arm of the lesson on hidden layers: the places of its grid (places, 2), the chance of class A at each."""
    plane = found_in("hidden-layer")["planes"][arm]
    side = round(len(plane["grid"]) ** 0.5)
    places = np.stack(np.meshgrid(np.linspace(*plane["x"], side), np.linspace(*plane["y"], side)), -1).reshape(-1, 2)
    return places, np.array(plane["grid"]) / FULL


def test_without_a_hidden_layer_the_boundary_in_the_plane_is_straight():
    def bent(arm):
        places, chances = plane_of(arm)
        assert chances.min() < 0.5 < chances.max()  # there is a boundary
        chances = np.clip(chances, 0.5 / FULL, 1 - 0.5 / FULL)
        odds = np.log(chances / (1 - chances))  # of a linear head linear in the place, so that they are 0 along a line
        terms = np.column_stack([places, np.ones(len(places))])
        return np.abs(terms @ np.linalg.lstsq(terms, odds, rcond=None)[0] - odds).max()

    assert bent("none") < 0.01 and bent("some") > 1


def test_sixteen_hidden_units_get_all_four_corners_of_the_plane_right_and_none_get_three_at_most():
    right = {}
    for arm in ("none", "some"):
        places, chances = plane_of(arm)
        low, high = places.min(0), places.max(0)
        assert (low < 0).all() and (high > 0).all()
        corner = ((places == low) | (places == high)).all(1)
        assert corner.sum() == 4
        right[arm] = ((chances > 0.5) == (places.prod(1) > 0))[corner].sum()  # class A where the signs are the same
    assert right["some"] == 4 and right["none"] <= 3


def test_the_result_keeps_the_plane_of_every_arm_and_is_small():
    found = found_in("hidden-layer")
    assert [*found["planes"]] == [arm.id for arm in LESSONS["hidden-layer"].arms]
    assert len(json.dumps(found["planes"])) < 30_000
    for name, plane in found["planes"].items():
        assert len(plane["points"]) == found["held"] <= 200
        wrong = sum(label != predicted for _x, _y, label, predicted in plane["points"])
        assert 1 - wrong / found["held"] == pytest.approx(found["arms"][name]["accuracy"][0])


def test_an_effect_is_judged_by_size_and_by_every_repetition():
    higher = Expected("accuracy", ("b", "c"), above="a", by=0.1)
    values = {"a": [0.9, 0.8], "b": [0.5, 0.6], "c": [0.7, 0.7]}
    came = effect.judge(higher, values)
    assert came.met and came.arms == ("a", "c") and (came.high, came.low) == (pytest.approx(0.85), pytest.approx(0.7))
    assert not effect.judge(higher, {**values, "c": [0.95, 0.5]}).met  # once it was the other way round
    assert not effect.judge(higher, {**values, "b": [0.95, 0.1]}).met  # and no arm below may be above even once
    assert not effect.judge(higher, {**values, "c": [0.8, 0.79]}).met  # too little
    assert effect.judge(higher, {"a": [0.1], "b": [0.5], "c": [0.5]}).opposite
    both = Expected("accuracy", ("b",), above="a", by=0.1)
    assert effect.judge(both, {"a": [0.5, 0.5, 0.9], "b": [0.5, 0.5, 0.5]}).met  # the same is not the other way round
    assert not effect.judge(both, {"a": [0.5, 0.5, 0.7], "b": [0.5, 0.5, 0.5]}).met  # too little on average
    assert not effect.judge(both, {"a": [0.5, 0.5, 0.5], "b": [0.5, 0.5, 0.5]}).met
    twice = Expected("gradient", ("b",), above="a", times=2)
    assert effect.judge(twice, {"a": [1.0, 1.0, 6.0], "b": [1.0, 1.0, 1.0]}).met
    assert not effect.judge(twice, {"a": [0.0, 0.0], "b": [0.0, 0.0]}).met  # nothing is not twice as much as nothing
    alike = Expected("accuracy", ("a", "b"), within=0.05)
    assert effect.judge(alike, {"a": [0.8], "b": [0.76]}).met and not effect.judge(alike, {"a": [0.8], "b": [0.7]}).met


def test_early_stopping_waits_for_as_many_epochs_as_the_lesson_says():
    [told] = [arm.settings for arm in LESSONS["overfitting"].arms if arm.settings.get("patience")]
    settings = cases.get(PICTURES).Settings(**told)
    training = HeadArms(kept(PICTURES)).training(settings, DataOptions(examples=60), HeadOptions(), 0)
    losses = [epoch.loss for epoch in training.epochs()]
    assert len(losses) - 1 == np.argmin(losses) + settings.patience < settings.epochs


# the data of the arms


def histories(users=50, items=40, seed=0):
    """Users who each chose some items, the lower numbers more often."""
    random = np.random.default_rng(seed)
    chances = 1 / np.arange(1, items + 1)
    return [random.choice(items, 8, replace=False, p=chances / chances.sum()) for _ in range(users)]


def test_arms_are_judged_on_the_same_examples_and_learn_from_what_their_options_leave():
    data = kept(PICTURES)
    whole, few = arrange(data, DataOptions(), 0), arrange(data, DataOptions(examples=60), 0)
    assert np.array_equal(whole.held, few.held) and len(few.train) == 60
    assert np.bincount(few.train_labels).tolist() == [6] * 10
    assert not {*map(bytes, whole.train)} & {*map(bytes, whole.held)}
    assert np.bincount(arrange(data, DataOptions(each=3), 0).train_labels).tolist() == [3] * 10
    assert len(arrange(data, DataOptions(share=0.5), 0).train) == pytest.approx(len(whole.train) / 2, abs=5)
    assert not np.array_equal(arrange(data, DataOptions(), 1).held_labels, whole.held_labels[::-1])


def test_labels_are_spoilt_copies_leak_and_a_class_becomes_rare_as_asked():
    data = kept(PICTURES)
    whole = arrange(data, DataOptions(), 0)
    spoilt = arrange(data, DataOptions(wrong=0.5), 0)
    assert np.mean(spoilt.train_labels != whole.train_labels) == pytest.approx(0.5, abs=0.01)
    leaky = arrange(data, DataOptions(leak=0.5), 0)
    inside = np.array([row.tobytes() in {*map(bytes, leaky.train)} for row in leaky.held])
    assert np.array_equal(inside, leaky.leaked) and leaky.leaked.mean() == pytest.approx(0.5, abs=0.01)
    rare = arrange(data, DataOptions(rare=0.1, rare_held=0.5), 0)
    assert (rare.train_labels == rare.rarest).sum() == round(0.1 * (whole.train_labels == rare.rarest).sum())
    assert (rare.held_labels == rare.rarest).sum() == round(0.5 * (whole.held_labels == rare.rarest).sum())


def test_what_belongs_together_is_not_torn_apart_and_the_test_part_is_never_seen():
    places = kept(PICTURES)
    together = np.arange(len(places.labels)) // 2
    unseen = places.features.copy()
    unseen[400:] = np.nan  # the test part
    data = FeatureData(unseen, np.sort(places.labels), 10, np.arange(400), together)
    found = arrange(data, DataOptions(), 0)
    groups = {row.tobytes(): group for row, group in zip(unseen[:400], together, strict=False)}
    assert not {groups[bytes(row)] for row in found.train} & {groups[bytes(row)] for row in found.held}
    assert np.isfinite(found.train).all() and np.isfinite(found.held).all()


def test_arms_that_rank_are_asked_the_same_of_users_they_did_not_learn_from():
    data = RankingData(histories(), 40, ordered=True, text=lambda: None)
    whole, renewed = (lesson_data.arrange(data, new, 0) for new in (0.0, 0.25))
    few, none = (lesson_data.latest(renewed.asked, most) for most in (3, 0))
    assert len(whole.asked.people) == 20 and whole.train.people == 30
    short = [some[:3] for some in data.histories]
    brief = lesson_data.arrange(replace(data, histories=short), 0.0, 0).asked
    assert brief.wanted.shape == (20, 1) and {len(had) for had in brief.had} == {2}  # all but the last is known
    for other in (renewed.asked, few, none):
        assert np.array_equal(whole.asked.wanted, other.wanted)
        assert all(map(np.array_equal, whole.asked.seen, other.seen))
    every = {*map(tuple, data.histories)}
    assert {(*had, *wanted) for had, wanted in zip(whole.asked.had, whole.asked.wanted, strict=True)} <= every
    assert {*map(tuple, whole.train.of_each)} <= every
    assert all(np.array_equal(had[-3:], some) for had, some in zip(renewed.asked.had, few.had, strict=True))
    assert not any(map(len, none.had))
    assert renewed.new.sum() == 10 and not renewed.new[np.concatenate([renewed.train.item, *renewed.asked.had])].any()
    with pytest.raises(InputError, match="39 users"):
        lesson_data.arrange(replace(data, histories=data.histories[:39]), 0.0, 0)


def test_a_network_that_ranks_learns_and_a_penalty_takes_popular_items_out_of_its_lists():
    text = np.random.default_rng(1).normal(size=(40, 4)).astype(np.float32)
    arms = RankingArms(RankingData(histories(), 40, ordered=True, text=lambda: text))
    for begin in ("nothing", "text"):
        settings = RankerSettings(network="towers", begin=begin, epochs=4, width=8, text_pca_dims=4, seed=0)
        found = {}
        for penalty in (0.0, 2.0):
            training = arms.training(settings, RankingOptions(), RankerOptions(penalty=penalty), 0)
            epochs = [one.as_json() for one in training.epochs()]
            assert [one["epoch"] for one in epochs] == [0, 1, 2, 3, 4]
            assert epochs[-1]["train_loss"] < epochs[1]["train_loss"]
            found[penalty] = epochs[-1]
        assert found[2.0]["top_share"] < found[0.0]["top_share"]
    with pytest.raises(InputError, match="Nothing is written"):
        RankingArms(RankingData(histories(), 40, ordered=True, text=lambda: None)).training(
            settings, RankingOptions(), RankerOptions("content"), 0
        )
