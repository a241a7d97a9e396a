"""Slices of transcribed test recordings; see `pages.task_types.base.SliceView`."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from models.evaluation import wer
from models.evaluation.metrics import Interval
from models.evaluation.slices import Scores
from models.evaluation.wer import Errors
from pages.shared import vocabulary
from pages.shared.i18n import count
from pages.task_types.transcription import views
from pages.task_types.transcription.views import Viewed


def scores(viewed: Viewed) -> Scores:
    """Errors of each recording, and its words; characters in a language without spaces."""
    table = viewed.table
    wrong, said = table["wrong"].to_numpy(), table["plain_label"].str.split().str.len().to_numpy()

    def interval(inside: np.ndarray) -> Interval:
        return wer.interval([Errors(int(a), 0, 0, int(b)) for a, b in zip(wrong[inside], said[inside], strict=True)])

    metric = vocabulary.task_of(viewed.run).metric
    return Scores(metric, table.index.to_numpy(), wrong.astype(float), said.astype(float), True, interval)


def sized(n: int) -> str:
    return count("{n} recording", "{n} recordings", n)


def only(viewed: Viewed, examples: np.ndarray) -> Viewed:
    return replace(viewed, table=viewed.table[viewed.table.index.isin(examples)])


def items(viewed: Viewed) -> None:
    """The worst first."""
    views.gallery(viewed, viewed.table, "slice")
