"""A few sounds before a network that is not trained yet."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import torch

from cases import planning, rehearsing
from cases.base import Place
from cases.dataset import Dataset
from cases.ground import Ground
from cases.rehearsing import Asking, spread, usual
from cases.speech import bundle, data, drawing, learner, portable, predict
from cases.speech.network import LOOK, assemble
from cases.speech.settings import Settings
from models import catalog, cepstra, hearing, lora, rehearsal, sounding
from models.cepstra import Cepstra
from models.disturbing import Disturb
from models.hearing import Ears, padded
from models.mel import RATE
from models.ragged import Ragged
from models.report import QUIET, Report
from models.sounds import SoundBatches

SHARE = 30 * RATE  # samples that all sounds together have, at least one sound: long ones take seconds each
FEW = 32
COMPARED = 500  # sounds that the statistics are learnt from
SHOWN, VIEWS = 3, 6


class SoundTrial:
    """See `cases.rehearsing.Trial`."""

    most = 8

    def __init__(self, ground: Ground, weights: Path) -> None:
        self.ground, self.weights = ground, weights
        self.ears = hearing.load(weights)
        self.network = assemble(ground.settings, weights, ground.counts)
        self.width = self.network.body.width
        self.waves = data.sounds(ground.dataset)
        self.drawn = np.random.default_rng(ground.settings.seed).permutation(ground.rows["train"])
        self.sizes = self.waves.lengths[self.drawn]
        self.few = self.drawn[spread(self.sizes, enough(self.sizes, FEW))]

    @cached_property
    def some(self) -> list[np.ndarray]:
        return [np.array(self.waves[row]) for row in self.few]

    def described(self) -> dict[str, Any]:
        body, fixed = self.network.body, self.network.fixed
        blocks = lora.sizes(body, body.blocks())
        still = sum(parameter.numel() for name, parameter in body.named_parameters() if name in fixed)
        return {"size": hearing.LONGEST // RATE, "width": self.width, "blocks": blocks, "fixed": still}

    def views(self) -> list[list[str]]:
        return views(self.ground, self.drawn, self.ears, self.network.disturb, self.waves)

    def features_are_kept(self) -> bool:
        ground = self.ground
        rows = planning.feature_rows(ground.dataset, self.width, self.weights, LOOK, ground.bf16,
                                     ground.place.cache)  # fmt: skip
        return rows.complete() and learner.statistics_rows(ground).complete()

    def look(self) -> float:
        body, bf16 = self.network.body, self.ground.bf16
        hear = lambda: sounding.vectors(body, self.ears, self.some, bf16=bf16, report=QUIET)  # noqa: E731
        return rehearsal.seconds_each(hear, len(self.some))

    def filled(self) -> float:
        seen, every = (sum(map(self.ears.cost, lengths.tolist())) for lengths in (
            self.waves.lengths[self.few], self.waves.lengths))  # fmt: skip
        return min(1.0, seen / min(sounding.AT_ONCE, every))

    def make_ready(self) -> float:
        """Seconds for the statistics that every run compares with."""
        count = lambda: [cepstra.statistics(wave) for wave in self.some]  # noqa: E731
        return rehearsal.seconds_each(count, len(self.some))

    def compare(self) -> float:
        """Seconds to learn from the statistics, which are made up."""
        labels = self.ground.labels[self.drawn[:COMPARED]]
        told = np.random.default_rng(0).normal(size=(len(labels), cepstra.WIDTH)) + labels[:, None] / (labels.max() + 1)
        return rehearsal.seconds(lambda: Cepstra(told, labels)) * min(len(self.drawn), cepstra.MOST) / len(labels)

    def batches(self, count: int) -> SoundBatches:
        return self._batches(usual(self.sizes, count), count)

    def largest(self, count: int) -> SoundBatches:
        return self._batches(np.argsort(-self.sizes, kind="stable")[:count], count)

    def sample_mb(self) -> float:
        """They lie in memory as they do on the disk once they were read."""
        return 4 * float(self.sizes.mean()) / 2**20

    def asking(self, count: int) -> Asking:
        rows = self.ground.rows["test"]
        sizes = self.waves.lengths[rows]
        rows = rows[usual(sizes, enough(sizes, count))]
        batch = padded([self.ears.frames(self.waves[row]) for row in rows])
        return Asking(portable.Portable(self.network), rows, batch)

    def pack(self, folder: Path, asked: Asking, evaluated: np.ndarray) -> None:
        bundle.write(folder, self, asked.rows, evaluated, QUIET)
        files = [self.ground.dataset.file(name) for name in self.ground.dataset.samples["file"].iloc[asked.rows]]
        predict.predict(predict.load(folder), files)

    @property
    def preprocessing(self) -> dict[str, Any]:
        return bundle.preprocessing(self.waves, self.ground)

    def _batches(self, places: np.ndarray, count: int) -> SoundBatches:
        return SoundBatches(self.ears, self.waves, self.ground.labels, np.resize(self.drawn[places], count))


def enough(sizes: np.ndarray, most: int) -> int:
    """How many sounds of these sizes last as long as may be listened to here; at least one."""
    return max(1, min(most, len(sizes), int(SHARE / max(sizes.mean(), 1))))


def views(ground: Ground, rows: np.ndarray, ears: Ears, disturb: Disturb, waves: Ragged) -> list[list[str]]:
    """Names of WebP files in the run's folder: for a few of the sounds, as the training would hear each."""
    if ground.settings.mode == "head":
        return []
    with torch.random.fork_rng():
        torch.manual_seed(ground.settings.seed)
        return [_drawn(ground, row, ears, disturb, waves[row]) for row in rows[:SHOWN]]


def _drawn(ground: Ground, row: int, ears: Ears, disturb: Disturb, wave: np.ndarray) -> list[str]:
    frames = ears.frames(wave)
    count = 1 if ground.settings.augmentation == "none" else VIEWS
    lengths = torch.full((count,), len(frames))
    disturbed = disturb(torch.from_numpy(frames).expand(count, -1, -1), lengths).numpy()
    names = [f"view-{row}-{number}.webp" for number in range(count)]
    for name, view in zip(names, disturbed, strict=True):
        (ground.place.folder / name).write_bytes(drawing.draw_power(ears.power(view)))
    return names


def rehearse(settings: Settings, dataset: Dataset, place: Place, report: Report) -> dict[str, Any]:
    weights = catalog.folder(settings.model, place.cache / "models", "sound")
    return rehearsing.rehearse(settings, dataset, place, lambda ground: SoundTrial(ground, weights), report)
