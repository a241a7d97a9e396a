"""One combination of `benchmarks.on_gpu`: trained, interrupted and gone on with by the engine that every run has."""

from __future__ import annotations

import gc
import statistics
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import torch

from benchmarks.on_gpu_parts import Combination, Material
from models.heads.head import HeadOnFeatures
from models.progress import NullReporter, Stopped
from models.training import device, trainer
from models.training.batches import Batches

AT_ONCE = 16  # items whose features are computed at once


@dataclass(frozen=True)
class Outcome:
    """`resume`: exact; or how far the weights differ, which is no fault where two undisturbed trainings do as well."""

    weights: str
    items_per_second: float
    features_per_second: float | None
    memory_mb: float
    loss_before: float
    loss_after: float
    resume: str


class Listening(NullReporter):
    """Notes what the training tells; asks to stop once `stop_after` steps are done."""

    def __init__(self, stop_after: int | None = None) -> None:
        self.stop_after, self.steps = stop_after, 0
        self.speeds: list[float] = []
        self.losses: list[float] = []

    def progress(self, what: str, done: int, total: int, **more: Any) -> None:
        self.steps = done

    def metrics(self, split: str, step: int, values: Mapping[str, Any]) -> None:
        if split == "train":
            self.speeds.append(values["items_per_second"])
            self.losses.append(values["loss"])

    def check(self) -> None:
        if self.stop_after is not None and self.steps >= self.stop_after:
            raise Stopped


class Memory:
    """The most megabytes in use while it lasts: of the card, else of the process beyond those it had before."""

    def __enter__(self) -> Memory:
        gc.collect()
        self.over, self.before, self.most = threading.Event(), psutil.Process().memory_info().rss, 0
        if torch.cuda.is_available():
            torch.cuda.reset_peak_memory_stats()
        self.watching = threading.Thread(target=self._watch, daemon=True)
        self.watching.start()
        return self

    def _watch(self) -> None:
        while not self.over.wait(0.02):
            self.most = max(self.most, psutil.Process().memory_info().rss - self.before)

    def __exit__(self, *_: object) -> None:
        self.over.set()
        self.watching.join()
        self.mb = (torch.cuda.max_memory_allocated() if torch.cuda.is_available() else self.most) / 2**20


def train(one: Combination, folder: Path, cache: Path, *, small: bool) -> Outcome:
    """
    Raises:
        whatever the training does.
    """
    torch.manual_seed(0)
    material = one.prepare(folder, cache, small)
    features, speed = _features(material, one) if one.part == "head" else (None, None)
    steps = -(-len(material.training) // material.batch)
    straight = Listening()
    with Memory() as memory:
        whole = _fit(one, material, features, folder / "straight", straight)
    _fit(one, material, features, folder / "broken", Listening(steps + steps // 2))
    resumed = _fit(one, material, features, folder / "broken", Listening())
    quarter = max(1, len(straight.losses) // 4)
    return Outcome(
        material.weights,
        statistics.median(straight.speeds[1:] or straight.speeds),  # the first step also warms up
        speed,
        memory.mb,
        statistics.mean(straight.losses[:quarter]),
        statistics.mean(straight.losses[-quarter:]),
        _compared(whole, resumed) or _excused(one, material, features, folder, whole, resumed),
    )


def _fit(
    one: Combination, material: Material, features: np.ndarray | None, folder: Path, report: Listening
) -> dict[str, torch.Tensor]:
    """The weights that a training comes to; where it is stopped, those of that moment."""
    torch.manual_seed(0)
    network = material.build()
    learning, parts = network, (material.training, material.validation)
    if features is not None:
        network.head.standardise(torch.from_numpy(features[material.training.rows]))
        learning = HeadOnFeatures(network.head, network.loss)
        parts = [Batches("features", features, part.labels, part.rows) for part in parts]
    else:
        one.open_up(network)
    learning.to(device.pick())
    bf16 = features is None and material.bf16 and device.use_bf16("auto", device.pick())
    plan = trainer.TrainingConfig(
        epochs=2, batch_size=material.batch, learning_rate=material.rates[one.part], optimizer="adamw",
        schedule="cosine", warmup=0.1, weight_decay=0.01, patience=0, seed=0, bf16=bf16,
    )  # fmt: skip
    with suppress(Stopped):
        trainer.fit(learning, *parts, plan, folder, material.measure, report)
    return {name: value.detach().cpu() for name, value in learning.state_dict().items()}


def _features(material: Material, one: Combination) -> tuple[np.ndarray, float]:
    """What the frozen body makes of every item, and of how many in a second."""
    network, where = material.build().to(device.pick()).eval(), device.pick()
    bf16 = device.use_bf16("auto", where)
    rows = np.arange(len(material.training) + len(material.validation))
    every = material.all_of(rows)
    made, start = [], 0.0
    for begin in range(0, len(rows), AT_ONCE):
        if begin == AT_ONCE:  # the first also warms up
            start = time.monotonic()
        batch = every.__getitems__(list(range(begin, min(begin + AT_ONCE, len(rows)))))
        batch.pop("labels")
        with torch.no_grad(), torch.autocast(where.type, torch.bfloat16, enabled=bf16):
            made.append(network.features(**{name: value.to(where) for name, value in batch.items()}).float().cpu())
    return torch.cat(made).numpy(), (len(rows) - AT_ONCE) / max(time.monotonic() - start, 1e-9)


def _compared(one: Mapping[str, torch.Tensor], other: Mapping[str, torch.Tensor]) -> str:
    return "exact" if all(torch.equal(value, other[name]) for name, value in one.items()) else ""


def _apart(one: Mapping[str, torch.Tensor], other: Mapping[str, torch.Tensor]) -> float:
    return max(float((value.double() - other[name].double()).abs().max()) for name, value in one.items())


def _excused(
    one: Combination, material: Material, features: np.ndarray | None, folder: Path, whole: Mapping[str, torch.Tensor],
    resumed: Mapping[str, torch.Tensor],
) -> str:  # fmt: skip
    """Where two undisturbed trainings differ as well, it is the card that adds in no fixed order."""
    again = _fit(one, material, features, folder / "again", Listening())
    far, usual = _apart(whole, resumed), _apart(whole, again)
    return f"as two runs: {far:.0e}, {usual:.0e}" if usual else f"DIFFERS by {far:.0e}"
