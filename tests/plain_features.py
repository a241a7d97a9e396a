"""The features of sounds written a second time, formula by formula, as something to compare with."""

from __future__ import annotations

import numpy as np

RATE, WINDOW, STEP = 16_000, 400, 160  # samples a second; of what a frame hears; from one frame to the next
LONGEST = 30 * RATE
SILENCE = 50  # positions of 20 ms that Whisper hears after a sound
VOICE, EVERY = 160, 77  # frames that the speaker encoder hears at once, and from one such window to the next


def power(wave, count, bands, before):
    """(count, bands) around every hundredth of a second; silence follows, `before` says what comes first (np.pad)."""
    sound = np.zeros((count - 1) * STEP + WINDOW // 2 + 1)
    sound[: len(wave)] = wave[: len(sound)]
    sound = np.pad(sound, (WINDOW // 2, 0), mode=before)
    windows = np.lib.stride_tricks.sliding_window_view(sound, WINDOW)[::STEP][:count]
    return np.abs(np.fft.rfft(windows * np.hanning(WINDOW + 1)[:-1])) ** 2 @ filters(bands)


def filters(bands):
    """(201, bands): triangles of area one, even below 1 kHz and in even ratios above it (Slaney 1998)."""
    mels = np.linspace(0, 15 + np.log(8) * 27 / np.log(6.4), bands + 2)
    edges = np.where(mels < 15, mels * 200 / 3, 1000 * np.exp(np.maximum(mels - 15, 0) * np.log(6.4) / 27))
    hertz = np.linspace(0, RATE / 2, WINDOW // 2 + 1)[:, None]
    rising, falling = (hertz - edges[:-2]) / np.diff(edges)[:-1], (edges[2:] - hertz) / np.diff(edges)[1:]
    return np.maximum(0, np.minimum(rising, falling)) * 2 / (edges[2:] - edges[:-2])


def whisper_frames(wave, bands):
    """(frames, bands) float32 as Whisper hears a sound, with two frames more than its positions have."""
    positions = max(1, -(-len(wave) // (2 * STEP)))
    count = 2 * min(positions + SILENCE, LONGEST // (2 * STEP)) + 2
    log = np.log10(np.maximum(power(wave, count, bands, "reflect"), 1e-10))
    return ((np.maximum(log, log.max() - 8) + 4) / 4).astype(np.float32)


def voice_frames(wave, bands):
    """(frames, bands) float32 as the speaker encoder hears a sound, as far as whole windows reach."""
    loudness = np.sqrt(np.mean(np.square(wave, dtype=np.float64)))
    louder = max(1.0, 10 ** (-30 / 20) / loudness) if loudness > 0 else 1.0
    windows = len(range(0, max(1, -(-(len(wave) + 1) // STEP) - VOICE + EVERY + 1), EVERY))
    filled = (len(wave) - (windows - 1) * EVERY * STEP) / (VOICE * STEP)
    windows = max(1, windows - (filled < 0.75))
    return power(wave * louder, VOICE + (windows - 1) * EVERY, bands, "constant").astype(np.float32)


def kaldi_frames(wave, bands):
    """(frames, bands) float32 as the Audio Spectrogram Transformer hears a sound, by the mel scale of Kaldi."""
    wave = np.pad(wave, (0, max(0, WINDOW - len(wave)))).astype(float)
    windows = np.lib.stride_tricks.sliding_window_view(wave, WINDOW)[::STEP]
    windows = windows - windows.mean(1, keepdims=True)
    windows = windows - 0.97 * np.concatenate([windows[:, :1], windows[:, :-1]], 1)
    mels = 1127 * np.log1p(np.linspace(0, RATE / 2, 257) / 700)[:, None]
    edges = np.linspace(*1127 * np.log1p(np.array([20, RATE / 2]) / 700), bands + 2)
    rising, falling = (mels - edges[:-2]) / np.diff(edges)[:-1], (edges[2:] - mels) / np.diff(edges)[1:]
    heard = np.abs(np.fft.rfft(windows * np.hanning(WINDOW), 512)) ** 2 @ np.maximum(0, np.minimum(rising, falling))
    return np.log(np.maximum(heard, 2.0**-23)).astype(np.float32)


def samples(wave, config, stated):
    """(samples, 1) float32 as wav2vec 2.0 and HuBERT hear a sound, and at least as many as they need."""
    least = 1
    for kernel, stride in zip(config["conv_kernel"][::-1], config["conv_stride"][::-1], strict=True):
        least = (least - 1) * stride + kernel
    if stated.get("do_normalize", True):
        wave = (wave - wave.mean()) / np.sqrt(wave.var() + 1e-7)
    return np.pad(wave, (0, max(0, least - len(wave)))).astype(np.float32)[:, None]
