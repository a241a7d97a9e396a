"""A model beside its baselines: every one that is better is named, the strongest first."""

from __future__ import annotations

from cases.training.model_card import lost
from cases.training.model_card_texts import ENGLISH
from models.evaluation.baseline_comparison import ABOVE, BELOW, LEVEL, beside


def figure(value, reach=0.03):
    return {"value": value, "low": value - reach, "high": value + reach}


def test_every_better_baseline_is_named_the_strongest_first():
    baselines = {"majority": figure(0.07), "frozen_features": figure(0.38), "word_counts": figure(0.41)}
    found = beside("accuracy", figure(0.368), baselines)
    assert found.better == (("word_counts", 0.41), ("frozen_features", 0.38))
    assert (found.strongest, found.standing) == (("word_counts", 0.41), BELOW)


def test_within_its_interval_it_is_level_though_a_better_one_is_still_named():
    found = beside("accuracy", figure(0.40), {"word_counts": figure(0.41)})
    assert (found.standing, found.better) == (LEVEL, (("word_counts", 0.41),))
    assert beside("accuracy", figure(0.42), {"word_counts": figure(0.41)}).standing == LEVEL
    assert beside("accuracy", figure(0.41), {"word_counts": figure(0.41)}).better == ()


def test_of_errors_the_fewer_are_the_better():
    assert beside("wer", figure(0.1), {"untouched": figure(0.2)}).standing == ABOVE
    worse = beside("wer", figure(0.3), {"untouched": figure(0.2)})
    assert (worse.standing, worse.better) == (BELOW, (("untouched", 0.2),))


def test_a_model_card_calls_a_head_worse_than_its_own_features_only_where_it_clearly_is():
    """A linear probe on the same features can hardly differ; another baseline is named however little it is ahead."""

    def row(value):
        known = {"frozen_features": {"accuracy": figure(0.41)}, "word_counts": {"accuracy": figure(0.405)}}
        return lost(ENGLISH, "accuracy", {"test": {"accuracy": figure(value)}, "references": known}, "frozen_features")

    assert row(0.4) == "\n| on the test set worse than | logistic regression on word counts (TF-IDF) (0.405) |"
    assert "linear probe" in row(0.3) and row(0.408) == ""
