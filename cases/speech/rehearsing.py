"""A few sounds before a network that is not trained yet."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np
import torch

from cases import planning, rehearsing
from cases.base import Place
from cases.dataset import Dataset
from cases.ground import Ground
from cases.speech import data, drawing, learner
from cases.speech.network import LOOK, assemble
from cases.speech.settings import Settings
from models import catalog, cepstra, hearing, lora, rehearsal, sounding
from models.disturbing import Disturb
from models.hearing import Ears
from models.mel import RATE
from models.ragged import Ragged
from models.report import QUIET, Report
from models.sounds import SoundBatches

SHARE = 30 * RATE  # samples that all sounds together have, at least one sound: long ones take seconds each
FEW = 32
SHOWN, VIEWS = 3, 6


class SoundTrial:
    """See `cases.rehearsing.Trial`."""

    most = 8

    def __init__(self, ground: Ground) -> None:
        self.ground = ground
        self.weights = catalog.folder(ground.settings.model, ground.place.cache / "models", "sound")
        self.ears = hearing.load(self.weights)
        self.network = assemble(ground.settings, self.weights, ground.counts)
        self.width = self.network.body.width
        self.kept = data.sounds(ground.dataset)
        rows = np.random.default_rng(ground.settings.seed).permutation(ground.rows["train"])[:FEW]
        together = np.cumsum(self.kept.lengths[rows])
        self.rows = rows[: max(1, int((together <= SHARE).sum()))]

    @cached_property
    def waves(self) -> list[np.ndarray]:
        return [np.array(self.kept[row]) for row in self.rows]

    def described(self) -> dict[str, Any]:
        body, fixed = self.network.body, self.network.fixed
        blocks = lora.sizes(body, body.blocks())
        still = sum(parameter.numel() for name, parameter in body.named_parameters() if name in fixed)
        return {"size": hearing.LONGEST // RATE, "width": self.width, "blocks": blocks, "fixed": still}

    def views(self) -> list[list[str]]:
        return views(self.ground, self.rows, self.ears, self.network.disturb, self.kept)

    def features_are_kept(self) -> bool:
        ground = self.ground
        rows = planning.feature_rows(ground.dataset, self.width, self.weights, LOOK, ground.bf16,
                                     ground.place.cache)  # fmt: skip
        return rows.complete() and learner.statistics_rows(ground).complete()

    def look(self) -> float:
        body, bf16 = self.network.body, self.ground.bf16
        hear = lambda: sounding.vectors(body, self.ears, self.waves, bf16=bf16, report=QUIET)  # noqa: E731
        return rehearsal.seconds_each(hear, len(self.waves))

    def make_ready(self) -> float:
        """Seconds for the statistics that every run compares with."""
        count = lambda: [cepstra.statistics(wave) for wave in self.waves]  # noqa: E731
        return rehearsal.seconds_each(count, len(self.waves))

    def batches(self, count: int) -> SoundBatches:
        return SoundBatches(self.ears, self.kept, self.ground.labels, np.resize(self.rows, count))

    def item_mb(self) -> float:
        """They are read from the disk as they are needed."""
        return 0.0


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
    return rehearsing.rehearse(settings, dataset, place, SoundTrial, report)
