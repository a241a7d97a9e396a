"""The one engine: what it keeps, what it survives, what it tells."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_model
from torch import nn

from models import memory
from models.errors import InputError
from models.progress import NullReporter, Stopped
from models.training import checkpoints, device, trainer
from models.training.batches import Batches

PLAN = trainer.TrainingConfig(
    epochs=4, batch_size=8, learning_rate=0.03, optimizer="adamw", schedule="cosine", warmup=0.1, weight_decay=0.01,
    patience=0, seed=3, bf16=False,
)  # fmt: skip


STEP = 7 + 6 + 1  # questions for a stop in a step: before each module, at each gradient, at the end
EPOCH = 5 * STEP + 8  # and in an epoch: five steps, and an evaluation of one batch


class Network(nn.Module):
    """Two layers with dropout and noise on the input, which stands for augmentation."""

    def __init__(self, most=10**6, noise=0.3, most_seen=10**6):
        super().__init__()
        torch.manual_seed(0)
        self.layers = nn.Sequential(nn.Linear(6, 16), nn.BatchNorm1d(16), nn.ReLU(), nn.Dropout(0.3), nn.Linear(16, 3))
        self.most, self.noise, self.sizes, self.most_seen = most, noise, [], most_seen

    def forward(self, x, labels=None):
        if self.training:
            self.sizes.append(len(x))
            if len(x) > self.most:  # as a card too small for the batch
                raise torch.OutOfMemoryError("CUDA out of memory.")
            x = x + self.noise * torch.randn_like(x)
        elif len(x) > self.most_seen:
            raise torch.OutOfMemoryError("CUDA out of memory.")
        logits = self.layers(x)
        return {"loss": nn.functional.cross_entropy(logits, labels), "logits": logits}


class Listening(NullReporter):
    """Keeps what is told; asks to stop, or breaks, when `check` was called so often."""

    def __init__(self, stop_at=None, error=Stopped):
        self.rows, self.notes, self.checks, self.stop_at, self.error = {}, [], 0, stop_at, error

    def metrics(self, split, step, values):
        self.rows[split, step] = {k: v for k, v in values.items() if k != "items_per_second"}

    def note(self, message, **args):
        self.notes.append(message.format(**args))

    def check(self):
        self.checks += 1
        if self.stop_at is not None and self.checks >= self.stop_at:
            raise self.error


@pytest.fixture(scope="module")
def data():
    torch.set_num_threads(1)
    random = np.random.default_rng(0)
    x = random.normal(size=(60, 6)).astype(np.float32)
    labels = (x[:, 0] + 0.5 * random.normal(size=60) > 0).astype(np.int64) + (x[:, 1] > 1)
    return Batches("x", x, labels, np.arange(40)), Batches("x", x, labels, np.arange(40, 60))


def measure(outcome):
    return {"accuracy": float((outcome.predictions.argmax(1) == outcome.label_ids).mean())}


def fit(folder, data, plan=PLAN, report=None, network=None):
    network, report = network or Network(), report or Listening()
    trainer.fit(network, *data, plan, folder, measure, report)
    return network, report


@pytest.fixture(scope="module")
def unbroken(data, tmp_path_factory):
    return fit(tmp_path_factory.mktemp("unbroken"), data)


def weights(network):
    return {name: value.tolist() for name, value in network.state_dict().items()}


def test_the_network_is_left_with_the_weights_of_its_best_epoch(data, tmp_path):
    network, report = fit(tmp_path, data, replace(PLAN, epochs=12, learning_rate=0.3, schedule="constant"))
    losses = {step: row["loss"] for (split, step), row in report.rows.items() if split == "validation"}
    best = min(losses, key=losses.get)
    assert best != max(losses)  # it got worse again
    batch = data[1].__getitems__(list(range(20)))
    with torch.no_grad():
        assert network.eval()(**batch)["loss"].item() == pytest.approx(losses[best], abs=1e-6)
        assert checkpoints.ends(tmp_path)[0] == tmp_path / checkpoints.TRAINED
        load_model(network, checkpoints.ends(tmp_path)[1])  # those of its last epoch are kept beside them
        assert network(**batch)["loss"].item() == pytest.approx(losses[max(losses)], abs=1e-6)


def test_the_accuracy_of_training_is_counted_over_each_epoch(data, tmp_path, unbroken):
    network, report = Network(), Listening()
    trainer.fit(network, *data, PLAN, tmp_path, measure, report,
                right=lambda logits, labels: (logits.argmax(1) == labels).sum())  # fmt: skip
    told = {step: row for (split, step), row in report.rows.items() if split == "epoch"}
    assert list(told) == [5, 10, 15, 20]
    assert all((row["accuracy"] * 40).is_integer() for row in told.values())  # of all forty items, each once
    assert told[20]["accuracy"] > told[5]["accuracy"]
    others = {key: row for key, row in report.rows.items() if key[0] != "epoch"}
    assert others == unbroken[1].rows and not network._forward_hooks  # it changes nothing and leaves nothing behind


def test_training_ends_early_when_nothing_improves(data, tmp_path):
    _, report = fit(tmp_path, data, replace(PLAN, epochs=40, learning_rate=0.3, schedule="constant", patience=2))
    losses = [row["loss"] for (split, _), row in report.rows.items() if split == "validation"]
    assert len(losses) < 40
    assert losses.index(min(losses)) == len(losses) - 3


@pytest.mark.parametrize(
    ("checks", "error"),  # in the middle of a step or at its end, at the last one of an epoch, in an evaluation
    [*((checks, Stopped) for checks in (1, STEP, STEP + 3, EPOCH - 8, EPOCH - 4, EPOCH + STEP + 9, 3 * EPOCH + 70)),
     (EPOCH + 2 * STEP + 5, RuntimeError)],
)  # fmt: skip
def test_after_any_interruption_the_numbers_are_the_same_to_the_bit(unbroken, data, tmp_path, checks, error):
    broken = Listening(checks, error)
    with pytest.raises(error):
        fit(tmp_path, data, report=broken)
    torch.rand(checks)  # another process has drawn other numbers
    network, report = fit(tmp_path, data)
    assert weights(network) == weights(unbroken[0])
    assert {**broken.rows, **report.rows} == unbroken[1].rows


@pytest.fixture(scope="module")
def measured(data):
    """The same, in batches of like length."""
    training_part, validation = data
    ordered = Batches("x", training_part.inputs, training_part.labels, training_part.rows)
    ordered.lengths = np.random.default_rng(1).integers(3, 50, len(ordered))
    return ordered, validation


@pytest.fixture(scope="module")
def unbroken_in_order(measured, tmp_path_factory):
    return fit(tmp_path_factory.mktemp("unbroken"), measured)


@pytest.mark.parametrize(
    ("checks", "error"), [(EPOCH + STEP + 9, Stopped), (2 * EPOCH - 1, Stopped), (EPOCH + 2 * STEP + 5, RuntimeError)]
)
def test_batches_of_like_length_are_the_same_after_an_interruption_too(
    unbroken_in_order, unbroken, measured, tmp_path, checks, error
):
    broken = Listening(checks, error)
    with pytest.raises(error):
        fit(tmp_path, measured, report=broken)
    torch.rand(checks)
    network, report = fit(tmp_path, measured)
    assert weights(network) == weights(unbroken_in_order[0]) != weights(unbroken[0])
    assert {**broken.rows, **report.rows} == unbroken_in_order[1].rows


class Recording(torch.utils.data.Dataset):
    """Notes which items each batch held."""

    def __init__(self, batches):
        self.batches, self.lengths, self.asked = batches, batches.lengths, []

    def __len__(self):
        return len(self.batches)

    def __getitems__(self, picks):
        self.asked.append(picks)
        return self.batches.__getitems__(picks)


def test_a_halved_batch_leaves_together_what_was_together(measured, tmp_path):
    whole, halved = Recording(measured[0]), Recording(measured[0])
    fit(tmp_path / "whole", (whole, measured[1]))
    fit(tmp_path / "halved", (halved, measured[1]), network=Network(most=4))
    asked = halved.asked[-40:]  # after the first, which was too large
    assert [left + right for left, right in zip(asked[::2], asked[1::2], strict=True)] == whole.asked


def test_a_stop_writes_a_checkpoint_and_does_not_evaluate_first(data, tmp_path):
    report = Listening(3 * STEP)
    with pytest.raises(Stopped):
        fit(tmp_path, data, report=report)
    assert checkpoints.latest(tmp_path) == str(tmp_path / "checkpoint-3")
    assert not [key for key in report.rows if key[0] == "validation"]


def test_a_finished_training_is_not_trained_again(unbroken, data, tmp_path):
    fit(tmp_path, data)
    network, report = fit(tmp_path, data)
    assert report.rows == {}
    assert weights(network) == weights(unbroken[0])


def test_the_best_of_a_stopped_training_is_its_best_epoch(data, tmp_path):
    with pytest.raises(Stopped):
        fit(tmp_path, data, report=Listening(2 * EPOCH + 4 * STEP))
    state = json.loads((tmp_path / "checkpoint-10/trainer_state.json").read_text())
    network = Network()
    kept = trainer.load_best(network, tmp_path)
    assert str(kept.weights.parent) == state["best_model_checkpoint"]
    assert kept.as_json() == {"step": 14, "steps": 20, "epochs": 4, "epoch": kept.epoch} and kept.epoch in (1, 2)
    assert weights(network) != weights(Network())


@pytest.mark.parametrize(
    ("checks", "steps"),  # in a step, at its end, at the end of the epoch's last one, in the epoch's evaluation
    [(STEP + 3, 1), (3 * STEP, 3), (5 * STEP, 5), (EPOCH, 5)],
)
def test_a_training_stopped_in_its_first_epoch_gives_the_weights_of_its_last_step(data, tmp_path, checks, steps):
    stopped, network = Network(), Network()
    with pytest.raises(Stopped):
        fit(tmp_path, data, report=Listening(checks), network=stopped)
    kept = trainer.load_best(network, tmp_path)
    assert kept.as_json() == {"step": steps, "steps": 20, "epochs": 4, "epoch": None}
    assert weights(network) == weights(stopped) != weights(Network())
    fit(tmp_path, data)
    assert trainer.load_best(Network(), tmp_path).epoch  # what was kept for the evaluation is not taken for news


def test_a_loss_that_is_no_number_ends_the_run_with_its_cause(data, tmp_path):
    broken = Batches("x", data[0].inputs * np.float32(math.inf), data[0].labels, data[0].rows)
    with pytest.raises(InputError) as refused:
        fit(tmp_path, (broken, data[1]))
    assert str(refused.value) == (
        "The loss became NaN or infinite at step 1. The learning rate must keep the loss finite; it is 0.03. Start "
        "again with a learning rate ten times smaller."
    )


def test_the_short_batch_at_the_end_of_an_epoch_is_told_together_with_the_one_before(data, tmp_path):
    class Counting(Network):
        def forward(self, x, labels=None):
            found = super().forward(x, labels)
            return {**found, "loss": 0 * found["loss"] + len(x)}

    _, report = fit(tmp_path, data, network=Counting(), plan=replace(PLAN, batch_size=12, epochs=2))
    told = [values["loss"] for (split, _), values in report.rows.items() if split == "train"]
    assert told == [12, 12, 12, (12 + 4 / 12 * 4) / (16 / 12)] * 2  # forty items


def test_when_memory_runs_out_the_batch_is_halved_and_the_effective_batch_kept(data, tmp_path):
    network, report = fit(tmp_path, data, network=Network(most=2))
    assert report.notes == [
        "Memory ran out: batch size reduced to 4, with gradients accumulated over 2 batches. The effective batch size "
        "is unchanged.",
        "Memory ran out: batch size reduced to 2, with gradients accumulated over 4 batches. The effective batch size "
        "is unchanged.",
    ]
    assert network.sizes == [8, 4, *[2] * 80]  # four epochs of forty items
    assert [step for split, step in report.rows if split == "train"] == list(range(1, 21))  # steps of eight items still


def test_after_a_process_was_killed_for_want_of_memory_the_next_begins_with_half_the_batch(data, tmp_path):
    with memory.halved(1):
        network, report = fit(tmp_path, data)
    assert set(network.sizes) == {4}
    assert [step for split, step in report.rows if split == "train"] == list(range(1, 21))
    assert report.notes == [
        "Memory ran out: batch size reduced to 4, with gradients accumulated over 2 batches. The effective batch size "
        "is unchanged."
    ]


def test_a_machine_that_holds_no_single_item_is_told_so(data, tmp_path):
    with pytest.raises(InputError) as refused:
        fit(tmp_path, data, network=Network(most=0))
    assert str(refused.value) == (
        "A single training example does not fit into memory. Memory must hold the model and one example. Choose a "
        "smaller model, or train the head only."
    )


@pytest.mark.parametrize(("optimizer", "schedule"), [("adamw", "linear"), ("sgd", "cosine"), ("adafactor", "constant")])
def test_every_optimizer_and_schedule_trains(data, tmp_path, optimizer, schedule):
    assert optimizer in trainer.OPTIMIZERS
    network, _ = fit(tmp_path, data, replace(PLAN, epochs=1, optimizer=optimizer, schedule=schedule))
    assert weights(network) != weights(Network())


@pytest.mark.parametrize(("network", "wanted"), [
    (nn.TransformerEncoderLayer(8, 2, 16), True), (nn.Conv2d(3, 8, 16, stride=16), True),
    (nn.Sequential(nn.Linear(4, 4), nn.Conv2d(8, 8, 3, groups=8)), False), (nn.LSTM(4, 4), False),
])  # fmt: skip
def test_a_processor_trains_in_16_bits_what_multiplies_matrices_alone(network, wanted):
    assert device.is_of_matrix_products(network) == wanted


# 16 bits or 32: as asked, else in what the processor is faster in

CPU = torch.device("cpu")
LARGE = 768  # rows of square matrices


def knows_bf16():
    flags = Path("/proc/cpuinfo")
    return flags.exists() and any(f" {flag}" in flags.read_text() for flag in ("avx512_bf16", "amx_bf16", "bf16"))


def times_as_fast_in_bf16():
    halves, whole = (torch.randn(LARGE, LARGE).to(kind) for kind in (torch.bfloat16, torch.float32))
    return device.faster(lambda: halves @ halves, lambda: whole @ whole)


def test_what_takes_less_time_is_found_to_be_faster_and_by_how_much():
    small, large = torch.randn(64, 64), torch.randn(LARGE, LARGE)
    assert device.faster(lambda: small @ small, lambda: large @ large) > 10
    assert device.faster(lambda: large @ large, lambda: small @ small) < 0.1


def test_left_to_the_machine_matrices_are_multiplied_in_what_it_is_faster_in():
    chosen, measured = device.use_bf16("auto", CPU), times_as_fast_in_bf16()
    if not knows_bf16() or measured < device.WORTH / 2:
        assert not chosen
    elif measured > 2 * device.WORTH:
        assert chosen
