"""Where writing a checkpoint takes long beside the epochs, some are left out, and nothing else changes."""

from __future__ import annotations

from dataclasses import replace

import pytest
from test_training import EPOCH, PLAN, STEP, Listening, data, fit, weights

from models.progress import Stopped
from models.training import callbacks

__all__ = ["data"]  # fixture

UP_AND_DOWN = replace(PLAN, epochs=12, learning_rate=0.3, schedule="constant")  # epochs get better and worse


class Counting(Listening):
    """Notes after which of the validated epochs a checkpoint was written, too."""

    def __init__(self, *stop):
        super().__init__(*stop)
        self.written = []

    def flush(self):
        self.written.append(max((step for split, step in self.rows if split == "validation"), default=0))


@pytest.fixture
def dear(monkeypatch):
    monkeypatch.setattr(callbacks, "DEAR", -1.0)
    monkeypatch.setattr(callbacks, "APART", 10**9)


@pytest.fixture(scope="module")
def each(data, tmp_path_factory):
    """A training with a checkpoint after every epoch."""
    return fit(tmp_path_factory.mktemp("each"), data, UP_AND_DOWN, Counting())


def necessary(report):
    """Steps that end an epoch which is the best so far, or the last."""
    losses = {step: row["loss"] for (split, step), row in report.rows.items() if split == "validation"}
    best = [step for step in losses if all(losses[step] < losses[before] for before in losses if before < step)]
    return sorted({*best, max(losses)})


def test_only_the_best_so_far_and_the_last_are_written_and_the_same_is_learnt(data, tmp_path, each, dear):
    network, report = fit(tmp_path, data, UP_AND_DOWN, Counting())
    assert report.written == necessary(report) and len(report.written) < len(each[1].written) == 12
    assert report.rows == each[1].rows and weights(network) == weights(each[0])


@pytest.mark.parametrize(
    ("checks", "error"), [(3, Stopped), (2 * STEP + 3, Stopped), (EPOCH - 4, Stopped), (2 * STEP + 3, RuntimeError)],
    ids=["stopped in its first step", "in its third", "in its evaluation", "broken in its third step"],
)  # fmt: skip
def test_what_ends_in_the_epoch_after_one_that_was_left_out_goes_on_with_the_same_numbers(
    data, tmp_path, each, dear, checks, error
):
    done = next(epoch for epoch in range(1, 12) if 5 * epoch not in necessary(each[1]))
    with pytest.raises(error):
        fit(tmp_path, data, UP_AND_DOWN, Counting(done * EPOCH + checks, error))
    assert not (tmp_path / f"checkpoint-{5 * done}").exists()
    network, report = fit(tmp_path, data, UP_AND_DOWN, Counting())
    assert min(step for split, step in report.rows if split == "train") > 1  # it did not begin anew
    assert report.rows.items() <= each[1].rows.items() and weights(network) == weights(each[0])
