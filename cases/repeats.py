"""Test items that the training data hold, too: by them a test overstates how a model does on what is new."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from models.evaluation.metrics import Interval

TRANSCRIPT = "transcript"  # what is kept together by `sentences`, see `cases.splits`
FEWEST = 10  # other test items from which a metric of them alone is told
_UNSPOKEN = re.compile(r"[^\w\s]|_")


def sentences(labels: pd.Series) -> pd.Series:
    """What is said, the same for transcripts that differ in capitals, punctuation or spaces only; "" for none."""
    return labels.fillna("").map(_plain)


def _plain(text: str) -> str:
    return " ".join(_UNSPOKEN.sub(" ", unicodedata.normalize("NFKC", text).casefold()).split())


def of(samples: pd.DataFrame, tested: np.ndarray, learnt: np.ndarray, *, said: bool) -> np.ndarray:
    """(tested,) bool: whether something that was learnt from is a copy of a test item or nearly (the column `alike`),
    or where texts are `said`, has the same sentence.

    Args:
        tested, learnt: rows of the samples.
    """
    found = np.zeros(len(tested), bool)
    if "alike" in samples:
        alike = samples["alike"].to_numpy()
        found |= np.isin(alike[tested], alike[learnt]) & (alike[tested] >= 0)
    if said:
        texts = sentences(samples["label"]).to_numpy(object)
        known = set(texts[learnt]) - {""}
        found |= np.array([text in known for text in texts[tested]], bool)
    return found


def told(repeated: np.ndarray, metrics: Sequence[str], measure: Callable[[np.ndarray], dict[str, Interval]]) -> Any:
    """What the result of a run tells of it, fit for JSON: how many `items` of the test, `of` how many, and without
    them some `metrics`, where others are enough; {} where there are none.

    `measure`: places among the test items → every metric of them alone.
    """
    if not repeated.any():
        return {}
    others = np.flatnonzero(~repeated)
    alone = measure(others) if len(others) >= FEWEST else {}
    return {"items": int(repeated.sum()), "of": len(repeated),
            "others": {metric: alone[metric] for metric in metrics if metric in alone}}  # fmt: skip
