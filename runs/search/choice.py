"""Which of the trials is kept, judged by the same examples of the validation part, and what the result says of that."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

import cases
from cases import tasks
from models.evaluation import metrics
from models.evaluation.significance import DEVIATIONS
from runs import paths
from runs.search import journal
from runs.store.records import Run

UNCERTAIN = 1.0  # standard errors within which two trials count as equal
FILE = "validation.npz"  # in the folder of a trial


def keep(folder: Path, rows: np.ndarray, scores: np.ndarray) -> None:
    """Write what each validated example scored; `rows` (examples,) may name one several times, where the parts were
    drawn several times: then its mean counts."""
    named, places = np.unique(rows, return_inverse=True)
    means = np.bincount(places, scores) / np.bincount(places)
    partial = folder / f"{FILE}.partial"
    with partial.open("wb") as file:
        np.savez(file, rows=named, scores=means)
    partial.replace(folder / FILE)


def scores(folder: Path) -> dict[int, float]:
    """Example → what it scored; nothing where nothing was kept."""
    if not (folder / FILE).exists():
        return {}
    with np.load(folder / FILE, allow_pickle=False) as kept:
        return dict(zip(kept["rows"].tolist(), kept["scores"].tolist(), strict=True))


def has_weights(trial: str) -> bool:
    """Whether the model of a trial can be taken up again."""
    folder = paths.run(trial)
    return any(path.name != FILE for path in folder.iterdir())


def interval(values: np.ndarray) -> tuple[float, float, float]:
    """The mean of (examples,) scores, with its interval of 95 %: Wilson's where each is right or wrong."""
    mean = float(values.mean())
    if np.isin(values, (0.0, 1.0)).all():
        return (mean, *metrics.wilson(values))
    wide = DEVIATIONS * float(values.std()) / len(values) ** 0.5
    return mean, mean - wide, mean + wide


def gain(one: Mapping[int, float], other: Mapping[int, float], *, falling: bool) -> tuple[float, float]:
    """By how much the mean of `one` is better than that of `other` on the examples of both, and the standard error of
    that (paired). Two examples are added to its spread, as far apart as any is, one each way: else two trials that
    differ in a single example would look surely apart."""
    both = sorted(one.keys() & other.keys())
    if not both:
        return 0.0, 0.0
    apart = np.array([one[row] - other[row] for row in both]) * (-1 if falling else 1)
    mean, most = apart.mean(), np.abs(apart).max()
    return float(mean), float(((apart - mean) ** 2).sum() + 2 * most**2) ** 0.5 / len(both)


def best(told: Sequence[Mapping[int, float]], *, falling: bool) -> int:
    """The place of the trial that is kept: of those within one standard error of the best, the first; trials come
    cheapest first (the one-standard-error rule of Breiman et al. 1984, paired)."""
    means = [float(np.mean([*one.values()])) * (-1 if falling else 1) for one in told]
    highest = int(np.argmax(means))
    for place, one in enumerate(told):
        ahead, error = gain(told[highest], one, falling=falling)
        if place == highest or ahead <= UNCERTAIN * error:
            return place
    raise AssertionError("The best is as good as itself.")


def told(run: Run) -> dict[str, Any]:
    """What the result of a search says of it: `trials` that count among those `begun`, the best one's and the default's
    settings and values on `items` validated examples, and the `gain`, with its interval of 95 %. Nothing of any other
    run."""
    known = journal.of(run)
    best = journal.named(known.trials, known.best) if known else None
    if known is None or best is None:
        return {}
    default = known.tried[0]
    scored = [scores(paths.run(one.run)) for one in (best, default)]
    ahead, error = gain(*scored, falling=tasks.of(cases.get(run.case), known.base).metric in metrics.FALLING)
    summary = {
        "trials": len(known.tried), "begun": sum(bool(one.run) for one in known.trials), "seconds": known.spent,
        "best": {"run": best.run, "settings": best.settings, "value": best.value, "low": best.low, "high": best.high},
        "default": {"run": default.run, "settings": default.settings, "value": default.value},
        "gain": ahead, "gain_low": ahead - DEVIATIONS * error, "gain_high": ahead + DEVIATIONS * error,
        "items": best.items,
    }  # fmt: skip
    return {journal.FACT: summary}
