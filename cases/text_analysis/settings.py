"""What a person may set for texts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cases import hyperparameters
from cases.classification.conditions import WITHOUT, has_penalty
from cases.classification.hyperparameters import (
    LOWER,
    NO_GAIN,
    TAKEN,
    UPDATES,
    chosen_weight_decay,
    ensemble,
    pretrained,
)
from cases.classification.settings import ClassifierSettings
from cases.conditions import ActiveWhen
from cases.hyperparameters import STEPS
from cases.settings import choice, number
from models.errors import N_

PENALISED_RATE = 2e-3  # the penalty guards against overfitting, so that the head may come near its optimum
WORDS_TOLD = {  # see `cases.base.Task.ensemble`; of words that are counted
    ("validation", TAKEN): N_(
        "Word counts (TF-IDF) predict together with the network: {together:.1%} correct, {alone:.1%} without them. "
        "Measured on {items:,} validation examples."
    ),
    ("validation", NO_GAIN): N_(
        "The network predicts without word counts (TF-IDF). With them {together:.1%} were correct, {alone:.1%} "
        "without: no clear gain. Measured on {items:,} validation examples."
    ),
    ("validation", LOWER): N_(
        "The network predicts without word counts (TF-IDF), which did not help: with them only {together:.1%} were "
        "correct, {alone:.1%} without. Measured on {items:,} validation examples."
    ),
    ("out_of_fold", TAKEN): N_(
        "Word counts (TF-IDF) predict together with the network: {together:.1%} correct, {alone:.1%} without them. "
        "Measured by cross-validation on all {items:,} training and validation examples."
    ),
    ("out_of_fold", NO_GAIN): N_(
        "The network predicts without word counts (TF-IDF). With them {together:.1%} were correct, {alone:.1%} "
        "without: no clear gain. Measured by cross-validation on all {items:,} training and validation examples."
    ),
    ("out_of_fold", LOWER): N_(
        "The network predicts without word counts (TF-IDF), which did not help: with them only {together:.1%} were "
        "correct, {alone:.1%} without. Measured by cross-validation on all {items:,} training and validation examples."
    ),
}
AUTOMATIC = {  # what empty fields mean
    "head": {"epochs": 20, "learning_rate": 5e-4},
    "last_blocks": {"epochs": 4, "learning_rate": 1e-4, STEPS: UPDATES},
    "lora": {"epochs": 4, "learning_rate": 1e-3, STEPS: UPDATES},
    "full": {"epochs": 4, "learning_rate": 5e-5, STEPS: UPDATES},
}


@dataclass(frozen=True)
class Settings(ClassifierSettings):
    """See `cases.classification.settings`."""

    model: str = pretrained(
        "text",
        N_("Pretrained encoder to fine-tune: a model from the list, a Hugging Face Hub ID or a local folder."),
        default="multilingual-e5-small",
    )  # fmt: skip
    long_texts: str = choice(
        N_("Long texts"),
        N_("How a text with more tokens than the model reads is used."),
        N_("Windows: the text is cut into pieces that fit. Each goes through the network, and their feature vectors "
           "are pooled: the mean, weighted by tokens. It takes as many times longer. Automatic: windows where they "
           "clearly lower the loss of a linear probe on the training set, out of fold. While more than the head is "
           "trained, each step follows the gradient through one window per text."),
        default="automatic", group="body", before="blocks",
        options={"automatic": N_("Automatic"), "start": N_("Start only"), "windows": N_("Windows")},
        terms=("window", "token"),
    )  # fmt: skip
    windows: int = number(
        N_("Windows per text"),
        N_("The most windows read of one text. The rest is not used."),
        default=8, low=2, high=64, group="body", before="blocks",
        matters=ActiveWhen("long_texts", N_("Not with “Start only”."), ("automatic", "windows")),
        terms=("window",),
    )  # fmt: skip
    words: str = ensemble(
        N_("Word counts (TF-IDF)"),
        N_("Whether logistic regression on word counts predicts together with the network."),
        N_("TF-IDF counts words and pairs of neighbours; in Chinese, one to three characters in a row. Both models "
           "answer by the mean of their log-probabilities. Automatic: only where that is clearly better. A linear "
           "head is judged by cross-validation, other training on the validation set. The loss must fall by more than "
           "one standard error, with no fewer correct answers."),
        terms=("tf-idf",),
    )  # fmt: skip
    class_names: str = choice(
        N_("Class names"),
        N_("Whether the head also learns from the names of the classes."),
        N_("The encoder reads each name v as it reads a text. The penalty λ‖w − v‖² then pulls the weights w of a "
           "class towards its name, not towards 0. It helps where names say what a text is about. Automatic: with "
           "fewer than 100 training examples per class, where cross-validation is clearly better."),
        default="automatic", group="head",
        options={"automatic": N_("Automatic (by cross-validation)"), WITHOUT: N_("Without")},
        matters=ActiveWhen("hidden", N_("Only for a head without a hidden layer."), (0,)),
        terms=("feature-vector",),
    )  # fmt: skip
    weight_decay: float | None = chosen_weight_decay()  # type: ignore[assignment]  # empty is what `automatic` says

    def __post_init__(self) -> None:
        hyperparameters.check(self)

    @staticmethod
    def automatic(values: Mapping[str, Any]) -> dict[str, float]:
        """What the fields that may be empty stand for beside these `values`."""
        usual = AUTOMATIC[values["mode"]]
        if has_penalty(values):
            return {**usual, "learning_rate": PENALISED_RATE}
        return {**usual, "weight_decay": hyperparameters.WEIGHT_DECAY}
