"""The overview of a result: beside baselines, beside the validation part, and what it was measured on."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import reported
from evaluation_page import FIGURE, answered, evaluated, said, starting
from opened_pages import opened, sound
from told import given

from cases.training.model_card import lost
from cases.training.model_card_texts import ENGLISH
from models.evaluation import metrics
from runs.store import records, shares


def figure(value):
    return {"accuracy": {"value": value, "low": value - 0.1, "high": value + 0.1}, "macro_f1": FIGURE}


@pytest.mark.parametrize(("mine", "told", "briefly"), [
    (0.368, "It is not better than the linear probe (41.0%), the majority class (38.0%).",
     "**Below the linear probe, the majority class, but not significantly**, on the test set. More"),
    (0.2, "It is worse than the linear probe (41.0%), the majority class (38.0%).",
     "**Worse than the linear probe, the majority class** on the test set. More"),
    (0.29, "It is worse than the linear probe (41.0%).",
     "**Worse than the linear probe** on the test set. **Below the majority class, but not significantly**, on the "
     "test set. More"),
    (0.42, "It is about as good as the linear probe (41.0%).",
     "**Not significantly different from the linear probe**, the strongest baseline, on the test set. More"),
    (0.9, "It is better than every other method tested; the best of them is the linear probe (41.0%).",
     "**Better than every baseline** on the test set. Training paid off."),
])  # fmt: skip
def test_a_verdict_names_every_baseline_that_is_better_the_strongest_first(open_run, dataset, mine, told, briefly):
    labels = np.repeat([0, 1, 2], 10)
    run = evaluated(answered(dataset.classes, labels, labels, 0.9), mode="full", counted={
        "test": figure(mine), "references": {"majority": figure(0.38), "frozen_features": figure(0.41)},
    })  # fmt: skip
    app = open_run(run)
    assert starting(app, briefly)
    hero = given(app, "casebook_hero")
    assert (hero["value"], hero["baseline"]["told"]) == (f"{mine:.1%}", "Strongest baseline: Linear probe 41.0%")
    assert hero["ends"] == ["0%", "50%" if mine < 0.3 else "100%"]
    [beside] = [json.loads(e.proto.json) for e in app.get("bidi_component") if f"references_{run}" in e.proto.id]
    rows = beside["layout"]["yaxis"]  # nothing but its interval runs through a row
    assert len(rows["ticktext"]) == 2 and not rows["showgrid"] and not rows["zeroline"]
    token = shares.create(records.run(run, "local"), days=7, passcode="", examples=False)
    demo = opened("demo.py", t=token)
    assert starting(demo, told)
    assert not starting(demo, "**Below", "**Worse", "**Not ", "**Better")  # nor once more in other words


BEST = (
    "It is better than every method tested that needs no neural network; the best of them is colour statistics (41.0%)."
)


@pytest.mark.parametrize(("mine", "tone", "briefly", "before", "told"), [
    (0.77, "above", "**Better than every method without the network** on the test set.",
     "the linear probe (78.0%): no significant difference.", BEST),
    (0.95, "above", "**Better than every method without the network** on the test set. Training paid off.",
     "the linear probe (78.0%): **this model is better**.", BEST),
    (0.6, "below", "**Better than every method without the network** on the test set.",
     "the linear probe (78.0%): **this model is worse**.",
     f"{BEST} The same features without these settings do better: the linear probe (78.0%)."),
    (0.42, "below", "**Not significantly different from colour statistics**, the strongest method without the network",
     "the linear probe (78.0%): **this model is worse**.",
     "A simple method is about as good: colour statistics (41.0%). The same features without these settings do better: "
     "the linear probe (78.0%)."),
])  # fmt: skip
def test_a_head_is_judged_by_methods_without_the_network_and_its_own_features_have_a_line(
    open_run, dataset, mine, tone, briefly, before, told
):
    """A linear probe on the same features can hardly differ, so it is not what tells whether the model is worth it."""
    labels = np.repeat([0, 1, 2], 10)
    others = {"majority": 0.38, "frozen_features": 0.78, "colors": 0.41}
    run = evaluated(answered(dataset.classes, labels, labels, 0.9), counted={
        "test": figure(mine), "references": {name: figure(value) for name, value in others.items()},
    })  # fmt: skip
    app = open_run(run)
    assert starting(app, briefly)
    assert f"The same features without your settings, {before}" in said(app)
    hero = given(app, "casebook_hero")
    assert (hero["tone"], hero["baseline"]["told"]) == (tone, "Strongest without the network: Colour statistics 41.0%")
    assert any(button.key == f"next_larger_{run}" for button in app.button) == (mine < 0.95)
    made = records.run(run, "local")
    assert told in said(opened("demo.py", t=shares.create(made, days=7, passcode="", examples=False)))
    in_report = reported.read(reported.made(run, "image_recognition.py")).text
    assert told in in_report and f"The same features without your settings, {before.partition(':')[0]}" in in_report
    assert "Strongest without the network: Colour statistics 41.0%" in in_report
    assert ("This model: better than every method without the network" in in_report) == (tone == "above")


def certain(right, items, part):
    """Answers of two classes on so many items of a part, so many of them right."""
    labels = np.arange(items) % 2
    return answered(("a", "b"), labels, np.where(np.arange(items) < right, labels, 1 - labels), 0.9, part)


def both_parts(validated, tested):
    """`answered` for the two parts, of each (right, items)."""
    one, other = certain(*validated, "validation"), certain(*tested, "test")
    items = pd.concat([one.items, other.items], ignore_index=True)
    return replace(one, items=items.assign(id=np.arange(len(items))),
                   probabilities=np.concatenate([one.probabilities, other.probabilities]),
                   vectors=np.concatenate([one.vectors, other.vectors]))  # fmt: skip


GAP = "the validation set, clearly"


@pytest.mark.parametrize(("validated", "tested", "told"), [
    ((118, 120), (102, 120), "**Generalisation gap**: Accuracy was 98.3% on the validation set, clearly better"),
    ((12, 12), (10, 12), None),  # as far apart, but of so few it is chance
    ((102, 120), (118, 120), "**Easier test set**: Accuracy was 85.0% on the validation set, clearly worse"),
])  # fmt: skip
def test_a_gap_between_validation_and_test_is_told_where_it_is_more_than_chance(open_run, dataset, validated, tested,
                                                                               told):  # fmt: skip
    outcome, items = both_parts(validated, tested), tested[1]
    test = outcome.of("test")
    figure = {"accuracy": metrics.interval(metrics.accuracy, test.labels, test.predicted), "macro_f1": FIGURE}
    run = evaluated(outcome, counted={
        "test": figure, "data": {"train": 9, "validation": validated[1], "test": items, "set_aside": 0},
    })  # fmt: skip
    app = open_run(run)
    found = [re.sub(r"\[(.+?)\]\(.+?\)", r"\1", text) for text in said(app) if GAP in text]  # without links
    assert [told in text for text in found] == [True] * bool(told)
    if told:
        assert f"With sample sizes of 120 and {items}, chance rarely makes such a gap (p" in found[0]
        assert app.button(key=f"gap_{run}").label == "Check the data"
    [shown] = [m for m in app.metric if m.label == "Validation accuracy"]
    assert shown.value == f"{validated[0] / validated[1]:.1%}"


@pytest.mark.parametrize(("train", "mode", "told"), [
    (149, "full", "Full fine-tuning"), (150, "last_blocks", "Last blocks"),  # of three classes
])  # fmt: skip
def test_the_advice_to_train_more_of_the_network_leads_to_a_draft_with_that_setting(
    open_run, dataset, train, mode, told
):
    labels = np.repeat([0, 1, 2], 10)
    counted = {"data": {"train": train, "validation": 30, "test": 30, "set_aside": 0}}
    run = evaluated(answered(dataset.classes, labels, (labels + 1) % 3, 0.9), counted=counted, epochs=7)
    app = open_run(run)
    advised = app.button(key=f"next_larger_{run}")
    assert advised.label == f"New run with “{told}”"
    app = sound(advised.click().run())
    assert "run" not in app.query_params and app.query_params["data"] == "d1"
    assert app.selectbox(key="image_recognition_mode_").value == mode
    assert app.number_input(key="image_recognition_epochs_").value == 7  # all else as it was
    all_of_it = evaluated(answered(dataset.classes, labels, (labels + 1) % 3, 0.9), mode="full")
    assert f"next_larger_{all_of_it}" not in {button.key for button in open_run(all_of_it).button}


def test_what_is_in_the_training_data_too_stands_beside_the_result_and_in_a_report(open_run, dataset):
    labels = np.repeat([0, 1, 2], 10)
    others = {"accuracy": {"value": 0.7, "low": 0.5, "high": 0.8}}
    run = evaluated(answered(dataset.classes, labels, labels, 0.9),
                    counted={"repeated": {"items": 12, "of": 30, "others": others}})  # fmt: skip
    told = "the same or nearly so: **12 of 30**. Without them: Accuracy 70.0% (95% interval: 50.0% to 80.0%)."
    assert [text for text in said(open_run(run)) if told in text]
    in_report = reported.read(reported.made(run, "image_recognition.py")).text
    assert "12 of 30" in in_report and told.partition("**. ")[2] in in_report
    few = evaluated(answered(dataset.classes, labels, labels, 0.9),
                    counted={"repeated": {"items": 24, "of": 30, "others": {}}})  # fmt: skip
    assert [text for text in said(open_run(few)) if "Too few others to measure without them." in text]


def reaching(value, reach=0.03):
    return {"value": value, "low": value - reach, "high": value + reach}


def test_a_model_card_calls_a_head_worse_than_its_own_features_only_where_it_clearly_is():
    """A linear probe on the same features can hardly differ; another baseline is named however little it is ahead."""

    def row(value):
        known = {"frozen_features": {"accuracy": reaching(0.41)}, "word_counts": {"accuracy": reaching(0.405)}}
        return lost(
            ENGLISH, "accuracy", {"test": {"accuracy": reaching(value)}, "references": known}, "frozen_features"
        )

    assert row(0.4) == "\n| on the test set worse than | logistic regression on word counts (TF-IDF) (0.405) |"
    assert "linear probe" in row(0.3) and row(0.408) == ""
