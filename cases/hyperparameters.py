"""Hyperparameters that cases of several kinds have, as fields of their `Settings`.

Those of classifiers are in `cases.classification.hyperparameters`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from math import ceil
from typing import Any

from cases import settings as case_settings
from cases.conditions import Condition
from cases.settings import choice, default, idle, knobs, number
from models.errors import N_

WEIGHT_DECAY = 0.01
EPOCHS, RATE = "epochs", "learning_rate"  # the names of their settings
LITTLE = 0.1  # of what the automatic settings train, below which a training is hardly one
STEPS = "steps"  # among what empty fields stand for: so many updates at least, where the epochs are left empty


def epochs(matters: Condition | None = None) -> Any:
    return number(
        N_("Epochs"),
        N_("Number of passes over the training set."),
        N_("In one epoch every training example takes part once: forward pass, loss, backpropagation of the gradient. "
           "Too few epochs underfit. Too many overfit, and generalisation suffers. The best epoch on validation is "
           "kept. Empty: chosen automatically, more where there are few examples."),
        default=None, low=1, high=1000, group="model", matters=matters, costs=False, fits=1,
        terms=("epochs", "hyperparameter"),
    )  # fmt: skip


def learning_rate(matters: Condition | None = None) -> Any:
    return number(
        N_("Learning rate"),
        N_("Step size of each weight update."),
        N_("The hyperparameter that matters most. Gradient descent updates w ← w − η · ∇L, with learning rate η and "
           "gradient ∇L. Too large: the loss jumps or diverges. Too small: the loss hardly falls. Empty: chosen "
           "automatically."),
        default=None, low=1e-7, high=1.0, matters=matters, costs=False, scientific=True, fits=1,
        tried=(0.2, 5.0),
        terms=("learning-rate", "gradient", "hyperparameter"),
    )  # fmt: skip


def schedule(matters: Condition | None = None) -> Any:
    return choice(
        N_("Schedule"),
        N_("How the learning rate changes during training."),
        N_("Cosine: slow at first, fast in the middle, slow towards zero. Linear: falls evenly to zero. Constant: "
           "stays as set. A warm-up first raises it from zero, except in head-only training."),
        default="cosine", options={"cosine": N_("Cosine"), "linear": N_("Linear"), "constant": N_("Constant")},
        matters=matters, costs=False,
        terms=("learning-rate-schedule",),
    )  # fmt: skip


def optimizer(matters: Condition | None = None) -> Any:
    return choice(
        N_("Optimizer"),
        N_("Algorithm that turns gradients into weight updates."),
        N_("AdamW scales each weight's step by the running mean of its squared gradients. It is the usual choice. SGD "
           "uses the same step size for every weight. Adafactor works like Adam and needs less memory."),
        default="adamw", options={"adamw": "AdamW", "sgd": "SGD", "adafactor": "Adafactor"}, matters=matters,
        terms=("optimizer", "gradient"),
    )  # fmt: skip


def weight_decay(matters: Condition | None = None) -> Any:
    return number(
        N_("Weight decay"),
        N_("Regularisation: shrinks the weights at every step."),
        N_("With weight decay λ, each step also applies w ← w − η · λ · w. Small weights give a smoother function and "
           "reduce overfitting. Too much decay underfits."),
        default=WEIGHT_DECAY, low=0.0, high=1.0, matters=matters, costs=False, fits=-1,
        terms=("weight-decay", "regularisation"),
    )  # fmt: skip


def patience(matters: Condition | None = None) -> Any:
    return number(
        N_("Early stopping"),
        N_("Epochs without a lower validation loss before training stops. 0: off."),
        N_("Validation loss rising while training loss falls means overfitting. Early stopping ends training there and "
           "saves time."),
        default=0, low=0, high=100, matters=matters, costs=False,
        terms=("early-stopping", "overfitting"),
    )  # fmt: skip


def seed() -> Any:
    return number(
        N_("Seed"),
        N_("Starting value of all random numbers."),
        N_("The same seed, data and settings give the same model on the same machine."),
        default=0, low=0, high=2**31 - 1, group="data", costs=False, divides=True,
    )  # fmt: skip


def precision() -> Any:
    return choice(
        N_("Number precision"),
        N_("Number format of the computation."),
        N_("16 bit (bfloat16) is faster on processors that support it and hardly changes the result. Automatic uses it "
           "where it is faster."),
        default="auto", group="machine",
        options={"auto": N_("Automatic"), "fp32": N_("32 bit"), "bf16": N_("16 bit (bfloat16)")},
    )  # fmt: skip


def probes() -> Any:
    """Rows that are watched while training; none: chosen for the person."""
    return case_settings.aside(())


def check(settings: Any) -> None:
    """Called by the `__post_init__` of all settings that have probes; see `cases.settings.check`."""
    object.__setattr__(settings, "probes", case_settings.whole_numbers("probes", settings.probes))
    case_settings.check(settings)


@dataclass(frozen=True)
class TrainingLength:
    """`fewest`: epochs after which early stopping may end it; as many as `epochs` where it cannot."""

    epochs: int
    fewest: int
    batch_size: int


def automatic(settings: type[Any], values: Mapping[str, Any], items: int | None) -> dict[str, Any]:
    """What empty fields stand for beside these `values` where so many `items` are trained on.

    Few of them need more epochs: a pretrained network is trained to its end by updates, not by passes (Mosbach et al.
    2021, "On the Stability of Fine-tuning BERT").
    """
    found = dict(settings.automatic(values))
    least = found.pop(STEPS, 0)
    if least and items:
        batch = values["batch_size"] or found["batch_size"]
        found["epochs"] = max(found["epochs"], ceil(least / ceil(items / batch)))
    return found


def training_share(settings: type[Any], values: Mapping[str, Any], items: int | None) -> float:
    """How far `values` train beside the automatic ones: learning rate times epochs, for Adam moves no weight by more
    than about the rate in a step. 1 where both are automatic, or have no effect."""
    known, off, usual = knobs(settings), idle(settings, values), automatic(settings, values, items)
    share = 1.0
    for name in (RATE, EPOCHS):
        if name in known and name not in off and values.get(name) is not None and usual.get(name):
            share *= values[name] / usual[name]
    return share


def at_fault(
    settings: type[Any], values: Mapping[str, Any], items: int | None, lean: int, names: Collection[str] = ()
) -> dict[str, Any]:
    """The settings that were chosen to the wrong side of what is automatic or the default, each with its default.

    Args:
        lean: 1 where the training followed its data too little, -1 where too much.
        names: only these; empty: all.
    """
    off, usual, found = idle(settings, values), automatic(settings, values, items), dict[str, Any]()
    for name, (field, knob) in knobs(settings).items():
        value, begun = values.get(name), default(field)
        right = usual.get(name) if begun is None else begun
        if not knob.fits or name in off or (names and name not in names) or value is None or right is None:
            continue
        if lean * knob.fits * (right - value) > 0:
            found[name] = begun
    return found


def training_length(settings: type[Any], values: Mapping[str, Any], items: int | None) -> TrainingLength:
    """How long `values` train on so many items, with what empty fields stand for; without `items` as on many."""
    usual = automatic(settings, values, items)
    epochs, batch_size = (values[name] or usual[name] for name in ("epochs", "batch_size"))
    patience = values.get("patience", 0)
    early = 0 < patience < epochs - 1
    return TrainingLength(epochs, patience + 1 if early else epochs, batch_size)
