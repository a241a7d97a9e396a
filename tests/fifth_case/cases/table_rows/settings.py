"""The settings of table rows: a small network that is trained from scratch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cases import hyperparameters
from cases.settings import MODEL, aside, choice, number
from models.errors import N_
from models.pretrained import catalog
from models.pretrained.registry import untrained

MLP = untrained(
    "table-mlp", "Multilayer perceptron", "row",
    N_("Some hundreds of rows or more: one hidden layer, trained from scratch in seconds."),
)  # fmt: skip
catalog.add(MLP)
AUTOMATIC = {"epochs": 60, "learning_rate": 1e-2}  # what empty fields mean


@dataclass(frozen=True)
class Settings:
    """Those without a form are what the training of a classifier asks for besides."""

    model: str = choice(
        N_("Network"),
        N_("Numbers are standardised, words are one-hot encoded; a hidden layer and an output layer learn from them."),
        default=MLP.id, options={MLP.id: MLP.title}, group="model", role=MODEL,
    )  # fmt: skip
    epochs: int | None = hyperparameters.epochs()
    hidden: int = number(
        N_("Units of the hidden layer"),
        N_("More units can learn more, and overfit sooner where there are few rows."),
        default=32, low=1, high=4096, group="network",
    )  # fmt: skip
    batch_size: int = number(
        N_("Batch size"), N_("How many rows the network sees before each update of its weights."),
        default=16, low=1, high=4096,
    )  # fmt: skip
    learning_rate: float | None = hyperparameters.learning_rate()
    weight_decay: float = hyperparameters.weight_decay()
    patience: int = hyperparameters.patience()
    validation: float = number(
        N_("Validation fraction"), N_("Rows that are not trained on; they tell which epoch is the best."),
        default=0.15, low=0.01, high=0.5, group="data", costs=False, divides=True,
    )  # fmt: skip
    test: float = number(
        N_("Test fraction"), N_("Rows that are looked at once, at the end, for the final figure."),
        default=0.15, low=0.01, high=0.5, group="data", costs=False, divides=True,
    )  # fmt: skip
    seed: int = hyperparameters.seed()
    probes: tuple[int, ...] = hyperparameters.probes()
    mode: str = aside("head")  # what comes before the hidden layer has nothing to learn
    schedule: str = aside("cosine")
    optimizer: str = aside("adamw")
    loss: str = aside("cross_entropy")
    activation: str = aside("relu")
    precision: str = aside("fp32")

    def __post_init__(self) -> None:
        hyperparameters.check(self)

    @staticmethod
    def automatic(values: Mapping[str, Any]) -> dict[str, float]:
        """What the fields that may be empty stand for."""
        return AUTOMATIC
