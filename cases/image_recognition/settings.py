"""What a person may set for pictures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cases import settings
from cases.settings import Matters, choice, number
from models.catalog import models_for
from models.errors import N_

AUTOMATIC = {  # what empty fields mean
    "head": {"epochs": 30, "learning_rate": 5e-4},
    "last_blocks": {"epochs": 8, "learning_rate": 1e-4},
    "lora": {"epochs": 8, "learning_rate": 1e-3},
    "full": {"epochs": 8, "learning_rate": 1e-4},
}
LORA = Matters("mode", N_("Acts only when adapters (LoRA) learn."), ("lora",))


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
    mode: str = choice(
        N_("What learns"),
        N_("Fine-tuning changes a pretrained network to fit your data: only its new head (fast), its last blocks as "
           "well, thin adapters in every layer (LoRA: few weights, hard to spoil), or all of it (slow, often the "
           "best)."),
        default="head", group="model",
        options={"head": N_("Head only"), "last_blocks": N_("Last blocks"), "lora": N_("Adapters (LoRA)"),
                 "full": N_("The whole network")},
    )  # fmt: skip
    epochs: int | None = number(
        N_("Epochs"),
        N_("One epoch shows every training item to the network once. Too few learn too little, too many "
           "learn by heart; the best epoch is kept. Empty: chosen for you."),
        default=None, low=1, high=1000, group="model",
    )  # fmt: skip
    blocks: int = number(
        N_("Last blocks"),
        N_("How many of the network's last blocks learn when “Last blocks” is chosen."),
        default=2, low=1, high=50, group="body",
        matters=Matters("mode", N_("Acts only when the last blocks learn."), ("last_blocks",)),
    )  # fmt: skip
    rank: int = number(
        N_("LoRA rank"),
        N_("How thin the adapters are: a layer's change is a product of two matrices this wide. More can learn more."),
        default=8, low=1, high=256, group="body", matters=LORA,
    )  # fmt: skip
    alpha: float = number(
        N_("LoRA alpha"),
        N_("How strongly the adapters act: their output is multiplied by alpha over rank."),
        default=16.0, low=0.1, high=1024.0, group="body", matters=LORA,
    )  # fmt: skip
    lora_dropout: float = number(
        N_("LoRA dropout"),
        N_("Regularisation: switches off this share of the adapters' inputs at random while training."),
        default=0.0, low=0.0, high=0.9, group="body", matters=LORA,
    )  # fmt: skip
    batch_size: int = number(
        N_("Batch size"),
        N_("How many items the network sees before it changes its weights once."),
        default=32, low=1, high=1024,
    )  # fmt: skip
    learning_rate: float | None = number(
        N_("Learning rate"),
        N_("How far the weights move at each step. Too large and the loss jumps, too small and nothing happens. "
           "Empty: chosen for you."),
        default=None, low=1e-7, high=1.0,
    )  # fmt: skip
    schedule: str = choice(
        N_("Schedule"),
        N_("How the learning rate changes while training: falling along a cosine, falling evenly, or constant."),
        default="cosine", options={"cosine": N_("Cosine"), "linear": N_("Linear"), "constant": N_("Constant")},
    )  # fmt: skip
    optimizer: str = choice(
        N_("Optimizer"),
        N_("The rule that turns gradients into new weights. AdamW adapts to each weight and is the usual choice."),
        default="adamw", options={"adamw": "AdamW", "sgd": "SGD", "adafactor": "Adafactor"},
    )  # fmt: skip
    weight_decay: float = number(
        N_("Weight decay"),
        N_("Regularisation: pulls weights towards zero, so that the network does not lean on a few details."),
        default=0.01, low=0.0, high=1.0,
    )  # fmt: skip
    loss: str = choice(
        N_("Loss function"),
        N_("What training makes small. Cross-entropy is the usual choice; balanced gives small classes the weight of "
           "large ones; focal gives hard pictures more weight than those already right."),
        default="cross_entropy",
        options={"cross_entropy": N_("Cross-entropy"), "balanced": N_("Balanced cross-entropy"),
                 "focal": N_("Focal loss")},
    )  # fmt: skip
    focus: float = number(
        N_("Focus"),
        N_("How much less the focal loss cares for pictures that are right already (its gamma). 0 is cross-entropy."),
        default=2.0, low=0.0, high=10.0,
        matters=Matters("loss", N_("Acts only with the focal loss."), ("focal",)),
    )  # fmt: skip
    label_smoothing: float = number(
        N_("Label smoothing"),
        N_("Regularisation of the loss function: asks for a little less than full certainty, which guards against "
           "wrong labels."),
        default=0.0, low=0.0, high=0.5,
    )  # fmt: skip
    patience: int = number(
        N_("Early stopping"),
        N_("Stop when the validation loss has not improved for this many epochs. 0: never stop early."),
        default=0, low=0, high=100,
    )  # fmt: skip
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
    hidden: int = number(
        N_("Hidden layer"),
        N_("Units of a hidden layer between the features (input layer) and the classes (output layer) of the head. "
           "0: no hidden layer."),
        default=0, low=0, high=4096, group="head",
    )  # fmt: skip
    activation: str = choice(
        N_("Activation function"),
        N_("What makes a hidden layer more than a straight line."),
        default="relu", group="head", matters=Matters("hidden", N_("Acts only where there is a hidden layer.")),
        options={"relu": "ReLU", "gelu": "GELU", "tanh": "tanh", "sigmoid": N_("Sigmoid")},
    )  # fmt: skip
    dropout: float = number(
        N_("Dropout"),
        N_("Regularisation: switches off this share of the head's inputs at random while training."),
        default=0.0, low=0.0, high=0.9, group="head",
    )  # fmt: skip
    validation: float = number(
        N_("Validation share"),
        N_("Validation data is never trained on. It tells after each epoch how well the network does on unseen "
           "items, and which epoch to keep."),
        default=0.15, low=0.01, high=0.5, group="data",
    )  # fmt: skip
    test: float = number(
        N_("Test share"),
        N_("Test data is looked at only once, at the end, for the final figure. Not used when your data brings "
           "a test part."),
        default=0.15, low=0.01, high=0.5, group="data",
    )  # fmt: skip
    seed: int = number(
        N_("Seed"),
        N_("Where all randomness starts. The same seed, data and settings give the same model on the same machine."),
        default=0, low=0, high=2**31 - 1, group="data",
    )  # fmt: skip
    precision: str = choice(
        N_("Precision"),
        N_("16-bit numbers are faster where the processor knows them and hardly change the result."),
        default="auto", group="machine",
        options={"auto": N_("Automatic"), "fp32": N_("32 bit"), "bf16": N_("16 bit (bfloat16)")},
    )  # fmt: skip
    probes: tuple[int, ...] = ()  # rows watched while training; none: chosen for the person

    def __post_init__(self) -> None:
        object.__setattr__(self, "probes", tuple(self.probes))  # JSON knows lists only
        settings.check(self)

    @staticmethod
    def automatic(values: Mapping[str, Any]) -> dict[str, float]:
        """What the fields that may be empty stand for beside these `values`."""
        return AUTOMATIC[values["mode"]]
