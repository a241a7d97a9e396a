"""Networks that start where EASE ends: what they are shown of it, their start, and how far they go from there."""

from __future__ import annotations

import made_items
import numpy as np
import pytest
from scipy.sparse import csr_array

from cases.ranking.interactions import Interactions
from cases.recommendation import ease, model_choice
from cases.recommendation.item_weights import ItemList
from cases.recommendation.leave_out import LeaveOut
from cases.recommendation.scorer_evaluation import judge
from models.progress import QUIET, NullReporter

PEOPLE, ITEMS, PENALTY = 40, 25, 10.0


def interactions():
    """Of people who have four to ten items each, in the order of time."""
    random = np.random.default_rng(0)
    some = [random.permutation(ITEMS)[: random.integers(4, 11)] for _person in range(PEOPLE)]
    user, item = np.repeat(np.arange(PEOPLE), [*map(len, some)]), np.concatenate(some)
    return Interactions(user, item, np.arange(float(len(user))), np.full(len(user), "", object), PEOPLE, ITEMS)


def leave_out(train, decay=1.0):
    solved = ease.solve(train.table(), PENALTY)
    nobody = np.zeros(ITEMS, np.float32)
    return LeaveOut(ItemList.strongest(solved.columns, train.counts, nobody, decay), solved, train)


@pytest.mark.parametrize(("decay", "most"), [(1.0, 0.04), (0.7, 0.15)])
def test_a_person_is_scored_as_if_the_list_had_not_learnt_from_what_came_later(decay, most):
    train, off, off_whole = interactions(), [], []
    known, whole = leave_out(train, decay), ease.solve(train.table(), PENALTY).weights
    for person in range(12):
        some = train.of_each[person]
        [found] = known.scores([person], [some[:2]], [some[2:-1]], np.arange(ITEMS))
        for place, stop in enumerate(range(3, len(some))):
            rows, had = train.table().toarray(), np.zeros(ITEMS)
            rows[person, some[stop:]] = 0
            had[some[:stop]] = decay ** np.arange(stop - 1, -1, -1)
            new = np.setdiff1d(np.arange(ITEMS), some[:stop])
            expected = (had @ ease.solve(csr_array(rows), PENALTY).weights)[new]
            for errors, scores in ((off, found[place, new]), (off_whole, (had @ whole)[new])):
                errors.append(np.abs(scores - expected).max() / np.abs(expected).max())
    assert np.mean(off) < most and np.mean(off_whole) > 3 * most


class Noting(NullReporter):
    def __init__(self):
        self.epochs = []

    def metrics(self, split, step, values):
        if split == "validation":
            self.epochs.append((values["epoch"], values["ndcg@10"]))


@pytest.fixture(scope="module")
def books(tmp_path_factory):
    return made_items.write(tmp_path_factory.mktemp("books") / "data")


def test_it_begins_as_ease_and_what_learns_nothing_leaves_ease_as_the_model(books, tmp_path):
    report = Noting()
    trainer = made_items.learn(
        books, tmp_path, report, network="residual", begin="nothing", epochs=1, learning_rate=1e-7
    )
    asked, items = trainer.context.validation, trainer.context.history.items
    base = trainer.simple.corrected
    begun = model_choice.Kept("", trainer.network, 1.0, trainer.simple.all[base].whole.times(trainer.network.factor))
    values = judge(asked, items, begun.scores(asked, items), QUIET).metrics["ndcg@10"]
    assert values.mean() == pytest.approx(trainer.simple.all[base].value, abs=0.02)
    assert report.epochs[0] == (0, pytest.approx(trainer.simple.all[base].value)) and len(report.epochs) == 2
    assert trainer.kept.name == trainer.simple.strongest and trainer.kept.network is None
    assert trainer.tried[trainer.kept.name] == pytest.approx(trainer.simple.all[trainer.kept.name].value)


def test_what_ease_cannot_know_is_added_to_it_and_leaves_with_it(books, tmp_path):
    trainer = made_items.learn(books, tmp_path, QUIET, network="residual", begin="nothing", learning_rate=0.02)
    asked, items = trainer.context.test, trainer.context.history.items
    listed = trainer.simple.all[trainer.simple.corrected].whole.times(trainer.network.factor)
    trainer.kept = model_choice.Kept(f"network+{trainer.simple.corrected}", trainer.network, 0.5, listed)
    places = np.arange(5)
    had = [asked.had[place] for place in places]
    by_hand = 0.5 * model_choice.by_network(trainer.network, asked, items)(places) + listed.shipped.scores(had)
    kept = trainer.kept.scores(asked, items)(places)
    np.testing.assert_allclose(kept, by_hand, rtol=1e-5)
    open_ = np.ones_like(kept, bool)
    for row, some in enumerate(had):  # of what somebody has EASE's closed form says nothing
        open_[row, some] = False
    np.testing.assert_allclose(trainer.portable.scores(had)[open_], kept[open_], rtol=1e-3, atol=1e-3)
