"""A saved model's answers about rows, from its ONNX file: quick, and without torch."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from cases.base import Prediction
from cases.classification import predictor
from cases.table_rows.predict import encode, parse
from models.errors import N_, InputError

MOST_BYTES = 2**20


class RowPredictor:
    """See `cases.base.Predictor`. A row is given as text, one `column: value` per line."""

    def __init__(self, bundle: Path) -> None:
        self.model, self.labels = predictor.load(bundle)
        self.columns = json.loads((bundle / "preprocessing.json").read_text("utf-8"))["columns"]

    def __call__(self, given: Sequence[Path | bytes], *, show: bool = False) -> list[Prediction | InputError]:
        rows = [self._row(one) for one in given]
        readable = [row for row in rows if not isinstance(row, InputError)]
        shares: Sequence[np.ndarray] = self.model({"cells": encode(self.columns, readable)}) if readable else ()
        told = iter(shares)
        return [row if isinstance(row, InputError) else predictor.answer(self.labels, next(told)) for row in rows]

    def _row(self, given: Path | bytes) -> Mapping[str, str] | InputError:
        content = given if isinstance(given, bytes) else given.read_bytes()
        known = [*self.columns["numbers"], *self.columns["words"]]
        row = parse(content[:MOST_BYTES].decode("utf-8-sig", "replace"))
        if not set(known) & set(row):
            return InputError(
                found=N_("It names none of the columns that the model was trained on."),
                expected=N_("One “column: value” per line is needed; the columns are: {columns}."),
                remedy=N_("Write at least one of them, and try again."),
                columns=", ".join(known[:20]),
            )
        return row


load = RowPredictor  # see `cases.base.Task.predictor`


def by_script(bundle: Path, files: Sequence[Path]) -> list[str]:
    """See `cases.base.Task.predict`."""
    from cases.table_rows import predict

    model = predict.load(bundle)
    rows = [parse(file.read_text("utf-8")) for file in files]
    return [model["labels"][row.argmax()] for row in predict.predict(model, rows)]
