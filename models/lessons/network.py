"""The network of a lesson: a head, which may have more than one hidden layer."""

from __future__ import annotations

from torch import Tensor, nn

from models.heads.head import ACTIVATIONS, Head


class DeepHead(nn.Module):
    """Features (batch, width) → logits (batch, classes), through `layers` hidden layers; with one or none it is a
    `Head` and nothing else, which begins where that does."""

    def __init__(self, width: int, classes: int, *, hidden: int, layers: int, activation: str, dropout: float) -> None:
        super().__init__()
        self.head = Head(width, classes, hidden=hidden, activation=activation, dropout=dropout)
        more: list[nn.Module] = []
        for _ in range(layers - 1 if hidden else 0):
            more += [nn.Linear(hidden, hidden), ACTIVATIONS[activation]()]
        self.more = nn.Sequential(*more)
        if more:  # an output layer of zeros would let nothing through to the layers before it
            nn.init.xavier_uniform_(self.head.output.weight)

    def forward(self, features: Tensor) -> Tensor:
        head, x = self.head, self.head.standardised(features)
        if head.hidden is not None:
            x = self.more(head.activation(head.hidden(x)))
        return head.output(head.dropout(x))

    @property
    def first(self) -> nn.Linear:
        """The layer next to the features."""
        return self.head.hidden if self.head.hidden is not None else self.head.output
