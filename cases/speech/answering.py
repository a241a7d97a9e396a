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

from cases import answering
from cases.base import Answer
from cases.speech import drawing, listening, windows
from models import hearing
from models.errors import N_, InputError
from models.hearing import LONGEST, padded
from models.mel import RATE
from models.tokenising import alike

AT_ONCE = 16_000  # what a batch may cost, see `models.hearing.Ears`
MOST = 600 * RATE  # samples of a recording that are told moment by moment, or written down


class SoundAnswerer:
    """See `cases.base.Answerer`. What a recording is said to be goes by its first 30 seconds, as in evaluation."""

    def __init__(self, bundle: Path) -> None:
        self.model, self.labels = answering.load(bundle)
        self.ears = hearing.load(bundle / "body")
        self.window = json.loads((bundle / "preprocessing.json").read_text("utf-8"))["window"]
        self.pool = ThreadPoolExecutor(os.cpu_count())

    def __call__(self, files: Sequence[Path], *, show: bool = False) -> list[Answer | InputError]:
        most = MOST if show else LONGEST
        heard = list(self.pool.map(lambda file: listening.heard(file, most), files))
        shares = iter(self._shares([wave[:LONGEST] for _, wave in heard if not isinstance(wave, str)]))
        return [unread(wave) if isinstance(wave, str) else self._answer(next(shares), wave, facts, show)
                for facts, wave in heard]  # fmt: skip

    def _answer(self, shares: np.ndarray, wave: np.ndarray, facts: Mapping[str, Any], show: bool) -> Answer:
        if not show:
            return answering.answer(self.labels, shares)
        moments = windows.moments(wave, self.window, self.labels, self._shares)
        return replace(answering.answer(self.labels, shares, picture(wave), moments), unheard=unheard(facts))

    def _shares(self, waves: Sequence[np.ndarray]) -> np.ndarray:
        """(sounds, classes)"""
        shares = np.empty((len(waves), len(self.labels)), np.float32)
        for rows in alike([self.ears.cost(len(wave)) for wave in waves], AT_ONCE):
            shares[rows] = self.model(padded([self.ears.frames(waves[row]) for row in rows]))
        return shares


def unread(reason: str) -> InputError:
    return InputError(
        found=reason,
        expected=N_("A recording such as WAV, FLAC, OGG or MP3 is needed."),
        remedy=N_("Then try it again, or record anew."),
    )


def unheard(facts: Mapping[str, Any]) -> float:
    """See `Answer.unheard`."""
    return max(facts["seconds"] - MOST / RATE, 0.0)


def picture(wave: np.ndarray) -> str:
    return f"data:image/webp;base64,{base64.b64encode(drawing.draw(wave)).decode()}"
