"""The settings of every classifier.

Defaults were chosen by cross-validation on training parts; none needs touching.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cases import hyperparameters
from cases.classification.conditions import LINEAR, LORA, TRAINED
from cases.classification.hyperparameters import (
    are_few,
    contrastive_loss,
    group_by,
    head_dropout,
    hidden_layer,
    items_at_once,
    layerwise_decay,
    loss_function,
    what_learns,
)
from cases.conditions import ActiveWhen, Each
from cases.settings import LEARNING, choice, named, number
from models.errors import N_

LARGER = {"head": "last_blocks", "last_blocks": "full", "lora": "full"}  # which part of the network to train next


@dataclass(frozen=True)
class ClassifierSettings:
    """Fields only. A case adds its own, with the place of each in the form, and says which model is pretrained."""

    model: str
    mode: str = what_learns()
    epochs: int | None = hyperparameters.epochs(TRAINED)
    blocks: int = number(
        N_("Last blocks"),
        N_("Number of blocks to train, counted from the output."),
        N_("Early layers hold general features, late ones those of the task. More blocks adapt more, take longer and "
           "overfit sooner."),
        default=2, low=1, high=50, group="body",
        matters=ActiveWhen("mode", N_("Only with “Last blocks”."), ("last_blocks",)),
    )  # fmt: skip
    rank: int = number(
        N_("LoRA rank"),
        N_("Rank r of the LoRA matrices."),
        N_("LoRA adds ΔW = (α / r) · B · A to a frozen weight matrix W. A has r rows and B has r columns, so few "
           "parameters are trained. A higher rank learns more and overfits sooner."),
        default=8, low=1, high=256, group="body", matters=LORA,
        terms=("lora",),
    )  # fmt: skip
    alpha: float = number(
        N_("LoRA alpha"),
        N_("Scale α of the LoRA update."),
        N_("The update is multiplied by α / r. A larger α changes the pretrained network more. Twice the rank is "
           "usual."),
        default=16.0, low=0.1, high=1024.0, group="body", matters=LORA, costs=False,
    )  # fmt: skip
    lora_dropout: float = number(
        N_("LoRA dropout"),
        N_("Regularisation: share of the LoRA inputs dropped at random."),
        default=0.0, low=0.0, high=0.9, group="body", matters=LORA, fits=-1,
    )  # fmt: skip
    layer_decay: float = layerwise_decay()
    batch_size: int = items_at_once()
    learning_rate: float | None = hyperparameters.learning_rate(TRAINED)
    schedule: str = hyperparameters.schedule(TRAINED)
    optimizer: str = hyperparameters.optimizer(TRAINED)
    weight_decay: float = hyperparameters.weight_decay(TRAINED)
    loss: str = loss_function()
    focal_gamma: float = number(
        N_("Focal gamma"),
        N_("How strongly the focal loss discounts easy examples."),
        N_("Cross-entropy is multiplied by (1 − p)^γ, with p the probability of the true class. γ = 0 is plain "
           "cross-entropy; 2 is usual."),
        default=2.0, low=0.0, high=10.0, costs=False,
        matters=ActiveWhen("loss", N_("Only with focal loss."), ("focal",)),
    )  # fmt: skip
    contrastive: str = contrastive_loss()
    label_smoothing: float = number(
        N_("Label smoothing"),
        N_("Regularisation: trains towards less than full confidence."),
        N_("With K classes the target becomes (1 − ε) · one-hot + ε / K. It reduces over-confidence and the effect of "
           "wrong labels. 0.1 is usual."),
        default=0.0, low=0.0, high=0.5, matters=TRAINED, costs=False, fits=-1,
        terms=("label-smoothing", "regularisation"),
    )  # fmt: skip
    patience: int = hyperparameters.patience(TRAINED)
    final_fit: str = choice(
        N_("Final fit"),
        N_("Refits the head on training + validation after training."),
        N_("Logistic regression on the feature vectors replaces the trained head. Its L2 penalty λ‖w‖² is chosen by "
           "cross-validation. It can help where examples are few. The training settings then have no effect, and the "
           "curves show the head before the fit."),
        default="none", group="head",
        options={"none": N_("Off"), "cross_validated": N_("On training + validation")},
        matters=Each(LINEAR), off="none", refits="cross_validated",
    )  # fmt: skip
    hidden: int = hidden_layer()
    activation: str = choice(
        N_("Activation function"),
        N_("Non-linearity σ of the hidden layer."),
        N_("Without it, two layers could do no more than one linear layer. ReLU: max(0, x). GELU: a smooth ReLU. tanh: "
           "between −1 and 1. Sigmoid: between 0 and 1."),
        default="relu", group="head", costs=False,
        matters=ActiveWhen("hidden", N_("Only with a hidden layer.")),
        options={"relu": "ReLU", "gelu": "GELU", "tanh": "tanh", "sigmoid": N_("Sigmoid")},
        terms=("activation-function",),
    )  # fmt: skip
    dropout: float = head_dropout()
    validation: float = number(
        N_("Validation fraction"),
        N_("Share of the examples held out for validation."),
        N_("Never used for weight updates. After each epoch the validation set measures generalisation, reveals "
           "overfitting and selects the best checkpoint."),
        default=0.15, low=0.01, high=0.5, group="data", costs=False, divides=True,
        terms=("validation-data",),
    )  # fmt: skip
    test: float = number(
        N_("Test fraction"),
        N_("Share of the examples held out for the test."),
        N_("Used once, after training, to measure generalisation. Ignored where the data has its own test set."),
        default=0.15, low=0.01, high=0.5, group="data", costs=False, divides=True,
        terms=("test-data",),
    )  # fmt: skip
    group_by: str = group_by()
    seed: int = hyperparameters.seed()
    precision: str = hyperparameters.precision()
    probes: tuple[int, ...] = hyperparameters.probes()


def larger_part(form: type, values: Mapping[str, Any], *, examples: int, classes: int) -> dict[str, str]:
    """The setting with which a larger part of the network learns than by these `values`; empty where all of it does.

    Of few examples all of it: that takes a minute or two, and from a part of it few gain.
    """
    learning = named(form, LEARNING)
    larger = LARGER.get(values.get(learning, ""))
    return {learning: "full" if are_few(examples, classes) else larger} if larger else {}
