"""The curves of a lesson, as they grow: those of each arm and repetition in the metrics of its run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from runs.store import metric_rows
from runs.store.records import Run

LATER = (  # curves that begin with the first epoch: before it there is none, or all scores are alike and one class wins
    "gradient", "noise", "rarest_recall", "macro_f1",
)  # fmt: skip
Curve = tuple[list[float], list[float]]  # epochs and values


def split(arm: int, repetition: int) -> str:
    """Under which name the metrics of a training stand, by the numbers of its arm and repetition."""
    return f"arm{arm}.{repetition}"


def of(run: Run, name: str) -> Mapping[tuple[int, int], Curve]:
    """Number of the arm and of the repetition → the curve of `name`, a curve of its kind of lesson."""
    found: dict[tuple[int, int], Curve] = {}
    for which, told in _rows(run):
        epochs, values = found.setdefault(which, ([], []))
        epoch = float(told["epoch"])
        if name == "batches":  # spread over the epoch that they were trained in
            losses = told["batches"]
            epochs += [epoch - 1 + (place + 1) / len(losses) for place in range(len(losses))]
            values += losses
        elif name in told and (epoch or name not in LATER):
            epochs.append(epoch)
            values.append(float(told[name]))
    return found


def ends(run: Run) -> Mapping[tuple[int, int], Mapping[str, float]]:
    """Number of the arm and of the repetition → all that is known of its last epoch until now."""
    return dict(_rows(run))


def _rows(run: Run) -> Iterator[tuple[tuple[int, int], dict[str, Any]]]:
    for row in metric_rows.after(run, 0, most=100_000):
        if row["split"].startswith("arm"):
            arm, repetition = map(int, row["split"].removeprefix("arm").split("."))
            yield (arm, repetition), row["values"]
