"""The new head on a pretrained body: standardise, perhaps a hidden layer, dropout, output layer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn

ACTIVATIONS = {"sigmoid": nn.Sigmoid, "tanh": nn.Tanh, "relu": nn.ReLU, "gelu": nn.GELU}


@dataclass(frozen=True)
class ProbeConfig:
    """How strongly a linear head is regularised.

    `penalty` of the squared weights, or of how far they are from `towards`; `factor` makes the scores as sure as they
    are right; `width`: so many of the features, from the first on, are used. `prior` (classes, features): what is known
    of each class beforehand as a direction among the features, say that of its name, and `strength` how much that
    counts; None where nothing is.
    """

    penalty: float
    factor: float
    width: int
    prior: Tensor | None = field(default=None, compare=False)
    strength: float = 0.0

    @property
    def towards(self) -> Tensor | None:
        """(classes, `width`) the weights of a head that knows nothing but the prior; None: nothing, all are 0."""
        return None if self.prior is None else self.strength * nn.functional.normalize(self.prior[:, : self.width])


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

    towards: Tensor | None

    def __init__(self, head: Head, loss: nn.Module, hold: ProbeConfig | None = None) -> None:
        super().__init__()
        self.head, self.loss, self.hold = head, loss, hold
        towards = hold.towards if hold else None
        if hold is not None and towards is not None:
            towards = nn.functional.pad(towards, (0, head.mean.numel() - hold.width))
        self.register_buffer("towards", towards, persistent=False)

    def forward(self, features: Tensor, labels: Tensor | None = None) -> dict[str, Tensor]:
        if self.hold is None or not self.training or labels is None:
            return with_loss(self.head(features), labels, self.loss)
        x = self.head.standardised(features)
        x = nn.functional.pad(x[:, : self.hold.width], (0, x.shape[1] - self.hold.width))  # the rest is never learnt
        logits = self.head.classify(x)
        weights = self.head.output.weight
        penalty = self.hold.penalty * ((weights if self.towards is None else weights - self.towards) ** 2).sum()
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
    head: Head, features: Tensor, labels: Tensor, *, penalty: float = 1e-3, steps: int = 60, exact: float = 1e-9,
    towards: Tensor | None = None,
) -> None:  # fmt: skip
    """Fit the head on frozen features before the body moves.

    A random head would send noise into the pretrained body in the first steps; fitting it first keeps what
    the body knows (Kumar et al. 2022, "Fine-Tuning can Distort Pretrained Features"). It is done when a step changes
    the loss by less than `exact`. `towards`: see `ProbeConfig`; of a linear head only.
    """
    head.eval()
    x = head.standardised(features)  # once: it takes longer than all else that a linear head does
    weights, loss = (_linear if head.hidden is None else _by_autograd)(head, x, labels, penalty, towards)
    optimizer = torch.optim.LBFGS(weights, max_iter=steps, tolerance_change=exact, line_search_fn="strong_wolfe")
    optimizer.step(loss)


Fit = tuple[list[Tensor], Callable[[], Tensor]]  # what is fitted, and its loss, which leaves the gradients


def _by_autograd(head: Head, x: Tensor, labels: Tensor, penalty: float, towards: Tensor | None) -> Fit:
    weights = list(head.parameters())

    def loss() -> Tensor:
        for one in weights:
            one.grad = None
        moved = (one if towards is None else one - towards for one in weights if one.ndim > 1)
        squares = sum((one**2).sum() for one in moved)
        value = nn.functional.cross_entropy(head.classify(x), labels) + penalty * squares
        value.backward()
        return value

    return weights, loss


def _linear(head: Head, x: Tensor, labels: Tensor, penalty: float, towards: Tensor | None) -> Fit:
    """The same of a head without a hidden layer, by the formula of its gradients: on few items, for which very many
    heads are fitted, autograd takes several times as long as the gradients themselves."""
    weight, bias = head.output.weight.detach(), head.output.bias.detach()
    truth = nn.functional.one_hot(labels, len(weight)).to(x.dtype)

    def loss() -> Tensor:
        logs = nn.functional.linear(x, weight, bias).log_softmax(1)
        apart = (logs.exp() - truth) / len(labels)
        moved = weight if towards is None else weight - towards
        weight.grad = torch.addmm(moved, apart.t(), x, beta=2 * penalty)
        bias.grad = apart.sum(0)
        return nn.functional.nll_loss(logs, labels) + penalty * moved.square().sum()

    return [weight, bias], loss
