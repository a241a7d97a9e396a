"""Sounds as the numbers that a pretrained network hears; without torch, so that predictions need none."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from models import mel
from models.ast_ears import AstEars
from models.errors import N_, InputError
from models.mel import RATE, STEP
from models.wave_ears import WaveEars

LONGEST = 30 * RATE  # samples; of a longer sound the beginning is heard


class Ears(Protocol):
    """How one model wants its sounds.

    `scale` says what the numbers of a frame are, see `models.disturbing`; `tail` how many frames of silence follow.
    """

    scale: str
    tail: int

    def frames(self, wave: np.ndarray) -> np.ndarray:
        """(samples,) float32 at 16 kHz, at most `LONGEST` → (frames, bands) float32."""

    def power(self, frames: np.ndarray) -> np.ndarray:
        """What is heard in these frames, as power in bands every hundredth of a second, to be looked at."""

    def cost(self, samples: int) -> int:
        """What it costs to hear so long a sound, in frames of Whisper."""


@dataclass(frozen=True)
class WhisperEars:
    """The logarithm of the power in each band, at most 80 dB below the loudest, two frames for a position of 20 ms.

    A. Radford et al., "Robust Speech Recognition via Large-Scale Weak Supervision", 2022. There silence fills every
    sound up to 30 seconds. A second of it does as well, and costs less; with none at all the network errs more often.
    """

    bands: int

    SILENCE = 50  # positions after a sound
    scale, tail = "whisper", 2 * SILENCE + 2

    def frames(self, wave: np.ndarray) -> np.ndarray:
        """With two frames more than its positions have: the last position looks at one of them."""
        count = 2 * min(positions(len(wave)) + self.SILENCE, positions(LONGEST)) + 2
        return self._logarithm(mel.power(wave, count, edge="reflect"))

    def window(self, wave: np.ndarray, positions: int) -> np.ndarray:
        """(two for each of the positions, bands): the sound, filled with silence as Whisper was trained on it."""
        heard = self.frames(wave)[: 2 * positions]
        return np.pad(heard, ((0, 2 * positions - len(heard)), (0, 0)), mode="edge")  # nothing but silence at its end

    def _logarithm(self, power: np.ndarray) -> np.ndarray:
        log = np.log10(np.maximum(power @ mel.filters(self.bands), 1e-10))
        return ((np.maximum(log, log.max() - 8) + 4) / 4).astype(np.float32)

    def power(self, frames: np.ndarray) -> np.ndarray:
        return 10 ** (4 * frames.astype(float) - 4)

    def cost(self, samples: int) -> int:
        return 2 * positions(samples) + self.tail


def positions(samples: int) -> int:
    """Of Whisper's encoder that a sound fills, the last perhaps in part."""
    return max(1, ceil(samples / (2 * STEP)))


@dataclass(frozen=True)
class SpeakerEars:
    """The power in each band, of sound that is made loud enough, as far as whole windows of 1.6 s reach.

    L. Wan et al., "Generalized End-to-End Loss for Speaker Verification", 2018; the figures are those of the package
    Resemblyzer.
    """

    bands: int

    WINDOW, EVERY = 160, 77  # frames of a window, and from one window to the next: 1.3 a second
    LOUDNESS = 10 ** (-30 / 20)  # root of the mean square
    FILLED = 0.75  # least share of the last window
    scale, tail = "power", 0

    def frames(self, wave: np.ndarray) -> np.ndarray:
        loudness = np.sqrt(np.mean(np.square(wave, dtype=np.float64)))
        louder = max(1.0, self.LOUDNESS / loudness) if loudness > 0 else 1.0
        count = self.WINDOW + (self._windows(len(wave)) - 1) * self.EVERY
        return (mel.power(wave * louder, count, edge="silence") @ mel.filters(self.bands)).astype(np.float32)

    def power(self, frames: np.ndarray) -> np.ndarray:
        return frames

    def cost(self, samples: int) -> int:
        return samples // STEP + self.WINDOW

    def _windows(self, samples: int) -> int:
        count = ceil((samples + 1) / STEP)
        windows = len(range(0, max(1, count - self.WINDOW + self.EVERY + 1), self.EVERY))
        last = samples - (windows - 1) * self.EVERY * STEP
        return max(1, windows - (last < self.FILLED * self.WINDOW * STEP))


def load(folder: Path) -> Ears:
    """Those of the model in `folder`.

    Raises:
        InputError: it is of a kind that is not known here.
    """
    config = json.loads((folder / "config.json").read_text("utf-8"))
    match config.get("model_type"):
        case "whisper":
            return WhisperEars(config["num_mel_bins"])
        case "ge2e_speaker_encoder":
            return SpeakerEars(config["num_mel_bins"])
        case "wav2vec2" | "hubert":
            return WaveEars.of(config, _preprocessor(folder))
        case "audio-spectrogram-transformer":
            return AstEars.of(config, _preprocessor(folder))
    raise InputError(
        found=N_("The model in “{folder}” is of the kind “{kind}”."),
        expected=N_("Sounds are heard with a Whisper, wav2vec2, HuBERT or AST model, or the packaged speaker encoder."),
        remedy=N_("Choose another model."),
        folder=folder.name,
        kind=str(config.get("model_type") or config.get("architecture")),
    )


def _preprocessor(folder: Path) -> dict[str, Any]:
    """How transformers' feature extractor of the model prepares its sounds; where nothing is said, it has defaults."""
    file = folder / "preprocessor_config.json"
    stated = json.loads(file.read_text("utf-8")) if file.exists() else {}
    if stated.get("sampling_rate", RATE) != RATE:
        raise InputError(
            found=N_("The model in “{folder}” hears {rate:,} samples a second."),
            expected=N_("Models that hear 16,000 samples a second are used here."),
            remedy=N_("Choose another model."),
            folder=folder.name,
            rate=stated["sampling_rate"],
        )
    return stated


def padded(frames: Sequence[np.ndarray]) -> dict[str, np.ndarray]:
    """What the network hears at once: frames (sounds, longest, bands) and lengths (sounds,), the frames of each."""
    lengths = np.array([len(one) for one in frames], np.int64)
    filled = np.zeros((len(frames), lengths.max(), frames[0].shape[1]), np.float32)
    for row, one in zip(filled, frames, strict=True):
        row[: len(one)] = one
    return {"frames": filled, "lengths": lengths}
