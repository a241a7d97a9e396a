"""Figures about ranked lists: on scores small enough to reckon by hand."""

from __future__ import annotations

import numpy as np
import pytest

from models.evaluation import ranking

SCORES = np.array([[0.9, 0.1, 0.5, 0.5], [0.2, 0.2, 0.2, 0.2]])


def test_a_rank_counts_what_comes_before_and_equal_scores_go_by_number():
    wanted = np.array([[3, 0], [2, -1]])
    assert ranking.ranks(SCORES, wanted).tolist() == [[2, 0], [2, -1]]
    assert ranking.best(SCORES, 3).tolist() == [[0, 2, 3], [0, 1, 2]]
    scores = SCORES.copy()
    scores[0, 0] = -np.inf  # what somebody has already is before nothing
    assert ranking.ranks(scores, np.array([[2], [0]])).tolist() == [[0], [0]]


def test_the_metrics_are_those_of_the_books():
    told = ranking.by_person(np.array([[0, 6, 30], [4, -1, -1], [25, -1, -1]]))
    assert told["recall@5"].tolist() == pytest.approx([1 / 3, 1, 0])
    assert told["recall@10"].tolist() == pytest.approx([2 / 3, 1, 0])
    assert told["hit@5"].tolist() == [1, 1, 0]
    assert told["mrr@10"].tolist() == pytest.approx([1, 1 / 5, 0])
    ideal = 1 + 1 / np.log2(3) + 1 / np.log2(4)
    assert told["ndcg@10"].tolist() == pytest.approx([(1 + 1 / np.log2(8)) / ideal, 1 / np.log2(6), 0])


def test_intervals_hold_the_value_and_narrow_with_more_people():
    few, many = ({"hit@10": np.tile([1.0, 0.0], n)} for n in (10, 1000))
    one, other = (ranking.intervals(some)["hit@10"] for some in (few, many))
    assert one["value"] == other["value"] == 0.5
    assert one["high"] - one["low"] > 5 * (other["high"] - other["low"]) > 0
    # equal figures have equal intervals, whoever was shown what they wanted
    hits = np.repeat([1.0, 0.0], [30, 70])
    told = ranking.intervals({"hit@10": hits, "mrr@10": hits / 2})
    assert told == ranking.intervals({"hit@10": hits[::-1], "mrr@10": np.roll(hits, 40) / 2})


def test_a_difference_between_the_same_people_is_surer_than_each_of_the_two():
    random = np.random.default_rng(0)
    hard = random.random(400)
    found = ranking.difference(hard + 0.01, hard)
    assert found["low"] == pytest.approx(0.01) and found["high"] == pytest.approx(0.01)
    assert ranking.difference(random.permutation(hard), hard)["low"] < 0
