"""What the colours of a picture tell without a pretrained network."""

from __future__ import annotations

import numpy as np

from cases.image_recognition import colors
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
