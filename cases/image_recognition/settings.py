"""What a person may set for pictures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cases import knobs, settings
from cases.settings import Matters, choice
from models.catalog import models_for
from models.errors import N_

AUTOMATIC = {  # what empty fields mean
    "head": {"epochs": 30, "learning_rate": 5e-4},
    "last_blocks": {"epochs": 8, "learning_rate": 1e-4},
    "lora": {"epochs": 8, "learning_rate": 1e-3},
    "full": {"epochs": 8, "learning_rate": 1e-4},
}


@dataclass(frozen=True)
class Settings:
    """Defaults were chosen by cross-validation on training parts; none needs touching."""

    model: str = choice(
        N_("Pretrained model"),
        N_("Pretraining: the network has already learnt to see from a million photographs. Fine-tuning builds on it. "
           "You may also type the name of a model on the Hugging Face Hub, or a folder on this machine."),
        default="efficientnet_lite0", options={model.id: model.title for model in models_for("picture")},
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
    weight_decay: float = knobs.weight_decay()
    loss: str = knobs.loss()
    focus: float = knobs.focus()
    label_smoothing: float = knobs.label_smoothing()
    patience: int = knobs.patience()
    augmentation: str = choice(
        N_("Augmentation"),
        N_("Shows each training picture a little differently every time: cropped and mirrored."),
        default="crop_flip",
        matters=Matters(
            "mode",
            N_("Acts only when more than the head learns: the head learns from features that are computed once."),
            ("last_blocks", "lora", "full"),
        ),
        options={"crop_flip": N_("Crop and mirror"), "crop": N_("Crop"), "none": N_("None")},
    )  # fmt: skip
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
        return AUTOMATIC[values["mode"]]
