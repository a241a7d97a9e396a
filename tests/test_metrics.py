"""Figures checked by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.metrics import accuracy, interval, macro_f1, proportion

LABELS, PREDICTED = np.array([0, 0, 0, 1, 1, 2]), np.array([0, 0, 1, 1, 2, 2])


def test_accuracy_is_the_share_of_right_answers():
    assert accuracy(LABELS, PREDICTED) == pytest.approx(4 / 6)


def test_macro_f1_is_the_mean_over_classes():
    # class 0: precision 2/2, recall 2/3; class 1: 1/2 and 1/2; class 2: 1/2 and 1/1
    assert macro_f1(LABELS, PREDICTED) == pytest.approx((4 / 5 + 1 / 2 + 2 / 3) / 3)


def test_a_class_that_only_one_side_knows_counts_with_nothing():
    assert macro_f1(np.array([0, 0]), np.array([0, 3])) == pytest.approx((2 / 3 + 0) / 2)
    assert macro_f1(np.array([0, 1]), np.array([0, 0])) == pytest.approx((2 / 3 + 0) / 2)


def test_all_right_is_one_and_all_wrong_is_zero():
    for metric in (accuracy, macro_f1):
        assert metric(LABELS, LABELS) == 1
        assert metric(LABELS, LABELS + 1) < 0.2
    assert accuracy(LABELS, LABELS + 3) == macro_f1(LABELS, LABELS + 3) == 0


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=20, max_size=200))
def test_macro_f1_agrees_with_scikit_learn(pairs):
    from sklearn.metrics import f1_score

    labels, predicted = np.array(pairs).T
    assert macro_f1(labels, predicted) == pytest.approx(f1_score(labels, predicted, average="macro", zero_division=0))


def test_an_interval_holds_its_value_and_is_the_same_each_time():
    random = np.random.default_rng(1)
    labels = random.integers(0, 3, 200)
    predicted = np.where(random.random(200) < 0.8, labels, random.integers(0, 3, 200))
    for metric in (accuracy, macro_f1):
        once = interval(metric, labels, predicted)
        assert once == interval(metric, labels, predicted)
        assert once["low"] < once["value"] < once["high"]
        assert once["value"] == metric(labels, predicted)


def test_an_interval_of_a_share_is_as_wide_as_the_binomial_says():
    labels = np.zeros(400, int)
    predicted = np.repeat([0, 1], [300, 100])
    found = interval(accuracy, labels, predicted, resamples=4000)
    assert found["high"] - found["low"] == pytest.approx(2 * 1.96 * np.sqrt(0.75 * 0.25 / 400), rel=0.08)


def test_nothing_wrong_gives_an_interval_of_no_width():
    assert interval(accuracy, LABELS, LABELS) == {"value": 1.0, "low": 1.0, "high": 1.0}


def test_a_share_is_never_called_sure_however_often_it_was_right():
    right = np.ones(37, int)
    told = proportion(right, right)
    assert (told["value"], told["high"]) == (1.0, 1.0)
    assert told["low"] == pytest.approx(37 / (37 + 1.96**2))


def test_the_interval_of_a_share_is_that_of_wilson():
    labels, predicted = np.array([0] * 10), np.array([0] * 8 + [1] * 2)
    told = proportion(labels, predicted)
    assert (told["low"], told["value"], told["high"]) == pytest.approx((0.4902, 0.8, 0.9433), abs=1e-4)
