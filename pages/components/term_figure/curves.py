"""Figures of terms that are curves: each is computed from the formula, or from a small experiment, when it is drawn."""

from __future__ import annotations

import numpy as np

from pages.components.term_figure.plane import Axis, Figure, Line, bars, plot
from pages.shared.i18n import _


def _sigmoid(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-x))


def activation() -> Figure:
    """GELU in the form with tanh: Hendrycks and Gimpel (2016)."""
    x = np.linspace(-3, 3, 121)
    gelu = 0.5 * x * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3)))
    drawn = [np.maximum(0, x), _sigmoid(x), np.tanh(x), gelu]
    lines = [Line(x, y, tone) for tone, y in enumerate(drawn)]
    return Figure(plot(lines, Axis("x", -3, 3, (-3, 0, 3)), Axis("", -1.2, 2.2, (-1, 0, 1, 2))),
                  _("Four activation functions."), ("ReLU", _("Sigmoid"), "tanh", "GELU"))  # fmt: skip


def softmax() -> Figure:
    """Four scores as probabilities."""
    scores = np.array([2.0, 1.0, 0.5, -1.0])
    shares = np.exp(scores) / np.exp(scores).sum()
    names = [f"{score:g} → {share:.0%}" for score, share in zip(scores, shares, strict=True)]
    return Figure(bars(shares, names, Axis("p", 0, 1, (0, 0.5, 1)), chosen=0),
                  _("Four scores, and the probabilities that the formula makes of them."))  # fmt: skip


def cross_entropy() -> Figure:
    p = np.linspace(0.01, 1, 100)
    return Figure(plot([Line(p, -np.log(p))], Axis("p", 0, 1, (0, 0.5, 1)), Axis("−log p", 0, 4.6, (0, 2, 4))),
                  _("The loss of one sample against the probability of its true class."))  # fmt: skip


def _descent(rate: float, steps: int) -> np.ndarray:
    """The weights on the way down L(w) = w², from w = −2 on, (steps + 1,)."""
    return -2 * (1 - 2 * rate) ** np.arange(steps + 1)


def descent() -> Figure:
    w, way = np.linspace(-2.2, 2.2, 89), _descent(0.15, 7)
    return Figure(plot([Line(w, w**2, 2), Line(way, way**2, 0, True)], Axis("w", -2.2, 2.2, (-2, 0, 2)),
                       Axis("L(w) = w²", 0, 4.8, (0, 2, 4))),
                  _("Seven steps of gradient descent with learning rate 0.15."))  # fmt: skip


def rates() -> Figure:
    steps = np.arange(11)
    lines = [Line(steps, _descent(rate, 10) ** 2, tone, True) for tone, rate in enumerate((0.02, 0.1, 1.02))]
    return Figure(plot(lines, Axis(_("step"), 0, 10, (0, 5, 10)), Axis("L(w) = w²", 0, 6, (0, 2, 4, 6))),
                  _("The loss during ten steps with three learning rates."), ("0.02", "0.1", "1.02"))  # fmt: skip


def schedule() -> Figure:
    t = np.linspace(0, 1, 101)
    lines = [Line(t, (1 + np.cos(np.pi * t)) / 2), Line(t, 1 - t, 1), Line(t, np.ones_like(t), 2)]
    return Figure(plot(lines, Axis("t / T", 0, 1, (0, 0.5, 1)), Axis("η / η₀", 0, 1.15, (0, 0.5, 1))),
                  _("Three schedules, without warm-up."), (_("Cosine"), _("Linear"), _("Constant")))  # fmt: skip


def batch() -> Figure:
    size = np.arange(1, 129)
    return Figure(plot([Line(size, 1 / np.sqrt(size))], Axis("B", 0, 128, (1, 32, 64, 128)), Axis("", 0, 1.1, (0, 1))),
                  _("The noise of a gradient falls with 1 / √B: four times the batch halves it."))  # fmt: skip


def decay() -> Figure:
    """How a weight shrinks that the data say nothing of."""
    steps = np.arange(0, 501)
    lines = [Line(steps, (1 - 0.1 * decay) ** steps, tone) for tone, decay in enumerate((0.01, 0.05, 0.1))]
    return Figure(plot(lines, Axis(_("step"), 0, 500, (0, 250, 500)), Axis("w", 0, 1.1, (0, 0.5, 1))),
                  _("A weight without a gradient, with learning rate 0.1 and three values of λ."),
                  ("λ = 0.01", "λ = 0.05", "λ = 0.1"))  # fmt: skip


