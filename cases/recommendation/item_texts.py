"""What a pretrained language model makes of what is written about items, made ready to be learnt from."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from torch import nn

from cases.base import WorkDirs
from cases.dataset import Dataset
from cases.ranking.networks import tried_first
from cases.recommendation.item_table import text_of
from cases.training import config
from models.errors import N_
from models.pretrained import catalog
from models.progress import Checking, ProgressReporter
from models.text import encoder, tokenizer
from models.text.tokenizer import Tokeniser
from models.training import device

BATCH = 512  # texts, from which batches of like length are made
NOTHING_WRITTEN = N_("Item texts do not differ; embeddings are initialised at random.")
NO_VARIANCE = 1e-12
LEAST = 1e-4  # of the largest variance; directions with less are noise


@dataclass(frozen=True, eq=False)
class Axes:
    """Turns vectors of texts so that their directions say different things, each as loudly: (features,) and (features,
    kept). A language model's own vectors all point much the same way (Ethayarajh 2019)."""

    mean: np.ndarray
    axes: np.ndarray

    def __call__(self, vectors: np.ndarray) -> np.ndarray:
        """(texts, kept) float32"""
        return ((vectors - self.mean) @ self.axes).astype(np.float32)


def find_axes(vectors: np.ndarray, most: int) -> Axes:
    """The `most` principal directions of (texts, features), scaled to a variance of one."""
    mean = vectors.mean(0, dtype=np.float64)
    centred = vectors - mean
    values, directions = np.linalg.eigh(centred.T @ centred / len(vectors))
    order = [axis for axis in np.argsort(-values)[:most] if values[axis] > max(LEAST * values.max(), NO_VARIANCE)]
    return Axes(mean.astype(np.float32), (directions[:, order] / np.sqrt(values[order])).astype(np.float32))


@dataclass(frozen=True, eq=False)
class Texts:
    """A language model, and its vectors of all items (items, features); `there` (items,): which have a text."""

    weights: Path
    body: nn.Module
    tokeniser: Tokeniser
    vectors: np.ndarray
    there: np.ndarray


@dataclass(frozen=True, eq=False)
class TextStart:
    """What the vectors of items start from: a language model, and how its vectors are turned."""

    texts: Texts
    axes: Axes

    @cached_property
    def vectors(self) -> np.ndarray:
        """(items, kept) float32, 0 where there is no text."""
        return self.axes(self.texts.vectors) * self.texts.there[:, None]


def start(dataset: Dataset, settings: Any, place: WorkDirs, report: ProgressReporter) -> TextStart | None:
    """None where items start from nothing: by the settings, or because no text tells them apart."""
    if tried_first(vars(settings))["begin"] != "text":
        return None
    if not any(texts(dataset.samples)):
        report.note(NOTHING_WRITTEN)
        return None
    read = of_items(dataset, settings, place, report)
    axes = find_axes(read.vectors[read.there], settings.text_pca_dims)
    if not axes.axes.size:
        report.note(NOTHING_WRITTEN)
        return None
    return TextStart(read, axes)


def of_items(dataset: Dataset, settings: Any, place: WorkDirs, report: ProgressReporter) -> Texts:
    """The vectors are computed once and kept; of a title that a person changed anew."""
    weights = catalog.folder(settings.model, place.cache / "models", "text")
    body, tokeniser = encoder.load_body(weights).to(device.pick()), tokenizer.load(weights)
    bf16 = device.use_bf16(settings.precision, device.pick())
    before, now = (texts(one) for one in (dataset.as_read, dataset.samples))

    def make(some: list[str]) -> np.ndarray:
        return encoder.vectors(body, tokeniser, some, bf16=bf16, report=Checking(report))

    look = f"{tokeniser.most}-items"
    rows = config.feature_rows(dataset, encoder.width(body), weights, look, bf16, place.kept)
    vectors = np.array(rows.fill(lambda start, stop: make(before[start:stop]), BATCH, report, "features"))
    changed = [row for row, (old, new) in enumerate(zip(before, now, strict=True)) if old != new]
    if changed:
        vectors[changed] = make([now[row] for row in changed])
    there = np.array([bool(text) for text in now])
    return Texts(weights, body, tokeniser, encoder.meaning(vectors), there)


def texts(samples: Any) -> list[str]:
    """What a language model reads of each item; "" where nothing is known but a number."""
    titles = np.where(samples["titled"] | (samples["label"] != samples["name"]), samples["label"], "")
    return [text_of(*said) for said in zip(titles, samples["genres"], samples["text"], strict=True)]
