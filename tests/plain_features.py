"""The features of sounds written a second time, formula by formula, as something to compare with."""

from __future__ import annotations

import numpy as np

RATE, WINDOW, STEP = 16_000, 400, 160  # samples a second; of what a frame hears; from one frame to the next
VOICE, EVERY = 160, 77  # frames that the speaker encoder hears at once, and from one such window to the next


def filters(bands):
    """(201, bands): triangles of area one, even below 1 kHz and in even ratios above it (Slaney 1998)."""
    mels = np.linspace(0, 15 + np.log(8) * 27 / np.log(6.4), bands + 2)
    edges = np.where(mels < 15, mels * 200 / 3, 1000 * np.exp(np.maximum(mels - 15, 0) * np.log(6.4) / 27))
    hertz = np.linspace(0, RATE / 2, WINDOW // 2 + 1)[:, None]
    rising, falling = (hertz - edges[:-2]) / np.diff(edges)[:-1], (edges[2:] - hertz) / np.diff(edges)[1:]
    return np.maximum(0, np.minimum(rising, falling)) * 2 / (edges[2:] - edges[:-2])


def samples(wave, config, stated):
    """(samples, 1) float32 as wav2vec 2.0 and HuBERT hear a sound, and at least as many as they need."""
    least = 1
    for kernel, stride in zip(config["conv_kernel"][::-1], config["conv_stride"][::-1], strict=True):
        least = (least - 1) * stride + kernel
    if stated.get("do_normalize", True):
        wave = (wave - wave.mean()) / np.sqrt(wave.var() + 1e-7)
    return np.pad(wave, (0, max(0, least - len(wave)))).astype(np.float32)[:, None]
