"""What the colour of a sound tells without any pretrained network: cepstral coefficients and logistic regression.

S. Davis and P. Mermelstein, "Comparison of Parametric Representations for Monosyllabic Word Recognition", 1980: the
logarithm of the power in bands of the mel scale, taken apart into cosines (MFCC). Of each coefficient and of its
changes the mean and the deviation over the sound are kept.
"""

from __future__ import annotations

import numpy as np
from scipy.fft import dct

from cases.speech.audio import features

BANDS, COEFFICIENTS = 40, 20
WIDTH = 4 * COEFFICIENTS
DEPTH = 1e-8  # of the loudest: 80 dB below it nothing is heard
APART = 2  # frames on either side between which a change is measured


def statistics(wave: np.ndarray) -> np.ndarray:
    """(samples,) at 16 kHz → (`WIDTH`,) float32"""
    power = features.mel_spectrogram(wave, BANDS)
    loudness = np.log(np.maximum(power, max(DEPTH * power.max(), 1e-12)))
    coefficients = dct(loudness, axis=1)[:, :COEFFICIENTS] / np.sqrt(2 * BANDS)  # the first is √2 of an orthonormal one
    wide = np.pad(coefficients, ((APART, APART), (0, 0)), mode="edge")
    changes = wide[2 * APART :] - wide[: -2 * APART]
    told = [moment(values, axis=0) for values in (coefficients, changes) for moment in (np.mean, np.std)]
    return np.concatenate(told).astype(np.float32)
