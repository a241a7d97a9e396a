"""A network in numbers, as it is drawn."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Layer:
    """`state`: frozen, learns or adapted, "" where there is nothing to learn; `learning` of its `parameters` learn.
    `activation`: a message id, "" for none."""

    kind: str  # input, block, features, hidden, output
    units: int
    parameters: int = 0
    learning: int = 0
    state: str = ""
    activation: str = ""
