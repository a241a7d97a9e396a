"""A recording to look at: its waveform above its spectrogram, as one small picture."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image

from cases.speech.audio import features

WIDTH, WAVE, BANDS = 320, 48, 80  # pixels; the spectrogram has a row for each band
DEPTH = 60.0  # decibels between the loudest, which is dark, and the ground
GROUND, INK, WARM = np.array([250, 250, 248]), np.array([38, 52, 94]), np.array([255, 190, 60])  # red, green, blue
FAINT = 0.35  # of the ink that is left where nothing mattered


def draw(wave: np.ndarray) -> bytes:
    """(samples,) at 16 kHz → WebP, high pitches above."""
    return _saved(Image.fromarray(_coloured(_shades(wave), np.zeros((1, WIDTH, 1)))))


def large(wave: np.ndarray, weights: np.ndarray | None = None) -> bytes:
    """The same, twice as large. `weights` (moments,) up to 1: moments that mattered are warm, the others faint."""
    shades, warmth = _shades(wave), np.zeros((1, WIDTH, 1))
    if weights is not None:
        moments = np.interp(np.arange(WIDTH) + 0.5, (np.arange(len(weights)) + 0.5) * WIDTH / len(weights), weights)
        warmth = np.clip(moments, 0, 1)[None, :, None]
        shades = shades * (FAINT + (1 - FAINT) * np.sqrt(warmth))
    picture = Image.fromarray(_coloured(shades, warmth))
    return _saved(picture.resize((2 * picture.width, 2 * picture.height), Image.Resampling.BICUBIC))


def draw_power(power: np.ndarray) -> bytes:
    """(frames, bands) of a spectrogram alone."""
    shades = _grey(power)[..., None]
    return _saved(Image.fromarray(_coloured(shades, np.zeros((1, WIDTH, 1)))))


def _shades(wave: np.ndarray) -> np.ndarray:
    """(rows, WIDTH, 1), 0 to 1"""
    return np.vstack([_waveform(wave), np.zeros((1, WIDTH)), _spectrogram(wave)])[..., None]


def _coloured(shades: np.ndarray, warmth: np.ndarray) -> np.ndarray:
    context = GROUND + warmth * (WARM - GROUND)
    return (context + shades * (INK - context)).round().astype(np.uint8)


def _saved(picture: Image.Image) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, "WEBP", quality=85)
    return buffer.getvalue()


def _waveform(wave: np.ndarray) -> np.ndarray:
    """(WAVE, WIDTH) 0 or 1: from the least to the greatest sample of each column."""
    places = np.minimum(np.linspace(0, len(wave), WIDTH, endpoint=False).astype(int), len(wave) - 1)
    scaled = wave / max(float(np.abs(wave).max()), 1e-6)
    low, high = np.minimum.reduceat(scaled, places), np.maximum.reduceat(scaled, places)
    heights = np.linspace(1, -1, WAVE)[:, None]
    half = 1 / WAVE
    return ((heights >= low - half) & (heights <= high + half)).astype(float)


def _spectrogram(wave: np.ndarray) -> np.ndarray:
    """(BANDS, WIDTH), 0 to 1"""
    power = features.mel_spectrogram(wave, BANDS)
    return _grey(power)


def _grey(power: np.ndarray) -> np.ndarray:
    """(frames, bands) → (bands, WIDTH), 0 to 1"""
    decibels = 10 * np.log10(np.maximum(power, 1e-12))
    columns = np.linspace(0, len(decibels) - 1, WIDTH).round().astype(int)
    return np.clip(1 + (decibels[columns] - max(decibels.max(), -60.0)) / DEPTH, 0, 1).T[::-1]
