"""A saved model's answers about sounds, from its ONNX file: quick, and without torch."""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from cases.base import Prediction
from cases.classification import predictor
from cases.speech import decoder, segments, spectrogram_image
from cases.speech.audio import extractors
from cases.speech.audio.features import LONGEST, RATE, padded
from models.errors import N_, InputError
from models.training import length_bucketing

AT_ONCE = 16_000  # what a batch may cost, see `cases.speech.audio.features.FeatureExtractor`
MOST = 600 * RATE  # samples of a recording that are told moment by moment, or written down


class AudioPredictor:
    """See `cases.base.Predictor`. What a recording is said to be goes by its first 30 seconds, as in evaluation."""

    def __init__(self, bundle: Path) -> None:
        self.model, self.labels = predictor.load(bundle)
        self.extractor = extractors.load(bundle / "body")
        self.window = json.loads((bundle / "preprocessing.json").read_text("utf-8"))["window"]
        self.pool = ThreadPoolExecutor(os.cpu_count())

    def __call__(self, files: Sequence[Path], *, show: bool = False) -> list[Prediction | InputError]:
        most = MOST if show else LONGEST
        heard = list(self.pool.map(lambda file: decoder.heard(file, most), files))
        shares = iter(self._shares([wave[:LONGEST] for _, wave in heard if not isinstance(wave, str)]))
        return [unread(wave) if isinstance(wave, str) else self._answer(next(shares), wave, facts, show)
                for facts, wave in heard]  # fmt: skip

    def _answer(self, shares: np.ndarray, wave: np.ndarray, facts: Mapping[str, Any], show: bool) -> Prediction:
        if not show:
            return predictor.answer(self.labels, shares)
        moments = segments.moments(wave, self.window, self.labels, self._shares)
        return replace(predictor.answer(self.labels, shares, picture(wave), moments), unheard=unheard(facts))

    def _shares(self, waves: Sequence[np.ndarray]) -> np.ndarray:
        """(sounds, classes)"""
        return length_bucketing.computed(
            [self.extractor.cost(len(wave)) for wave in waves], AT_ONCE, len(self.labels),
            lambda rows: self.model(padded([self.extractor.frames(waves[row]) for row in rows])),
        )  # fmt: skip


load = AudioPredictor  # see `cases.base.Task.predictor`


def by_script(bundle: Path, files: Sequence[Path]) -> list[str]:
    """See `cases.base.Task.predict`."""
    from cases.speech import predict

    model = predict.load(bundle)
    return [model["labels"][row.argmax()] for row in predict.predict(model, files)]


def unread(reason: str) -> InputError:
    return InputError(
        found=reason,
        expected=N_("A recording such as WAV, FLAC, OGG or MP3 is needed."),
        remedy=N_("Try again, or make a new recording."),
    )


def unheard(facts: Mapping[str, Any]) -> float:
    """See `Prediction.unheard`."""
    return max(facts["seconds"] - MOST / RATE, 0.0)


def picture(wave: np.ndarray) -> str:
    return f"data:image/webp;base64,{base64.b64encode(spectrogram_image.draw(wave)).decode()}"
