"""What evaluated runs wrote down of each recording of the test part; read once and kept in memory."""

from __future__ import annotations

from collections import Counter
from functools import lru_cache
from pathlib import Path

import pandas as pd

from models.evaluation.wer import align
from runs import integrity
from runs.store import folders
from runs.store.records import Run

LOSSES = "losses.parquet"


def of(run: Run) -> pd.DataFrame | None:
    """The columns of `cases.speech.transcription.evaluation.Judge.table`, and pairs; by the recording's row, worst
    first.

    None for a run that was not evaluated, or whose answers are damaged. A pair is a word that was said beside one that
    was heard, None for nothing.
    """
    path = folders.run(run.id) / "predictions.parquet"
    if not run.result or not path.exists() or integrity.of_answers(run.id):
        return None
    return _aligned(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=8)
def _aligned(path: Path, _written: int) -> pd.DataFrame:
    table = pd.read_parquet(path).set_index("id")
    said, heard = (table[name].str.split() for name in ("plain_label", "plain_predicted"))
    pairs = [align(one, other) for one, other in zip(said, heard, strict=True)]
    share = table["wrong"] / said.str.len().clip(lower=1)
    return table.assign(pairs=pairs, share=share).sort_values("share", ascending=False, kind="stable")


def confusions(table: pd.DataFrame) -> list[tuple[str | None, str | None, int]]:
    """Words beside words that differ, and how often; the most frequent first."""
    counted = Counter(pair for pairs in table["pairs"] for pair in pairs if pair[0] != pair[1])
    return [(*pair, n) for pair, n in counted.most_common()]


def holding(table: pd.DataFrame, pair: tuple[str | None, str | None]) -> pd.DataFrame:
    """Only the recordings in which that happened."""
    return table[[pair in pairs for pairs in table["pairs"]]]


def surprising(run: Run) -> pd.DataFrame:
    """The transcripts that surprise the model most, the most surprising first: part, loss and heard, what the model
    writes itself, by row; see `cases.speech.transcription.label_losses`. Empty for a run that is older than these."""
    path = folders.run(run.id) / LOSSES
    if not path.exists() or integrity.of_answers(run.id):
        return pd.DataFrame({"part": [], "loss": [], "heard": []})
    return _surprising(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=8)
def _surprising(path: Path, _written: int) -> pd.DataFrame:
    table = pd.read_parquet(path).set_index("id")
    return table[table["surprise"] > 0].sort_values("surprise", ascending=False, kind="stable")
