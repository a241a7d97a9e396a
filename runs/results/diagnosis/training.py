"""What the losses of a training show: it overfits, its learning rate is too large or too small, it ended too early."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cases.hyperparameters import LITTLE
from runs.results.diagnosis import DEVIATIONS, Diagnosis
from runs.results.metric_history import Curve, History
from runs.results.overfitting import LEARNT, RECENT, RISEN, overfitted, still_falling

JUMP = 0.1  # of the first loss that a jump is high, at least, in training and in validation
MOVED = 0.1  # of the first loss, below which a fall is hardly one
HIGHEST = 4.0  # standard errors that the highest of many epochs lies above the lowest, by chance, at most
GUESSED = 0.8  # of the loss of guessing: a loss above that has hardly left it
STEADY = 0.2  # of the fall in the first half of a training, as much in the second at least: it goes on


def diagnose(
    history: History, *, guessing: float | None = None, whole: bool = True, share: float = 1.0
) -> list[Diagnosis]:
    """At most one; nothing where the validation loss was not measured often enough.

    Args:
        guessing: the loss of naming each class as often as it is; None where there is no such thing.
        whole: the training went to its end, and was not stopped.
        share: how far it goes beside an automatic one, see `cases.hyperparameters.training_share`.
    """
    losses = history.validation.get("loss")
    if losses is None or not len(losses.value):
        return []
    small = _small(history.train, losses, guessing, share) if whole else None
    if small is not None or len(losses.value) < RISEN + 1:
        return [small] if small else []
    found = _jumped(history.train, losses)
    if found is None and len(losses.value) >= RISEN + 2:
        found = _overfitting(history.train, losses)
        if found is None and whole:
            found = _slow(history.train, losses, guessing) or _unfinished(losses)
    return [found] if found else []


def near_guessing(history: History, guessing: float | None) -> dict[str, float]:
    """The last loss, and that of guessing, where the first has hardly left the second; else empty."""
    losses = history.validation.get("loss")
    if losses is None or guessing is None or not len(losses.value) or losses.value[-1] < GUESSED * guessing:
        return {}
    return {"loss": float(losses.value[-1]), "guessing": guessing}


@dataclass(frozen=True)
class _Epochs:
    """Of each validation that has training steps before it: its epoch, the mean loss of these steps with its standard
    error, and its own loss."""

    epoch: np.ndarray
    train: np.ndarray
    wavers: np.ndarray
    validation: np.ndarray


def _epochs(train: Curve, losses: Curve) -> _Epochs:
    parts = [train.value[which] for which in train.parts(losses.epoch)]
    there = np.array([len(part) > 0 for part in parts], bool)
    some = [part for part in parts if len(part)]
    wavers = [part.std(ddof=1) / np.sqrt(len(part)) if len(part) > 1 else 0.0 for part in some]
    return _Epochs(losses.epoch[there], np.array([part.mean() for part in some]), np.array(wavers),
                   losses.value[there])  # fmt: skip


def _jumped(train: Curve, losses: Curve) -> Diagnosis | None:
    """Where both losses rose in one epoch, by a good part of the first: a step was too long. Overfitting lifts one."""
    known = _epochs(train, losses)
    if len(known.epoch) < 2:
        return None
    lowest = np.array([known.train[: n + 1].argmin() for n in range(len(known.train) - 1)])
    rise, beside = known.train[1:] - known.train[lowest], known.validation[1:] - known.validation[lowest]
    chance = HIGHEST * np.sqrt(2 * np.mean(known.wavers**2))
    high = (rise >= np.maximum(JUMP * known.train[0], chance)) & (beside >= JUMP * known.validation[0])
    if not high.any():
        return None
    place = int(np.where(high, rise, -np.inf).argmax())
    return Diagnosis("jumped", {"before": float(known.train[lowest[place]]), "after": float(known.train[place + 1]),
                                "epoch": round(float(known.epoch[place + 1]))})  # fmt: skip


def _overfitting(train: Curve, losses: Curve) -> Diagnosis | None:
    """Told with the means over epochs, for the loss of one batch wavers. Of a rise that is nothing beside the first
    loss nothing is said."""
    found, known = overfitted(train, losses), _epochs(train, losses)
    if found is None or not len(known.epoch):
        return None
    place = int(np.abs(known.epoch - found.epoch).argmin())
    best, last = float(known.train[place]), float(known.train[-1])
    chance = DEVIATIONS * float(np.hypot(known.wavers[place], known.wavers[-1]))
    if best - last <= chance or losses.value[-1] - found.lowest < LEARNT * losses.value[0]:
        return None
    name = "overfitting" if found.epoch else "overfitting_at_once"
    return Diagnosis(name, {"epoch": found.epoch, "train": best, "trained": last, "lowest": found.lowest,
                            "last": float(losses.value[-1])})  # fmt: skip


def _small(train: Curve, losses: Curve, guessing: float | None, share: float) -> Diagnosis | None:
    """Where the settings train less than a tenth as far as the automatic ones, and neither loss has moved much. Each is
    compared with itself: that of training may have a penalty in it, and batches waver, so that parts of it are."""
    if share >= LITTLE or not len(train.value):
        return None
    part = max(1, round(RECENT * len(train.value)))
    before, after = float(train.value[:part].mean()), float(train.value[-part:].mean())
    first, last = float(losses.value[0]), float(losses.value[-1])
    if max(1 - after / max(before, 1e-12), 1 - last / max(first, 1e-12)) >= MOVED:
        return None
    told = {"before": before, "after": after, "times": 1 / share}
    return Diagnosis("small", told | ({"guessing": guessing} if guessing and last >= GUESSED * guessing else {}))


def _slow(train: Curve, losses: Curve, guessing: float | None) -> Diagnosis | None:
    """Where the loss has hardly left that of guessing, though it fell to the end about as fast as at first."""
    value = losses.value
    if guessing is None or not len(train.value) or value.argmin() != len(value) - 1:
        return None
    first, middle = max(float(train.value[0]), float(value[0])), len(value) // 2
    early, late = value[0] - value[middle], value[middle] - value[-1]
    if value[-1] < GUESSED * guessing or 1 - value[-1] / first >= MOVED or early <= 0 or late < STEADY * early:
        return None
    return Diagnosis("slow", {"before": first, "after": float(value[-1]), "epochs": round(float(losses.epoch[-1])),
                              "guessing": guessing})  # fmt: skip


def _unfinished(losses: Curve) -> Diagnosis | None:
    fallen = still_falling(losses)
    if fallen is None:
        return None
    last = float(losses.value[-1])
    return Diagnosis("unfinished", {"before": last / (1 - fallen), "after": last})
