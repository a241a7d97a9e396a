"""What a person may set for recommending."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cases import hyperparameters
from cases.conditions import ActiveWhen, Each, Unless
from cases.ranking import positives
from cases.ranking.networks import CHOSEN, FIRST, LEARNT_FROM_HISTORIES, LIST
from cases.settings import LEARNING, MODEL, choice, number
from models.errors import N_, InputError
from models.pretrained.catalog import models_for

TAUGHT = "taught"  # what is said of ratings below the minimum
AUTOMATIC = {  # what empty fields mean
    "attention": {"epochs": 12, "learning_rate": 3e-3, "batch_size": 32},
    "towers": {"epochs": 12, "learning_rate": 3e-3, "batch_size": 32},
    "factors": {"epochs": 20, "learning_rate": 3e-3, "batch_size": 512},
}
OF_HISTORIES = ActiveWhen(
    "network", N_("Applies only to networks that read a user's history."), (CHOSEN, *LEARNT_FROM_HISTORIES)
)
OF_NETWORKS = ActiveWhen(
    "network", N_("Applies only where a network is trained."), (CHOSEN, *LEARNT_FROM_HISTORIES, "factors")
)
OF_ATTENTION = ActiveWhen("network", N_("Applies only to the sequence model."), (CHOSEN, "attention"))
OF_TEXT = Each((
    OF_HISTORIES, ActiveWhen("begin", N_("Applies only where items are initialised from text."), (CHOSEN, "text")),
))  # fmt: skip


@dataclass(frozen=True)
class Settings:
    """See `cases.hyperparameters`. Defaults were chosen on validation parts alone."""

    network: str = choice(
        N_("Network"),
        N_("Two towers embed each item and each user's history. The sequence model (SASRec) reads the order of "
           "interactions by self-attention. Matrix factorisation (BPR) learns an embedding of each user and item from "
           "scratch, for comparison. Chosen on validation: a few are tried, the best is trained, and where a baseline "
           "is better, alone or together with it, that is kept."),
        default=CHOSEN, group="model", role=LEARNING,
        options={CHOSEN: N_("Chosen on validation"), "towers": N_("Two towers"),
                 "attention": N_("Sequence model (SASRec)"), "factors": N_("Matrix factorisation (BPR)"),
                 LIST: N_("None: the strongest baseline")},
    )  # fmt: skip
    begin: str = choice(
        N_("Item initialisation"),
        N_("Text embedding: a pretrained language model reads the titles, so items without interactions can be "
           "recommended too. Random: nothing is known of an item at first. Where titles say little, validation "
           "prefers that."),
        default=CHOSEN, group="model",
        options={CHOSEN: N_("Chosen on validation"), "text": N_("Text embedding"), "nothing": N_("Random")},
        matters=OF_HISTORIES,
    )  # fmt: skip
    model: str = choice(
        N_("Pretrained language model"),
        N_("It reads titles, genres and descriptions. You may also type the name of a model on the Hugging Face Hub, "
           "or a folder on this machine."),
        default="multilingual-e5-small", options={model.id: model.title for model in models_for("text")},
        group="model", free=True, matters=OF_TEXT, role=MODEL,
    )  # fmt: skip
    epochs: int | None = hyperparameters.epochs(OF_NETWORKS)
    width: int = number(
        N_("Embedding size"),
        N_("How many numbers the embedding of an item or user has."),
        default=64, low=4, high=1024, group="network", matters=OF_NETWORKS,
    )  # fmt: skip
    max_history: int = number(
        N_("History length"),
        N_("How many of a user's latest interactions the network reads."),
        default=50, low=2, high=1000, group="network", matters=OF_HISTORIES,
    )  # fmt: skip
    layers: int = number(
        N_("Layers"), N_("How many layers of self-attention there are."), default=2, low=1, high=12, group="network",
        matters=OF_ATTENTION,
    )  # fmt: skip
    heads: int = number(
        N_("Attention heads"), N_("How many attention heads each layer has. The embedding size must be divisible by "
                                  "it."),
        default=2, low=1, high=16, group="network", matters=OF_ATTENTION,
    )  # fmt: skip
    text_pca_dims: int = number(
        N_("Text features (PCA)"),
        N_("How many principal components of the text embeddings are used. With few items, use few."),
        default=32, low=2, high=4096, group="network", matters=OF_TEXT,
    )  # fmt: skip
    text_only_dropout: float = number(
        N_("Item-ID dropout (DropoutNet)"),
        N_("For this share of items at a time the network sees the text features only, so that it copes with new "
           "items."),
        default=0.2, low=0.0, high=1.0, group="network", matters=OF_TEXT,
    )  # fmt: skip
    id_embedding_min_users: int | None = number(
        N_("Cold-start threshold (interactions)"),
        N_("From this many users on, an item's own embedding counts in full beside its text features; with fewer "
           "users in part, with none not at all. Empty: three times the median over the items, at most 30."),
        default=None, low=1, high=1_000_000, group="network", matters=OF_TEXT,
    )  # fmt: skip
    batch_size: int | None = number(
        N_("Batch size"),
        N_("How many histories (matrix factorisation: interactions) the network sees before each update of its "
           "weights. Empty: chosen for you."),
        default=None, low=1, high=65536, matters=OF_NETWORKS,
    )  # fmt: skip
    learning_rate: float | None = hyperparameters.learning_rate(OF_NETWORKS)
    schedule: str = hyperparameters.schedule(OF_NETWORKS)
    optimizer: str = hyperparameters.optimizer(OF_NETWORKS)
    weight_decay: float = hyperparameters.weight_decay(OF_NETWORKS)
    dropout: float = number(
        N_("Dropout"),
        N_("Regularisation: switches off this share of what the network computes at random while training."),
        default=0.2, low=0.0, high=0.9, matters=OF_HISTORIES, costs=False,
    )  # fmt: skip
    patience: int = hyperparameters.patience(OF_NETWORKS)
    min_rating: str = choice(
        N_("Minimum rating counted as positive"),
        N_("Lower ratings are not positive feedback: the network does not learn them as liked, and a user is never "
           "recommended an item they rated low. Found from the data: the mean of the users' ratings, at least the "
           "middle of the scale and at most three quarters of it. The steps of the scale can be chosen, and any other "
           "number be typed."),
        default=positives.FOUND, group="data", free=True,
        options={positives.FOUND: N_("Found from the data"), positives.ALL: N_("All count")},
    )  # fmt: skip
    disliked: str = choice(
        N_("Lower ratings"),
        N_("What is rated below the minimum is never recommended to whoever rated it. It can teach as well: it is "
           "then to score lower for them than any other item."),
        default="aside",
        options={"aside": N_("Left aside"), TAUGHT: N_("Teach what is not liked")},
        matters=Each((
            OF_HISTORIES,
            Unless(ActiveWhen("min_rating", "", (positives.ALL,)), N_("Applies only where not all ratings count.")),
        )),
    )  # fmt: skip
    split: str = choice(
        N_("Split"),
        N_("Test on each user's last interaction (one drawn at random where there are no times), or on all "
           "interactions after one point in time. The second is stricter: the model learns nothing from after that "
           "point."),
        default="last", group="data", divides=True,
        options={"last": N_("Leave last out"), "moment": N_("Global time split")},
    )  # fmt: skip
    validation: float = number(
        N_("Validation share"), N_("The share of interactions just before the test that tells which epoch to keep."),
        default=0.1, low=0.01, high=0.5, group="data", costs=False, divides=True,
        matters=ActiveWhen("split", N_("Applies only to the global time split."), ("moment",)),
    )  # fmt: skip
    test: float = number(
        N_("Test share"), N_("The share of interactions, the latest, that is used only once, at the end."),
        default=0.1, low=0.01, high=0.5, group="data", costs=False, divides=True,
        matters=ActiveWhen("split", N_("Applies only to the global time split."), ("moment",)),
    )  # fmt: skip
    seed: int = hyperparameters.seed()
    precision: str = hyperparameters.precision()
    probes: tuple[int, ...] = hyperparameters.probes()  # users

    def __post_init__(self) -> None:
        positive = positives.as_setting(self.min_rating)  # older versions had a number or None
        object.__setattr__(self, "min_rating", positive)
        hyperparameters.check(self)
        if self.network == "attention" and self.width % self.heads:
            raise InputError(
                found=N_("The embedding size {width} is not divisible by {heads} attention heads."),
                expected=N_("Each head looks at an equal share of the vector."),
                remedy=N_("Choose another embedding size, or fewer heads."),
                width=self.width,
                heads=self.heads,
            )

    @staticmethod
    def automatic(values: Mapping[str, Any]) -> dict[str, float]:
        """What the fields that may be empty stand for beside these `values`."""
        return AUTOMATIC.get(values["network"], AUTOMATIC[FIRST["network"]])
