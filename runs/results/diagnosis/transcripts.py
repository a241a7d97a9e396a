"""What the errors of a transcriber show: recordings without a word, words left out, words that nobody said."""

from __future__ import annotations

import pandas as pd

from models.evaluation import metrics
from runs.results.diagnosis import RARE, Diagnosis

FEW = 20  # errors below which nothing is said of their kinds
MUCH = 0.01  # of the recordings: of fewer that came out empty nothing is said
HALF = 0.5  # of the errors are of the kind that is told


def diagnose(table: pd.DataFrame) -> list[Diagnosis]:
    """`table` as `runs.results.transcripts.of` gives it."""
    said = table[table["plain_label"] != ""]
    if said.empty:
        return []
    return [one for one in (_empty(said), _kind(said)) if one]


def _empty(said: pd.DataFrame) -> Diagnosis | None:
    empty = (said["plain_predicted"] == "").to_numpy()
    if metrics.wilson(empty)[0] <= MUCH:
        return None
    return Diagnosis("empty", {"n": int(empty.sum()), "of": len(empty)})


def _kind(said: pd.DataFrame) -> Diagnosis | None:
    """Deletions where they are the most, and more recordings have more of them than of insertions than the other way
    round, by the sign test; or insertions likewise."""
    deleted = said["pairs"].map(lambda pairs: sum(heard is None for _said, heard in pairs)).to_numpy()
    inserted = said["pairs"].map(lambda pairs: sum(told is None for told, _heard in pairs)).to_numpy()
    wrong = int(said["pairs"].map(lambda pairs: sum(one != other for one, other in pairs)).sum())
    more, fewer = int((deleted > inserted).sum()), int((inserted > deleted).sum())
    if wrong < FEW or metrics.sign_test(more, fewer) >= RARE:
        return None
    name, most = ("deletions", deleted) if more > fewer else ("insertions", inserted)
    if most.sum() < HALF * wrong:
        return None
    return Diagnosis(name, {"deleted": int(deleted.sum()), "inserted": int(inserted.sum()), "wrong": wrong})
