"""Sounds that tests are made of."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
import soundfile

SHARED = Path(__file__).parents[2] / "shared/data"


def tone(seconds=0.5, hertz=440.0, rate=16_000, loud=0.5):
    return (loud * np.sin(2 * np.pi * hertz * np.arange(round(seconds * rate)) / rate)).astype(np.float32)


def sweep(samples):
    """A voice of no one: two tones at 16 kHz, one of which rises and swells."""
    t = np.arange(samples) / 16_000
    voice = 0.02 * np.sin(2 * np.pi * (180 * t + 60 * t * t)) * (1 + np.sin(2 * np.pi * 3 * t))
    return (voice + 0.01 * np.sin(2 * np.pi * 900 * t)).astype(np.float32)


def encoded(wave, rate=16_000, form="WAV", subtype=None):
    buffer = io.BytesIO()
    soundfile.write(buffer, wave, rate, format=form, subtype=subtype)
    return buffer.getvalue()


def shared(name):
    if not SHARED.is_dir():
        pytest.skip("The real recordings of ../shared/data are not on this machine.")
    return SHARED / name
