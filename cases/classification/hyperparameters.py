"""Hyperparameters of classifiers, as fields of their settings; those that any case may have are in
`cases.hyperparameters`."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from cases.classification.conditions import LAYERED, MOVED, ONCE, SEVERAL_VIEWS, TRAINED, VIEWS
from cases.conditions import Condition, Either
from cases.settings import AUTOMATIC, COPIES, FOLDER, LEARNING, MODEL, PREFIX, TABLE, choice, number
from models.errors import N_
from models.pretrained.catalog import models_for

UPDATES = 80  # of a pretrained network at least; after the two dozen of few examples in 4 epochs it is hardly trained
ALONE, TOGETHER = "without", "with"  # whether a second model answers with the network
TAKEN, NO_GAIN, LOWER = "taken", "no_gain", "lower"  # outcomes of judging a second model
NONE, SUPERVISED = "none", "supervised"  # contrastive losses
FEW = 50  # examples a class on average, below which one is learnt with


def ensemble_outcome(taken: bool, alone: float, together: float) -> str:
    """Return `TAKEN` if the second model answers, else `LOWER` or `NO_GAIN` by the accuracies without it (`alone`) and
    with it, rounded as they are displayed."""
    if taken:
        return TAKEN
    return LOWER if round(together, 3) < round(alone, 3) else NO_GAIN


def are_few(examples: int, classes: int) -> bool:
    """Whether there are fewer of each class on average than a contrastive loss, and all of the network, is for."""
    return examples < FEW * classes


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
           "matrices beside frozen weights. Full fine-tuning: trains every layer, except word embeddings of texts "
           "and fixed positions of sounds; slowest, often the most accurate."),
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
        default=None, low=0.0, high=1.0, matters=TRAINED, costs=False, fits=-1,
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
        default=0.0, low=0.0, high=0.9, group="head", matters=matters, costs=False, fits=-1,
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
           "It helps most with few examples of several classes, and needs batches with several examples of a class. "
           "Automatic: on with fewer than 50 training examples per class on average."),
        default=AUTOMATIC, matters=matters, costs=False, tried=(AUTOMATIC, NONE), tried_below=FEW,
        options={AUTOMATIC: N_("Automatic (few examples)"), NONE: N_("Off"), SUPERVISED: N_("Supervised contrastive")},
        terms=("contrastive-loss", "feature-vector"),
    )  # fmt: skip


def group_by(
    options: Mapping[str, str] = MappingProxyType({}), unfit: Mapping[str, tuple[str, ...]] = MappingProxyType({})
) -> Any:
    """`options`: what a case knows of its examples besides; see `cases.groups`."""
    return choice(
        N_("Group by"),
        N_("Examples of one group stay in the same split."),
        N_("Choose what the model will meet anew: with groups by speaker, patient or film, the test measures "
           "generalisation to others. Duplicates only: the same sources may be in training and test. A file name "
           "prefix is what several files of a class have in common at the beginning. Three groups are needed at "
           "least."),
        default=COPIES, group="data", divides=True, free_after=TABLE, costs=False, before="seed", unfit=unfit,
        options={COPIES: N_("Duplicates only"), PREFIX: N_("File name prefix"),
                 FOLDER: N_("Folder"), **options},
        terms=("data-leakage",),
    )  # fmt: skip
