"""Sounds as the numbers that a pretrained network hears.

This file leaves with every model: it needs numpy, and nothing else of Casebook.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from math import ceil
from pathlib import Path
from typing import Any, Protocol

import numpy as np

RATE = 16_000  # samples a second
WINDOW, STEP = 400, 160  # samples: 25 and 10 milliseconds
LONGEST = 30 * RATE  # samples; of a longer sound the beginning is heard

_BREAK, _EVEN, _RATIO = 1000.0, 200 / 3, 27 / np.log(6.4)  # Hz, Hz a mel below it, mels above it for each e-fold


def spectrum(wave: np.ndarray, frames: int, *, edge: str) -> np.ndarray:
    """(samples,) → (frames, 201) float64: the power of each frequency, every hundredth of a second.

    Frame f is centred at sample `STEP` × f. After the sound comes silence; before it silence, or with the edge
    "reflect" the sound backwards.
    """
    half = WINDOW // 2
    sound = np.zeros((frames - 1) * STEP + half + 1)  # long enough to be reflected
    sound[: len(wave)] = wave[: len(sound)]
    sound = np.pad(sound, (half, 0), "reflect" if edge == "reflect" else "constant")
    windows = np.lib.stride_tricks.sliding_window_view(sound, WINDOW)[::STEP][:frames]
    return np.abs(np.fft.rfft(windows * hann())) ** 2


@cache
def hann() -> np.ndarray:
    return np.hanning(WINDOW + 1)[:-1]


@cache
def mel_filters(bands: int) -> np.ndarray:
    """(201, bands): the weight of each frequency in each band, from 0 to 8 kHz.

    M. Slaney, "Auditory Toolbox", 1998: even steps below 1 kHz and even ratios above it; each filter is a triangle of
    area one over its neighbours.
    """
    frequencies = np.linspace(0, RATE / 2, WINDOW // 2 + 1)[:, None]
    edges = _hertz(np.linspace(0, _mels(RATE / 2), bands + 2))
    rising = (frequencies - edges[:-2]) / (edges[1:-1] - edges[:-2])
    falling = (edges[2:] - frequencies) / (edges[2:] - edges[1:-1])
    return np.maximum(0, np.minimum(rising, falling)) * 2 / (edges[2:] - edges[:-2])


def mel_spectrogram(wave: np.ndarray, bands: int) -> np.ndarray:
    """(samples,) → (frames, bands) float64: the power in each band of all of a sound, between silences."""
    return spectrum(wave, len(wave) // STEP + 1, edge="silence") @ mel_filters(bands)


def _mels(hertz: float) -> float:
    return _BREAK / _EVEN + np.log(hertz / _BREAK) * _RATIO


def _hertz(mels: np.ndarray) -> np.ndarray:
    at_break = _BREAK / _EVEN
    return np.where(mels < at_break, mels * _EVEN, _BREAK * np.exp(np.maximum(mels - at_break, 0) / _RATIO))


class FeatureExtractor(Protocol):
    """How one model wants its sounds.

    `scale` says what the numbers of a frame are: the power in each band as Whisper takes it, its natural logarithm, the
    power itself, or one sample of the sound; `tail` how many frames of silence follow.
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
class WhisperFeatures:
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
        return self._logarithm(spectrum(wave, count, edge="reflect"))

    def window(self, wave: np.ndarray, positions: int) -> np.ndarray:
        """(two for each of the positions, bands): the sound, filled with silence as Whisper was trained on it."""
        heard = self.frames(wave)[: 2 * positions]
        return np.pad(heard, ((0, 2 * positions - len(heard)), (0, 0)), mode="edge")  # nothing but silence at its end

    def _logarithm(self, power: np.ndarray) -> np.ndarray:
        log = np.log10(np.maximum(power @ mel_filters(self.bands), 1e-10))
        return ((np.maximum(log, log.max() - 8) + 4) / 4).astype(np.float32)

    def power(self, frames: np.ndarray) -> np.ndarray:
        return 10 ** (4 * frames.astype(float) - 4)

    def cost(self, samples: int) -> int:
        return 2 * positions(samples) + self.tail


def positions(samples: int) -> int:
    """Of Whisper's encoder that a sound fills, the last perhaps in part."""
    return max(1, ceil(samples / (2 * STEP)))


@dataclass(frozen=True)
class SpeakerFeatures:
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
        return (spectrum(wave * louder, count, edge="silence") @ mel_filters(self.bands)).astype(np.float32)

    def power(self, frames: np.ndarray) -> np.ndarray:
        return frames

    def cost(self, samples: int) -> int:
        return samples // STEP + self.WINDOW

    def _windows(self, samples: int) -> int:
        count = ceil((samples + 1) / STEP)
        windows = len(range(0, max(1, count - self.WINDOW + self.EVERY + 1), self.EVERY))
        last = samples - (windows - 1) * self.EVERY * STEP
        return max(1, windows - (last < self.FILLED * self.WINDOW * STEP))


