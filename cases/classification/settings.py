"""The settings of every classifier, and when each has an effect.

Defaults were chosen by cross-validation on training parts; none needs touching.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from cases import hyperparameters
from cases.conditions import ActiveWhen, Condition, Each, Unless
from cases.settings import LEARNING, MODEL, choice, number
from models.errors import N_
from models.pretrained.catalog import models_for

LINEAR = (
    ActiveWhen("mode", N_("Acts only when the head alone learns."), ("head",)),
    ActiveWhen("hidden", N_("Acts only on a head without a hidden layer."), (0,)),
    ActiveWhen("loss", N_("Acts only with cross-entropy."), ("cross_entropy",)),
)
FINAL_FIT = Each((ActiveWhen("final_fit", N_("The final fit is off."), ("cross_validated",)), *LINEAR))
TRAINED = Unless(
    FINAL_FIT,
    N_("No effect on the delivered model: the final fit replaces what training gives. Turn the final fit off to use "
       "this."),
)  # fmt: skip
LORA = ActiveWhen("mode", N_("Acts only when adapters (LoRA) learn."), ("lora",))


def pretrained(
    modality: str, help: str, *, default: str, unfit: Mapping[str, tuple[str, ...]] = MappingProxyType({})
) -> Any:
    """Of the catalogue those for this `modality`; any other may be typed."""
    return choice(
        N_("Pretrained model"), help, default=default, options={one.id: one.title for one in models_for(modality)},
        group="model", free=True, unfit=unfit, role=MODEL,
    )  # fmt: skip


def what_learns(unfit: Mapping[str, tuple[str, ...]] = MappingProxyType({})) -> Any:
    return choice(
        N_("What learns"),
        N_("Fine-tuning changes a pretrained network to fit your data: only its new head (fast), its last blocks as "
           "well, thin adapters in every layer (LoRA: few weights, hard to spoil), or all of it (slow, often the "
           "best)."),
        default="head", group="model",
        options={"head": N_("Head only"), "last_blocks": N_("Last blocks"), "lora": N_("Adapters (LoRA)"),
                 "full": N_("The whole network")},
        unfit=unfit, role=LEARNING,
    )  # fmt: skip


def items_at_once(default: int | None = 32) -> Any:
    return number(
        N_("Batch size"),
        N_("How many items the network sees before it changes its weights once."),
        default=default, low=1, high=1024, matters=TRAINED,
    )  # fmt: skip


def chosen_weight_decay() -> Any:
    """The weight decay where cross-validation may choose a penalty in its place."""
    return number(
        N_("Weight decay"),
        N_("Regularisation: pulls weights towards zero, so that the network does not lean on a few details. Empty: "
           "0.01; for a head that learns alone and has no hidden layer, an L2 penalty in the loss, chosen by "
           "cross-validation."),
        default=None, low=0.0, high=1.0, matters=TRAINED, costs=False,
    )  # fmt: skip


def loss_function(matters: Condition | None = None) -> Any:
    return choice(
        N_("Loss function"),
        N_("What training makes small. Cross-entropy is the usual choice; balanced gives small classes the weight of "
           "large ones; focal gives hard items more weight than those already right."),
        default="cross_entropy", matters=matters,
        options={"cross_entropy": N_("Cross-entropy"), "balanced": N_("Balanced cross-entropy"),
                 "focal": N_("Focal loss")},
    )  # fmt: skip


def item_augmentation(help: str, *, default: str, options: dict[str, str]) -> Any:
    """How training items are varied; stands in front of what is said of the head."""
    return choice(
        N_("Augmentation"), help, default=default, options=options, before="final_fit",
        matters=ActiveWhen(
            "mode",
            N_("Acts only when more than the head learns: the head learns from features that are computed once."),
            ("last_blocks", "lora", "full"),
        ),
    )  # fmt: skip


def hidden_layer(matters: Condition | None = None) -> Any:
    return number(
        N_("Hidden layer"),
        N_("Units of a hidden layer between the features (input layer) and the classes (output layer) of the head. "
           "0: no hidden layer."),
        default=0, low=0, high=4096, group="head", matters=matters,
    )  # fmt: skip


def head_dropout(matters: Condition = TRAINED) -> Any:
    return number(
        N_("Dropout"),
        N_("Regularisation: switches off this share of the head's inputs at random while training."),
        default=0.0, low=0.0, high=0.9, group="head", matters=matters, costs=False,
    )  # fmt: skip


@dataclass(frozen=True)
class ClassifierSettings:
    """Fields only. A case adds its own, with the place of each in the form, and says which model is pretrained."""

    model: str
    mode: str = what_learns()
    epochs: int | None = hyperparameters.epochs(TRAINED)
    blocks: int = number(
        N_("Last blocks"),
        N_("How many of the network's last blocks learn when “Last blocks” is chosen."),
        default=2, low=1, high=50, group="body",
        matters=ActiveWhen("mode", N_("Acts only when the last blocks learn."), ("last_blocks",)),
    )  # fmt: skip
    rank: int = number(
        N_("LoRA rank"),
        N_("How thin the adapters are: a layer's change is a product of two matrices this wide. More can learn more."),
        default=8, low=1, high=256, group="body", matters=LORA,
    )  # fmt: skip
    alpha: float = number(
        N_("LoRA alpha"),
        N_("How strongly the adapters act: their output is multiplied by alpha over rank."),
        default=16.0, low=0.1, high=1024.0, group="body", matters=LORA, costs=False,
    )  # fmt: skip
    lora_dropout: float = number(
        N_("LoRA dropout"),
        N_("Regularisation: switches off this share of the adapters' inputs at random while training."),
        default=0.0, low=0.0, high=0.9, group="body", matters=LORA,
    )  # fmt: skip
    batch_size: int = items_at_once()
    learning_rate: float | None = hyperparameters.learning_rate(TRAINED)
    schedule: str = hyperparameters.schedule(TRAINED)
    optimizer: str = hyperparameters.optimizer(TRAINED)
    weight_decay: float = hyperparameters.weight_decay(TRAINED)
    loss: str = loss_function()
    focal_gamma: float = number(
        N_("Focus"),
        N_("How much less the focal loss cares for items that are right already (its gamma). 0 is cross-entropy."),
        default=2.0, low=0.0, high=10.0, costs=False,
        matters=ActiveWhen("loss", N_("Acts only with the focal loss."), ("focal",)),
    )  # fmt: skip
    label_smoothing: float = number(
        N_("Label smoothing"),
        N_("Regularisation of the loss function: asks for a little less than full certainty, which guards against "
           "wrong labels."),
        default=0.0, low=0.0, high=0.5, matters=TRAINED, costs=False,
    )  # fmt: skip
    patience: int = hyperparameters.patience(TRAINED)
    final_fit: str = choice(
        N_("Final fit"),
        N_("Off: the curves show the model you get. On: after training the head is fitted once more, to training and "
           "validation data together, with the L2 penalty chosen by cross-validation. The curves then show another "
           "model, and the training settings have no effect. It can help where examples are few."),
        default="none", group="head",
        options={"none": N_("Off"), "cross_validated": N_("On training + validation")},
        matters=Each(LINEAR), off="none",
    )  # fmt: skip
    hidden: int = hidden_layer()
    activation: str = choice(
        N_("Activation function"),
        N_("What makes a hidden layer more than a straight line."),
        default="relu", group="head", costs=False,
        matters=ActiveWhen("hidden", N_("Acts only where there is a hidden layer.")),
        options={"relu": "ReLU", "gelu": "GELU", "tanh": "tanh", "sigmoid": N_("Sigmoid")},
    )  # fmt: skip
    dropout: float = head_dropout()
    validation: float = number(
        N_("Validation share"),
        N_("Validation data is never trained on. It tells after each epoch how well the network does on unseen "
           "items, and which epoch to keep."),
        default=0.15, low=0.01, high=0.5, group="data", costs=False, divides=True,
    )  # fmt: skip
    test: float = number(
        N_("Test share"),
        N_("Test data is looked at only once, at the end, for the final figure. Not used when your data brings "
           "a test part."),
        default=0.15, low=0.01, high=0.5, group="data", costs=False, divides=True,
    )  # fmt: skip
    seed: int = hyperparameters.seed()
    precision: str = hyperparameters.precision()
    probes: tuple[int, ...] = hyperparameters.probes()


def has_penalty(values: Mapping[str, Any]) -> bool:
    """Whether the loss has an L2 penalty, chosen by cross-validation, in place of a weight decay."""
    return values["weight_decay"] is None and values["mode"] == "head" and not values["hidden"]


def has_final_fit(values: Mapping[str, Any]) -> bool:
    """Whether the head, being linear, is fitted once more to all examples that may be learnt from."""
    return FINAL_FIT.why_idle(values) is None
