"""Dropout whose chance is drawn many numbers at once.

On a processor torch draws a number for each value, which takes a tenth of a step where the whole of a small text
encoder learns; numpy's SFC64 draws four values out of one number, six times as quickly. It begins from torch's chance,
so that whoever goes on from a checkpoint, or computes a block again for its gradients, drops the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np
import torch
from torch import Tensor, nn

FINENESS = 2**16  # a probability is a multiple of one out of so many


@contextmanager
def drawn(network: nn.Module, *, wanted: bool) -> Iterator[None]:
    """While this lasts, and if it is `wanted`, each dropout layer of the network draws quickly."""
    layers = [one for one in network.modules() if type(one) is nn.Dropout and not one.inplace] if wanted else []
    for layer in layers:
        layer.forward = _forward(layer)
    try:
        yield
    finally:
        for layer in layers:
            del layer.forward


def _forward(layer: nn.Dropout) -> Callable[[Tensor], Tensor]:
    return lambda x: x * _factors(x, layer.p) if layer.training and 0 < layer.p < 1 else nn.Dropout.forward(layer, x)


def _factors(x: Tensor, p: float) -> Tensor:
    """As many as `x` has values: 0 with the probability `p`, else what keeps the mean."""
    seed = int(torch.empty((), dtype=torch.int64).random_())
    drawn = np.random.SFC64(seed).random_raw(-(-x.numel() // 4)).view(np.uint16)[: x.numel()]
    kept = torch.from_numpy(drawn >= round(p * FINENESS))
    return kept.to(x.dtype).mul_(1 / (1 - p)).view(x.shape)
