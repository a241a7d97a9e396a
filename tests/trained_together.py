"""One of several processes that train a tiny network together, as `torch.distributed.run` starts them; see
`tests/test_ranks.py`. The first writes what it was told and what it came to into the folder that is named."""

import json
import os
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from torch import nn

from models import memory
from models.progress import NullReporter, Stopped
from models.training import trainer
from models.training.batches import Batches
from models.training.losses import Loss
from models.training.ranks import group
from models.training.ranks.ended import RanksEnded
from models.training.ranks.follower import follow

PLAN = trainer.TrainingConfig(
    epochs=4, batch_size=8, learning_rate=0.03, optimizer="adamw", schedule="cosine", warmup=0.1, weight_decay=0.01,
    patience=0, seed=3, bf16=False, shared=True,
)  # fmt: skip
SHORT = 7  # exit status of a process whose memory ran out


class Network(nn.Module):
    """Two layers, one beside them that nothing uses, and weights of the classes in the loss; `contrast`: the share of
    the loss that compares what is behind the first."""

    def __init__(self, noise=0.0, most=10**6, contrast=0.0):
        super().__init__()
        torch.manual_seed(0)
        self.layers = nn.Sequential(nn.Linear(6, 16), nn.ReLU(), nn.Dropout(noise), nn.Linear(16, 3))
        self.unused = nn.Linear(2, 2)
        self.noise, self.most = noise, most
        self.register_buffer("classes", torch.tensor([1.0, 5.0, 0.5]))
        self.loss = Loss("balanced", np.ones(3), contrast=contrast)
        self.loss.weight = self.classes

    def loss_weight(self, labels):
        return self.classes[labels].sum().item()

    def forward(self, x, labels=None):
        if self.training:
            if len(x) > self.most:
                raise torch.OutOfMemoryError("CUDA out of memory.")
            x = x + self.noise * torch.randn_like(x)
        seen = self.layers[:2](x)
        logits = self.layers[2:](seen)
        return {"loss": self.loss(logits, labels, seen), "logits": logits}


class Measured(Batches):
    """With lengths: batches are made of items of like length."""

    def __init__(self, *given):
        super().__init__(*given)
        self.lengths = np.arange(len(self)) % 7


class Listening(NullReporter):
    """Keeps what is told. At the step `at` it does `then` where it is asked whether to stop."""

    def __init__(self, at=0, then=None):
        self.rows, self.notes, self.at, self.then, self.step = {}, [], at, then, 0

    def metrics(self, split, step, values):
        self.rows[f"{split} {step}"] = {k: v for k, v in values.items() if k != "items_per_second"}

    def progress(self, what, done, total, **more):
        self.step = done

    def note(self, message, **args):
        self.notes.append(message.format(**args))

    def check(self):
        if self.at and self.step >= self.at:
            self.then()


def stop():
    raise Stopped


def data(count=43, kind=Batches):
    """`count`: with 43 the last batch of an epoch has three items; with 41 a single one, for two processes."""
    random = np.random.default_rng(0)
    x = random.normal(size=(63, 6)).astype(np.float32)
    labels = (x[:, 0] + 0.5 * random.normal(size=63) > 0).astype(np.int64) + (x[:, 1] > 1)
    return kind("x", x, labels, np.arange(count)), Batches("x", x, labels, np.arange(43, 63))


def right(logits, labels):
    return (logits.argmax(1) == labels).sum()


def measure(outcome):
    return {"accuracy": float((outcome.predictions.argmax(1) == outcome.label_ids).mean())}


def fit(folder, report=None, network=None, plan=PLAN, **of_data):
    folder.mkdir(parents=True, exist_ok=True)
    network, report = network or Network(), report or Listening()
    try:
        trainer.fit(network, *data(**of_data), plan, folder, measure, report, right=right)
    finally:
        told = {"rows": report.rows, "notes": report.notes}
        weights = {name: value.tolist() for name, value in network.state_dict().items()}
        (folder / "told.json").write_text(json.dumps({**told, "weights": weights}))


def same(folder):
    """Several trainings one after the other, each with a last batch of another size."""
    fit(folder / "random", count=43)
    fit(folder / "in order", kind=Measured, count=43)
    fit(folder / "single", count=41)
    fit(folder / "compared", network=Network(contrast=0.5), count=41)
    fit(folder / "accumulated", plan=replace(PLAN, batch_size=4, accumulation=2), count=43)
    fit(folder / "impatient", plan=replace(PLAN, learning_rate=3.0, patience=1, epochs=9))


def begun(folder):
    """All that is over in one go, and what is stopped in the second epoch; at last, in the third epoch of a training,
    the process beside the first is killed."""
    same(folder)
    fit(folder / "unbroken", network=Network(noise=0.3))
    try:
        fit(folder / "stopped", Listening(8, stop), Network(noise=0.3))
    except Stopped:
        (folder / "stopped/told.json").rename(folder / "stopped/before.json")
    fit(folder / "killed", Listening(14, lambda: [one.kill() for one in group.current().others]), Network(noise=0.3))


def resumed(folder):
    """What was stopped and killed, once more; at last a training for which the memory of each process is too small: it
    holds two items, so four at once, of eight."""
    for name in ("stopped", "killed"):
        fit(folder / name, network=Network(noise=0.3))
    fit(folder / "large", network=Network(most=2))


def halved(folder):
    """What was too large, once more."""
    with memory.halved(1):
        fit(folder / "large", network=Network(most=2))


def main(what, folder):
    torch.set_num_threads(1)
    ranks = group.join(cores=2, threads=1)
    try:
        if ranks.rank:
            follow(ranks)
            return
        with group.among(ranks):
            globals()[what](folder)
        ranks.dismiss()
    except RanksEnded as error:
        print(f"ended, short: {error.short}", file=sys.stderr)
        sys.stderr.flush()
        os._exit(SHORT if error.short else 1)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
    os._exit(0)  # threads of gloo that outlive the interpreter would abort the process
