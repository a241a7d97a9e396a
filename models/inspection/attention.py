"""How much the tokens of a transformer of the transformers library look at each other."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from torch import Tensor


@contextmanager
def told(network: Any) -> Iterator[None]:
    """Let it compute attention so that its weights can be asked for: the quicker ways never have them at once."""
    before = network.config._attn_implementation
    network.set_attn_implementation("eager")
    try:
        yield
    finally:
        network.set_attn_implementation(before)


def of(layers: tuple[Tensor | None, ...] | None, most: int) -> np.ndarray | None:
    """(layers, heads, tokens, tokens) from 0 to 1: of each layer (1, heads, tokens, tokens) the first `most` tokens;
    None where the network has no attention."""
    there = [one for one in layers or () if one is not None]
    if not there:
        return None
    return torch.stack([one[0, :, :most, :most].float() for one in there]).detach().cpu().numpy()
