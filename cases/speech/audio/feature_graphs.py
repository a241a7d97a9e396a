"""From samples at 16 kHz to the frames that a pretrained network hears, as an ONNX graph: `features` once more.

The power of each frequency is a convolution with cosines and sines, in 32 bits; `features` computes in 64.
"""

from __future__ import annotations

from functools import singledispatch

import numpy as np

from cases.speech.audio import features
from cases.speech.audio.features import (
    LONGEST,
    STEP,
    WINDOW,
    AstFeatures,
    FeatureExtractor,
    SpeakerFeatures,
    WaveformFeatures,
    WhisperFeatures,
)
from models.onnx.graph import Graph

HALF = WINDOW // 2
LN_10 = float(np.log(10))
TINY = 1e-30  # keeps a division by the loudness of silence from being one by zero


@singledispatch
def frames(extractor: FeatureExtractor, graph: Graph, samples: str) -> str:
    """(samples,) float32 → (1, frames, bands) float32, as `extractor.frames` makes them; only the first `LONGEST`
    samples are heard."""
    raise NotImplementedError(type(extractor).__name__)


@frames.register
def _whisper(extractor: WhisperFeatures, graph: Graph, samples: str) -> str:
    count = graph.Shape(samples, start=0, end=1)
    positions = graph.Max(graph.Div(graph.Add(count, 2 * STEP - 1), 2 * STEP), 1)
    positions = graph.Min(graph.Add(positions, extractor.SILENCE), features.positions(LONGEST))
    wanted = graph.Add(graph.Mul(positions, 2), 2)
    sound = _filled(graph, samples, graph.Add(graph.Mul(graph.Sub(wanted, 1), STEP), HALF + 1))
    backwards = graph.Slice(sound, [HALF], [0], [0], [-1])
    power = _power(graph, graph.Concat(backwards, sound, axis=0), _fourier(WINDOW, features.hann()))
    bands = graph.MatMul(power, features.mel_filters(extractor.bands).astype(np.float32))
    log = graph.Div(graph.Log(graph.Max(bands, 1e-10)), LN_10)
    heard = graph.Max(log, graph.Sub(graph.ReduceMax(log, keepdims=0), 8.0))
    return graph.Div(graph.Add(heard, 4.0), 4.0)


def window(extractor: WhisperFeatures, graph: Graph, samples: str, positions: int) -> str:
    """(samples,) float32 → (1, two for each of the positions, bands) float32, as `extractor.window` makes them."""
    heard = graph.Slice(frames(extractor, graph, samples), [0], [2 * positions], [1])
    missing = graph.Sub(2 * positions, graph.Shape(heard, start=1, end=2))
    return graph.Pad(heard, graph.Concat([0, 0, 0, 0], missing, [0], axis=0), mode="edge")


@frames.register
def _speaker(extractor: SpeakerFeatures, graph: Graph, samples: str) -> str:
    count = graph.Shape(samples, start=0, end=1)
    loudness = graph.Sqrt(graph.ReduceMean(graph.Mul(samples, samples), keepdims=0))
    louder = graph.Max(graph.Div(float(extractor.LOUDNESS), graph.Max(loudness, TINY)), 1.0)
    louder = graph.Where(graph.Greater(loudness, 0.0), louder, 1.0)
    before = graph.Sub(_speaker_windows(extractor, graph, count), 1)
    wanted = graph.Add(graph.Mul(before, extractor.EVERY), extractor.WINDOW)
    sound = _filled(graph, graph.Mul(samples, louder), graph.Add(graph.Mul(graph.Sub(wanted, 1), STEP), HALF + 1))
    quiet = graph.Concat(np.zeros(HALF, np.float32), sound, axis=0)
    power = _power(graph, quiet, _fourier(WINDOW, features.hann()))
    return graph.MatMul(power, features.mel_filters(extractor.bands).astype(np.float32))


def _speaker_windows(extractor: SpeakerFeatures, graph: Graph, count: str) -> str:
    every, window = extractor.EVERY, extractor.WINDOW
    heard = graph.Div(graph.Add(count, STEP), STEP)  # the whole number above (count + 1) / STEP
    windows = graph.Div(graph.Add(graph.Max(graph.Sub(heard, window - every - 1), 1), every - 1), every)
    last = graph.Sub(count, graph.Mul(graph.Sub(windows, 1), every * STEP))
    short = graph.Less(last, round(extractor.FILLED * window * STEP))
    return graph.Max(graph.Where(short, graph.Sub(windows, 1), windows), 1)


@frames.register
def _waveform(extractor: WaveformFeatures, graph: Graph, samples: str) -> str:
    if extractor.normalised:
        centred = graph.Sub(samples, graph.ReduceMean(samples, keepdims=0))
        variance = graph.ReduceMean(graph.Mul(centred, centred), keepdims=0)
        samples = graph.Div(centred, graph.Sqrt(graph.Add(variance, 1e-7)))
    return graph.Unsqueeze(_least(graph, samples, extractor.least), [0, 2])


@frames.register
def _ast(extractor: AstFeatures, graph: Graph, samples: str) -> str:
    centred = np.eye(WINDOW) - 1 / WINDOW
    before = np.eye(WINDOW, k=-1)
    before[0, 0] = 1
    window = np.hanning(WINDOW)[:, None] * ((np.eye(WINDOW) - extractor.EMPHASIS * before) @ centred)
    power = _power(graph, _least(graph, samples, WINDOW), _fourier(extractor.BINS) @ window)
    bands = graph.MatMul(power, features.kaldi_filters(extractor.bands, extractor.BINS).astype(np.float32))
    return graph.Log(graph.Max(bands, extractor.FLOOR))


def begun(graph: Graph, samples: str) -> str:
    """The first `LONGEST` of the samples."""
    return graph.Slice(samples, [0], [LONGEST])


def _filled(graph: Graph, samples: str, length: str) -> str:
    """As many samples as wanted: silence follows, or the end is cut."""
    missing = graph.Max(graph.Sub(length, graph.Shape(samples, start=0, end=1)), 0)
    return graph.Slice(graph.Pad(samples, graph.Concat([0], missing, axis=0)), [0], length)


def _least(graph: Graph, samples: str, least: int) -> str:
    missing = graph.Max(graph.Sub(least, graph.Shape(samples, start=0, end=1)), 0)
    return graph.Pad(samples, graph.Concat([0], missing, axis=0))


def _fourier(bins: int, window: np.ndarray | None = None) -> np.ndarray:
    """(2 × (bins / 2 + 1), `WINDOW`): the cosines of each frequency, then the sines, times a window."""
    angles = 2 * np.pi * np.outer(np.arange(bins // 2 + 1), np.arange(WINDOW)) / bins
    waves = np.concatenate([np.cos(angles), np.sin(angles)])
    return waves if window is None else waves * window


def _power(graph: Graph, sound: str, waves: np.ndarray) -> str:
    """(samples,) → (1, frames, frequencies): a frame every `STEP` samples."""
    kernel = waves[:, None].astype(np.float32)
    found = graph.Conv(graph.Unsqueeze(sound, [0, 1]), kernel, strides=[STEP])  # (1, 2 × frequencies, frames)
    squared = graph.Mul(found, found)
    count = len(waves) // 2
    power = graph.Add(graph.Slice(squared, [0], [count], [1]), graph.Slice(squared, [count], [2 * count], [1]))
    return graph.Transpose(power, perm=[0, 2, 1])
