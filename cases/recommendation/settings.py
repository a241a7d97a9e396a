"""What a person may set for recommending."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cases import hyperparameters
from cases.conditions import ActiveWhen, Each, Unless
from cases.ranking import positives
from cases.ranking.networks import CHOSEN, FIRST, LEARNT_FROM_HISTORIES, LIST, RESIDUAL
from cases.settings import LEARNING, MODEL, choice, number
from models.errors import N_, InputError
from models.pretrained.catalog import models_for

TAUGHT = "taught"  # what is said of ratings below the minimum
AUTOMATIC = {  # what empty fields mean
    "attention": {"epochs": 12, "learning_rate": 3e-3, "batch_size": 32},
    "towers": {"epochs": 12, "learning_rate": 3e-3, "batch_size": 32},
    RESIDUAL: {"epochs": 12, "learning_rate": 3e-3, "batch_size": 32},
    "factors": {"epochs": 20, "learning_rate": 3e-3, "batch_size": 512},
}
OF_HISTORIES = ActiveWhen(
    "network", N_("Only for networks that read a user's history."), (CHOSEN, *LEARNT_FROM_HISTORIES)
)
OF_NETWORKS = ActiveWhen("network", N_("Only where a network is trained."), (CHOSEN, *LEARNT_FROM_HISTORIES, "factors"))
OF_ATTENTION = ActiveWhen("network", N_("Only for the sequence model."), (CHOSEN, "attention"))
OF_TEXT = Each((
    OF_HISTORIES, ActiveWhen("begin", N_("Only with text-embedding initialisation."), (CHOSEN, "text")),
))  # fmt: skip


@dataclass(frozen=True)
class Settings:
    """See `cases.hyperparameters`. Defaults were chosen on validation parts alone."""

    network: str = choice(
        N_("Network"),
        N_("Architecture of the recommender."),
        N_("Two towers: embeds items and users' histories; the score is a dot product. Residual two towers: starts "
           "from EASE's scores and learns what EASE leaves out. Sequence model (SASRec): reads the order of "
           "interactions by self-attention. Matrix factorisation (BPR): collaborative filtering with one embedding "
           "per user and item. Chosen on validation: trains the best of several. A better baseline replaces the "
           "network or is combined with it."),
        default=CHOSEN, group="model", role=LEARNING, tried=(LIST, "factors", "towers", RESIDUAL, "attention"),
        options={CHOSEN: N_("Chosen on validation"), "towers": N_("Two towers"),
                 RESIDUAL: N_("Residual two towers"),
                 "attention": N_("Sequence model (SASRec)"), "factors": N_("Matrix factorisation (BPR)"),
                 LIST: N_("None: the strongest baseline")},
        terms=("matrix-factorisation", "attention", "collaborative-filtering"),
    )  # fmt: skip
    begin: str = choice(
        N_("Item initialisation"),
        N_("Starting values of the item embeddings."),
        N_("Text embedding: a pretrained language model pools a title's word embeddings, so that new items can be "
           "recommended (cold start). Random: embeddings are trained on interactions alone."),
        default=CHOSEN, group="model",
        options={CHOSEN: N_("Chosen on validation"), "text": N_("Text embedding"), "nothing": N_("Random")},
        matters=OF_HISTORIES,
        terms=("embedding", "cold-start"),
    )  # fmt: skip
    model: str = choice(
        N_("Pretrained language model"),
        N_("Embeds titles, genres and descriptions: a model from the list, a Hugging Face Hub ID or a local folder."),
        default="multilingual-e5-small", options={model.id: model.title for model in models_for("text")},
        group="model", free=True, matters=OF_TEXT, role=MODEL,
    )  # fmt: skip
    epochs: int | None = hyperparameters.epochs(OF_NETWORKS)
    width: int = number(
        N_("Embedding size"),
        N_("Dimensions of each item and user embedding."),
        N_("An embedding is a learnt vector; similar items lie close together. More dimensions fit more and overfit "
           "sooner."),
        default=64, low=4, high=1024, group="network", matters=OF_NETWORKS, tried=(0.5, 2.0),
        terms=("embedding",),
    )  # fmt: skip
    max_history: int = number(
        N_("History length"),
        N_("Latest interactions of a user that the network reads."),
        default=50, low=2, high=1000, group="network", matters=OF_HISTORIES,
    )  # fmt: skip
    layers: int = number(
        N_("Layers"), N_("Number of self-attention layers."), default=2, low=1, high=12, group="network",
        matters=OF_ATTENTION,
    )  # fmt: skip
    heads: int = number(
        N_("Attention heads"), N_("Heads per self-attention layer. They must divide the embedding size."),
        default=2, low=1, high=16, group="network", matters=OF_ATTENTION,
        terms=("attention",),
    )  # fmt: skip
    text_pca_dims: int = number(
        N_("Text features (PCA)"),
        N_("Principal components of the text embeddings to use."),
        N_("PCA keeps the directions of largest variance. With few items, choose few components to avoid "
           "overfitting."),
        default=32, low=2, high=4096, group="network", matters=OF_TEXT,
    )  # fmt: skip
    text_only_dropout: float = number(
        N_("Item-ID dropout (DropoutNet)"),
        N_("Share of items whose own embedding is dropped in training."),
        N_("The network must score these items by their text features alone, as it must for new items (cold start). "
           "Every batch drops different items at random."),
        default=0.2, low=0.0, high=1.0, group="network", matters=OF_TEXT,
        terms=("cold-start", "dropout"),
    )  # fmt: skip
    id_embedding_min_users: int | None = number(
        N_("Cold-start threshold (interactions)"),
        N_("Interactions an item needs before its own embedding has full weight."),
        N_("Counted in users. Below it the embedding has partial weight; without interactions, none. Text features "
           "make up the rest. Empty: three times the median over items, at most 30; for residual two towers, 1."),
        default=None, low=1, high=1_000_000, group="network", matters=OF_TEXT,
    )  # fmt: skip
    batch_size: int | None = number(
        N_("Batch size"),
        N_("Histories per weight update; interactions for matrix factorisation."),
        N_("The gradient is averaged over one batch. Implicit feedback has positives only. The other items are the "
           "negatives; beyond 4,096 items they are sampled (negative sampling). Empty: chosen automatically."),
        default=None, low=1, high=65536, matters=OF_NETWORKS,
        terms=("batch-size", "negative-sampling"),
    )  # fmt: skip
    learning_rate: float | None = hyperparameters.learning_rate(OF_NETWORKS)
    schedule: str = hyperparameters.schedule(OF_NETWORKS)
    optimizer: str = hyperparameters.optimizer(OF_NETWORKS)
    weight_decay: float = hyperparameters.weight_decay(OF_NETWORKS)
    dropout: float = number(
        N_("Dropout"),
        N_("Regularisation: share of activations dropped at random."),
        N_("At every training step, each activation is set to zero with this probability. The network cannot rely on "
           "single features and overfits less. Prediction uses all activations."),
        default=0.2, low=0.0, high=0.9, matters=OF_HISTORIES, costs=False, tried=(0.5, 2.0), fits=-1,
        terms=("dropout", "regularisation"),
    )  # fmt: skip
    patience: int = hyperparameters.patience(OF_NETWORKS)
    min_rating: str = choice(
        N_("Minimum rating counted as positive"),
        N_("Ratings of this value or higher are positive feedback."),
        N_("Lower ratings are not treated as positive. A user is never recommended an item they rated low. From the "
           "data: the mean rating, between one half and three quarters of the scale. You can also type a number."),
        default=positives.FOUND, group="data", free=True,
        options={positives.FOUND: N_("From the data"), positives.ALL: N_("All ratings")},
        terms=("implicit-feedback",),
    )  # fmt: skip
    disliked: str = choice(
        N_("Low ratings"),
        N_("Role of ratings below the minimum in training."),
        N_("Low-rated items are never recommended to that user. As negatives they are also trained to score below any "
           "other item."),
        default="aside",
        options={"aside": N_("Ignored"), TAUGHT: N_("Negatives")},
        matters=Each((
            OF_HISTORIES,
            Unless(ActiveWhen("min_rating", "", (positives.ALL,)), N_("Only when not all ratings are positive.")),
        )),
    )  # fmt: skip
    split: str = choice(
        N_("Split method"),
        N_("How interactions are divided into training, validation and test."),
        N_("Leave last out: tests on each user's last interaction; without times, on a random one. Global time split: "
           "tests on all interactions after one point in time. It is stricter, since it rules out temporal leakage."),
        default="last", group="data", divides=True,
        options={"last": N_("Leave last out"), "moment": N_("Global time split")},
    )  # fmt: skip
    validation: float = number(
        N_("Validation fraction"), N_("Share of interactions, just before the test, held out for validation."),
        N_("The validation set measures generalisation after each epoch and selects the best checkpoint."),
        default=0.1, low=0.01, high=0.5, group="data", costs=False, divides=True,
        matters=ActiveWhen("split", N_("Only with the global time split."), ("moment",)),
        terms=("validation-data",),
    )  # fmt: skip
    test: float = number(
        N_("Test fraction"), N_("Share of the latest interactions held out for the test."),
        N_("Used once, after training, to measure generalisation."),
        default=0.1, low=0.01, high=0.5, group="data", costs=False, divides=True,
        matters=ActiveWhen("split", N_("Only with the global time split."), ("moment",)),
        terms=("test-data", "data-leakage"),
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
                expected=N_("Each head takes an equal share of the embedding."),
                remedy=N_("Choose another embedding size, or fewer heads."),
                width=self.width,
                heads=self.heads,
            )

    @staticmethod
    def automatic(values: Mapping[str, Any]) -> dict[str, float]:
        """What the fields that may be empty stand for beside these `values`."""
        return AUTOMATIC.get(values["network"], AUTOMATIC[FIRST["network"]])
