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

SHARES = (0.0, 0.5, 1.0)  # of the way from the start to an end; as many passes over the items that decide
SURE = 2.0  # standard errors that another end than the last must be lower by


@dataclass(frozen=True)
class Settled:
    """`share` of the way that was gone, to which of the ends; `start` and `kept`: mean errors of the items by the
    weights there."""

    share: float
    start: float
    kept: float
    end: int = 0


def taken(network: nn.Module) -> dict[str, Tensor]:
    """Copy the weights that may learn, by their names."""
    return {name: one.detach().clone() for name, one in network.named_parameters() if one.requires_grad}


def megabytes(network: nn.Module) -> float:
    """Of what `taken` copies."""
    return sum(one.numel() * one.element_size() for one in network.parameters() if one.requires_grad) / 2**20


def settle(
    network: nn.Module, start: Mapping[str, Tensor], at_start: np.ndarray, errors: Callable[[], np.ndarray],
    ends: Sequence[Callable[[], None]] = (lambda: None,),
) -> Settled:  # fmt: skip
    """Leave `network` with the weights of one of `SHARES` of the way from its start to one of its ends.

    That is the share of the way to the last end with the lowest mean error, where this is lower than the error of the
    start by more than one standard error (Breiman et al. 1984); else the start is kept. A share of the way to another
    end stands for either where it is lower by more than `SURE` standard errors: of the many epochs of a training on few
    examples the one with the lowest error is so by chance, and at the last the learning rate has come to rest.

    Args:
        start: as `taken` gave it.
        at_start: (items,) errors by those weights.
        errors: the same by the weights that the network has when it is called.
        ends: each leaves the network with the weights of an end, the last epoch's last; by default it is at its only
            one.
    """
    found: dict[tuple[int, float], np.ndarray] = {}
    end: Mapping[str, Tensor] = start
    for number, reach in enumerate(ends):
        end = _reached(network, start, reach)
        for share in SHARES[1:]:
            _move(network, start, end, share)
            found[number, share] = errors()
    place = kept_place(at_start, found)
    if place is None:
        _move(network, start, end, 0.0)
        return Settled(0.0, float(at_start.mean()), float(at_start.mean()), len(ends) - 1)
    best, share = place
    if best < len(ends) - 1:  # the network is on its way to the last of them
        end = _reached(network, start, ends[best])
    _move(network, start, end, share)
    return Settled(share, float(at_start.mean()), float(found[place].mean()), best)


def kept_place(at_start: np.ndarray, found: Mapping[tuple[int, float], np.ndarray]) -> tuple[int, float] | None:
    """The end and the share at which `settle` leaves a network, by the (items,) errors of each; None for the start."""
    *others, last = (min((one for one in found if one[0] == end), key=lambda one: found[one].mean())
                     for end in sorted({end for end, _ in found}))  # fmt: skip
    held, kept = (found[last], last) if clearly_lower(found[last], at_start) else (at_start, None)
    surely = [one for one in others if clearly_lower(found[one], held, SURE)]
    return min(surely, key=lambda one: found[one].mean(), default=kept)


def resume(
    network: nn.Module, start: Mapping[str, Tensor], settled: Settled, ends: Sequence[Callable[[], None]]
) -> None:  # fmt: skip
    """Leave `network` where `settle` with the same arguments left it."""
    end = _reached(network, start, ends[settled.end]) if settled.share else start
    _move(network, start, end, settled.share)


def put_back(network: nn.Module, start: Mapping[str, Tensor]) -> None:
    """Give it the weights of its start again."""
    _move(network, start, start, 1.0)


def clearly_lower(errors: np.ndarray, others: np.ndarray, times: float = 1.0) -> bool:
    """Whether the mean of (items,) is lower than that of others of the same items by more than so many standard
    errors."""
    gain = others - errors
    return bool(gain.mean() > times * gain.std(ddof=min(1, len(gain) - 1)) / math.sqrt(len(gain)))


def _reached(network: nn.Module, start: Mapping[str, Tensor], reach: Callable[[], None]) -> dict[str, Tensor]:
    """The weights of an end, by the names of those of the start."""
    reach()
    return {name: one.detach().clone() for name, one in network.named_parameters() if name in start}


def _move(network: nn.Module, start: Mapping[str, Tensor], end: Mapping[str, Tensor], share: float) -> None:
    with torch.no_grad():
        for name, one in network.named_parameters():
            if name in start:
                one.copy_(end[name] if share == 1 else torch.lerp(start[name], end[name], share))
