"""A gap between the validation part and the test part that chance does not explain: told beside the result."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from models.errors import N_
from models.evaluation.metrics import FALLING, Interval
from pages.shared import vocabulary
from pages.shared.i18n import _, together
from pages.shared.text import unbroken
from runs.results import predictions
from runs.store.records import Run

RARE = 0.01  # chance of a gap below which it is told: it is asked of every result, and one in twenty would be too many
LEAST = 0.03  # of the greater of the two: between large parts a trifle is no chance either
Chance = Callable[[Interval, int, float, int], float]
EASIER = N_("The two sets may differ in source or difficulty. Split the data at random, or test on more examples.")


@dataclass(frozen=True)
class Gap:
    """`value`: of the validation part, which differs from the test part's with this `p`; `items`: of the two parts;
    `worse`: the test part has the worse one."""

    value: float
    items: tuple[int, int]
    p: float
    worse: bool


def gap(run: Run, items: int, chance: Chance) -> Gap | None:
    """The gap of a run that was tested on so many `items`; None where chance may explain it, or nothing is known.

    Args:
        chance: how likely chance alone makes such a difference, see `models.evaluation.significance`.
    """
    metric, known = vocabulary.task_of(run).metric, predictions.validated(run)
    if not known:
        return None
    test, value, others = run.result["test"][metric], known["value"], int(known["items"])
    p = chance(test, items, value, others)
    if p >= RARE or abs(test["value"] - value) < LEAST * max(test["value"], value):
        return None
    return Gap(value, (others, items), p, worse=(test["value"] < value) != (metric in FALLING))


def words(run: Run, found: Gap | None, causes: str) -> str:
    """Say it in plain words; "" where there is none.

    Args:
        causes: why the test part may be the harder one and what to do, a message id.
    """
    if found is None:
        return ""
    metric = vocabulary.task_of(run).metric
    told = {"metric": vocabulary.metric(metric), "value": vocabulary.figure(metric, found.value)}
    if found.worse:
        said = _("**Generalisation gap**: {metric} was {value} on the validation set, clearly better than on the test "
                 "set.", **told)  # fmt: skip
    else:
        said = _("**Easier test set**: {metric} was {value} on the validation set, clearly worse than on the test set.",
                 **told)  # fmt: skip
    validated, tested = found.items
    chance = _("With sample sizes of {n:,} and {m:,}, chance rarely makes such a gap ({p}).", n=validated, m=tested,
               p=unbroken("p < 0.001" if found.p < 0.001 else f"p = {found.p:.3f}"))  # fmt: skip
    return together(said, chance, _(causes if found.worse else EASIER))
