"""Lessons in the reader's language: their texts, links to them, and what measures and curves are called."""

from __future__ import annotations

import re
from collections.abc import Sequence
from statistics import fmean
from urllib.parse import urlencode

from models.errors import N_
from pages.shared import address, i18n
from pages.shared.i18n import _
from runs.lessons.files import Lesson, Words

_BEHIND_CHINESE = re.compile(r"(?<=[\u3000-\u9fff\uff00-\uffef])\n(?![\n\s*|>#-])")

SHARES = {
    "accuracy": N_("Held-out accuracy"),
    "train_accuracy": N_("Training accuracy"),
    "confidence": N_("Mean confidence"),
    "clean_accuracy": N_("Accuracy without copies"),
    "rarest_recall": N_("Recall of the rarest class"),
    "macro_f1": N_("Macro-F1"),
    "hit@10": N_("Hit rate@10"),
    "recall@10": N_("Recall@10"),
    "tail_hit": N_("Hit rate@10 outside the top 10%"),
    "coverage": N_("Catalogue coverage"),
    "top_share": N_("Recommended from the top 10%"),
    "mean_popularity": N_("Mean popularity (share of users)"),
    "new_hit": N_("Hit rate@10 among new items"),
    "new_share": N_("Recommended new items"),
}
DIFFERENCES = {  # of shares
    "accuracy_gap": N_("Training less held-out accuracy"),
    "overconfidence": N_("Confidence less accuracy"),
    "leak_gain": N_("Accuracy gained by copies"),
}
NUMBERS = {
    "loss": N_("Held-out loss"),
    "train_loss": N_("Training loss"),
    "gap": N_("Held-out less training loss"),
    "gradient": N_("Gradient at the first layer"),
    "noise": N_("Change of the loss from step to step"),
    "epochs": N_("Epochs"),
    "batches": N_("Loss of each batch"),
    "ndcg@10": N_("NDCG@10"),
}


LEAST = 0.001  # a number below it is told as that: how far below says nothing


def said(words: Words) -> str:
    """A text of a lesson."""
    return words[i18n.current()]


def prose(lesson: Lesson, part: str) -> str:
    """What stands in the file of the lesson under `part`, one of `runs.lessons.files.PROSE`: Markdown."""
    return unbroken(lesson.prose[i18n.current()][part])


def unbroken(markdown: str) -> str:
    """The same without line ends behind Chinese, where Markdown would put a space."""
    return _BEHIND_CHINESE.sub("", markdown)


def measure(name: str) -> str:
    """What a measure or a curve is called."""
    return _({**SHARES, **DIFFERENCES, **NUMBERS}[name])


def figure(name: str, value: float) -> str:
    """The value of a measure: a share in percent, a difference of shares in points, any other with three digits that
    count."""
    told = _("{n:.1f} points", n=_points(value)) if name in DIFFERENCES else _bare(name, value)
    return told.replace("-", "−")


def spread(name: str, values: Sequence[float]) -> str:
    """The mean of a measure, and of several values their range in brackets; "" where there is none."""
    if len(values) < 2 or 0 < max(values) < LEAST:
        return figure(name, max(values)) if values else ""
    low, high = _bare(name, min(values)), _bare(name, max(values))
    dash = " – " if min(values) < 0 else "–"  # a minus would touch it
    return f"{figure(name, fmean(values))} ({low}{dash}{high})".replace("-", "−")


def _bare(name: str, value: float) -> str:
    """Without the word for its unit."""
    if name in DIFFERENCES:
        return f"{_points(value):.1f}"
    if name in SHARES:
        return f"{value:.1%}"
    return f"< {LEAST:g}" if 0 < value < LEAST else f"{value:.3g}"


def _points(share: float) -> float:
    """In percentage points, and never minus nothing."""
    return round(100 * share, 1) + 0.0


def under_pointer(name: str, line: str) -> dict[str, str]:
    """What a figure of this measure tells of a point: of which line it is, and its value; `line` as Plotly reads it."""
    value = "%{y:.1%}" if name in SHARES else "%{y:.3g}"
    return {"hovertemplate": f"{line}: {value}<extra></extra>"}


def link(lesson: str, run: str = "") -> str:
    """The address of a lesson; on the data of `run` where one is named."""
    asked = urlencode({"lesson": lesson, **({"from": run} if run else {})})
    return address.of_route(f"/lessons?{asked}")
