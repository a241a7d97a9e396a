"""Sounds that tests are made of."""

from __future__ import annotations

import io

import numpy as np
import soundfile
import soxr

from cases.speech import spoken_commands, synthesiser


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


def said(orders):
    """Words as eSpeak NG says them at 16 kHz, float32; an order is a voice and a word."""
    orders = [(f"en-us+{voice}", word, 150, 50) for voice, word in orders]
    return [soxr.resample(one, synthesiser.RATE, 16_000).astype(np.float32) for one in spoken_commands.speak(orders)]
