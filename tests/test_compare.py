"""How runs are compared: their curves, shares of right answers, and who wins item by item."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from compared_runs import BAD, GOOD, evaluated, measured, rows
from opened_pages import create

from models.evaluation.significance import Paired, holm, mcnemar, means_apart, share_difference, shares_apart
from pages.steps.compare.figure import BUCKETS
from runs import paths
from runs.results import paired_runs
from runs.results.metric_history import Curve, history
from runs.store import records


def test_a_history_has_epochs_and_the_seconds_since_the_start():
    run = create()
    measured(run, rows(1.0))
    told = history(records.run(run, "local"))
    assert told.train.epoch.tolist() == [0.5, 1.0]
    assert told.train.value.tolist() == [2.0, 1.0]
    assert told.train.seconds.tolist() == [2.0, 4.0]  # between the two words of the machine
    assert list(told.validation) == ["loss", "accuracy"]
    assert told.validation["accuracy"].seconds.tolist() == [6.0]


def test_a_run_that_told_nothing_yet_has_an_empty_history():
    told = history(records.run(create(), "local"))
    assert (len(told.train.value), told.validation) == (0, {})


def test_thinning_keeps_every_peak_and_both_ends():
    x = np.arange(5000.0)
    value = np.sin(x / 300)
    value[[1234, 4321]] = 7.0, -7.0
    thin = Curve(x, x, value).thinned(BUCKETS)
    assert len(thin.value) <= 2 * BUCKETS + 2
    assert {0.0, 1234.0, 4321.0, 4999.0} <= set(thin.epoch.tolist())
    assert (np.diff(thin.epoch) > 0).all()
    assert (thin.value.max(), thin.value.min()) == (7.0, -7.0)


def test_a_short_curve_is_left_whole():
    x = np.arange(602.0)
    assert Curve(x, x, x).thinned(300).value.tolist() == x.tolist()


@pytest.mark.parametrize(
    ("only_one", "only_other", "p"),
    [(0, 0, 1.0), (5, 5, 0.876953), (0, 6, 0.015625), (3, 7, 0.2265625), (40, 80, 0.00024422)],
)  # by scipy.stats: two-sided binomtest, less the probability of just that
def test_mcnemar_counts_where_just_one_is_right(only_one, only_other, p):
    both, neither = 30, 20
    one = np.repeat([True, False, True, False], [only_one, only_other, both, neither])
    other = np.repeat([False, True, True, False], [only_one, only_other, both, neither])
    expected = Paired(50 + only_one + only_other, only_one, only_other, pytest.approx(p, rel=1e-4))
    assert mcnemar(one, other) == expected


@pytest.mark.parametrize(("only_one", "only_other"), [(0, 0), (4, 0), (0, 4), (0, 6), (3, 7), (12, 4), (40, 80)])
def test_the_interval_of_a_difference_holds_zero_just_where_the_test_finds_none(only_one, only_other):
    pair = mcnemar(
        *(np.repeat(right, [only_one, only_other, 50]) for right in ([True, False, True], [False, True, True]))
    )
    found = share_difference(pair)
    assert found["value"] == pytest.approx((only_other - only_one) / pair.items)
    assert found["low"] <= found["value"] <= found["high"]
    assert (found["low"] <= 0 <= found["high"]) == (pair.p >= 0.05)


def test_parts_of_the_data_differ_by_more_than_chance_only_where_both_are_large_enough():
    def share(right, items):
        return {"value": right / items, "low": 0.0, "high": 1.0}

    assert shares_apart(share(102, 120), 120, 118 / 120, 120) == pytest.approx(0.000232, rel=0.01)
    assert shares_apart(share(10, 12), 12, 1.0, 12) > 0.4
    ndcg = {"value": 0.13, "low": 0.11, "high": 0.15}  # ±1.96 standard errors of 1,000 people
    assert means_apart(ndcg, 1000, 0.13, 1000) == 1.0
    assert means_apart(ndcg, 1000, 0.17, 1000) == pytest.approx(0.0056, rel=0.02)  # 2.77 of them
    assert means_apart(ndcg, 1000, 0.17, 50) > 0.3
    assert means_apart({"value": 1.0, "low": 1.0, "high": 1.0}, 9, 0.5, 9) == 0.0


def test_many_comparisons_must_each_be_clearer():
    assert holm([0.04, 0.01, 0.5, 0.03]) == pytest.approx([0.09, 0.04, 0.5, 0.09])
    assert holm([]) == []


def test_runs_are_paired_on_the_items_that_both_were_asked_about():
    one, same, apart = evaluated(GOOD), evaluated(BAD), evaluated(GOOD, first=100)
    assert paired_runs.paired(one, same) == Paired(40, 20, 0, pytest.approx(2**-20))
    assert paired_runs.paired(one, apart) is None
    assert paired_runs.paired(one, records.run(create(), "local")) is None


def test_where_a_label_was_mended_since_the_newer_run_knows_it():
    before, after = evaluated(GOOD), evaluated([*GOOD[:-1], "a"])
    table = pd.read_parquet(paths.run(after.id) / "predictions.parquet")
    table.loc[39, "label"] = "a"  # it was b
    table.to_parquet(paths.run(after.id) / "predictions.parquet")
    for one, other, counts in ((before, after, (0, 1)), (after, before, (1, 0))):
        pair = paired_runs.paired(one, other)
        assert (pair.items, pair.only_one, pair.only_other) == (40, *counts)


def test_a_run_is_renamed_by_its_owner_only():
    run = create()
    records.rename(run, "someone else", "theirs")
    records.rename(run, "local", "   ")
    assert records.run(run, "local").name == "noise"
    records.rename(run, "local", "  mine  ")
    assert records.run(run, "local").name == "mine"
