"""What a trained model says of items, kept beside the run as plain arrays and a table."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd

from models.evaluation import label_errors, resampling
from models.evaluation.decision import tempered
from models.evaluation.metrics import Interval

HELD_OUT = ("test", "validation")  # the parts the network's weights were not fitted to
OUT_OF_FOLD = "out_of_fold"


@dataclass(frozen=True, eq=False)
class Predictions:
    """Probabilities of items of the test and validation parts, perhaps of some training items too.

    `items` has the columns id (row of the data set's samples), part and label (number of the class); `vectors`
    (items, width) is what the last layer saw of each, for a map; `probabilities` is (items, classes).
    `out_of_fold`: the items that were learnt from and validated on, as linear probes judge them that were fitted to
    others only; None in runs older than that. `rounding`: how far a probability of a training item may lie from the
    one that the bundle gives, as was measured on the others; above 0 where its features were computed in 16 bits.
    `neighbours`: (pairs, 2) rows of examples that are alike and have different labels, see `label_errors.neighbours`.
    `nearest`: (items of all parts, 1 + neighbours) rows of each and of those most like it, see `label_errors.nearest`;
    empty in runs older than that.
    `alone`: (test items,) the class that the network names without the model that answers with it; None where none
    does, and where they are read from the files, which do not hold it.
    """

    classes: tuple[str, ...]
    items: pd.DataFrame
    probabilities: np.ndarray
    vectors: np.ndarray
    out_of_fold: Predictions | None = None
    rounding: float = 0.0
    neighbours: np.ndarray = field(default_factory=label_errors.no_pairs)
    alone: np.ndarray | None = None
    nearest: np.ndarray = field(default_factory=label_errors.no_pairs)

    @cached_property
    def labels(self) -> np.ndarray:
        return self.items["label"].to_numpy()

    @cached_property
    def rows(self) -> np.ndarray:
        """(items,) rows in the data set's samples."""
        return self.items["id"].to_numpy()

    @cached_property
    def predicted(self) -> np.ndarray:
        return self.probabilities.argmax(1)

    @cached_property
    def confidence(self) -> np.ndarray:
        return self.probabilities.max(1)

    @cached_property
    def right(self) -> np.ndarray:
        return self.labels == self.predicted

    @cached_property
    def test_roc_auc(self) -> Interval | None:
        """See `resampling.roc_auc_interval`; kept, for of many classes it takes a second."""
        test = self.of("test")
        return resampling.roc_auc_interval(test.probabilities, test.labels)

    @cached_property
    def suspected(self) -> tuple[np.ndarray, np.ndarray]:
        """See `label_errors.suspects`; kept, for a page asks for it whenever it is drawn."""
        return label_errors.suspects(self.probabilities, self.labels)

    @property
    def validated(self) -> dict[str, float]:
        """The accuracy on the validation part as `value`, and on how many `items`; empty where there are none."""
        right = self.of("validation").right
        return {"value": float(right.mean()), "items": len(right)} if len(right) else {}

    def tempered(self, temperature: float) -> Predictions:
        """With probabilities by this temperature; those out of fold are another model's and stay."""
        return replace(self, probabilities=tempered(self.probabilities, temperature))

    def limited_by(self, judge: Predictions) -> Predictions:
        """With confidences that are worth what they say, as `judge` tells of the same model; see
        `label_errors.limited`."""
        return replace(self, probabilities=label_errors.limited(self.probabilities, judge.confidence, judge.right))

    def of(self, *parts: str) -> Predictions:
        """Only the items of these parts."""
        return self.at(self.items["part"].isin(parts).to_numpy().nonzero()[0])

    def at(self, places: np.ndarray) -> Predictions:
        """Only the items at these places, in their order."""
        items = self.items.iloc[places].reset_index(drop=True)
        return replace(self, items=items, probabilities=self.probabilities[places], vectors=self.vectors[places])

    def save(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        if self.out_of_fold is not None:
            self.out_of_fold.save(folder / OUT_OF_FOLD)
        (folder / "rounding.json").write_text(json.dumps(self.rounding), "utf-8")
        self.items.to_parquet(folder / "items.parquet")
        np.save(folder / "probabilities.npy", self.probabilities.astype(np.float32), allow_pickle=False)
        np.save(folder / "neighbours.npy", self.neighbours, allow_pickle=False)
        np.save(folder / "nearest.npy", self.nearest, allow_pickle=False)
        np.save(folder / "vectors.npy", self.vectors.astype(np.float32), allow_pickle=False)
        (folder / "classes.json").write_text(json.dumps(self.classes, ensure_ascii=False), "utf-8")

    @classmethod
    def open(cls, folder: Path) -> Predictions:
        probabilities = np.load(folder / "probabilities.npy", allow_pickle=False)
        vectors = np.load(folder / "vectors.npy", allow_pickle=False)
        classes = json.loads((folder / "classes.json").read_text("utf-8"))
        inner, rounding, pairs = folder / OUT_OF_FOLD, folder / "rounding.json", folder / "neighbours.npy"
        near = folder / "nearest.npy"
        return cls(tuple(classes), pd.read_parquet(folder / "items.parquet"), probabilities, vectors,
                   out_of_fold=cls.open(inner) if inner.exists() else None,
                   rounding=json.loads(rounding.read_text("utf-8")) if rounding.exists() else 0.0,
                   neighbours=np.load(pairs, allow_pickle=False) if pairs.exists() else label_errors.no_pairs(),
                   nearest=np.load(near, allow_pickle=False) if near.exists() else label_errors.no_pairs(),
                   )  # fmt: skip
