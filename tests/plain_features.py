"""The features of sounds written a second time, formula by formula, as something to compare with."""

from __future__ import annotations

import numpy as np

RATE, WINDOW, STEP = 16_000, 400, 160  # samples a second; of what a frame hears; from one frame to the next
VOICE, EVERY = 160, 77  # frames that the speaker encoder hears at once, and from one such window to the next


def samples(wave, config, stated):
    """(samples, 1) float32 as wav2vec 2.0 and HuBERT hear a sound, and at least as many as they need."""
    least = 1
    for kernel, stride in zip(config["conv_kernel"][::-1], config["conv_stride"][::-1], strict=True):
        least = (least - 1) * stride + kernel
    if stated.get("do_normalize", True):
        wave = (wave - wave.mean()) / np.sqrt(wave.var() + 1e-7)
    return np.pad(wave, (0, max(0, least - len(wave)))).astype(np.float32)[:, None]
