"""The curves of a lesson, as they grow: those of each arm and repetition in the metrics of its run."""

from __future__ import annotations

from collections.abc import Mapping

from runs.store import records
from runs.store.records import Run

Curve = tuple[list[float], list[float]]  # epochs and values


def split(arm: int, repetition: int) -> str:
    """Under which name the metrics of a training stand, by the numbers of its arm and repetition."""
    return f"arm{arm}.{repetition}"


def of(run: Run, name: str) -> Mapping[tuple[int, int], Curve]:
    """Number of the arm and of the repetition → the curve of `name`, a curve of `runs.lessons.files`."""
    found: dict[tuple[int, int], Curve] = {}
    for row in records.metrics_after(run, 0, most=100_000):
        if not row["split"].startswith("arm"):
            continue
        arm, repetition = map(int, row["split"].removeprefix("arm").split("."))
        epochs, values = found.setdefault((arm, repetition), ([], []))
        told, epoch = row["values"], float(row["values"]["epoch"])
        if name == "batches":  # spread over the epoch that they were trained in
            losses = told["batches"]
            epochs += [epoch - 1 + (place + 1) / len(losses) for place in range(len(losses))]
            values += losses
        elif epoch or name not in ("gradient", "noise"):  # before the first step there is none
            epochs.append(epoch)
            values.append(float(told[name]))
    return found
