"""The sample data set: ten vowels, made by a rule, for no package on the index carries labelled recordings.

A voice is a train of pulses that the throat and mouth colour: resonances, called formants, tell the vowels apart (G.
Fant, "Acoustic Theory of Speech Production", 1960). Their frequencies are the means of 33 men measured by G. Peterson
and H. Barney, "Control Methods Used in a Study of the Vowels", 1952. Each sound draws its own pitch, length of the
throat, length, loudness and noise. All ten vowels of that study are there: five that lie far apart are never confused,
and what can be learnt from mistakes takes neighbours such as those of “hud” and “hod”.
"""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import numpy as np
import soundfile

from cases.base import Sample, UploadedFile
from cases.speech.audio.features import RATE
from models.errors import N_

NAME = "synthetic-vowels.zip"
ORIGIN = N_(
    "Synthetic: 300 English vowels of ten kinds, computed from the formants of Peterson and Barney (1952). Free to use."
)
FORMANTS = {  # Hz
    "heed": (270, 2290, 3010), "hid": (390, 1990, 2550), "head": (530, 1840, 2480), "had": (660, 1720, 2410),
    "hod": (730, 1090, 2440), "hawed": (570, 840, 2410), "hood": (440, 1020, 2240), "who'd": (300, 870, 2240),
    "hud": (640, 1190, 2390), "heard": (490, 1350, 1690),
}  # fmt: skip
WIDTHS = (80, 90, 120)  # Hz, of the resonances


def vowels(folder: Path, each: int = 30) -> UploadedFile:
    """A zip of ten class folders with `each` sounds of every vowel; the same bytes each time."""
    random, path = np.random.default_rng(0), folder / NAME
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(each):
            for vowel, formants in FORMANTS.items():
                entry = zipfile.ZipInfo(f"{vowel}/{number:03}.wav")  # without the time
                archive.writestr(entry, _wav(_voice(formants, random)))
    return UploadedFile(path, NAME)


def _voice(formants: tuple[int, ...], random: np.random.Generator) -> np.ndarray:
    """(samples,) float64 at 16 kHz, from a third of a second to nearly one."""
    from scipy.signal import lfilter

    samples = int(random.uniform(0.35, 0.9) * RATE)
    pitch = random.uniform(90, 260) * np.linspace(1, random.uniform(0.8, 1.15), samples)
    pitch *= 1 + 0.01 * np.sin(2 * np.pi * random.uniform(4, 6) * np.arange(samples) / RATE)
    phase = np.cumsum(pitch / RATE) % 1
    pulses = np.diff(phase, prepend=phase[0]) < 0
    breath = random.normal(0, 0.01, samples)
    sound = lfilter([1, -1], [1, -1.9, 0.9025], pulses + breath)  # the glottis dulls, the lips sharpen and centre
    shorter = random.uniform(0.9, 1.2)  # the throat than a man's, so that its resonances are higher
    for formant, width in zip(formants, WIDTHS, strict=True):
        sound = _resonance(sound, formant * shorter * random.uniform(0.96, 1.04), width)
    fade = np.minimum(1, np.minimum(np.arange(samples), np.arange(samples)[::-1]) / (0.04 * RATE))
    sound *= fade / np.abs(sound).max()
    loud, noise = 10 ** random.uniform(-1.2, -0.1), 10 ** random.uniform(-3.5, -2)
    return loud * (sound + random.normal(0, noise, samples)) / 1.1


def _resonance(sound: np.ndarray, hertz: float, width: float) -> np.ndarray:
    """D. Klatt, "Software for a cascade/parallel formant synthesizer", 1980."""
    from scipy.signal import lfilter

    radius = np.exp(-np.pi * width / RATE)
    poles = [1, -2 * radius * np.cos(2 * np.pi * hertz / RATE), radius**2]
    return lfilter([sum(poles)], poles, sound)


def _wav(sound: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    soundfile.write(buffer, sound, RATE, format="WAV", subtype="PCM_16")
    return buffer.getvalue()


VOWELS = Sample("vowels", N_("Try it with synthetic vowels"), ORIGIN, vowels, NAME)
