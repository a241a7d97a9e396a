"""Objects handed from one process to another of the same host: arrays that lie on the disk as their place there."""

from __future__ import annotations

import io
import mmap
import pickle
from collections import OrderedDict
from typing import Any

import numpy as np
import torch
from torch import nn
from transformers import PreTrainedModel

CAPTURING = "transformers.utils.output_capturing"
CAPTURED = "_output_capturing_hooks_installed"  # an attribute that says so


def dumped(value: Any) -> bytes:
    file = io.BytesIO()
    _Pickler(file, pickle.HIGHEST_PROTOCOL).dump(value)
    return file.getvalue()


def loaded(content: bytes) -> Any:
    """Only of what `dumped` made in a process that was started together with this one."""
    return pickle.loads(content)  # noqa: S301  nothing of it comes from a person


class _Pickler(pickle.Pickler):
    def reducer_override(self, value: Any) -> Any:
        if isinstance(value, np.memmap) and _is_whole(value):
            return _mapped, (str(value.filename), value.dtype, value.offset, value.shape)
        if isinstance(value, nn.Module):
            return _without_capturing(value)
        return NotImplemented


def _without_capturing(network: nn.Module) -> Any:
    """How it is pickled, without the hooks by which transformers takes hidden states out of a network that was used:
    they are closures, which cannot be handed over, and it sets them anew."""
    make, given, state, *rest = network.__reduce_ex__(pickle.HIGHEST_PROTOCOL)
    hooks = {number: hook for number, hook in state["_forward_hooks"].items() if hook.__module__ != CAPTURING}
    kept = {name: value for name, value in state.items() if name != CAPTURED}
    if isinstance(network, PreTrainedModel):
        make, given = _unfilled, (type(network), network.config)
    return make, given, {**kept, "_forward_hooks": OrderedDict(hooks)}, *rest


def _unfilled(kind: type[PreTrainedModel], config: Any) -> PreTrainedModel:
    """A network of this kind that nothing is in yet. Only where one was built does transformers know in a process what
    can be taken out of it; on the device `meta` that takes no memory."""
    with torch.device("meta"):
        kind(config)
    return object.__new__(kind)


def _is_whole(mapped: Any) -> bool:
    """Whether it is what was opened: of a part nobody knows where it begins."""
    return isinstance(mapped.base, mmap.mmap) and bool(mapped.filename)


def _mapped(path: str, dtype: np.dtype, offset: int, shape: tuple[int, ...]) -> np.memmap:
    return np.memmap(path, dtype, "r", offset, shape)
