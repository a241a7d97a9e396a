"""Figures of terms that are drawn by parts: layers, cells, and pictures made of numbers."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise, product

import numpy as np

from cases.classification.settings import ClassifierSettings
from cases.settings import default, knobs
from pages.components.term_figure.plane import HEIGHT, WIDTH, Axis, Figure, bars, rect, sheet, text
from pages.shared.i18n import _
from pages.shared.text import percent

UNITS = (3, 5, 2)  # of the input, hidden and output layer that are drawn
CELL = 26  # pixels


def layers(marked: int | None = None) -> Figure:
    """A network of three layers; only the `marked` one, or all, in the accent."""
    places = [[(50 + 110 * layer, HEIGHT / 2 - 12 + 28 * (unit - (units - 1) / 2)) for unit in range(units)]
              for layer, units in enumerate(UNITS)]  # fmt: skip
    lines = [f'<path class="edge" d="M{a:.0f} {b:.0f}L{c:.0f} {d:.0f}"/>'
             for one, other in pairwise(places)
             for (a, b), (c, d) in product(one, other)]  # fmt: skip
    units = [f'<circle class="unit tone-{0 if marked in (None, layer) else 2}" cx="{x:.0f}" cy="{y:.0f}" r="9"/>'
             for layer, column in enumerate(places) for x, y in column]  # fmt: skip
    names = (_("Input layer"), _("Hidden layer"), _("Output layer"))
    named = [text(50 + 110 * layer, HEIGHT - 8, name, "name") for layer, name in enumerate(names)]
    return Figure(sheet("".join([*lines, *units, *named])), _("A small network; every line is a weight."))


def layer(marked: int) -> Callable[[], Figure]:
    return lambda: layers(marked)


def split() -> Figure:
    """By the usual fractions of a classifier's form."""
    known = knobs(ClassifierSettings)
    validation, test = (float(default(known[part][0])) for part in ("validation", "test"))
    shares = (1 - validation - test, validation, test)
    names = (_("Training data"), _("Validation data"), _("Test data"))
    drawn, left = "", 0.0
    for tone, share in enumerate(shares):
        drawn += rect(left * WIDTH, 4, share * WIDTH - 2, 36, f"bar tone-{tone}")
        drawn += text((left + share / 2) * WIDTH, 58, percent(share))
        left += share
    return Figure(sheet(drawn, height=64), _("The usual split here; step 2 changes it."), names)


def vector() -> Figure:
    values = [0.8, -0.3, 0.1, 1.2, -0.9, 0.4, 0.0, 0.6]
    return Figure(bars(values, [f"x{n}" for n in range(1, 8)] + ["…"], Axis("", -1.2, 1.4, (-1, 0, 1))),
                  _("A drawing: the first numbers of a feature vector. Real ones have hundreds."))  # fmt: skip


def _cells(values: np.ndarray, left: float, top: float, marked: np.ndarray | None = None) -> str:
    """(rows, columns) numbers as cells; those that are `marked` in the accent."""
    drawn = ""
    for (row, column), value in np.ndenumerate(values):
        name = "cell on" if marked is not None and marked[row, column] else "cell"
        drawn += rect(left + column * CELL, top + row * CELL, CELL - 2, CELL - 2, name)
        drawn += text(left + (column + 0.5) * CELL - 1, top + (row + 0.5) * CELL + 3, f"{value:g}", "value")
    return drawn


IMAGE = np.array([[1, 3, 2, 0], [5, 2, 1, 4], [0, 1, 6, 2], [2, 0, 3, 1]])


def pooling() -> Figure:
    pooled = IMAGE.reshape(2, 2, 2, 2).max(axis=(1, 3))
    drawn = _cells(IMAGE, 30, 8, np.kron(pooled, np.ones((2, 2), int)) == IMAGE)
    drawn += text(165, 64, "→", "sign") + _cells(pooled, 205, 34, np.ones((2, 2), bool))
    return Figure(sheet(drawn, height=116), _("Maximum of each 2 × 2 square; the mean works likewise."))


def convolution() -> Figure:
    """A kernel of two by two over `IMAGE`."""
    kernel = np.array([[1, 0], [0, -1]])
    windows = np.lib.stride_tricks.sliding_window_view(IMAGE, (2, 2))
    found = (windows * kernel).sum(axis=(2, 3))
    first = np.zeros((4, 4), bool)
    first[:2, :2] = True
    drawn = _cells(IMAGE, 6, 8, first) + text(128, 64, "∗", "sign") + _cells(kernel, 144, 34)
    drawn += text(212, 64, "=", "sign") + _cells(found, 230, 21, np.arange(9).reshape(3, 3) == 0)
    return Figure(sheet(drawn, height=116), _("Each number on the right is the sum of one square times the kernel."))


def confusion() -> Figure:
    """Made counts, of which the metrics in the caption are computed."""
    counts = np.array([[40, 10], [5, 45]])
    tp, fn, fp = counts[0, 0], counts[0, 1], counts[1, 0]
    names = ("TP", "FN", "FP", "TN")
    drawn = ""
    for n, (row, column) in enumerate(product(range(2), repeat=2)):
        x, y = 120 + 90 * column, 26 + 52 * row
        drawn += rect(x, y, 86, 48, "cell on" if row == column else "cell off")
        drawn += text(x + 43, y + 30, f"{names[n]} {counts[row, column]}", "count")
        drawn += text(112, 54 + 52 * row, _("true: {name}", name="AB"[row]), "name", "end") if not column else ""
        drawn += text(x + 43, 18, _("predicted: {name}", name="AB"[column]), "name") if not row else ""
    told = _("Made numbers, class A: precision {precision}, recall {recall}.", precision=f"{tp / (tp + fp):.0%}",
             recall=f"{tp / (tp + fn):.0%}")  # fmt: skip
    return Figure(sheet(drawn, height=132), told)


def spectrogram() -> Figure:
    """Of a tone that rises from 200 to 3,400 Hz in one second, at 8,000 samples per second; 128 samples a frame."""
    t = np.arange(8000) / 8000
    sound = np.sin(2 * np.pi * (200 * t + 1600 * t**2))
    frames = np.lib.stride_tricks.sliding_window_view(sound, 128)[::164] * np.hanning(128)
    power = np.abs(np.fft.rfft(frames))[:, :64] ** 2
    level = np.clip(1 + np.log10(power / power.max() + 1e-9) / 4, 0, 1).reshape(len(frames), 32, 2).max(axis=2)
    wide, high = (WIDTH - 40) / len(frames), 128 / 32
    drawn = "".join(rect(34 + wide * x, 132 - high * y, wide, high, "power", float(level[x, y]))
                    for x, y in np.argwhere(level > 0.1))  # fmt: skip
    drawn += '<path class="axis" d="M34 8V137H312"/>' + text(312, 156, _("time (s)"), "name", "end")
    drawn += text(28, 16, "4 kHz", anchor="end") + text(28, 138, "0", anchor="end")
    return Figure(sheet(drawn, height=164), _("Computed: a tone that rises from 200 to 3,400 Hz in one second."))
