"""A part of `benchmarks.on_gpu` as Casebook trains it: by the engine that every run has."""

from __future__ import annotations

import shutil
import statistics
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from benchmarks.on_gpu_material import Material, adapt
from benchmarks.on_gpu_meters import TRACED, WARM, Memory, Meter, Stopwatch, Trace, flops, synchronize
from benchmarks.on_gpu_parts import Part
from benchmarks.on_gpu_stock import uses_bf16
from models.heads.head import HeadOnFeatures
from models.progress import NullReporter
from models.training import device, trainer
from models.training.batches import Batches

EPOCHS = 2
AT_ONCE = 64  # items whose features are computed at once


class Enough(Exception):
    """Ends a training whose meter has what it wanted; unlike a stop it leaves no checkpoint."""


class Listening(NullReporter):
    """Notes what a training tells, tells a meter of its steps, and ends it when the meter has enough."""

    def __init__(self, meter: Meter) -> None:
        self.meter = meter
        self.first: int | None = None  # the first step that it heard of
        self.losses: list[float] = []
        self.notes: list[str] = []

    def progress(self, what: str, done: int, total: int, **more: Any) -> None:
        if what == "training":
            self.first = self.first or done
            self.meter.step(done)
        if self.meter.over:
            raise Enough

    def metrics(self, split: str, step: int, values: Mapping[str, Any]) -> None:
        if split == "train":
            self.losses.append(values["loss"])

    def note(self, message: str, **args: Any) -> None:
        self.notes.append(message.format(**args))


@contextmanager
def shortened() -> Iterator[None]:
    """Let a card shorten the factors of what is left of 32 bits (TF32), as a run does that nobody told otherwise. The
    stock example keeps torch's own choice."""
    before, torch.backends.cuda.matmul.allow_tf32 = torch.backends.cuda.matmul.allow_tf32, True
    try:
        yield
    finally:
        torch.backends.cuda.matmul.allow_tf32 = before


@dataclass
class Training:
    """`folder`: for checkpoints and features, which a process that goes on finds again."""

    part: Part
    material: Material
    folder: Path
    features: np.ndarray | None = None  # of all items, where only the head learns
    known: dict[str, Any] = field(default_factory=dict)

    def measured(self) -> dict[str, Any]:
        """Items a second, memory, loss and whatever was noted; with features those of their pass, too."""
        steps = self.material.steps
        report = Listening(watch := Stopwatch(steps + 1, EPOCHS * steps))
        with Memory() as memory:
            seconds = self.take_features() if self.part.way == "head" else None
            weights = self.fit("straight", report)
        torch.save(weights, self.folder / "straight.pt")
        shutil.rmtree(self.folder / "straight")  # checkpoints of a large network are gigabytes
        quarter = max(1, len(report.losses) // 4)
        of_steps = self.material.batch / watch.per_step if watch.per_step else None
        self.known = {
            "items_per_second": of_steps,
            "features_per_second": seconds and len(self.features) / seconds,
            "memory_mb": memory.mb,
            "loss_before": statistics.mean(report.losses[:quarter]),
            "loss_after": statistics.mean(report.losses[-quarter:]),
            "parameters": sum(one.numel() for one in self.material.build().parameters()),
            "notes": report.notes,
        }
        return self.known

    def computing(self) -> dict[str, Any]:
        """The share of time in which the card computes: of the steps, or of the pass for features."""
        if self.part.way == "head":
            trace = Trace(0, 1)
            trace.step(0)
            self._pass()
            trace.step(1)
            usual = len(self.features) / self.known["features_per_second"]
        else:
            steps = min(TRACED, self.material.steps - WARM)  # before the first evaluation
            self.fit("traced", Listening(trace := Trace(WARM, steps)))
            usual = self.material.batch / self.known["items_per_second"]
        return {"busy": trace.per_step and trace.per_step / usual}

    def counted(self) -> dict[str, Any]:
        """FLOPs of an item: forward and back, or of its features."""
        where = device.pick()
        network, items = self.opened().to(where).train(), min(self.material.counted, self.material.batch)
        batch = self.material.training.__getitems__(list(range(items)))
        batch = {name: value.to(where) for name, value in batch.items()}

        def step() -> None:
            with torch.autocast(where.type, torch.bfloat16, enabled=uses_bf16(self.material)):
                if self.part.way == "head":
                    batch.pop("labels")
                    with torch.no_grad():
                        network.features(**batch)
                    return
                loss = network(**batch)["loss"]
            loss.backward()

        return {"flops_per_item": flops(step) / items}

    def opened(self) -> nn.Module:
        """A fresh network, of which learns what the part says."""
        torch.manual_seed(0)
        network = self.material.build()
        if self.part.way == "LoRA":
            adapt(network.body)
        return network

    def fit(self, name: str, report: Listening) -> dict[str, torch.Tensor]:
        """The weights that a training comes to; where it is ended, those of that moment. Its checkpoints stay."""
        network = self.opened()
        learning, parts = network, (self.material.training, self.material.validation)
        if self.features is not None:
            network.head.standardise(torch.from_numpy(self.features[self.material.training.rows]))
            learning = HeadOnFeatures(network.head, network.loss)
            parts = [Batches("features", self.features, part.labels, part.rows) for part in parts]
        learning.to(device.pick())
        plan = trainer.TrainingConfig(
            epochs=EPOCHS, batch_size=self.material.batch, learning_rate=self.material.rates[self.part.way],
            optimizer="adamw", schedule="cosine", warmup=0.1, weight_decay=0.01, patience=0, seed=0,
            bf16=self.features is None and uses_bf16(self.material), shared=self.features is None,
        )  # fmt: skip
        with suppress(Enough), shortened():
            trainer.fit(learning, *parts, plan, self.folder / name, self.material.measure, report)
        return {name: value.detach().cpu().clone() for name, value in learning.state_dict().items()}

    def take_features(self) -> float:
        """Keep what the frozen body makes of every item, and return the seconds that it took."""
        self.features, seconds = self._pass()
        np.save(self.folder / "features.npy", self.features)
        return seconds

    def _pass(self) -> tuple[np.ndarray, float]:
        torch.manual_seed(0)
        network, where = self.material.build().to(device.pick()).eval(), device.pick()
        rows = np.arange(len(self.material.training) + len(self.material.validation))
        every, made = self.material.all_of(rows), []
        self._features_of(network, every, range(min(AT_ONCE, len(rows))), where)  # which warms up
        start = time.perf_counter()
        for begin in range(0, len(rows), AT_ONCE):
            made.append(self._features_of(network, every, range(begin, min(begin + AT_ONCE, len(rows))), where))
        synchronize()
        return torch.cat(made).numpy(), time.perf_counter() - start

    def _features_of(self, network: nn.Module, every: Any, picks: range, where: torch.device) -> torch.Tensor:
        batch = every.__getitems__(list(picks))
        batch.pop("labels")
        with torch.no_grad(), torch.autocast(where.type, torch.bfloat16, enabled=uses_bf16(self.material)):
            return network.features(**{name: value.to(where) for name, value in batch.items()}).float().cpu()
