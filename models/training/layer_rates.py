"""A learning rate for each block of a network: early blocks hold what is general, so they change less.

Discriminative fine-tuning (Howard & Ruder 2018, "Universal Language Model Fine-tuning for Text Classification").
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import nn


def factors(blocks: Sequence[Sequence[str]], decay: float) -> dict[str, float]:
    """Parameter → what its learning rate is multiplied by: 1 in the last of `blocks`, `decay` in the one before it, and
    so on to the first.

    Args:
        blocks: the names of each block's parameters, from the input on.
    """
    return {name: decay**above for above, names in enumerate(reversed(blocks)) for name in names}


def apply(optimizer: torch.optim.Optimizer, network: nn.Module, factor: Mapping[str, float]) -> None:
    """Give the parameters of a fresh `optimizer` their rates; those without a factor keep theirs.

    The groups with the highest rate come first: the rate of the first is the one that is shown.
    """
    named = {id(parameter): factor.get(name, 1.0) for name, parameter in network.named_parameters()}
    groups: dict[tuple[float, int], dict[str, Any]] = {}
    for number, group in enumerate(optimizer.param_groups):
        for parameter in group["params"]:
            share = named[id(parameter)]
            fresh = {**group, "params": [], "lr": group["lr"] * share}
            groups.setdefault((-share, number), fresh)["params"].append(parameter)
    optimizer.param_groups = [groups[key] for key in sorted(groups)]
