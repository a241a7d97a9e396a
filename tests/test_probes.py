"""A few items are watched while a network learns, and the learning does not notice."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch
from test_training import PLAN, STEP, Listening, Network, measure, weights

from models.progress import Stopped
from models.training import monitored, trainer
from models.training.batches import Batches
from models.training.monitored import MonitoredSamples, undisturbed

LABELS = np.array([0, 0, 0, 0, 1, 1, 1, 2, 2, 3])
ROWS = np.arange(10)


@pytest.fixture(scope="module")
def data():
    torch.set_num_threads(1)
    random = np.random.default_rng(0)
    x = random.normal(size=(60, 6)).astype(np.float32)
    labels = (x[:, 0] > 0).astype(np.int64) + (x[:, 1] > 1)
    return Batches("x", x, labels, np.arange(40)), Batches("x", x, labels, np.arange(40, 60))


@pytest.fixture
def probes(data):
    known = data[1]
    return MonitoredSamples(Batches("x", known.inputs, known.labels, np.array([3, 41, 59])), ("a", "b", "c"),
                            ("train", "validation", "validation"))  # fmt: skip


class Watched(Listening):
    """Keeps the rows of probes apart, so that the others can be compared with those of a training without."""

    def __init__(self, stop_at=None):
        super().__init__(stop_at)
        self.probes = {}

    def metrics(self, split, step, values):
        kept = self.probes if split == "probes" else self.rows
        kept[(split, step)] = {k: v for k, v in values.items() if k != "items_per_second"}


def fit(folder, data, probe, report):
    network = Network()
    trainer.fit(network, *data, PLAN, folder, measure, report, probe)
    return network


def test_what_a_person_pinned_comes_first_and_others_fill_the_row():
    chosen = monitored.choose((7, 2, 7, 99), ROWS, ROWS[:4], LABELS, seed=0).tolist()
    assert chosen[:2] == [7, 2] and sorted(chosen[2:]) == [0, 1, 3]
    assert len(monitored.choose(tuple(range(10)), ROWS, ROWS[:4], LABELS, seed=0)) == 8
    chosen = monitored.choose((9,), ROWS, ROWS, LABELS, seed=0).tolist()
    assert chosen[0] == 9 and len(set(chosen)) == 8


def test_they_are_told_before_the_first_step_and_at_each_evaluation(data, probes, tmp_path):
    report = Watched()
    fit(tmp_path, data, probes, report)
    assert [step for _, step in report.probes] == [0, 5, 10, 15, 20]
    assert [row["epoch"] for row in report.probes.values()] == [0, 1, 2, 3, 4]
    last = json.loads(json.dumps(report.probes["probes", 20]))["items"]
    assert [(item["row"], item["part"]) for item in last] == [(3, "train"), (41, "validation"), (59, "validation")]
    for item in last:
        names, shares = zip(*item["top"], strict=True)
        assert set(names) == {"a", "b", "c"} and sorted(shares, reverse=True) == list(shares)
        assert sum(shares) == pytest.approx(1, abs=1e-3)
        assert item["right"] == dict(item["top"])[item["label"]]
    assert report.probes["probes", 0] != report.probes["probes", 20]


def test_watching_changes_neither_modes_nor_statistics_nor_chance(probes):
    network = Network().train()
    network.layers[1].eval()  # as statistics that are kept frozen
    modes = [module.training for module in network.modules()]
    before, random = weights(network), torch.get_rng_state()
    probes(network)
    assert [module.training for module in network.modules()] == modes
    assert weights(network) == before
    assert torch.equal(torch.get_rng_state(), random)
    with undisturbed(network):
        torch.rand(5)
    assert torch.equal(torch.get_rng_state(), random)


def test_a_watched_training_comes_to_the_same_weights_and_numbers(data, probes, tmp_path):
    alone, watched = Watched(), Watched()
    expected = weights(fit(tmp_path / "alone", data, None, alone))
    assert weights(fit(tmp_path / "watched", data, probes, watched)) == expected
    assert watched.rows == alone.rows


def test_after_any_interruption_they_say_the_same_to_the_bit(data, probes, tmp_path):
    straight = Watched()
    expected = weights(fit(tmp_path / "straight", data, probes, straight))
    for checks in (3, 5 * STEP + 30, 9 * STEP, 12 * STEP + 5):
        broken, resumed = Watched(checks), Watched()
        with pytest.raises(Stopped):
            fit(tmp_path / str(checks), data, probes, broken)
        torch.rand(checks)
        assert weights(fit(tmp_path / str(checks), data, probes, resumed)) == expected
        assert {**broken.probes, **resumed.probes} == straight.probes