@dataclass(frozen=True)
class WaveformFeatures:
    """The samples, for wav2vec 2.0 and HuBERT; brought to mean 0 and deviation 1 if `normalised`; at least the `least`
    of them that are needed.

    A. Baevski et al., "wav2vec 2.0: A Framework for Self-Supervised Learning of Speech Representations", 2020.
    """

    normalised: bool
    least: int

    BANDS = 80  # to be looked at
    HEAVY = 4  # times what a frame of Whisper costs in its place
    scale, tail = "wave", 0

    @classmethod
    def of(cls, config: Mapping[str, Any], preprocessor: Mapping[str, Any]) -> WaveformFeatures:
        """Those of a network with this config, as transformers' `Wav2Vec2FeatureExtractor` has them."""
        least = 1
        for kernel, stride in zip(reversed(config["conv_kernel"]), reversed(config["conv_stride"]), strict=True):
            least = (least - 1) * stride + kernel
        return cls(preprocessor.get("do_normalize", True), least)

    def frames(self, wave: np.ndarray) -> np.ndarray:
        """(samples, 1): a frame is a sample."""
        if self.normalised:
            wave = (wave - wave.mean()) / np.sqrt(wave.var() + 1e-7)
        return np.pad(wave, (0, max(0, self.least - len(wave)))).astype(np.float32)[:, None]

    def power(self, frames: np.ndarray) -> np.ndarray:
        return mel_spectrogram(frames[:, 0], self.BANDS)

    def cost(self, samples: int) -> int:
        return self.HEAVY * (max(samples, self.least) // STEP + 1)


@dataclass(frozen=True)
class AstFeatures:
    """The natural logarithm of the power in each band, in as many windows of `window` frames as it takes.

    Y. Gong et al., "AST: Audio Spectrogram Transformer", 2021, on the spectrogram of the recogniser Kaldi.
    """

    bands: int
    window: int

    BINS = 512  # of the Fourier transform
    EMPHASIS = 0.97  # of the sample before that is taken off each
    FLOOR = 2.0**-23  # least power
    scale, tail = "natural", 0

    @classmethod
    def of(cls, config: Mapping[str, Any], preprocessor: Mapping[str, Any]) -> AstFeatures:
        """Those of a network with this config, as transformers' `ASTFeatureExtractor` has them."""
        return cls(config.get("num_mel_bins", preprocessor.get("num_mel_bins", 128)), config.get("max_length", 1024))

    def frames(self, wave: np.ndarray) -> np.ndarray:
        wave = np.pad(wave, (0, max(0, WINDOW - len(wave)))).astype(float)
        windows = np.lib.stride_tricks.sliding_window_view(wave, WINDOW)[::STEP]
        centred = windows - windows.mean(1, keepdims=True)
        before = np.concatenate([centred[:, :1], centred[:, :-1]], 1)
        power = np.abs(np.fft.rfft((centred - self.EMPHASIS * before) * np.hanning(WINDOW), self.BINS)) ** 2
        return np.log(np.maximum(power @ kaldi_filters(self.bands, self.BINS), self.FLOOR)).astype(np.float32)

    def power(self, frames: np.ndarray) -> np.ndarray:
        return np.exp(frames.astype(float))

    def cost(self, samples: int) -> int:
        return self.window * -(-samples // (self.window * STEP))


@cache
def kaldi_filters(bands: int, bins: int) -> np.ndarray:
    """(bins / 2 + 1, bands): the weight of each frequency in each band, from 20 Hz to 8 kHz.

    Triangles on the scale 1127 ln(1 + f / 700 Hz) (D. Povey et al., "The Kaldi Speech Recognition Toolkit", 2011).
    """
    mels = _kaldi_mels(np.linspace(0, RATE / 2, bins // 2 + 1))[:, None]
    edges = np.linspace(_kaldi_mels(20), _kaldi_mels(RATE / 2), bands + 2)
    rising, falling = (mels - edges[:-2]) / np.diff(edges)[:-1], (edges[2:] - mels) / np.diff(edges)[1:]
    return np.maximum(0, np.minimum(rising, falling))


def _kaldi_mels(hertz: np.ndarray | float) -> np.ndarray:
    return 1127 * np.log1p(np.asarray(hertz) / 700)


def extractor(config: Mapping[str, Any], preprocessor: Mapping[str, Any]) -> FeatureExtractor | None:
    """That of a model by what its config.json and its preprocessor_config.json say; None for a kind not known here."""
    match config.get("model_type"):
        case "whisper":
            return WhisperFeatures(config["num_mel_bins"])
        case "ge2e_speaker_encoder":
            return SpeakerFeatures(config["num_mel_bins"])
        case "wav2vec2" | "hubert":
            return WaveformFeatures.of(config, preprocessor)
        case "audio-spectrogram-transformer":
            return AstFeatures.of(config, preprocessor)
    return None


def stated(folder: Path, name: str) -> dict[str, Any]:
    """What a file of JSON in the folder of a model says; nothing where there is none, for then defaults hold."""
    file = folder / name
    return json.loads(file.read_text("utf-8")) if file.exists() else {}


def padded(frames: Sequence[np.ndarray]) -> dict[str, np.ndarray]:
    """What the network hears at once: frames (sounds, longest, bands) and lengths (sounds,), the frames of each."""
    lengths = np.array([len(one) for one in frames], np.int64)
    filled = np.zeros((len(frames), lengths.max(), frames[0].shape[1]), np.float32)
    for row, one in zip(filled, frames, strict=True):
        row[: len(one)] = one
    return {"frames": filled, "lengths": lengths}
