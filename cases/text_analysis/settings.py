"""What a person may set for texts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cases import knobs, settings
from cases.settings import choice
from models.catalog import models_for
from models.errors import N_

PENALISED_RATE = 2e-3  # the penalty guards against overfitting, so that the head may come near its optimum
AUTOMATIC = {  # what empty fields mean
    "head": {"epochs": 20, "learning_rate": 5e-4},
    "last_blocks": {"epochs": 4, "learning_rate": 1e-4},
    "lora": {"epochs": 4, "learning_rate": 1e-3},
    "full": {"epochs": 4, "learning_rate": 5e-5},
}


@dataclass(frozen=True)
class Settings:
    """See `cases.knobs`."""

    model: str = choice(
        N_("Pretrained model"),
        N_("Pretraining: the network has already read a large part of the web and knows which texts mean alike. "
           "Fine-tuning builds on it. You may also type the name of a model on the Hugging Face Hub, or a folder on "
           "this machine."),
        default="multilingual-e5-small", options={model.id: model.title for model in models_for("text")},
        group="model", free=True,
    )  # fmt: skip
    mode: str = knobs.mode()
    epochs: int | None = knobs.epochs()
    blocks: int = knobs.blocks()
    rank: int = knobs.rank()
    alpha: float = knobs.alpha()
    lora_dropout: float = knobs.lora_dropout()
    batch_size: int = knobs.batch_size()
    learning_rate: float | None = knobs.learning_rate()
    schedule: str = knobs.schedule()
    optimizer: str = knobs.optimizer()
    weight_decay: float | None = knobs.chosen_weight_decay()
    loss: str = knobs.loss()
    focus: float = knobs.focus()
    label_smoothing: float = knobs.label_smoothing()
    patience: int = knobs.patience()
    refit: str = knobs.refit()
    hidden: int = knobs.hidden()
    activation: str = knobs.activation()
    dropout: float = knobs.dropout()
    validation: float = knobs.validation()
    test: float = knobs.test()
    seed: int = knobs.seed()
    precision: str = knobs.precision()
    probes: tuple[int, ...] = ()  # rows watched while training; none: chosen for the person

    def __post_init__(self) -> None:
        object.__setattr__(self, "probes", tuple(self.probes))  # JSON knows lists only
        settings.check(self)

    @staticmethod
    def automatic(values: Mapping[str, Any]) -> dict[str, float]:
        """What the fields that may be empty stand for beside these `values`."""
        usual = AUTOMATIC[values["mode"]]
        if knobs.has_penalty(values):
            return {**usual, "learning_rate": PENALISED_RATE}
        return {**usual, "weight_decay": knobs.WEIGHT_DECAY}
