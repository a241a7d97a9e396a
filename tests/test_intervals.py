"""Figures that are no plain share have intervals too, and equal figures have equal ones."""

from __future__ import annotations

import numpy as np
import pytest

from models.evaluation import metrics, ranking, resampling, significance, wer

RANDOM = np.random.default_rng(4)
LABELS = RANDOM.integers(0, 4, 120)


def probabilities(labels, noise, seed):
    scores = np.eye(4)[labels] * 2 + np.random.default_rng(seed).normal(0, noise, (len(labels), 4))
    shares = np.exp(scores)
    return shares / shares.sum(1, keepdims=True)


@pytest.mark.parametrize(("right", "items"), [(0, 1), (1, 1), (0, 12), (12, 12), (7, 9), (37, 60)])
def test_many_shares_at_once_have_the_interval_of_each(right, items):
    low, high = metrics.wilson_of(np.array([right, 0]), np.array([items, 0]))
    assert (low[0], high[0]) == pytest.approx(metrics.wilson(np.arange(items) < right))
    assert (low[1], high[1]) == (0, 1)  # of no item nothing is known


def test_every_figure_of_a_class_lies_in_its_interval_which_few_items_widen():
    predicted = np.where(RANDOM.random(120) < 0.3, RANDOM.integers(0, 4, 120), LABELS)
    found, bounds = metrics.per_class(LABELS, predicted, 4), metrics.per_class_intervals(LABELS, predicted, 4)
    few = metrics.per_class_intervals(LABELS[:24], predicted[:24], 4)
    for name, (low, high) in bounds.items():
        assert (low <= found[name]).all() and (found[name] <= high).all() and (low >= 0).all() and (high <= 1).all()
        assert (high - low).sum() < (few[name][1] - few[name][0]).sum()


def test_the_interval_of_f1_covers_it_as_often_as_it_says():
    covered, trials, truth = 0, 400, 2 * 0.8 * 0.75 / (0.8 + 0.75)  # precision and recall of class 1
    random = np.random.default_rng(0)
    for _trial in range(trials):
        labels = (random.random(200) < 0.32).astype(int)
        share = np.where(labels == 1, 0.75, 0.32 * 0.75 * 0.25 / 0.68)
        low, high = metrics.per_class_intervals(labels, (random.random(200) < share).astype(int), 2)["f1"]
        covered += low[1] <= truth <= high[1]
    assert 0.92 <= covered / trials <= 0.99


def test_a_share_among_the_first_three_has_the_interval_of_an_accuracy_of_as_much():
    shares = probabilities(LABELS, 1.5, 0)
    found, hits = metrics.top(shares, LABELS, 3), metrics.among_top(shares, LABELS, 3)
    as_good = np.where(hits[::-1], LABELS, (LABELS + 1) % 4)  # right of as many, of others
    assert found == metrics.interval(metrics.accuracy, LABELS, as_good)
    assert found["low"] < found["value"] == hits.mean() < found["high"]


def test_the_area_under_the_curves_has_an_interval_that_does_not_depend_on_the_order_of_items():
    shares = probabilities(LABELS, 1.5, 1)
    found = resampling.roc_auc_interval(shares, LABELS)
    order = np.random.default_rng(9).permutation(len(LABELS))
    assert resampling.roc_auc_interval(shares[order], LABELS[order]) == pytest.approx(found)
    assert found["value"] == metrics.roc_auc(shares, LABELS)
    assert found["low"] < found["value"] < found["high"]
    assert resampling.roc_auc_interval(shares, np.full(120, 2)) is None
    perfect = resampling.roc_auc_interval(np.eye(4)[LABELS[:20]], LABELS[:20])
    assert perfect["value"] == 1 and perfect["low"] < 0.97  # twenty items do not make it certain


