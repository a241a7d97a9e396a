"""The settings of every classifier, and when each has an effect.

Defaults were chosen by cross-validation on training parts; none needs touching.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from cases import hyperparameters
from cases.conditions import ActiveWhen, Condition, Each, Either, Unless
from cases.settings import LEARNING, MODEL, choice, named, number
from models.errors import N_
from models.pretrained.catalog import models_for

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
UPDATES = 80  # of a pretrained network at least; after the two dozen of few examples in 4 epochs it is hardly trained
FEW = 100  # examples a class, below which a search tries what helps few
ALONE, TOGETHER, AUTOMATIC = "without", "with", "automatic"  # whether a second model answers with the network
FEW_VALIDATED = 100  # validation examples; with fewer a linear head is judged out of fold
LARGER = {"head": "last_blocks", "last_blocks": "full", "lora": "full"}  # which part of the network to train next
LORA = ActiveWhen("mode", N_("Only with LoRA."), ("lora",))
LAYERED = ActiveWhen("mode", N_("Only with “Last blocks” or “Full fine-tuning”."), ("last_blocks", "full"))
MOVED = ActiveWhen("mode", N_("Not with “Head only”."), ("last_blocks", "lora", "full"))
ONCE = N_("Not with “Head only” without augmented views: its feature vectors are computed once.")
UNVARIED = N_("Only with an augmentation.")
SEVERAL_VIEWS = ActiveWhen("augmented_views", ONCE)
SAME_VIEWS = Each((SEVERAL_VIEWS, ActiveWhen("augmentation", UNVARIED, ("none",))))
VIEWS = Each((HEAD_ONLY, Unless(SAME_VIEWS, UNVARIED)))  # without views it can be set, and then the augmentation, too


def pretrained(
    modality: str, help: str, *, default: str, unfit: Mapping[str, tuple[str, ...]] = MappingProxyType({})
) -> Any:
    """Of the catalogue those for this `modality`; any other may be typed."""
    return choice(
        N_("Pretrained model"), help, default=default, options={one.id: one.title for one in models_for(modality)},
        group="model", free=True, unfit=unfit, role=MODEL,
        terms=("pretraining", "transfer-learning"),
    )  # fmt: skip


def what_learns(unfit: Mapping[str, tuple[str, ...]] = MappingProxyType({})) -> Any:
    return choice(
        N_("Trainable part"),
        N_("The weights that fine-tuning changes."),
        N_("Transfer learning starts from pretrained weights. Head only: trains a classifier on frozen feature "
           "vectors; fastest. Last blocks: also trains the blocks nearest the output. LoRA: trains small low-rank "
           "matrices beside frozen weights. Full fine-tuning: backpropagation through the whole network; slowest, "
           "often the most accurate."),
        default="head", group="model",
        options={"head": N_("Head only"), "last_blocks": N_("Last blocks"), "lora": N_("LoRA"),
                 "full": N_("Full fine-tuning")},
        unfit=unfit, role=LEARNING, tried=("head", "last_blocks", "lora", "full"),
        terms=("fine-tuning", "transfer-learning", "lora"),
    )  # fmt: skip


def items_at_once(default: int | None = 32) -> Any:
    return number(
        N_("Batch size"),
        N_("Training examples per weight update."),
        N_("The gradient is averaged over one batch. Large batches give a smoother gradient and need more memory. "
           "Small batches add noise, which can help generalisation."),
        default=default, low=1, high=1024, matters=TRAINED,
        terms=("batch-size", "gradient"),
    )  # fmt: skip


def chosen_weight_decay() -> Any:
    """The weight decay where cross-validation may choose a penalty in its place."""
    return number(
        N_("Weight decay"),
        N_("Regularisation: shrinks the weights at every step."),
        N_("With weight decay λ, each step also applies w ← w − η · λ · w. Small weights give a smoother function and "
           "reduce overfitting. Empty: 0.01. For a linear head on a frozen backbone: an L2 penalty λ‖w‖² in the loss, "
           "with λ chosen by cross-validation."),
        default=None, low=0.0, high=1.0, matters=TRAINED, costs=False,
        terms=("weight-decay", "regularisation"),
    )  # fmt: skip


def loss_function(matters: Condition | None = None) -> Any:
    return choice(
        N_("Loss function"),
        N_("The quantity that training minimises."),
        N_("Cross-entropy: −log p, with p the predicted probability of the true class. Balanced: weights each class by "
           "the inverse of its size, for imbalanced data. Focal: multiplies by (1 − p)^γ, so hard examples count "
           "more."),
        default="cross_entropy", matters=matters,
        options={"cross_entropy": N_("Cross-entropy"), "balanced": N_("Balanced cross-entropy"),
                 "focal": N_("Focal loss")},
        terms=("loss-function", "imbalance"),
    )  # fmt: skip


def item_augmentation(help: str, more: str, *, default: str, options: dict[str, str]) -> Any:
    """How training items are varied; stands in front of what is said of the head."""
    return choice(
        N_("Augmentation"), help, more, default=default, options=options, before="final_fit", tried=(*options,),
        matters=Either((MOVED, SEVERAL_VIEWS), ONCE),
        terms=("augmentation",),
    )  # fmt: skip


def augmented_views(*, tried: tuple[int, ...] = ()) -> Any:
    """How many varied copies of each training item a head learns from besides; stands behind the augmentation."""
    return number(
        N_("Augmented views"),
        N_("Random views of each training example that a head learns from as well. 0: none."),
        N_("Head-only training computes feature vectors once. With K views, K more are computed for each training "
           "example, each of a randomly changed copy (see Augmentation). Each epoch takes the plain example or one of "
           "its views, by turns. Validation and test use plain examples. Features take up to K + 1 times as long."),
        default=0, low=0, high=16, before="final_fit", matters=VIEWS, tried_values=tried, prepares=True,
        terms=("augmentation", "feature-vector"),
    )  # fmt: skip


def ensemble(label: str, help: str, more: str, *, terms: tuple[str, ...] = ()) -> Any:
    """Whether another model, which a case has beside its network, answers together with it."""
    return choice(
        label, help, more, default=AUTOMATIC, group="head", costs=False, tried=(AUTOMATIC, TOGETHER, ALONE),
        options={AUTOMATIC: N_("Automatic (by validation)"), TOGETHER: N_("With"), ALONE: N_("Without")},
        terms=terms,
    )  # fmt: skip


def hidden_layer(matters: Condition | None = None) -> Any:
    return number(
        N_("Hidden layer"),
        N_("Units in the hidden layer of the head. 0: none."),
        N_("The head maps the feature vector (input layer) to one score per class (output layer). A hidden layer "
           "h = σ(Wx + b) between them learns non-linear boundaries. More units fit more and overfit sooner."),
        default=0, low=0, high=4096, group="head", matters=matters,
        terms=("hidden-layer", "activation-function"),
    )  # fmt: skip


def head_dropout(matters: Condition = TRAINED) -> Any:
    return number(
        N_("Dropout"),
        N_("Regularisation: share of the head's inputs dropped at random."),
        N_("At every training step, each input is set to zero with this probability. The head cannot rely on single "
           "features and overfits less. Prediction uses all inputs."),
        default=0.0, low=0.0, high=0.9, group="head", matters=matters, costs=False,
        terms=("dropout", "regularisation"),
    )  # fmt: skip


def layerwise_decay(matters: Condition = LAYERED) -> Any:
    return number(
        N_("Layer-wise decay"),
        N_("Lowers the learning rate from block to block towards the input."),
        N_("With decay γ, block l of L learns with rate η · γ^(L − l), and the head with η. Early layers hold general "
           "features and change less, which can help where examples are few. 1: one rate for all blocks."),
        default=1.0, low=0.1, high=1.0, group="body", matters=matters, costs=False,
        terms=("layer-wise-decay", "learning-rate"),
    )  # fmt: skip


def contrastive_loss(matters: Condition = MOVED) -> Any:
    return choice(
        N_("Contrastive loss"),
        N_("Added to the loss: examples of one class are drawn together."),
        N_("Supervised contrastive learning compares every example of a batch with every other. Feature vectors of one "
           "class are drawn together, those of other classes are pushed apart. It makes up half of the training loss. "
           "It can help where examples are few, and needs batches with several examples of a class."),
        default="none", matters=matters, costs=False, tried=("none", "supervised"), tried_below=FEW,
        options={"none": N_("Off"), "supervised": N_("Supervised contrastive")},
        terms=("contrastive-loss", "feature-vector"),
    )  # fmt: skip


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
        default=0.0, low=0.0, high=0.9, group="body", matters=LORA,
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
        default=0.0, low=0.0, high=0.5, matters=TRAINED, costs=False,
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
    seed: int = hyperparameters.seed()
    precision: str = hyperparameters.precision()
    probes: tuple[int, ...] = hyperparameters.probes()


def larger_part(form: type, values: Mapping[str, Any]) -> dict[str, str]:
    """The setting with which a larger part of the network learns than by these `values`; empty where all of it does."""
    learning = named(form, LEARNING)
    larger = LARGER.get(values.get(learning, ""))
    return {learning: larger} if larger else {}


def views_learnt(values: Mapping[str, Any]) -> int:
    """How many augmented views of each training item the head learns from besides the plain one."""
    return values.get("augmented_views", 0) if VIEWS.why_idle(values) is None else 0


def has_penalty(values: Mapping[str, Any]) -> bool:
    """Whether the loss has an L2 penalty, chosen by cross-validation, in place of a weight decay."""
    return values["weight_decay"] is None and values["mode"] == "head" and not values["hidden"]


def is_linear_probe(values: Mapping[str, Any]) -> bool:
    """Whether the head learns what the linear probe does that is its baseline: from frozen features, as strongly held
    back."""
    return Each(LINEAR).why_idle(values) is None and (has_final_fit(values) or has_penalty(values))


def has_final_fit(values: Mapping[str, Any]) -> bool:
    """Whether the head, being linear, is fitted once more to all examples that may be learnt from."""
    return FINAL_FIT.why_idle(values) is None
