"""Outputs of a network's blocks, recorded while it computes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from torch import Tensor, nn

BLOCK = re.compile(r"(?:(?!\d+\.)[^.]+\.)*\d+")  # ends in its first part that is a number, as in dinov2.layer.0


def blocks(network: nn.Module) -> dict[str, nn.Module]:
    """The repeated blocks by their names, from the input on, as `blocks.3` or `encoder.layers.0`; of a network without
    any its recurrent layers."""
    named = dict(network.named_modules())
    found = {name: module for name, module in named.items() if BLOCK.fullmatch(name)}
    return found or {name: module for name, module in named.items() if isinstance(module, nn.RNNBase)}


@contextmanager
def recorded(modules: Mapping[str, nn.Module]) -> Iterator[dict[str, Tensor]]:
    """What each module gives within the block, by name: of several outputs the first, of several calls the last."""
    kept: dict[str, Tensor] = {}

    def keep(name: str, output: object) -> None:
        first = output[0] if isinstance(output, tuple) else output
        if isinstance(first, Tensor):
            kept[name] = first.detach()

    hooks = [
        module.register_forward_hook(lambda *given, name=name: keep(name, given[-1]))
        for name, module in modules.items()
    ]
    try:
        yield kept
    finally:
        for hook in hooks:
            hook.remove()
