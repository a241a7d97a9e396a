"""A threshold is chosen by precision or by cost, and a temperature makes confidence as high as accuracy."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.classification import decision_card
from models.evaluation import calibration, decision, selective
from models.evaluation.decision import Decision
from models.evaluation.selective import Selected

SURE = np.array([0.95] * 40 + [0.8] * 40 + [0.6] * 40)
RIGHT = np.array([True] * 40 + [True] * 36 + [False] * 4 + [True] * 20 + [False] * 20)


def answers(n=3000, classes=4, seed=0):
    """(items, classes) probabilities that are as often right as they say, and the labels."""
    random = np.random.default_rng(seed)
    shares = np.exp(2 * random.normal(size=(n, classes)))
    shares /= shares.sum(1, keepdims=True)
    return shares, np.array([random.choice(classes, p=row) for row in shares])


def test_the_lowest_threshold_with_the_wished_precision_is_chosen():
    assert selective.by_precision(SURE, RIGHT, 0.8) == 0.0
    assert selective.by_precision(SURE, RIGHT, 0.9) == pytest.approx(0.601)
    assert selective.by_precision(SURE, RIGHT, 0.99) == pytest.approx(0.801)
    assert selective.by_precision(np.full(40, 0.9), np.arange(40) > 3, 0.99) is None


def test_the_dearer_a_mistake_the_higher_the_threshold():
    chosen = [selective.by_cost(SURE, RIGHT, cost) for cost in (1, 3, 30)]
    assert chosen == pytest.approx([0.0, 0.601, 0.801])
    shares, labels = answers()
    confidence, right = shares.max(1), shares.argmax(1) == labels
    assert selective.by_cost(confidence, right, 5) == pytest.approx(1 - 1 / 5, abs=0.05)  # as theory has it


def test_what_a_threshold_comes_to_is_counted_with_its_interval():
    found = selective.selected(SURE, RIGHT, 0.7)
    assert (found.items, found.unsure, found.given, found.right) == (120, 40, 80, 76)
    assert found.low < found.precision == 0.95 < found.high and not found.is_few
    nothing = selective.selected(SURE, RIGHT, 0.99)
    assert nothing.precision is None and nothing.unsure == 120
    assert selective.selected(SURE[:10], RIGHT[:10], 0.5).is_few


@given(st.lists(st.floats(0, 1), min_size=2, max_size=8), st.floats(0.05, 20))
def test_a_temperature_keeps_the_order_of_the_classes(scores, temperature):
    shares = np.exp(np.array(scores, np.float32)) / np.exp(np.array(scores, np.float32)).sum()
    cooled = decision.tempered(shares, temperature)
    assert cooled.sum() == pytest.approx(1) and cooled.argmax() == shares.argmax()
    assert (np.diff(cooled[np.argsort(shares, kind="stable")]) >= 0).all()


def test_a_temperature_is_that_of_the_scores_and_the_warmer_the_less_sure():
    scores = np.array([[2.0, 0.5, -1.0]])
    shares = np.exp(scores) / np.exp(scores).sum()
    expected = np.exp(scores / 3) / np.exp(scores / 3).sum()
    assert decision.tempered(shares, 3) == pytest.approx(expected)
    sure = [decision.tempered(shares, temperature).max() for temperature in (0.5, 1, 2, 4)]
    assert sure == sorted(sure, reverse=True)
    assert decision.tempered(shares, 1) is shares
    assert decision.tempered(np.array([1.0, 0.0], np.float32), 2).argmax() == 0


def test_without_a_mistake_or_with_few_examples_there_is_no_temperature():
    shares, labels = answers(60)
    assert calibration.fit_temperature(shares, shares.argmax(1)) is None
    assert calibration.fit_temperature(shares[:19], labels[:19]) is None


def test_an_answer_is_told_or_is_not_sure_with_its_best_guesses(tmp_path):
    shares = np.array([0.1, 0.5, 0.05, 0.35])
    assert decision.read(tmp_path) == Decision() and Decision().told("abcd", shares) == "b\t0.500"
    (tmp_path / decision.FILE).write_text(json.dumps({"temperature": 1.5, "threshold": 0.6}))
    chosen = decision.read(tmp_path)
    assert chosen == Decision(1.5, 0.6)
    assert chosen.told("abcd", shares) == "not sure\tb 0.500\td 0.350\ta 0.100"
    assert Decision(1.0, 0.5).told("abcd", shares) == "b\t0.500"


@pytest.mark.parametrize(("file", "language"), decision_card.FILES.items())
def test_a_card_is_told_of_it_and_forgets_it_again(file, language):
    words = decision_card.WORDS[language]
    card = f"| a | b |\n{words.after} 0.9 |\n| ONNX | c |\n"
    told = {"decision": Decision(1.5, 0.83), "selected": Selected(100, 12, 83, 0.87, 0.98), "part": "validation",
            "items": 60}  # fmt: skip
    once = decision_card.renewed(card, language, told)
    rows = once.splitlines()
    assert rows[2].startswith(words.temperature) and "1.5" in rows[2] and "60" in rows[2]
    assert rows[3].startswith(words.threshold) and all(one in rows[3] for one in ("83.0%", "12", "94.3%"))
    assert decision_card.renewed(once, language, told) == once
    assert decision_card.renewed(once, language, {**told, "decision": Decision()}) == card
