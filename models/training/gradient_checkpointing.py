"""Gradient checkpointing: what a block computes is computed again for its gradients, instead of being kept until then.

Chen et al. 2016, “Training Deep Nets with Sublinear Memory Cost”. A step holds the inputs of the blocks and what one of
them computes, and takes about a third longer. Chance is drawn again as it was, so the gradients are the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import torch
from torch import nn
from torch.utils.checkpoint import checkpoint

LISTS = (nn.ModuleList, nn.Sequential)
LEAST = 2  # blocks; where there are fewer, nothing is saved


def blocks(network: nn.Module) -> list[nn.Module]:
    """The layers that follow one another, each made of several modules, and none within another; empty where there are
    fewer than `LEAST`."""
    found = [*_blocks(network)]
    return found if len(found) >= LEAST else []


def _blocks(module: nn.Module) -> Iterator[nn.Module]:
    for child in module.children():
        if isinstance(module, LISTS) and not isinstance(child, LISTS) and any(child.children()):
            yield child
        else:
            yield from _blocks(child)


@contextmanager
def recomputed(network: nn.Module, *, wanted: bool) -> Iterator[None]:
    """While this lasts, and if it is `wanted`, the blocks of `network` keep their inputs alone when they learn."""
    taken = blocks(network) if wanted else []
    before = [vars(block).get("forward") for block in taken]
    for block in taken:
        block.forward = partial(_forward, block, block.forward)
    try:
        yield
    finally:
        for block, own in zip(taken, before, strict=True):
            del block.forward
            if own is not None:
                block.forward = own


def _forward(block: nn.Module, forward: Callable[..., Any], *given: Any, **named: Any) -> Any:
    if block.training and torch.is_grad_enabled():
        return checkpoint(forward, *given, use_reentrant=False, **named)
    return forward(*given, **named)
