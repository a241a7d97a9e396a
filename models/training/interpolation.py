"""How far a fine-tuned network goes from its start, as far as items it did not learn from bear it.

Weights between those of the start and those of the end often generalise better than either (Wortsman et al. 2022,
"Robust fine-tuning of zero-shot models"), and few items tell by chance alone that the end is better.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

SHARES = (0.0, 0.5, 1.0)  # of the way from the start to the end; as many passes over the items that decide
FINE_SHARES = (0.0, 0.25, 0.5, 0.75, 1.0)  # where a pass takes little: few examples often bear only a part of the way


@dataclass(frozen=True)
class Settled:
    """`share` of the way that was gone; `start` and `kept`: mean losses of the items by the weights there."""

    share: float
    start: float
    kept: float


def taken(network: nn.Module) -> dict[str, Tensor]:
    """Copy the weights that may learn, by their names."""
    return {name: one.detach().clone() for name, one in network.named_parameters() if one.requires_grad}


def megabytes(network: nn.Module) -> float:
    """Of what `taken` copies."""
    return sum(one.numel() * one.element_size() for one in network.parameters() if one.requires_grad) / 2**20


def settle(
    network: nn.Module, start: Mapping[str, Tensor], at_start: np.ndarray, losses: Callable[[], np.ndarray],
    shares: Sequence[float] = SHARES,
) -> Settled:  # fmt: skip
    """Leave `network`, which is at its end, with the weights of one of `shares`, the first of which is 0.

    The lowest mean loss is taken where it is lower than that of the start by more than one standard error (Breiman et
    al. 1984); else the start.

    Args:
        start: as `taken` gave it.
        at_start: (items,) losses by those weights.
        losses: the same by the weights that the network has when it is called.
    """
    end = {name: one.detach().clone() for name, one in network.named_parameters() if name in start}
    found = {0.0: at_start}
    for share in shares[1:]:
        _move(network, start, end, share)
        found[share] = losses()
    best = min(shares, key=lambda share: found[share].mean())
    share = best if clearly_lower(found[best], at_start) else 0.0
    _move(network, start, end, share)
    return Settled(share, float(at_start.mean()), float(found[share].mean()))


def clearly_lower(losses: np.ndarray, others: np.ndarray) -> bool:
    """Whether the mean of (items,) is lower than that of others of the same items by more than one standard error."""
    gain = others - losses
    return bool(gain.mean() > gain.std(ddof=min(1, len(gain) - 1)) / math.sqrt(len(gain)))


def _move(network: nn.Module, start: Mapping[str, Tensor], end: Mapping[str, Tensor], share: float) -> None:
    with torch.no_grad():
        for name, one in network.named_parameters():
            if name in start:
                one.copy_(end[name] if share == 1 else torch.lerp(start[name], end[name], share))
