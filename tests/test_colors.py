"""What the colours of a picture, or of a sound, tell without a pretrained network."""

from __future__ import annotations

import numpy as np
from made_sounds import PITCHES, wave
from scipy.fft import dct

from cases.image_recognition import colors
from cases.speech.audio import features, mfcc
from cases.speech.audio.mfcc import statistics
from models.heads.statistics_probe import StatisticsProbe


def test_how_much_of_a_picture_has_each_colour_whatever_its_size_and_wherever_it_lies():
    half = np.zeros((32, 32, 3), np.uint8)
    half[:, :16] = (255, 0, 0)
    told = colors.statistics(half)
    assert told.shape == (colors.WIDTH,) and told.dtype == np.float32
    assert np.allclose(np.sort(told[:64])[-3:], [0, np.sqrt(0.5), np.sqrt(0.5)])  # red and black
    assert np.allclose(told[64:], [0.5, 0, 0, 0.5, 0, 0])
    assert np.allclose(colors.statistics(np.rot90(half)), told)
    assert np.allclose(colors.statistics(np.kron(half, np.ones((3, 2, 1), np.uint8))), told)


def test_pictures_that_differ_in_colour_are_told_apart():
    random, labels = np.random.default_rng(0), np.arange(60) % 2
    pictures = random.integers(0, 120, (60, 16, 16, 3)).astype(np.uint8)
    pictures[labels == 1, ..., 2] += 60
    told = np.stack([colors.statistics(picture) for picture in pictures])
    assert (StatisticsProbe(told[:40], labels[:40]).guesses(told[40:]) == labels[40:]).all()


def test_the_coefficients_are_cosines_of_the_logarithm():
    sound = wave("middle", np.random.default_rng(0), 0.5)
    power = features.mel_spectrogram(sound, 40)
    theirs = dct(np.log(np.maximum(power, 1e-8 * power.max())), norm="ortho", axis=1)[:, 1:20]
    told = statistics(sound)
    assert told.shape == (mfcc.WIDTH,) and told.dtype == np.float32
    assert np.allclose(told[1:20], theirs.mean(0), atol=1e-4)
    assert np.allclose(told[21:40], theirs.std(0), atol=1e-4)


def test_pitches_are_told_apart():
    random = np.random.default_rng(0)
    labels = np.arange(60) % 3
    told = np.stack([statistics(wave(list(PITCHES)[label], random, 0.3)) for label in labels])
    assert (StatisticsProbe(told[:40], labels[:40]).guesses(told[40:]) == labels[40:]).mean() > 0.9
    assert set(StatisticsProbe(told[:40], np.full(40, 7)).guesses(told)) == {7}
