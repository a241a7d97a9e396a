"""A network in numbers, as it is drawn."""

from __future__ import annotations

from collections.abc import Sequence
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


def alike(blocks: Sequence[Layer]) -> bool:
    """Whether the blocks of a pretrained network repeat one design, as in a transformer; a convolutional network has
    more parameters in each later block, while its maps shrink. The first and the last may hold embeddings or a norm."""
    return len({block.parameters for block in blocks[1:-1]}) <= 1
