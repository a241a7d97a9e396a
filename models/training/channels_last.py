"""The weights of convolutions in the order that a card's kernels for 16 bits want.

Else each step would turn them around. On a processor they stay: it was not quicker there, where only the pictures are
in that order.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import nn


def suits(network: nn.Module, where: torch.device) -> bool:
    """Whether it is to be trained so on this device."""
    return where.type == "cuda" and any(isinstance(one, nn.Conv2d) for one in network.modules())


@contextmanager
def ordered(network: nn.Module, *, wanted: bool) -> Iterator[None]:
    """While this lasts, and if it is `wanted`, weights of four axes have the channels last in memory. What is saved
    meanwhile has the usual order, as safetensors needs it."""
    if not wanted:
        yield
        return
    network.to(memory_format=torch.channels_last)
    hook = network.register_state_dict_post_hook(_in_usual_order)
    try:
        yield
    finally:
        hook.remove()
        network.to(memory_format=torch.contiguous_format)


def _in_usual_order(_network: nn.Module, state: dict[str, Any], *_: Any) -> None:
    for name, one in state.items():
        state[name] = one.contiguous()
