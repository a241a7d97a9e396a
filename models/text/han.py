"""Simplified and traditional Chinese characters: which of them texts are written in, and one as the other; no torch.

Character by character, as the table `han.txt` has it. From traditional to simplified that is what OpenCC itself does
but for a few idioms; in the other direction a character with several counterparts (发: 發, 髮) becomes the commonest.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from models.errors import N_

SCRIPTS = {"simplified": N_("simplified characters"), "traditional": N_("traditional characters")}
CLEARLY = 0.9  # of the characters that only one script has, for texts to be in it


def script(texts: Iterable[str]) -> str:
    """simplified or traditional; "" where neither is clear."""
    counted = Counter(letter for text in texts for letter in text)
    simplified, traditional = (sum(counted[letter] for letter in _table(other)) for other in
                               ("traditional", "simplified"))  # fmt: skip
    most, name = max((simplified, "simplified"), (traditional, "traditional"))
    return name if most and most >= CLEARLY * (simplified + traditional) else ""


def replacements(script: str, texts: Iterable[str]) -> tuple[str, str]:
    """Characters and what stands for them in `script`, without those that its own `texts` have; "" becomes nothing."""
    if not script:
        return "", ""
    own = set().union(*texts)
    pairs = [(one, other) for one, other in _table(script).items() if one not in own]
    return "".join(one for one, _ in pairs), "".join(other for _, other in pairs)


def variants(one: str, other: str) -> bool:
    """Whether two characters are one, simplified and traditional."""
    return any(_table(script).get(a) == b for script in SCRIPTS for a, b in ((one, other), (other, one)))


@cache
def _table(script: str) -> dict[str, str]:
    """Characters that are not of the script, and their counterparts that are."""
    lines = Path(__file__).with_suffix(".txt").read_text("utf-8").splitlines()
    tables = (line.split("\t") for line in lines if not line.startswith("#"))
    return next(dict(zip(one, other, strict=True)) for name, one, other in tables if name == script)
