"""What the colours of a picture, or of a sound, tell without a pretrained network."""

from __future__ import annotations

import numpy as np
import pytest
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


@pytest.mark.parametrize(("sound", "told"), [
    (0.3 * np.sin(2 * np.pi * 440 * np.arange(8000) / 16000), [-125.5603, 11.4963, -5.7806, -1.4998, 13.7203, 23.295]),
    (np.zeros(3000), [-247.1394, 0, 0, 0, 0, 0]),
    (np.eye(1, 500, 250)[0], [-121.9515, -0.0023, -0.002, -0.0036, 81.2135, 114.8395]),
    (np.ones(1), [-32.9995, -0.0046, -0.0041, -0.0072, 0, 0]),
])  # fmt: skip
def test_the_numbers_are_those_of_earlier_runs(sound, told):
    assert statistics(sound.astype(np.float32))[[0, 1, 5, 19, 20, 60]] == pytest.approx(told, abs=1e-4)


def test_loudness_moves_the_first_coefficient_only():
    sound = wave("low", np.random.default_rng(1), 0.5)
    loud, quiet = statistics(sound), statistics(sound / 10)
    assert np.abs(np.delete(loud - quiet, 0)).max() < 1e-3 and loud[0] - quiet[0] > 1


@pytest.mark.parametrize("sound", [np.zeros(1, np.float32), np.zeros(5000, np.float32), np.ones(3, np.float32)])
def test_any_sound_has_numbers(sound):
    assert np.isfinite(statistics(sound)).all()


def test_pitches_are_told_apart():
    random = np.random.default_rng(0)
    labels = np.arange(60) % 3
    told = np.stack([statistics(wave(list(PITCHES)[label], random, 0.3)) for label in labels])
    assert (StatisticsProbe(told[:40], labels[:40]).guesses(told[40:]) == labels[40:]).mean() > 0.9
    assert set(StatisticsProbe(told[:40], np.full(40, 7)).guesses(told)) == {7}