def complexity() -> Figure:
    """Least squares with polynomials, on the points of one seed."""
    random = np.random.default_rng(0)
    x, new = np.linspace(-1, 1, 12), random.uniform(-1, 1, 200)
    y, of_new = (np.sin(3 * one) + random.normal(0, 0.3, len(one)) for one in (x, new))
    degrees = np.arange(1, 10)
    fits = [np.polynomial.Polynomial.fit(x, y, degree) for degree in degrees]
    seen = np.array([np.mean((fit(x) - y) ** 2) for fit in fits])
    unseen = np.array([np.mean((fit(new) - of_new) ** 2) for fit in fits])
    high = float(np.ceil(10 * max(*seen, *unseen)) / 10)
    lines = [Line(degrees, seen, 0, True), Line(degrees, unseen, 1, True)]
    return Figure(plot(lines, Axis(_("degree"), 1, 9, (1, 3, 5, 7, 9)), Axis(_("mean squared error"), 0, high,
                                                                           (0, high / 2, high))),
                  _("Polynomials fitted to 12 noisy points of a sine, and measured on 200 new ones (made data)."),
                  (_("training"), _("new data")))  # fmt: skip


def f1() -> Figure:
    recall = np.linspace(0.001, 1, 100)
    lines = [Line(recall, 2 * fixed * recall / (fixed + recall), tone) for tone, fixed in enumerate((0.9, 0.5, 0.2))]
    return Figure(plot(lines, Axis(_("recall"), 0, 1, (0, 0.5, 1)), Axis("F₁", 0, 1.1, (0, 0.5, 1))),
                  _("F1 against recall, for three values of precision."), ("90%", "50%", "20%"))  # fmt: skip


def calibration() -> Figure:
    """Scores that are twice as large as they should be."""
    sure = np.linspace(0.5, 0.99, 50)
    right = _sigmoid(np.log(sure / (1 - sure)) / 2)
    return Figure(plot([Line(sure, right)], Axis(_("confidence"), 0.5, 1, (0.5, 0.75, 1)),
                       Axis(_("share correct"), 0.5, 1.02, (0.5, 0.75, 1)), diagonal=True),
                  _("An over-confident model, computed: its scores are twice too large. Dashed: perfectly "
                    "calibrated."))  # fmt: skip


def interval() -> Figure:
    """Wilson (1927)."""
    n, p, z = np.arange(10, 501), 0.8, 1.96
    middle, around = (p + z**2 / (2 * n)), z * np.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
    ends = [(middle + side * around) / (1 + z**2 / n) for side in (-1, 1)]
    lines = [Line(n, end) for end in ends] + [Line(n, np.full(len(n), p), 2)]
    return Figure(plot(lines, Axis("N", 10, 500, (10, 100, 250, 500)), Axis("", 0.4, 1, (0.4, 0.6, 0.8, 1))),
                  _("The 95% interval of an accuracy of 80% against the number of test samples."))  # fmt: skip


def idf() -> Figure:
    df = np.arange(1, 101)
    return Figure(plot([Line(df, np.log(100 / df))], Axis("df", 0, 100, (1, 50, 100)), Axis("log(N / df)", 0, 5,
                                                                                          (0, 2, 4))),
                  _("The weight of a word against how many of 100 texts contain it."))  # fmt: skip


def cosine() -> Figure:
    angle = np.linspace(0, 180, 91)
    return Figure(plot([Line(angle, np.cos(np.radians(angle)))], Axis(_("angle"), 0, 180, (0, 90, 180)),
                       Axis("cos(u, v)", -1, 1.25, (-1, 0, 1))),
                  _("Similarity against the angle between two vectors, in degrees."))  # fmt: skip


def mel() -> Figure:
    f = np.linspace(0, 8000, 161)
    return Figure(plot([Line(f, 2595 * np.log10(1 + f / 700))], Axis("f (Hz)", 0, 8000, (0, 4000, 8000)),
                       Axis("mel", 0, 3200, (0, 1500, 3000))),
                  _("The lowest 1,000 Hz take a third of the scale up to 8,000 Hz."))  # fmt: skip


def pairwise() -> Figure:
    gap = np.linspace(-4, 4, 81)
    return Figure(plot([Line(gap, -np.log(_sigmoid(gap)))], Axis("r(u, i) − r(u, j)", -4, 4, (-4, 0, 4)),
                       Axis("L", 0, 4.4, (0, 2, 4))),
                  _("The loss of one pair against how far the chosen item leads."))  # fmt: skip


def discount() -> Figure:
    places = range(1, 11)
    return Figure(bars([1 / np.log2(place + 1) for place in places], [str(place) for place in places],
                       Axis("1 / log₂(i + 1)", 0, 1.2, (0, 0.5, 1))),
                  _("What a right item counts at each place of a list of ten."))  # fmt: skip
