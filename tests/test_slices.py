"""Slices of an evaluation: cut by what examples are like, and compared with the rest without finding what is not."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from scipy.stats import fisher_exact

from models.evaluation import ranking, slices
from models.evaluation.slices import Scores

DRAWS = 200


def scores(amount, weight=None, falling=False):
    amount = np.asarray(amount, float)
    weight = np.ones(len(amount)) if weight is None else np.asarray(weight, float)
    return Scores("accuracy", np.arange(len(amount)), amount, weight, falling, lambda inside: {})


def cut(**columns):
    table = pd.DataFrame(columns)
    return slices.cut(table, np.ones(len(table), bool))


def found(traits, scored):
    table = pd.DataFrame(traits)
    tested = np.ones(len(table), bool)
    return slices.compared(slices.cut(table, tested), np.arange(len(table)), scored)


def drawn(random, kind, n):
    """Scores that depend on nothing but chance."""
    if kind == "right":
        return scores(random.random(n) < 0.85)
    if kind == "words":
        words = random.integers(3, 30, n)
        wrong = np.where(random.random(n) < 0.6, 0, random.poisson(words / 4))
        return scores(wrong + 40 * (random.random(n) < 0.01), words, falling=True)
    return scores(np.where(random.random(n) < 0.8, 0, random.random(n)))


def noise(random, n):
    return {
        "length": random.normal(size=n), "loudness": random.exponential(size=n), "year": random.integers(2000, 2004, n),
        "shop": random.choice(list("abcdefgh"), n, p=np.arange(8, 0, -1) / 36),
    }  # fmt: skip


@pytest.mark.parametrize("kind", ["right", "words", "lists"])
def test_where_there_is_no_difference_hardly_anything_is_found(kind):
    random = np.random.default_rng(0)
    traits = pd.DataFrame(noise(random, 300))
    some = slices.cut(traits, np.ones(300, bool))
    assert len(some) > 20
    hits = sum(slices.compared(some, np.arange(300), drawn(random, kind, 300))[0].stands_out for _draw in range(DRAWS))
    assert hits <= 0.05 * DRAWS


@pytest.mark.parametrize("kind", ["right", "words", "lists"])
def test_a_bad_slice_is_found_first(kind):
    random = np.random.default_rng(1)
    traits, good = noise(random, 600), drawn(random, kind, 600)
    dark = traits["shop"] == "b"
    amount = good.amount.copy()
    if good.falling:
        amount[dark] += 3
    else:
        amount[dark] *= random.random(dark.sum()) < 0.1
    first, *others = found(traits, scores(amount, good.weight, good.falling))
    assert (first.slice.trait, first.slice.value, first.n) == ("shop", "b", dark.sum())
    assert first.stands_out and not any(one.stands_out for one in others)
    assert (first.value > first.rest) == good.falling


def test_of_right_and_wrong_answers_the_chance_is_exact():
    right = np.array([True] * 60 + [False] * 20)
    inside = np.zeros((2, 80), bool)
    inside[0, 50:75] = True  # 10 right and 15 wrong
    inside[1, :20] = True  # all right
    chances = slices.worse_by_chance(inside, scores(right))
    assert chances[0] == pytest.approx(fisher_exact([[15, 10], [5, 50]], alternative="greater").pvalue)
    assert chances[1] == 1


def test_where_all_are_alike_nothing_is_worse():
    for value in (0.0, 1.0, 0.3):
        assert not any(one.stands_out for one in found(noise(np.random.default_rng(2), 100), scores([value] * 100)))


def test_numbers_are_cut_into_bins_of_similar_size_and_few_values_stand_alone():
    random = np.random.default_rng(3)
    bins = cut(length=random.normal(size=500))
    assert [one.inside.sum() for one in bins] == [100] * slices.BINS
    assert all(one.high < later.low for one, later in pairwise(bins))
    rates = cut(rate=np.repeat([8000, 16000, 44100], 40))
    assert [(one.low, one.high, one.inside.sum()) for one in rates] == [
        (rate, rate, 40) for rate in (8000, 16000, 44100)
    ]


def test_numbers_in_a_table_are_numbers_although_they_are_kept_as_text():
    *bins, unknown = cut(price=pd.Categorical([*map(str, range(100)), *[""] * 12]))
    assert [(one.low, one.high) for one in bins] == [(n, n + 19) for n in range(0, 100, 20)]
    assert (unknown.value, unknown.inside.sum()) == ("", 12)


def test_values_too_few_examples_have_are_no_slices_and_the_unknown_is_one():
    some = cut(shop=["Rome"] * 30 + ["Oslo"] * 20 + ["Paris"] * 9 + [""] * 15)
    assert [(one.value, one.inside.sum()) for one in some] == [("Rome", 30), ("Oslo", 20), ("", 15)]
    assert cut(shop=["Rome"] * 95 + ["Oslo"] * 9) == []  # the rest is too small


def test_what_cuts_the_examples_alike_is_looked_at_once():
    side = np.random.default_rng(4).normal(size=200)
    assert len(cut(width=side, height=2 * side)) == len(cut(width=side))


def test_the_test_part_decides_where_numbers_are_cut_and_the_others_follow():
    table = pd.DataFrame({"length": [*np.arange(100), 1000.0, -5.0]})
    tested = np.array([True] * 100 + [False] * 2)
    first, *_between, last = slices.cut(table, tested)
    assert first.inside[-1] and last.inside[-2] and last.high == 99


def test_slices_keep_their_names_whatever_is_too_small():
    some = cut(shop=["a"] * 40 + ["b"] * 30, age=np.arange(70.0))
    assert [one.name for one in some][:2] == ["shop.0", "shop.1"]
    assert len({one.name for one in some}) == len(some)


def test_vectors_that_lie_together_are_a_cluster_and_few_have_none():
    random = np.random.default_rng(5)
    kinds = np.repeat([0, 1, 2, 3], [40, 30, 20, 10])
    vectors = (random.normal(size=(100, 16)) / 20 + np.eye(4, 16)[kinds]).astype(np.float32)
    labels = slices.clusters(vectors, np.ones(100, bool))
    assert len(set(zip(kinds, labels, strict=True))) == 4 == len(set(labels))
    assert (np.diff(np.bincount(labels)) <= 0).all()  # the largest first
    assert set(slices.clusters(vectors, np.arange(100) < 10)) == {slices.NO_CLUSTER}


@pytest.mark.parametrize("n", [10, 60, 400])
def test_the_interval_of_many_slices_of_users_is_near_the_one_that_is_drawn(n):
    random = np.random.default_rng(n)
    values = np.where(random.random(n) < 0.7, 0, random.random(n))
    near, drawn = ranking.approximated(values), ranking.intervals({"ndcg@10": values})["ndcg@10"]
    assert near["value"] == drawn["value"] and near["low"] <= near["value"] <= near["high"]
    reach = drawn["high"] - drawn["low"]
    assert all(abs(near[side] - drawn[side]) < 0.15 * reach for side in ("low", "high"))
