"""A profile of recommending measures what is tried, compared, trained and packed, and leaves nothing behind."""

from __future__ import annotations

import json

import made_items
import pytest

from cases.base import WorkDirs
from cases.recommendation import CASE
from models.progress import QUIET
from models.training.cost_estimate import CostEstimate


@pytest.mark.parametrize("network", ["automatic", "factors"])
def test_everything_that_a_run_does_is_measured(text_body, tmp_path, network):
    books, folder = made_items.write(tmp_path / "books"), tmp_path / "profile"
    folder.mkdir()
    settings = CASE.Settings(**{**made_items.QUICK, "model": str(text_body), "network": network})
    result = CASE.tasks[0].profile(settings, books, WorkDirs(folder, tmp_path / "cache"), QUIET)
    pace = CostEstimate(**result["pace"])
    assert all(value >= 0 for value in vars(pace).values()) and json.loads(json.dumps(result)) == result
    assert min(pace.choose, pace.item + pace.step, pace.evaluate, pace.pack, pace.packed) > 0
    assert (pace.tried > 1) == (network == "automatic") and not list(folder.iterdir())


def test_epochs_of_what_is_tried_are_no_more_than_those_of_the_training():
    still = dict.fromkeys(CostEstimate.__dataclass_fields__, 0)
    pace = CostEstimate(**{**still, "epoch": 1, "tried": 3, "short": 3})
    counts = {"train": 10, "validation": 1, "test": 1}
    assert [pace.seconds(counts, epochs=epochs, batch_size=1)["train"] for epochs in (1, 12)] == [4, 21]
