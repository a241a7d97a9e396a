"""What the figures of a result show beside its baselines, and of test items that are in the training data, too."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

from models.evaluation.baseline_comparison import ABOVE, BELOW, beside
from models.evaluation.metrics import FALLING, Interval
from runs.results.diagnosis import RARE, Diagnosis

Chance = Callable[[Interval, int, float, int], float]


def baseline(result: Mapping[str, Any], metric: str, simplest: str) -> Diagnosis | None:
    """Worse than a baseline, or no better than the simplest, by the interval of the model.

    Nothing of a model that is a baseline itself.
    """
    test, references = result["test"][metric], result["references"]
    known = {name: one[metric] for name, one in references.items() if metric in one}
    if not known or result.get("kept") in references:
        return None
    found = beside(metric, test, known)
    told = {"metric": metric, "value": test["value"], "low": test["low"], "high": test["high"]}
    if found.standing == BELOW:
        return Diagnosis("worse", {**told, "baseline": found.strongest[0], "other": found.strongest[1]})
    if simplest not in known or beside(metric, test, {simplest: known[simplest]}).standing == ABOVE:
        return None
    return Diagnosis("no_better", {**told, "baseline": simplest, "other": known[simplest]["value"]})


def adds_nothing(
    result: Mapping[str, Any], simple: Collection[str], *, why: Mapping[str, Any]
) -> Diagnosis | None:  # fmt: skip
    """Where a network was trained and every test figure is that of a simple method, to the last digit.

    Args:
        simple: the baselines that do without the network.
        why: what else was measured that explains it.
    """
    test, references = result["test"], result["references"]
    same = [name for name in simple if name in references and references[name] == test]
    if not same or result.get("kept") in references:
        return None
    return Diagnosis("adds_nothing", {"baseline": same[0], **why})


def below_probe(result: Mapping[str, Any], metric: str, probe: str) -> Diagnosis | None:
    """Where the network by itself is worse than a linear layer on the features that it begins with, by its interval.
    Nothing where another model answers with it and nobody measured it alone, as in older runs."""
    joined = ((result.get("trained") or {}).get("ensemble") or {}).get("taken")
    measured, known = result.get("alone") or (None if joined else result["test"]), result["references"].get(probe)
    if known is None or measured is None:
        return None
    alone = measured[metric]
    if beside(metric, alone, {probe: known[metric]}).standing != BELOW:
        return None
    return Diagnosis("below_probe", {"metric": metric, "value": alone["value"], "baseline": probe,
                                     "other": known[metric]["value"]})  # fmt: skip


def leakage(result: Mapping[str, Any], metric: str, chance: Chance) -> Diagnosis | None:
    """Where test items that are in the training data, too, do better than the others, so that the figure is too good.

    Args:
        chance: how likely chance alone makes such a difference, see `models.evaluation.significance`.
    """
    told = result.get("repeated") or {}
    others = (told.get("others") or {}).get(metric)
    if not others or told["items"] >= told["of"]:
        return None
    n, of, whole = told["items"], told["of"], result["test"][metric]["value"]
    repeated = min(max((whole * of - others["value"] * (of - n)) / n, 0.0), 1.0)
    better = (repeated > others["value"]) != (metric in FALLING)
    if not better or chance(others, of - n, repeated, n) >= RARE:
        return None
    return Diagnosis("leakage", {"metric": metric, "value": whole, "other": others["value"], "n": n, "of": of})
