"""Which of the trials is kept, judged by the same examples of the validation part, and what the result says of that."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

import cases
from cases import tasks
from cases.base import Validation
from models.evaluation import metrics
from models.evaluation.significance import DEVIATIONS
from runs import paths
from runs.search import journal
from runs.store.records import Run

UNCERTAIN = 1.0  # standard errors within which two trials count as equal
FILE = "validation.npz"  # in the folder of a trial
SCORES, LOSSES = "scores", "losses"  # in it


def keep(folder: Path, validations: Sequence[Validation]) -> None:
    """Write what each validated example scored, and its loss where all tell it; an example may be there several times,
    where the parts were drawn several times: then its mean counts."""
    named, places = np.unique(np.concatenate([one.rows for one in validations]), return_inverse=True)
    told = {SCORES: [one.scores for one in validations]}
    losses = [one.losses for one in validations if one.losses is not None]
    if len(losses) == len(validations):
        told[LOSSES] = losses
    means = {name: np.bincount(places, np.concatenate(some)) / np.bincount(places) for name, some in told.items()}
    partial = folder / f"{FILE}.partial"
    with partial.open("wb") as file:
        np.savez(file, rows=named, **means)  # type: ignore[arg-type]  # of all keywords it expects its own
    partial.replace(folder / FILE)


def scores(folder: Path, what: str = SCORES) -> dict[int, float]:
    """Example → what it scored, or its loss; nothing where nothing was kept."""
    if not has_scores(folder):
        return {}
    with np.load(folder / FILE, allow_pickle=False) as kept:
        return dict(zip(kept["rows"].tolist(), kept[what].tolist(), strict=True)) if what in kept else {}


def has_scores(folder: Path) -> bool:
    """Whether a trial was validated."""
    return (folder / FILE).exists()


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


def best(
    told: Sequence[Mapping[int, float]], losses: Sequence[Mapping[int, float]] = (), *, falling: bool
) -> int:  # fmt: skip
    """The place of the trial that is kept: of those within one standard error of the best, the first; trials come
    cheapest first (the one-standard-error rule of Breiman et al. 1984, paired). Where all these tell losses, the same
    is then asked by them of those that score no less than that first one: right or wrong tells few examples apart, and
    how likely was right tells all."""
    alike = _as_good(told, range(len(told)), falling=falling)
    if losses and all(losses[place] for place in alike):
        first = told[alike[0]]
        no_worse = [place for place in alike if gain(told[place], first, falling=falling)[0] >= 0]
        alike = _as_good(losses, no_worse, falling=True)
    return alike[0]


def _as_good(told: Sequence[Mapping[int, float]], places: Sequence[int], *, falling: bool) -> list[int]:
    """Those of the `places` that are within one standard error of the best of them. Which is the best is asked by
    pairs, too: a trial that was given up early was judged by fewer examples, and these may be easy."""
    best = places[0]
    for place in places[1:]:
        if gain(told[place], told[best], falling=falling)[0] > 0:
            best = place
    found = []
    for place in places:
        ahead, error = gain(told[best], told[place], falling=falling)
        if place == best or ahead <= UNCERTAIN * error:
            found.append(place)
    return found


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
