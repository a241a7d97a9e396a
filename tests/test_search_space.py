"""What a search tries, in which order, and which of its trials wins."""

from __future__ import annotations

import numpy as np
import pytest
from searches import PICTURES, space

from cases.base import Validation
from runs.search import choice
from runs.search.journal import DONE, Trial
from runs.search.study import Study, told


def test_cheaper_parts_of_the_network_come_first_and_the_chosen_model_before_others(materials, small_models, home):
    small_models(home)
    found = space(materials, mode="full", epochs=2)
    ways = [(one["mode"], one["model"]) for one in found.starts]
    own = str(materials[PICTURES][0])
    models = [own, "efficientnet_lite0", "efficientnet_lite2", "efficientnet_lite0_lite2"]
    assert ways == [(mode, model) for mode in ("head", "last_blocks", "lora", "full") for model in models]
    assert found.varied(found.starts[0]) == ["learning_rate", "augmented_views"]  # its features are computed once
    assert found.varied(found.starts[-1]) == ["learning_rate", "contrastive", "augmentation"]


def test_of_the_best_head_four_augmented_views_are_tried_before_anything_else_learns(materials, small_models, home):
    small_models(home)
    study, tried, order = Study(space(materials), falling=False, seed=0), [], []
    ways = study.starts_in_order(lambda: tried, falling=False)
    heads = [name for name, one in study.starts.items() if one["mode"] == "head"]
    for number, params in enumerate(ways):
        settings = study.settings(params)
        order.append((settings["mode"], settings["augmented_views"]))
        value = 0.9 if params["way"] == heads[1] else 0.5
        tried.append(Trial(str(number), params["way"], told(study.space, settings), params, DONE, value=value))
    assert order[: len(heads) + 1] == [("head", 0)] * len(heads) + [("head", 4)]
    assert tried[len(heads)].start == heads[1]
    assert tried[len(heads) + 1].settings["model"] == study.starts[heads[1]]["model"]  # which did best until then
    assert len(order) == len(study.starts) + 1 and all(views == 0 for _mode, views in order[len(heads) + 1 :])


def test_a_contrastive_loss_is_tried_only_where_examples_of_a_class_are_few(materials, small_models, home):
    small_models(home)
    assert "contrastive" in space(materials).choices
    assert "contrastive" not in space(materials, times=100).choices


def test_what_a_person_set_for_one_way_to_train_does_not_hold_for_others(materials, small_models, home):
    small_models(home)
    found = space(materials, mode="full", learning_rate=0.003)
    rates = {(one["mode"], one["model"] == str(materials[PICTURES][0])): one["learning_rate"] for one in found.starts}
    assert rates["full", True] == 0.003
    assert rates["head", True] is None and rates["full", False] is None
    assert found.bounds(found.starts[0], "learning_rate") == (1e-4, 2.5e-3)


@pytest.mark.slow
def test_the_sampler_proposes_settings_that_the_form_takes_and_learns_from_what_was_tried(
    materials, small_models, home
):
    small_models(home)
    found = space(materials)
    study = Study(found, falling=False, seed=0)
    for number, start in enumerate(study.starts):
        params = study.usual(start)
        assert dict(study.settings(params)) == dict(study.starts[start])
        study.remember(Trial(str(number), start, told(found, study.settings(params)), params, DONE, value=number / 10))
    proposed = [study.settings(params) for params in study.proposals()]
    assert len(proposed) > 20 and None not in proposed
    assert len({found.key(one) for one in proposed}) > 10
    assert [*Study(found, falling=False, seed=0).proposals()][:3] == [*Study(found, falling=False, seed=0).proposals()][
        :3
    ]


def test_a_trial_that_lags_behind_the_median_is_given_up_but_not_before_half(materials, small_models, home):
    small_models(home)
    found = space(materials)
    study = Study(found, falling=False, seed=0)
    start = next(iter(study.starts))
    for number in range(4):
        marks = {"1": 0.5, "2": 0.6 + number / 100, "3": 0.7, "4": 0.8}
        study.remember(Trial(str(number), start, {}, study.usual(start), DONE, value=0.8, marks=marks))
    assert not study.should_prune(start, {"1": 0.1})
    assert study.should_prune(start, {"1": 0.1, "2": 0.2})
    assert not study.should_prune(start, {"1": 0.1, "2": 0.62})


# which wins


def scored(right, wrong=0):
    return {row: float(row < right) for row in range(right + wrong)}


def test_the_cheaper_of_two_wins_unless_the_other_is_clearly_better():
    cheap, slightly, clearly = scored(80, 20), scored(81, 19), scored(90, 10)
    assert choice.best([cheap, slightly], falling=False) == 0
    assert choice.best([cheap, slightly, clearly], falling=False) == 2
    assert choice.best([clearly, cheap], falling=False) == 0
    assert choice.best([cheap, clearly], falling=True) == 0  # of errors fewer are better


def test_among_those_that_are_as_often_right_the_one_decides_that_finds_the_right_answers_likelier():
    cheap, other = scored(80, 20), scored(81, 19)
    unsure, surer = ({row: loss + 0.01 * (row % 7) for row in range(100)} for loss in (0.6, 0.4))
    assert choice.best([cheap, other], [unsure, surer], falling=False) == 1
    assert choice.best([cheap, other], [surer, unsure], falling=False) == 0
    assert choice.best([cheap, other], [unsure, unsure], falling=False) == 0  # the cheaper of two that are alike
    assert choice.best([scored(90, 10), cheap], [unsure, surer], falling=False) == 0  # more right answers come first
    assert choice.best([cheap, other], [unsure, {}], falling=False) == 0  # of an earlier day
    assert choice.best([other, cheap], [unsure, surer], falling=False) == 0  # fewer right answers are no gain


def test_a_gain_is_measured_on_the_same_examples():
    gain, error = choice.gain(scored(90, 10), {**scored(80, 20), 1000: 1.0}, falling=False)
    assert gain == pytest.approx(0.1)
    assert error == pytest.approx((9 + 2) ** 0.5 / 100)


def test_an_example_that_was_validated_several_times_counts_by_its_mean(tmp_path):
    first, second = (Validation(np.array(rows), np.array(scores), np.array(losses)) for rows, scores, losses in (
        ([3, 1], [1.0, 1.0], [0.1, 0.2]), ([3], [0.0], [0.9])))  # fmt: skip
    choice.keep(tmp_path, [first, second])
    assert choice.scores(tmp_path) == {1: 1.0, 3: 0.5} and choice.scores(tmp_path, choice.LOSSES) == {1: 0.2, 3: 0.5}
    choice.keep(tmp_path, [first, Validation(np.array([3]), np.array([0.0]))])
    assert choice.scores(tmp_path, choice.LOSSES) == {}
    assert choice.interval(np.ones(10))[1:] == pytest.approx((0.722, 1.0), abs=0.001)
