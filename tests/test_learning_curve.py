"""The learning curve: what more examples bring, told where it can be told, and never from the test part."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from evaluation_page import answered, evaluated, said
from opened_pages import sound

from models.evaluation import learning_curve
from models.evaluation.learning_curve import LearningCurve
from models.heads import linear_probe, probe_curve
from models.progress import QUIET
from runs.results import learning_curve as kept
from runs.store import records

SIZES = (100, 250, 500, 1000)


def curve(accuracies, items=4000, sizes=SIZES, classes=1):
    """As measured where so large a share of the judged items is right, whichever draw."""
    random = np.random.default_rng(0)
    hard, labels = random.random(items), np.arange(items) % classes
    right = [hard[None, :].repeat(3, 0) < np.array(share)[None, :] if np.ndim(share) else
             hard[None, :].repeat(3, 0) < share for share in accuracies]  # fmt: skip
    return learning_curve.of_classes(sizes, right, labels, classes, out_of_fold=False)


def test_a_power_law_is_continued_to_twice_the_examples():
    law = lambda n: 1 - (0.05 + 0.15 * (n / 1000) ** -0.5)  # noqa: E731
    found = curve([law(n) for n in SIZES])
    assert found.verdict == learning_curve.RISING and found.more == 1000
    assert found.gain["low"] <= law(2000) - law(1000) <= found.gain["high"]
    assert found.gain["value"] == pytest.approx(law(2000) - law(1000), abs=0.012)
    assert [one.n for one in found.ahead][-1] == 2000
    assert LearningCurve.from_json(found.as_json()) == found


@pytest.mark.parametrize(("accuracies", "items", "sizes", "verdict"), [
    ((0.9, 0.9, 0.9, 0.9), 4000, SIZES, learning_curve.FLAT),
    ((0.7, 0.9, 0.6, 0.8), 4000, SIZES, learning_curve.UNCLEAR),  # no power law
    ((0.6, 0.7, 0.8, 0.9), 20, SIZES, learning_curve.FEW),
    ((0.6, 0.8), 4000, (20, 40), learning_curve.FEW),
])  # fmt: skip
def test_where_nothing_can_be_told_that_is_the_verdict(accuracies, items, sizes, verdict):
    found = curve(accuracies, items, sizes)
    assert found.verdict == verdict
    assert (found.gain is None) == (verdict != learning_curve.FLAT)


def test_the_class_that_still_rises_is_found_and_none_where_none_does():
    grows = np.where(np.arange(4000) % 2, 0.6, 0.9)
    found = curve([0.5, 0.55, grows - np.where(np.arange(4000) % 2, 0.2, 0.0), grows], classes=2)
    assert found.most_rising.number == 1 and found.most_rising.rise == pytest.approx(0.2, abs=0.03)
    assert curve([0.9] * 4, classes=2).most_rising is None


def clouds(each, classes=3, width=6):
    middles = np.random.default_rng(0).normal(size=(classes, width))
    labels = np.repeat(np.arange(classes), each)
    noise = np.random.default_rng(1).normal(size=(len(labels), width))
    return (middles[labels] + noise).astype(np.float32), labels


def measured(features, labels, training, validation, together=None, report=QUIET):
    hold = linear_probe.ProbeConfig(1e-3, 1.0, features.shape[1])
    together = np.full(len(labels), -1) if together is None else together
    return probe_curve.measure(features, labels, 3, training, validation, together, hold, (), torch.device("cpu"),
                               report)  # fmt: skip


@pytest.mark.slow
def test_a_probe_is_judged_on_the_validation_part_or_out_of_fold_where_that_is_small(monkeypatch):
    features, labels = clouds(160)
    rows = np.random.default_rng(2).permutation(len(labels))
    features[rows[400:]] = np.nan  # the test part: whoever reads it has no answer
    monkeypatch.setattr(probe_curve, "ENOUGH", 100)
    found = measured(features, labels, rows[:280], rows[280:400])
    assert not found.out_of_fold and found.judged == 120 and [one.n for one in found.points] == [28, 70, 140, 280]
    assert all(one.low <= one.value <= one.high for one in found.points) and found.points[-1].value > 0.5
    monkeypatch.setattr(probe_curve, "ENOUGH", 200)
    found = measured(features, labels, rows[:280], rows[280:400])
    assert found.out_of_fold and found.judged == 400 and found.points[-1].n == 320


def test_a_part_has_the_same_share_of_every_class_and_groups_as_a_whole():
    labels = np.repeat([0, 1], [300, 100])
    together = np.arange(400) // 2  # pairs
    some = probe_curve._drawn(np.arange(400), labels, together, 0.25, np.random.default_rng(0))
    assert len(some) == 100 and abs(np.bincount(labels[some])[1] - 25) <= 3
    assert (np.unique(together[some], return_counts=True)[1] == 1).sum() <= 1  # the last may be cut


def test_the_page_says_before_and_after_by_which_examples_a_curve_is_judged(open_run, dataset):
    outcome = answered(dataset.classes, np.repeat([0, 1, 2], 10), np.repeat([0, 1, 2], 10), 0.9)
    for validated, told in ((199, "are judged on the rest (cross-validation)"), (200, "on the validation set")):
        counts = {"train": 1000, "validation": validated, "test": 30, "set_aside": 0}
        app = open_run(evaluated(outcome, counted={"data": counts}), see="curve")
        assert any(told in text for text in said(app))


@pytest.mark.parametrize("locale", ["en-GB", "zh-CN"])
def test_the_page_offers_it_shows_the_work_and_then_the_curve(open_run, dataset, locale):
    labels = np.repeat([0, 1, 2], 10)
    run = evaluated(answered(dataset.classes, labels, labels, 0.9))
    app = sound(open_run(run, locale, see="curve"))
    assert not records.run_list("local", kind="curve")
    sound(app.button(key=f"curve_{run}").click().run())
    [work] = records.run_list("local", kind="curve")
    assert work.subject == run and work.status == "queued"
    law = [1 - (0.05 + 0.15 * (n / 1000) ** -0.5) for n in SIZES]
    kept.keep(run, curve(law, classes=2))
    told = said(sound(open_run(run, locale, see="curve")))
    words = {"en-GB": ("**1,000 more training examples would bring about", "This is the curve of the linear probe",
                       "1 class is not listed: fewer than 10 of its examples were judged."),
             "zh-CN": ("**再加 1,000 个训练样本", "这是线性探针的学习曲线", "1 个类别未列出")}  # fmt: skip
    assert all(any(text.startswith(begin) for text in told) for begin in words[locale])
    grows = np.where(np.arange(4000) % 2, 0.6, 0.9)
    uneven = [0.9, 0.55, grows - np.where(np.arange(4000) % 2, 0.2, 0.0), grows]
    for made, words in (
        (curve((0.6, 0.8), 4000, (20, 40)), ("**Too few examples**", "**样本太少**")),
        (curve(uneven, classes=2), ("Recall still rises most for **rust**", "召回率上升最多的是**rust**")),
    ):
        kept.keep(run, made)
        assert any(text.startswith(words) for text in said(sound(open_run(run, locale, see="curve"))))
