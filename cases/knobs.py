"""The settings that every case with one label an item has, as the fields of its `Settings`.

Defaults were chosen by cross-validation on training parts; none needs touching.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from cases.settings import Condition, Each, Matters, Unless, choice, number
from models.errors import N_

LINEAR = (
    Matters("mode", N_("Acts only when the head alone learns."), ("head",)),
    Matters("hidden", N_("Acts only on a head without a hidden layer."), (0,)),
    Matters("loss", N_("Acts only with cross-entropy."), ("cross_entropy",)),
)
FINAL_FIT = Each((Matters("refit", N_("The final fit is off."), ("cross_validated",)), *LINEAR))
TRAINED = Unless(
    FINAL_FIT,
    N_("No effect on the delivered model: the final fit replaces what training gives. Turn the final fit off to use "
       "this."),
)  # fmt: skip
WEIGHT_DECAY = 0.01
LORA = Matters("mode", N_("Acts only when adapters (LoRA) learn."), ("lora",))


def mode(unfit: Mapping[str, tuple[str, ...]] = MappingProxyType({})) -> Any:
    return choice(
        N_("What learns"),
        N_("Fine-tuning changes a pretrained network to fit your data: only its new head (fast), its last blocks as "
           "well, thin adapters in every layer (LoRA: few weights, hard to spoil), or all of it (slow, often the "
           "best)."),
        default="head", group="model",
        options={"head": N_("Head only"), "last_blocks": N_("Last blocks"), "lora": N_("Adapters (LoRA)"),
                 "full": N_("The whole network")},
        unfit=unfit,
    )  # fmt: skip


def epochs() -> Any:
    return number(
        N_("Epochs"),
        N_("One epoch shows every training item to the network once. Too few learn too little, too many "
           "learn by heart; the best epoch is kept. Empty: chosen for you."),
        default=None, low=1, high=1000, group="model", matters=TRAINED,
    )  # fmt: skip


def blocks() -> Any:
    return number(
        N_("Last blocks"),
        N_("How many of the network's last blocks learn when “Last blocks” is chosen."),
        default=2, low=1, high=50, group="body",
        matters=Matters("mode", N_("Acts only when the last blocks learn."), ("last_blocks",)),
    )  # fmt: skip


def rank() -> Any:
    return number(
        N_("LoRA rank"),
        N_("How thin the adapters are: a layer's change is a product of two matrices this wide. More can learn more."),
        default=8, low=1, high=256, group="body", matters=LORA,
    )  # fmt: skip


def alpha() -> Any:
    return number(
        N_("LoRA alpha"),
        N_("How strongly the adapters act: their output is multiplied by alpha over rank."),
        default=16.0, low=0.1, high=1024.0, group="body", matters=LORA,
    )  # fmt: skip


def lora_dropout() -> Any:
    return number(
        N_("LoRA dropout"),
        N_("Regularisation: switches off this share of the adapters' inputs at random while training."),
        default=0.0, low=0.0, high=0.9, group="body", matters=LORA,
    )  # fmt: skip


def batch_size(default: int | None = 32) -> Any:
    return number(
        N_("Batch size"),
        N_("How many items the network sees before it changes its weights once."),
        default=default, low=1, high=1024, matters=TRAINED,
    )  # fmt: skip


def learning_rate() -> Any:
    return number(
        N_("Learning rate"),
        N_("How far the weights move at each step. Too large and the loss jumps, too small and nothing happens. "
           "Empty: chosen for you."),
        default=None, low=1e-7, high=1.0, matters=TRAINED,
    )  # fmt: skip


def schedule() -> Any:
    return choice(
        N_("Schedule"),
        N_("How the learning rate changes while training: falling along a cosine, falling evenly, or constant."),
        default="cosine", options={"cosine": N_("Cosine"), "linear": N_("Linear"), "constant": N_("Constant")},
        matters=TRAINED,
    )  # fmt: skip


def optimizer() -> Any:
    return choice(
        N_("Optimizer"),
        N_("The rule that turns gradients into new weights. AdamW adapts to each weight and is the usual choice."),
        default="adamw", options={"adamw": "AdamW", "sgd": "SGD", "adafactor": "Adafactor"}, matters=TRAINED,
    )  # fmt: skip


def weight_decay() -> Any:
    return number(
        N_("Weight decay"),
        N_("Regularisation: pulls weights towards zero, so that the network does not lean on a few details."),
        default=WEIGHT_DECAY, low=0.0, high=1.0, matters=TRAINED,
    )  # fmt: skip


def chosen_weight_decay() -> Any:
    """The same where cross-validation may choose."""
    return number(
        N_("Weight decay"),
        N_("Regularisation: pulls weights towards zero, so that the network does not lean on a few details. Empty: "
           "0.01; for a head that learns alone and has no hidden layer, an L2 penalty in the loss, chosen by "
           "cross-validation."),
        default=None, low=0.0, high=1.0, matters=TRAINED,
    )  # fmt: skip


def has_penalty(values: Mapping[str, Any]) -> bool:
    """Whether the loss has an L2 penalty, chosen by cross-validation, in place of a weight decay."""
    return values["weight_decay"] is None and values["mode"] == "head" and not values["hidden"]


def loss(matters: Condition | None = None) -> Any:
    return choice(
        N_("Loss function"),
        N_("What training makes small. Cross-entropy is the usual choice; balanced gives small classes the weight of "
           "large ones; focal gives hard items more weight than those already right."),
        default="cross_entropy", matters=matters,
        options={"cross_entropy": N_("Cross-entropy"), "balanced": N_("Balanced cross-entropy"),
                 "focal": N_("Focal loss")},
    )  # fmt: skip


def focus() -> Any:
    return number(
        N_("Focus"),
        N_("How much less the focal loss cares for items that are right already (its gamma). 0 is cross-entropy."),
        default=2.0, low=0.0, high=10.0,
        matters=Matters("loss", N_("Acts only with the focal loss."), ("focal",)),
    )  # fmt: skip


def label_smoothing() -> Any:
    return number(
        N_("Label smoothing"),
        N_("Regularisation of the loss function: asks for a little less than full certainty, which guards against "
           "wrong labels."),
        default=0.0, low=0.0, high=0.5, matters=TRAINED,
    )  # fmt: skip


def patience() -> Any:
    return number(
        N_("Early stopping"),
        N_("Stop when the validation loss has not improved for this many epochs. 0: never stop early."),
        default=0, low=0, high=100, matters=TRAINED,
    )  # fmt: skip


def refit() -> Any:
    return choice(
        N_("Final fit"),
        N_("Off: the curves show the model you get. On: after training the head is fitted once more, to training and "
           "validation data together, with the L2 penalty chosen by cross-validation. The curves then show another "
           "model, and the training settings have no effect. It can help where examples are few."),
        default="none", group="head",
        options={"none": N_("Off"), "cross_validated": N_("On training + validation")},
        matters=Each(LINEAR),
    )  # fmt: skip


def has_final_fit(values: Mapping[str, Any]) -> bool:
    """Whether the head, being linear, is fitted once more to all examples that may be learnt from."""
    return FINAL_FIT.why_idle(values) is None


def hidden(matters: Condition | None = None) -> Any:
    return number(
        N_("Hidden layer"),
        N_("Units of a hidden layer between the features (input layer) and the classes (output layer) of the head. "
           "0: no hidden layer."),
        default=0, low=0, high=4096, group="head", matters=matters,
    )  # fmt: skip


def activation() -> Any:
    return choice(
        N_("Activation function"),
        N_("What makes a hidden layer more than a straight line."),
        default="relu", group="head", matters=Matters("hidden", N_("Acts only where there is a hidden layer.")),
        options={"relu": "ReLU", "gelu": "GELU", "tanh": "tanh", "sigmoid": N_("Sigmoid")},
    )  # fmt: skip


def dropout(matters: Condition | None = None) -> Any:
    return number(
        N_("Dropout"),
        N_("Regularisation: switches off this share of the head's inputs at random while training."),
        default=0.0, low=0.0, high=0.9, group="head", matters=Each((matters, TRAINED) if matters else (TRAINED,)),
    )  # fmt: skip


def validation() -> Any:
    return number(
        N_("Validation share"),
        N_("Validation data is never trained on. It tells after each epoch how well the network does on unseen "
           "items, and which epoch to keep."),
        default=0.15, low=0.01, high=0.5, group="data",
    )  # fmt: skip


def test() -> Any:
    return number(
        N_("Test share"),
        N_("Test data is looked at only once, at the end, for the final figure. Not used when your data brings "
           "a test part."),
        default=0.15, low=0.01, high=0.5, group="data",
    )  # fmt: skip


def seed() -> Any:
    return number(
        N_("Seed"),
        N_("Where all randomness starts. The same seed, data and settings give the same model on the same machine."),
        default=0, low=0, high=2**31 - 1, group="data",
    )  # fmt: skip


def precision() -> Any:
    return choice(
        N_("Precision"),
        N_("16-bit numbers are faster where the processor knows them and hardly change the result."),
        default="auto", group="machine",
        options={"auto": N_("Automatic"), "fp32": N_("32 bit"), "bf16": N_("16 bit (bfloat16)")},
    )  # fmt: skip
