"""Figures checked by hand, and their intervals: equal figures have equal ones."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.evaluation import metrics, ranking, resampling, significance, wer
from models.evaluation.metrics import (
    accuracy,
    confusion,
    interval,
    macro_f1,
    per_class,
    roc_auc,
    sign_test,
    top,
    wilson,
)

LABELS, PREDICTED = np.array([0, 0, 0, 1, 1, 2]), np.array([0, 0, 1, 1, 2, 2])
SCORES = st.lists(st.integers(0, 4), min_size=3, max_size=3)
RANDOM = np.random.default_rng(4)
MANY = RANDOM.integers(0, 4, 120)


def test_macro_f1_is_the_mean_over_classes():
    # class 0: precision 2/2, recall 2/3; class 1: 1/2 and 1/2; class 2: 1/2 and 1/1
    assert macro_f1(LABELS, PREDICTED) == pytest.approx((4 / 5 + 1 / 2 + 2 / 3) / 3)


def test_a_class_that_only_one_side_knows_counts_with_nothing():
    assert macro_f1(np.array([0, 0]), np.array([0, 3])) == pytest.approx((2 / 3 + 0) / 2)
    assert macro_f1(np.array([0, 1]), np.array([0, 0])) == pytest.approx((2 / 3 + 0) / 2)


@settings(max_examples=20)
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


def test_few_items_without_a_mistake_are_not_certain_and_more_right_answers_never_tell_less():
    labels = np.arange(37) % 2
    bounds = []
    for wrong in range(0, 38, 4):
        predicted = labels.copy()
        predicted[:wrong] = 1 - predicted[:wrong]
        told = interval(accuracy, labels, predicted)
        bounds.append((told["low"], told["high"]))
        low, high = wilson(labels == predicted)  # another way to the same question
        assert told["low"] == pytest.approx(low, abs=0.06) and told["high"] == pytest.approx(high, abs=0.06)
    assert bounds == sorted(bounds, reverse=True)
    assert 0.85 < bounds[0][0] < 0.95 and bounds[0][1] == 1


def test_equal_figures_have_equal_intervals_whichever_items_are_right():
    random = np.random.default_rng(2)
    labels = random.integers(0, 4, 120)
    for shift in range(3):
        wrong = random.permutation(120)[:18]
        predicted = labels.copy()
        predicted[wrong] = (labels[wrong] + 1 + shift) % 4
        told = interval(accuracy, labels, predicted)
        assert told == interval(accuracy, np.zeros(120, int), np.repeat([0, 1], [102, 18]))
    order = random.permutation(120)
    assert interval(macro_f1, labels, predicted) == interval(macro_f1, labels[order], predicted[order])


def test_the_figures_of_each_class_come_from_the_confusion_matrix():
    matrix = confusion(LABELS, PREDICTED, 4)
    assert matrix.tolist() == [[2, 1, 0, 0], [0, 1, 1, 0], [0, 0, 1, 0], [0, 0, 0, 0]]
    found = {name: values.round(3).tolist() for name, values in per_class(LABELS, PREDICTED, 4).items()}
    assert found == {
        "precision": [1.0, 0.5, 0.5, 0.0], "recall": [0.667, 0.5, 1.0, 0.0], "f1": [0.8, 0.5, 0.667, 0.0],
        "support": [3, 2, 1, 0],
    }  # fmt: skip


def test_the_label_among_the_likeliest_three_is_a_hit():
    shares = np.array([[0.4, 0.3, 0.2, 0.1], [0.4, 0.3, 0.2, 0.1]])
    assert top(shares, np.array([2, 3]), 3)["value"] == 0.5
    assert top(np.full((1, 4), 0.25), np.array([0]), 3)["value"] == 0  # nothing was preferred, so nothing was found


@settings(max_examples=20)
@given(st.lists(st.tuples(st.integers(0, 2), SCORES), min_size=4, max_size=40))
def test_roc_auc_agrees_with_scikit_learn(items):
    from sklearn.metrics import roc_auc_score

    labels, scores = np.array([label for label, _ in items]), np.array([row for _, row in items], float)
    areas = [roc_auc_score(labels == c, scores[:, c]) for c in range(3) if 0 < (labels == c).sum() < len(labels)]
    found = roc_auc(scores, labels)
    assert found is None if not areas else found == pytest.approx(np.mean(areas))


def test_a_difference_that_chance_makes_is_called_so():
    assert sign_test(3, 3) > 0.05 > sign_test(1, 9) == sign_test(9, 1)


def probabilities(labels, noise, seed):
    scores = np.eye(4)[labels] * 2 + np.random.default_rng(seed).normal(0, noise, (len(labels), 4))
    shares = np.exp(scores)
    return shares / shares.sum(1, keepdims=True)


def test_every_figure_of_a_class_lies_in_its_interval_which_few_items_widen():
    predicted = np.where(RANDOM.random(120) < 0.3, RANDOM.integers(0, 4, 120), MANY)
    found, bounds = metrics.per_class(MANY, predicted, 4), metrics.per_class_intervals(MANY, predicted, 4)
    few = metrics.per_class_intervals(MANY[:24], predicted[:24], 4)
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


def test_the_area_under_the_curves_has_an_interval_that_does_not_depend_on_the_order_of_items():
    shares = probabilities(MANY, 1.5, 1)
    found = resampling.roc_auc_interval(shares, MANY)
    order = np.random.default_rng(9).permutation(len(MANY))
    assert resampling.roc_auc_interval(shares[order], MANY[order]) == pytest.approx(found)
    assert found["value"] == metrics.roc_auc(shares, MANY)
    assert found["low"] < found["value"] < found["high"]
    assert resampling.roc_auc_interval(shares, np.full(120, 2)) is None
    perfect = resampling.roc_auc_interval(np.eye(4)[MANY[:20]], MANY[:20])
    assert perfect["value"] == 1 and perfect["low"] < 0.97  # twenty items do not make it certain


def test_weighted_metrics_are_those_of_the_items_that_were_drawn():
    predicted = np.where(RANDOM.random(120) < 0.3, 0, MANY)
    drawn = np.random.default_rng(3).integers(0, 120, 120)
    weights = np.bincount(drawn, minlength=120)[None].astype(float)
    assert resampling.mean_of(predicted == MANY)(weights)[0] == pytest.approx(
        metrics.accuracy(MANY[drawn], predicted[drawn])
    )
    assert resampling.macro_f1_of(MANY, predicted, 4)(weights)[0] == pytest.approx(
        metrics.macro_f1(MANY[drawn], predicted[drawn]), abs=1e-6
    )
    wrong, said = RANDOM.integers(0, 3, 120), RANDOM.integers(1, 9, 120)
    assert resampling.ratio_of(wrong, said)(weights)[0] == pytest.approx(wrong[drawn].sum() / said[drawn].sum())


def test_two_models_that_answer_alike_do_not_differ_and_a_better_one_does():
    good, bad = (resampling.macro_f1_of(MANY, probabilities(MANY, noise, 5).argmax(1), 4) for noise in (0.5, 3.0))
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
