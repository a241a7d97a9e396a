"""When the settings of a classifier have an effect, and what follows from them together."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cases.conditions import ActiveWhen, Each, Unless
from models.errors import N_

HEAD_ONLY = ActiveWhen("mode", N_("Only with “Head only”."), ("head",))
LINEAR = (
    HEAD_ONLY,
    ActiveWhen("hidden", N_("Only for a head without a hidden layer."), (0,)),
    ActiveWhen("loss", N_("Only with cross-entropy."), ("cross_entropy",)),
)
FINAL_FIT = Each((ActiveWhen("final_fit", N_("Final fit is off."), ("cross_validated",)), *LINEAR))
TRAINED = Unless(
    FINAL_FIT,
    N_("No effect while the final fit is on: it replaces the trained head."),
)  # fmt: skip
LORA = ActiveWhen("mode", N_("Only with LoRA."), ("lora",))
LAYERED = ActiveWhen("mode", N_("Only with “Last blocks” or “Full fine-tuning”."), ("last_blocks", "full"))
MOVED = ActiveWhen("mode", N_("Not with “Head only”."), ("last_blocks", "lora", "full"))
ONCE = N_("Not with “Head only” without augmented views: its feature vectors are computed once.")
UNVARIED = N_("Only with an augmentation.")
SEVERAL_VIEWS = ActiveWhen("augmented_views", ONCE)
SAME_VIEWS = Each((SEVERAL_VIEWS, ActiveWhen("augmentation", UNVARIED, ("none",))))
VIEWS = Each((HEAD_ONLY, Unless(SAME_VIEWS, UNVARIED)))  # without views it can be set, and then the augmentation, too
WITHOUT = "without"  # the names of the classes do not count
FEW_VALIDATED = 100  # validation examples; with fewer a linear head is judged out of fold


def has_penalty(values: Mapping[str, Any]) -> bool:
    """Whether the loss has an L2 penalty, chosen by cross-validation, in place of a weight decay."""
    return values["weight_decay"] is None and values["mode"] == "head" and not values["hidden"]


def has_final_fit(values: Mapping[str, Any]) -> bool:
    """Whether the head, being linear, is fitted once more to all examples that may be learnt from."""
    return FINAL_FIT.why_idle(values) is None


def is_linear_probe(values: Mapping[str, Any]) -> bool:
    """Whether the head learns what the linear probe does that is its baseline: from frozen features, as strongly held
    back."""
    return Each(LINEAR).why_idle(values) is None and (has_final_fit(values) or has_penalty(values))


def takes_names(values: Mapping[str, Any]) -> bool:
    """Whether the names of the classes may count, of a network that reads them."""
    return values.get("class_names", WITHOUT) != WITHOUT


def views_learnt(values: Mapping[str, Any]) -> int:
    """How many augmented views of each training item the head learns from besides the plain one."""
    return values.get("augmented_views", 0) if VIEWS.why_idle(values) is None else 0