@pytest.mark.parametrize("ties", [False, True])
def test_the_weighted_area_is_that_of_the_items_that_were_drawn(ties):
    shares = probabilities(LABELS, 2.0, 2).round(1 if ties else 9)
    drawn = np.random.default_rng(3).integers(0, 120, 120)
    weights = np.bincount(drawn, minlength=120)[None].astype(float)
    found = resampling.roc_auc_of(shares, LABELS)(weights)[0]
    assert found == pytest.approx(metrics.roc_auc(shares[drawn], LABELS[drawn]))


def test_weighted_metrics_are_those_of_the_items_that_were_drawn():
    predicted = np.where(RANDOM.random(120) < 0.3, 0, LABELS)
    drawn = np.random.default_rng(3).integers(0, 120, 120)
    weights = np.bincount(drawn, minlength=120)[None].astype(float)
    assert resampling.mean_of(predicted == LABELS)(weights)[0] == pytest.approx(
        metrics.accuracy(LABELS[drawn], predicted[drawn])
    )
    assert resampling.macro_f1_of(LABELS, predicted, 4)(weights)[0] == pytest.approx(
        metrics.macro_f1(LABELS[drawn], predicted[drawn]), abs=1e-6
    )
    wrong, said = RANDOM.integers(0, 3, 120), RANDOM.integers(1, 9, 120)
    assert resampling.ratio_of(wrong, said)(weights)[0] == pytest.approx(wrong[drawn].sum() / said[drawn].sum())


def test_two_models_that_answer_alike_do_not_differ_and_a_better_one_does():
    good, bad = (resampling.macro_f1_of(LABELS, probabilities(LABELS, noise, 5).argmax(1), 4) for noise in (0.5, 3.0))
    alike = resampling.difference(good, good, 120)
    assert alike["value"] == 0 and alike["low"] == -alike["high"] == pytest.approx(-3 / 120, rel=0.1)
    found, back = resampling.difference(good, bad, 120), resampling.difference(bad, good, 120)
    assert 0 < found["low"] < found["value"] < found["high"]
    assert [found[name] for name in ("value", "low", "high")] == pytest.approx(
        [-back[name] for name in ("value", "high", "low")]
    )  # the same draws, whoever comes first


@pytest.mark.parametrize(("cells", "bounds"), [  # right in both, in one alone, in the other alone, in none
    ((36, 12, 2, 0), (-0.3404, -0.0569)),  # Newcombe 1998, table II, method 10
    ((14, 5, 0, 22), (-0.226, -0.011)),  # Altman et al. 2000, table 6.2
])  # fmt: skip
def test_the_paired_difference_of_two_shares_has_the_published_interval(cells, bounds):
    one, other = (np.repeat(answers, cells) for answers in ([1, 1, 0, 0], [1, 0, 1, 0]))
    found = significance.paired_shares(one, other)
    assert (found["low"], found["high"]) == pytest.approx(bounds, abs=6e-4)
    wider = significance.paired_shares(one, other, level=0.999, spread=0.01)
    assert wider["low"] < found["low"] and found["high"] < wider["high"] and wider["value"] == found["value"]


@pytest.mark.parametrize("items", [12, 60, 300])
@pytest.mark.parametrize("share", [0.0, 0.7, 1.0])
def test_no_interval_is_a_point_where_all_is_alike(items, share):
    """None of so many items is another: of new ones about three in so many may be (Hanley & Lippman-Hand 1983)."""
    right = np.arange(items) < share * items
    three, mean = 3 / items, resampling.mean_of(right)
    for found in (
        significance.paired_shares(right, right), resampling.difference(mean, mean, items),
        significance.share_difference(significance.mcnemar(right, right)),
    ):  # fmt: skip
        assert found["value"] == 0 and found["high"] == pytest.approx(-found["low"])
        assert 0.5 * three < found["high"] < 2 * three
    if share in (0, 1):
        figures = [
            metrics.interval(metrics.accuracy, np.ones(items, int), right.astype(int)),
            ranking.intervals({"ndcg": right.astype(float)})["ndcg"],
            wer.interval([wer.Errors(missed=0 if one else 5, said=5) for one in right]),
        ]
        for found in figures:
            assert 0.5 * three < found["high"] - found["low"] < 2 * three
