"""Settings that cases of several kinds have, as fields of their `Settings`.

Those of every classifier are in `cases.classification.settings`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cases import settings as case_settings
from cases.conditions import Condition
from cases.settings import choice, number
from models.errors import N_

WEIGHT_DECAY = 0.01


def epochs(matters: Condition | None = None) -> Any:
    return number(
        N_("Epochs"),
        N_("One epoch shows every training item to the network once. Too few learn too little, too many "
           "learn by heart; the best epoch is kept. Empty: chosen for you."),
        default=None, low=1, high=1000, group="model", matters=matters, costs=False,
    )  # fmt: skip


def learning_rate(matters: Condition | None = None) -> Any:
    return number(
        N_("Learning rate"),
        N_("How far the weights move at each step. Too large and the loss jumps, too small and nothing happens. "
           "Empty: chosen for you."),
        default=None, low=1e-7, high=1.0, matters=matters, costs=False,
    )  # fmt: skip


def schedule(matters: Condition | None = None) -> Any:
    return choice(
        N_("Schedule"),
        N_("How the learning rate changes while training: falling along a cosine, falling evenly, or constant."),
        default="cosine", options={"cosine": N_("Cosine"), "linear": N_("Linear"), "constant": N_("Constant")},
        matters=matters, costs=False,
    )  # fmt: skip


def optimizer(matters: Condition | None = None) -> Any:
    return choice(
        N_("Optimizer"),
        N_("The rule that turns gradients into new weights. AdamW adapts to each weight and is the usual choice."),
        default="adamw", options={"adamw": "AdamW", "sgd": "SGD", "adafactor": "Adafactor"}, matters=matters,
    )  # fmt: skip


def weight_decay(matters: Condition | None = None) -> Any:
    return number(
        N_("Weight decay"),
        N_("Regularisation: pulls weights towards zero, so that the network does not lean on a few details."),
        default=WEIGHT_DECAY, low=0.0, high=1.0, matters=matters, costs=False,
    )  # fmt: skip


def patience(matters: Condition | None = None) -> Any:
    return number(
        N_("Early stopping"),
        N_("Stop when the validation loss has not improved for this many epochs. 0: never stop early."),
        default=0, low=0, high=100, matters=matters, costs=False,
    )  # fmt: skip


def seed() -> Any:
    return number(
        N_("Seed"),
        N_("Where all randomness starts. The same seed, data and settings give the same model on the same machine."),
        default=0, low=0, high=2**31 - 1, group="data", costs=False, divides=True,
    )  # fmt: skip


def precision() -> Any:
    return choice(
        N_("Precision"),
        N_("16-bit numbers are faster where the processor knows them and hardly change the result."),
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


def training_length(settings: type[Any], values: Mapping[str, Any]) -> TrainingLength:
    """How long `values` train, with what empty fields stand for."""
    automatic = settings.automatic(values)
    epochs, batch_size = (values[name] or automatic[name] for name in ("epochs", "batch_size"))
    patience = values.get("patience", 0)
    early = 0 < patience < epochs - 1
    return TrainingLength(epochs, patience + 1 if early else epochs, batch_size)
