"""What two runs wrote down of the same recordings, beside the same reference."""

from __future__ import annotations

from functools import lru_cache

import pandas as pd

from models.evaluation.wer import align
from runs.results import paired_runs
from runs.store.records import Run

Pairs = tuple[tuple[str | None, str | None], ...]  # words that were said beside words that were heard


def of(one: Run, other: Run) -> pd.DataFrame | None:
    """By the recording's row, those on which the two differ most first; None where they share none.

    label: the reference of the newer run as it was written; said: how many words it has; for each run one_pairs and
    other_pairs, see `runs.results.transcripts.of`, one_wrong and other_wrong: how many words are to be mended; apart:
    in how many words the two texts differ. Words are characters where those are counted.
    """
    tables = paired_runs.shared(one, other)
    if tables is None or "plain_label" not in tables[0] or "plain_label" not in tables[1]:
        return None
    newer = tables[0] if paired_runs.is_newer(one, other) else tables[1]
    said, heard = newer["plain_label"], [table["plain_predicted"] for table in tables]
    found = pd.DataFrame({"label": newer["label"], "said": said.str.split().str.len()})
    for name, texts in zip(("one", "other"), heard, strict=True):
        found[f"{name}_pairs"] = [_aligned(*texts) for texts in zip(said, texts, strict=True)]
        found[f"{name}_wrong"] = found[f"{name}_pairs"].map(_differing)
    found["apart"] = [_differing(_aligned(*texts)) for texts in zip(*heard, strict=True)]
    gap = (found["one_wrong"] - found["other_wrong"]).abs()
    return found.assign(gap=gap).sort_values(["apart", "gap"], ascending=False, kind="stable").drop(columns="gap")


@lru_cache(maxsize=20_000)
def _aligned(said: str, heard: str) -> Pairs:
    return tuple(align(said.split(), heard.split()))


def _differing(pairs: Pairs) -> int:
    return sum(one != other for one, other in pairs)
