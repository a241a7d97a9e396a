"""The learning curve of a recommender: the model of the run, fitted anew to some of the users, asked about others."""

from __future__ import annotations

from dataclasses import asdict
from functools import cache

import made_items
import pytest

from cases.recommendation import learning_curve
from models.evaluation.learning_curve import FEW, LearningCurve
from models.progress import QUIET, NullReporter, Stopped


@pytest.fixture(scope="module")
def learnt(text_body, tmp_path_factory):
    """The trainer of a run by its network, and what its result tells of it."""
    dataset, made = made_items.write(tmp_path_factory.mktemp("books") / "data"), {}
    for network in ("list", "residual", "factors"):
        folder = tmp_path_factory.mktemp(network)
        trainer = made_items.learn(dataset, folder, QUIET, network=network, model=str(text_body), learning_rate=0.02,
                                   epochs=1)  # fmt: skip
        made[network] = trainer, {"chosen": asdict(trainer.chosen)} if trainer.chosen else {}
    return made


@pytest.fixture(scope="module")
def measured(learnt):
    """The learning curve of a run by its network, measured once."""
    return cache(lambda network: learnt[network][0].learning_curve(learnt[network][1], QUIET))


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(learning_curve, "FOLDS", 2)
    monkeypatch.setattr(learning_curve, "LEAST", 3)
    monkeypatch.setattr(learning_curve, "DRAWS", 1)


@pytest.mark.slow
@pytest.mark.parametrize("network", ["list", "residual", "factors"])
def test_every_kind_of_model_is_fitted_to_ever_more_users_and_asked_about_others(learnt, measured, network):
    trainer, found = learnt[network][0], measured(network)
    assert [one.n for one in found.points] == [3, 8, 15, 30] and found.out_of_fold
    assert found.judged == made_items.READERS and found.interactions == trainer.counts["train"] // 2
    assert all(0 <= one.low <= one.value <= one.high <= 1 for one in found.points)
    assert LearningCurve.from_json(found.as_json()) == found
    assert not (trainer.context.place.folder / "curve").exists()
    if network == "list":  # more readers make better lists
        assert found.points[-1].value > found.points[0].value + 0.05


def test_nobody_is_judged_by_a_model_that_learnt_from_them(learnt):
    trainer, _result = learnt["list"]
    judged, asked = [], trainer.context.validation

    def fit(context, report):
        judged.append((set(context.train.user), set(context.validation.people)))
        assert context.dataset.sealed
        return trainer.portable

    learning_curve.measure(trainer.context, fit, QUIET)
    folds = [set(asked.people[places]) for places in learning_curve._judged(trainer.context)]
    assert set.union(*folds) == set(asked.people) and sum(map(len, folds)) == len(asked.people)
    for number, (users, validated) in enumerate(judged):
        assert not users & folds[number % 2] and validated <= users and validated
    assert [len(users) for users, _ in judged[::2]] == [3, 8, 15, 30]


def test_of_many_users_a_fifth_are_judged_at_once_and_with_too_few_nothing_is_told(learnt, monkeypatch):
    trainer, result = learnt["list"]
    monkeypatch.setattr(learning_curve, "ENOUGH", 20)
    monkeypatch.setattr(learning_curve, "LEAST", 10)
    found = trainer.learning_curve(result, QUIET)
    assert not found.out_of_fold and found.judged == 30
    assert found.verdict == FEW and [one.n for one in found.points] == [15, 30]


def test_it_tells_how_far_it_is_and_can_be_stopped(learnt):
    class Stopping(NullReporter):
        told = ()

        def progress(self, what, done, total, **more):
            self.told += ((what, done, total),)

        def check(self):
            if len(self.told) > 2:
                raise Stopped

    trainer, result = learnt["factors"]
    report = Stopping()
    with pytest.raises(Stopped):
        trainer.learning_curve(result, report)
    assert {(what, total) for what, _done, total in report.told} == {("curve", 100)}
    assert [done for _what, done, _total in report.told] == sorted({done for _what, done, _total in report.told})
    assert not (trainer.context.place.folder / "curve").exists()
