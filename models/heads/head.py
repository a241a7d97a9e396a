"""The new head on a pretrained body: standardise, perhaps a hidden layer, dropout, output layer."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

ACTIVATIONS = {"sigmoid": nn.Sigmoid, "tanh": nn.Tanh, "relu": nn.ReLU, "gelu": nn.GELU}


@dataclass(frozen=True)
class ProbeConfig:
    """How strongly a linear head is regularised."""

    penalty: float  # of the squared weights
    factor: float  # makes the scores as sure as they are right
    width: int  # so many of the features, from the first on, are used


class Head(nn.Module):
    """Features (batch, width) → logits (batch, classes).

    Features are shifted by the training part's means and scaled by the mean of its deviations, which are kept as
    buffers: without that, one learning rate cannot suit bodies whose features differ in scale. The scale is one for
    all features: those that hardly move tell least, and would be blown up by their own.
    """

    def __init__(self, width: int, classes: int, *, hidden: int, activation: str, dropout: float) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(width))
        self.register_buffer("std", torch.ones(width))
        self.hidden = nn.Linear(width, hidden) if hidden else None
        self.activation = ACTIVATIONS[activation]()
        self.dropout = nn.Dropout(dropout)
        self.output = nn.Linear(hidden or width, classes)
        nn.init.zeros_(self.output.weight)  # every class equally likely before the first step
        nn.init.zeros_(self.output.bias)

    def forward(self, features: Tensor) -> Tensor:
        return self.classify(self.standardised(features))

    def standardised(self, features: Tensor) -> Tensor:
        return (features.float() - self.mean) / self.std

    def classify(self, x: Tensor) -> Tensor:
        """Features that are standardised already."""
        if self.hidden is not None:
            x = self.activation(self.hidden(x))
        return self.output(self.dropout(x))

    def standardise(self, features: Tensor, hold: ProbeConfig | None = None) -> None:
        """Take means and deviation from `features` (items, width) of the training part; for a `hold` the deviation of
        those that are used, and its factor is multiplied in."""
        self.mean.copy_(features.mean(0))
        used = features[:, : hold.width] if hold else features
        std = used.std(0, correction=0).mean().clamp_min(1e-6)  # one item deviates from nothing
        self.std.fill_(std / hold.factor if hold else std)


class HeadOnFeatures(nn.Module):
    """What trains when the body is frozen: features (batch, width) → {"loss", "logits"}.

    With a `hold` training makes small what `warm_start` does with its penalty: the loss of the scores without their
    factor, and the penalty of the weights. `hold.factor` is then part of the head's scale, see `Head.standardise`.
    """

    def __init__(self, head: Head, loss: nn.Module, hold: ProbeConfig | None = None) -> None:
        super().__init__()
        self.head, self.loss, self.hold = head, loss, hold

    def forward(self, features: Tensor, labels: Tensor | None = None) -> dict[str, Tensor]:
        if self.hold is None or not self.training or labels is None:
            return with_loss(self.head(features), labels, self.loss)
        x = self.head.standardised(features)
        x = nn.functional.pad(x[:, : self.hold.width], (0, x.shape[1] - self.hold.width))  # the rest is never learnt
        logits = self.head.classify(x)
        penalty = self.hold.penalty * (self.head.output.weight**2).sum()
        return {"loss": self.loss(logits / self.hold.factor, labels) + penalty, "logits": logits}


def with_loss(logits: Tensor, labels: Tensor | None, loss: nn.Module) -> dict[str, Tensor]:
    return {"logits": logits} if labels is None else {"loss": loss(logits, labels), "logits": logits}


def classified(head: Head, features: Tensor, labels: Tensor | None, loss: nn.Module) -> dict[str, Tensor]:
    """What a whole network answers: as `with_loss`, of a `models.training.losses.Loss` that may compare features."""
    logits = head(features)
    if labels is None:
        return {"logits": logits}
    return {"loss": loss(logits, labels, head.standardised(features)), "logits": logits}


def warm_start(
    head: Head, features: Tensor, labels: Tensor, *, penalty: float = 1e-3, steps: int = 60, exact: float = 1e-9
) -> None:
    """Fit the head on frozen features before the body moves.

    A random head would send noise into the pretrained body in the first steps; fitting it first keeps what
    the body knows (Kumar et al. 2022, "Fine-Tuning can Distort Pretrained Features"). It is done when a step changes
    the loss by less than `exact`.
    """
    head.eval()
    x = head.standardised(features)  # once: it takes longer than all else that a linear head does
    optimizer = torch.optim.LBFGS(
        head.parameters(), max_iter=steps, tolerance_change=exact, line_search_fn="strong_wolfe"
    )

    def loss() -> Tensor:
        optimizer.zero_grad()
        weights = sum((p**2).sum() for p in head.parameters() if p.ndim > 1)
        value = nn.functional.cross_entropy(head.classify(x), labels) + penalty * weights
        value.backward()
        return value

    optimizer.step(loss)
