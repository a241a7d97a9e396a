"""A few sounds before a network that is not trained yet."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import torch

from cases.base import WorkDirs
from cases.classification import profile
from cases.classification.conditions import views_learnt
from cases.classification.export import Portable
from cases.classification.profile import spread, usual
from cases.classification.profile_inputs import Asking
from cases.dataset import Dataset
from cases.speech import predict, reader, spectrogram_image, trainer
from cases.speech.audio import encoders, extractors, features, mfcc
from cases.speech.audio.augment import AudioAugment
from cases.speech.audio.batches import SoundBatches
from cases.speech.audio.features import RATE, FeatureExtractor
from cases.speech.export import AudioExport
from cases.speech.network import assemble
from cases.speech.settings import Settings
from cases.training.context import TrainingContext
from models.heads.statistics_probe import MOST, StatisticsProbe
from models.pretrained import catalog
from models.progress import QUIET, ProgressReporter
from models.storage.array_cache import ArrayCache
from models.storage.ragged_array import RaggedArray
from models.training import lora, step_costs
from models.training.length_bucketing import computed_each

SHARE = 30 * RATE  # samples that all sounds together have, at least one sound: long ones take seconds each
FEW = 32
COUNTED = 2000  # sounds whose lengths tell how full batches are
COMPARED = 500  # sounds that the statistics are learnt from
SHOWN, VIEWS = 3, 6


class AudioProfileInputs:
    """See `cases.classification.profile_inputs.ProfileInputs`."""

    most = 8

    def __init__(self, context: TrainingContext, weights: Path) -> None:
        self.context, self.weights = context, weights
        self.extractor = extractors.load(weights)
        self.network = assemble(context.settings, weights, context.counts)
        self.width = self.network.body.width
        self.waves = reader.sounds(context.dataset)
        self.drawn = np.random.default_rng(context.settings.seed).permutation(context.rows["train"])
        self.sizes = self.waves.lengths[self.drawn]
        self.few = self.drawn[spread(self.sizes, enough(self.sizes, FEW))]

    @cached_property
    def some(self) -> list[np.ndarray]:
        return [np.array(self.waves[row]) for row in self.few]

    def described(self) -> dict[str, Any]:
        body, fixed = self.network.body, self.network.fixed
        blocks = lora.sizes(body, body.blocks())
        still = sum(parameter.numel() for name, parameter in body.named_parameters() if name in fixed)
        return {"size": features.LONGEST // RATE, "width": self.width, "blocks": blocks, "fixed": still}

    def views(self) -> list[list[str]]:
        return views(self.context, self.drawn, self.extractor, self.network.disturb, self.waves)

    def features_are_kept(self) -> bool:
        return self._feature_rows.complete() and trainer.statistics_rows(self.context).complete()

    def views_are_kept(self) -> bool:
        count = views_learnt(vars(self.context.settings))
        return trainer.view_rows(self.context, self.network, self._feature_rows, count).complete()

    @property
    def _feature_rows(self) -> ArrayCache:
        return trainer.feature_rows(self.context, self.network, self.weights)

    def look(self) -> float:
        body, bf16 = self.network.body, self.context.bf16
        hear = lambda: encoders.vectors(body, self.extractor, self.some, bf16=bf16, report=QUIET)  # noqa: E731
        return step_costs.seconds_each(hear, len(self.some)) * self._filled_less()

    def _filled_less(self) -> float:
        """What a sound of the run takes of one here: among more sounds, those of a batch are closer in length."""
        here, there = (np.array([self.extractor.cost(samples) for samples in self.waves.lengths[rows].tolist()])
                       for rows in (self.few, self.drawn[:COUNTED]))  # fmt: skip
        each = computed_each(here, encoders.AT_ONCE, len(here))
        return computed_each(there, encoders.AT_ONCE, trainer.FEATURE_BATCH) / each

    def filled(self) -> float:
        seen, every = (sum(map(self.extractor.cost, lengths.tolist())) for lengths in (
            self.waves.lengths[self.few], self.waves.lengths))  # fmt: skip
        return min(1.0, seen / min(encoders.AT_ONCE, every))

    def make_ready(self) -> float:
        """Seconds for the statistics that every run compares with, unless an earlier run left them."""
        if trainer.statistics_rows(self.context).complete():
            return 0.0
        count = lambda: [mfcc.statistics(wave) for wave in self.some]  # noqa: E731
        return step_costs.seconds_each(count, len(self.some))

    def compare(self) -> float:
        """Seconds to learn from the statistics, which are made up."""
        labels = self.context.labels[self.drawn[:COMPARED]]
        told = np.random.default_rng(0).normal(size=(len(labels), mfcc.WIDTH)) + labels[:, None] / (labels.max() + 1)
        return step_costs.seconds(lambda: StatisticsProbe(told, labels)) * min(len(self.drawn), MOST) / len(labels)

    def judge(self) -> float:
        return 0.0

    def batches(self, count: int) -> SoundBatches:
        return self._batches(usual(self.sizes, count), count)

    def largest(self, count: int) -> SoundBatches:
        return self._batches(np.argsort(-self.sizes, kind="stable")[:count], count)

    def sample_mb(self) -> float:
        """They lie in memory as they do on the disk once they were read."""
        return 4 * float(self.sizes.mean()) / 2**20

    def asking(self, count: int) -> Asking:
        rows = self.context.rows["test"]
        sizes = self.waves.lengths[rows]
        rows = rows[usual(sizes, enough(sizes, count))]
        return Asking(Portable(self.network), rows, self.exported().batch(rows))

    def by_script(self, folder: Path, asked: Asking) -> float:
        files = [self.context.dataset.file(name) for name in self.context.dataset.samples["file"].iloc[asked.rows]]
        model = predict.load(folder)
        return step_costs.seconds_each(lambda: predict.predict(model, files), len(files))

    def exported(self) -> AudioExport:
        return AudioExport(self.context, self.network, self.weights, self.extractor, self.waves)

    def _batches(self, places: np.ndarray, count: int) -> SoundBatches:
        return SoundBatches(self.extractor, self.waves, self.context.labels, np.resize(self.drawn[places], count))


def enough(sizes: np.ndarray, most: int) -> int:
    """How many sounds of these sizes last as long as may be listened to here; at least one."""
    return max(1, min(most, len(sizes), int(SHARE / max(sizes.mean(), 1))))


def views(
    context: TrainingContext, rows: np.ndarray, extractor: FeatureExtractor, disturb: AudioAugment, waves: RaggedArray
) -> list[list[str]]:
    """Names of WebP files in the run's folder: for a few of the sounds, as the training would hear each."""
    if context.settings.mode == "head" and not views_learnt(vars(context.settings)):
        return []
    with torch.random.fork_rng():
        torch.manual_seed(context.settings.seed)
        return [_drawn(context, row, extractor, disturb, waves[row]) for row in rows[:SHOWN]]


def _drawn(
    context: TrainingContext, row: int, extractor: FeatureExtractor, disturb: AudioAugment, wave: np.ndarray
) -> list[str]:
    frames = extractor.frames(wave)
    count = 1 if context.settings.augmentation == "none" else VIEWS
    lengths = torch.full((count,), len(frames))
    disturbed = disturb(torch.from_numpy(frames).expand(count, -1, -1), lengths).numpy()
    names = [f"view-{row}-{number}.webp" for number in range(count)]
    for name, view in zip(names, disturbed, strict=True):
        (context.place.folder / name).write_bytes(spectrogram_image.draw_power(extractor.power(view)))
    return names


def measure(settings: Settings, dataset: Dataset, place: WorkDirs, report: ProgressReporter) -> dict[str, Any]:
    weights = catalog.folder(settings.model, place.cache / "models", "audio")
    return profile.measure(settings, dataset, place, lambda context: AudioProfileInputs(context, weights), report)
