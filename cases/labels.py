"""What a person sees of a label decides: characters that nobody sees make no class of their own."""

from __future__ import annotations

import re
import unicodedata

import numpy as np

from cases.base import Finding
from cases.dataset import LEFT_OUT, Dataset
from models.errors import N_

_UNSEEN = re.compile(
    "[\x01-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f"
    "\u202a-\u202e\u2060-\u206f\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb]"
    "|(?<![\U0001f3f4\U000e0020-\U000e007f])[\U000e0000-\U000e0fff]"  # behind a black flag they are England's or others
    "|(?<![^\x00-\x7f])[\u200c\u200d]|[\u200c\u200d](?![^\x00-\x7f])"  # joiners belong to scripts of India and to emoji
)
NOTHING = frozenset({
    "nan", "null", "none", "nil", "n/a", "na", "#n/a", "#na", "<na>", "nat", "inf", "+inf", "-inf", "infinity",
    "+infinity", "-infinity", "undefined", "(null)", "#null!", "#value!", "#ref!", "#div/0!", "#name?",
    "#num!",
})  # fmt: skip


def plain(label: str) -> str:
    """`label` composed (NFC), without what is not seen, and with single blanks between its words."""
    if label.isascii() and label.isprintable():
        return " ".join(label.split())
    return " ".join(_UNSEEN.sub("", unicodedata.normalize("NFC", label)).split())


def findings(dataset: Dataset) -> list[Finding]:
    """Items whose class is how programs write that there is none."""
    samples = dataset.samples
    if not dataset.task_type.has_classes:
        return []
    names = [name for name in dataset.classes if name.lower() in NOTHING]
    found = samples["label"].isin(names) & (samples["split"] != LEFT_OUT)
    if not found.any():
        return []
    title = N_("Missing values as classes")
    advice = N_("NaN, NULL or inf usually mark missing values. Exclude them unless they are real classes.")
    return [Finding("nothing", title, advice, np.flatnonzero(found))]
