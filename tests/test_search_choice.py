"""Which of the trials of a search wins."""

from __future__ import annotations

import numpy as np
import pytest

from cases.base import Validation
from runs.search import choice


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
