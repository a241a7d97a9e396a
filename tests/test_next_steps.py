"""What to do next: every step is offered where its reason was measured, and nowhere else."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from compared_runs import measured
from evaluation_page import answered, evaluated, said
from opened_pages import sound
from test_learning_curve import SIZES, curve

from pages.shared import owner
from pages.task_types.classification.next_steps import next_steps
from runs.results import learning_curve
from runs.search import journal
from runs.store import records

LABELS = np.repeat([0, 1, 2], 30)


def run_with(dataset, validation=(), train=None, judged=None, kept=None, **settings):
    """A run with these validation losses, whose answers out of fold are `judged`, and all is well otherwise.

    Args:
        kept: how far from the start its weights are, where they were trained.
    """
    right = answered(dataset.classes, LABELS, LABELS, 0.9)
    told = {} if kept is None else {"trained": {"share": kept, "epochs": 10.0, "best_epoch": 3.0}}
    run = evaluated(replace(right, out_of_fold=judged or replace(right)), counted=told, **settings)
    train = train or [1.0 / (n + 1) for n in range(len(validation))]
    rows = [("machine", 0, {}), *(
        row for n, (loss, other) in enumerate(zip(validation, train, strict=True), 1)
        for row in (("train", n, {"epoch": float(n), "loss": other}),
                    ("validation", n, {"epoch": float(n), "loss": loss, "accuracy": 0.5})))]  # fmt: skip
    measured(run, rows)
    return run


def offered(app, run):
    """Name of a step → the words on its button."""
    return {button.key.removeprefix("next_").removesuffix(f"_{run}"): button.label for button in app.button
            if button.key and button.key.startswith("next_")}  # fmt: skip


def asked_for(run):
    """Name of a step that is worth its while → the settings that it changes; without a page."""
    return {step.name: step.changed for step in next_steps(records.run(run, owner.current()))}


FALLING = [1.0, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.25, 0.2]
LEVEL = [1.0, 0.5, 0.4, 0.35, 0.33, 0.32, 0.32, 0.32, 0.32, 0.32]
RISING = [1.0, 0.6, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.1]
JUMPING = [1.0, 0.6, 0.4, 2.5, 1.1, 0.9, 0.8, 0.8, 0.7, 0.7]
NOTHING = [2.0, 0.1, 0.02, 0.025, 0.03]  # a rise of a half, and hardly any beside the first loss


def trained_and_held_back(dataset, known, new, **counted):
    """A run better than the baselines, with so many mistakes on 300 training and on as many held-out examples."""
    labels, parts = np.tile([0, 1, 2], 210), np.repeat(["train", "validation", "test"], [300, 300, 30])
    wrong = lambda n: np.where(np.arange(630) % 300 < n, (labels + 1) % 3, labels)  # noqa: E731
    said = np.where(parts == "train", wrong(known), np.where(parts == "validation", wrong(new), labels))
    learnt = answered(dataset.classes, labels, said, 0.9, parts)
    held_back = answered(dataset.classes, labels[:300], wrong(new)[:300], 0.9, "train")
    low, high = ({name: {"value": at, "low": at - 0.05, "high": at + 0.05} for name in ("accuracy", "macro_f1")}
                 for at in (0.3, 0.9))  # fmt: skip
    scores = {"test": high, "references": {"majority": low}, **counted}
    return evaluated(replace(learnt, out_of_fold=held_back), counted=scores)


@pytest.mark.parametrize(("baseline", "wanted"), [(0.9, False), (1.0, True)])
def test_where_validation_could_show_nothing_better_a_larger_part_is_offered_only_to_reach_a_baseline(
    open_run, dataset, baseline, wanted
):  # fmt: skip
    known = {name: {"value": baseline, "low": baseline - 0.02, "high": baseline} for name in ("accuracy", "macro_f1")}
    run = trained_and_held_back(dataset, 60, 80, validation={"value": 1.0, "items": 90}, references={"majority": known})
    app = sound(open_run(run))
    assert ("larger" in offered(app, run)) == wanted
    assert any("larger part of the network" in text for text in said(app)) == wanted


@pytest.mark.parametrize(("losses", "train", "more", "step"), [
    (FALLING, None, {}, {"longer": {"epochs": 20}}),
    (FALLING[:2], None, {}, {}),
    (FALLING, None, {"final_fit": "cross_validated"}, {}),  # the curves show what was replaced
    (LEVEL, None, {}, {}),
    (RISING, None, {}, {"shorter": {"epochs": 3}}),
    (RISING, None, {"kept": 0.0}, {"shorter": {"epochs": 3}}),
    (RISING, None, {"kept": 1.0}, {}),  # what was learnt while the loss rose is clearly better, only too sure
    (NOTHING, None, {}, {}),
    (JUMPING, [*JUMPING[:5], 0.6, 0.3, 0.2, 0.1, 0.05], {}, {}),  # training rose with it first: too long a step
])  # fmt: skip
def test_the_curves_ask_for_more_epochs_or_where_they_overfit_for_fewer(dataset, losses, train, more, step):
    found = asked_for(run_with(dataset, losses, train, **more))
    assert {name: changed for name, changed in found.items() if name in ("longer", "shorter")} == step


def test_a_step_leads_to_a_draft_with_that_one_setting(open_run, dataset):
    run = run_with(dataset, RISING)
    app = open_run(run)
    assert offered(app, run)["shorter"] == "New run with “Epochs 3”"
    assert any(text.startswith("Overfits after epoch 3: the validation loss then rose by 175%") for text in said(app))
    app = sound(app.button(key=f"next_shorter_{run}").click().run())
    assert "run" not in app.query_params and app.number_input(key="image_recognition_epochs_").value == 3
    assert app.selectbox(key="image_recognition_mode_").value == "head"


@pytest.mark.slow
def test_no_step_keeps_what_the_diagnosis_blames(open_run, dataset):
    """A learning rate of 1e-7 for one epoch: what to change is that, and no draft goes on with it."""
    chosen = {"learning_rate": 1e-7, "epochs": 1, "dropout": 0.5, "batch_size": 16}
    run = run_with(dataset, [1.0986], [1.0986], **chosen)
    app = open_run(run)
    assert any("**learning rate or training too small**" in text for text in said(app))
    assert not any("larger part of the network" in text for text in said(app))
    first = "**Training hardly lowered the loss**, see the diagnosis."
    assert any(one.value.startswith(first) for one in app.warning)
    steps = offered(app, run)
    back = "Epochs automatic, Learning rate automatic, Dropout 0"
    assert next(iter(steps.items())) == ("automatic", f"New run with “{back}”") and "longer" not in steps
    named = "Set back to the default, since the diagnosis names them: Epochs, Learning rate, Dropout."
    assert any(text.endswith(named) for text in said(app))  # some are automatic by default, and some a number
    for step, mode in (("automatic", "head"), ("larger", "full")):
        draft = sound(open_run(run).button(key=f"next_{step}_{run}").click().run())
        of = lambda name: draft.number_input(key=f"image_recognition_{name}_").value  # noqa: B023, E731
        assert [of(name) for name in chosen] == [None, None, 0.0, 16]
        assert draft.selectbox(key="image_recognition_mode_").value == mode
    assert not [text for text in warned(draft) if "will hardly learn" in text]
    draft = sound(draft.number_input(key="image_recognition_learning_rate_").set_value(1e-7).run())
    [told] = [text for text in warned(draft) if "will hardly learn" in text]
    assert told.startswith("Learning rate × epochs is 1/1,000 of the automatic")
    well = run_with(dataset, LEVEL)
    app = open_run(well)
    assert "automatic" not in offered(app, well) and not any(one.value.startswith(first) for one in app.warning)


def warned(app):
    return [element.value for element in app.warning]


def test_nothing_is_offered_to_a_run_that_was_stopped_or_makes_no_mistake(open_run, dataset):
    right = {"value": 1.0, "low": 0.9, "high": 1.0}
    for told in (
        {"stopped": {"epoch": 2, "epochs": 9, "step": 10, "steps": 45}},
        {"test": {"accuracy": right, "macro_f1": right}},
    ):
        run = evaluated(answered(dataset.classes, LABELS, LABELS, 0.9), counted=told)
        assert not offered(open_run(run), run)


UNEVEN = np.repeat([0, 1, 2], [100, 100, 30])
OVERLOOKED = np.where((UNEVEN == 2) & (np.arange(230) % 2 == 0), 0, UNEVEN)  # half of the small class


def test_small_classes_that_are_recognised_less_often_ask_for_balance(dataset):
    for said_, settings, wanted in (
        (OVERLOOKED, {}, True),
        (UNEVEN, {}, False),
        (OVERLOOKED, {"loss": "balanced"}, False),
    ):
        run = run_with(dataset, judged=answered(dataset.classes, UNEVEN, said_, 0.5), **settings)
        assert ("balance" in asked_for(run)) == wanted


def test_two_classes_that_are_told_apart_by_chance_lead_to_their_confusions(open_run, dataset):
    mixed = np.where((LABELS < 2) & (np.arange(90) % 2 == 0), 1 - LABELS, LABELS)
    run = run_with(dataset, judged=answered(dataset.classes, LABELS, mixed, 0.5))
    app = open_run(run)
    assert any("easier, not the model better" in text for text in said(app))
    app = sound(app.button(key=f"next_merge_{run}").click().run())
    assert (app.query_params["see"], app.query_params["cell"]) == ("classes", "0-1")
    seldom = np.where((LABELS < 2) & (np.arange(90) % 5 == 0), 1 - LABELS, LABELS)
    run = run_with(dataset, judged=answered(dataset.classes, LABELS, seldom, 0.5))
    assert "merge" not in asked_for(run)


@pytest.mark.slow
def test_a_rising_learning_curve_asks_for_more_examples_and_at_most_three_steps_are_open(open_run, dataset):
    run = run_with(dataset, FALLING, judged=answered(dataset.classes, UNEVEN, OVERLOOKED, 0.9))
    assert "examples" not in asked_for(run)
    learning_curve.keep(run, curve([1 - (0.05 + 0.15 * (n / 1000) ** -0.5) for n in SIZES]))
    app = open_run(run)
    assert {"larger", "longer", "examples", "balance"} <= set(offered(app, run))
    assert [one.label for one in app.expander if one.label.startswith("More (")]
    learning_curve.keep(run, curve([0.9] * 4))
    assert "examples" not in asked_for(run)


def test_find_the_best_is_offered_until_these_data_were_searched(open_run, dataset):
    run = run_with(dataset)
    app = open_run(run)
    assert offered(app, run)["search"] == "Find the best"
    assert any("1 run so far on this data." in text for text in said(app))
    app = sound(app.button(key=f"next_search_{run}").click().run())
    assert "run" not in app.query_params and app.button(key="image_recognition__search")
    row = records.run(run, owner.current())
    journal.begin(row.owner, row.case, "search", row.dataset, row.settings, 60, {})
    assert "search" not in offered(open_run(run), run)
