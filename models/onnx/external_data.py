"""An ONNX file that reads its weights where they lie already: in the safetensors beside it.

ONNX calls that external data: a tensor may be so many bytes at some place of another file. Then the weights are on the
disk once, leave once, and are mapped into memory instead of being read, so that several models with the same body
hold one copy of it.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
from torch import nn

SMALL = 1024  # bytes; so few are kept in the file itself
ENDS = 64  # bytes at both ends of a tensor, by which it is looked for

Places = dict[tuple[int, bytes, bytes], list[tuple[np.ndarray, str, int]]]  # by its ends: bytes, file, where they begin


def lean(path: Path, network: nn.Module, weights: Sequence[Path]) -> None:
    """Take out of the ONNX file `path` what stands byte by byte in one of `weights`, files below its own folder.

    Inputs by the names of the network's parameters and buffers become these.
    """
    if not weights:
        return
    import onnx

    model, places = onnx.load(path), defaultdict(list)
    for content, file, start in chain.from_iterable(map(_tensors, weights)):
        places[_ends(content)].append((content, file.relative_to(path.parent).as_posix(), start))
    for tensor in model.graph.initializer:
        _store(tensor, np.frombuffer(tensor.raw_data, np.uint8), places)
    _fill_in(model.graph, network, places)
    path.write_bytes(model.SerializeToString())


def _fill_in(graph: Any, network: nn.Module, places: Places) -> None:
    from onnx.helper import np_dtype_to_tensor_dtype

    tensors = dict(network.named_parameters(remove_duplicate=False))
    tensors |= dict(network.named_buffers(remove_duplicate=False))
    for value in [value for value in graph.input if value.name in tensors]:
        graph.input.remove(value)
        array = tensors[value.name].detach().contiguous().numpy()
        tensor = graph.initializer.add(
            name=value.name, dims=array.shape, data_type=np_dtype_to_tensor_dtype(array.dtype)
        )
        _store(tensor, array.reshape(-1).view(np.uint8), places)


def _store(tensor: Any, content: np.ndarray, places: Places) -> None:
    """In the ONNX file only what is small, or lies nowhere else."""
    from onnx.external_data_helper import set_external_data

    for stored, file, start in places[_ends(content)] if len(content) > SMALL else ():
        if np.array_equal(stored, content):
            tensor.raw_data = b""
            set_external_data(tensor, file, start, len(content))
            tensor.ClearField("raw_data")
            return
    tensor.raw_data = content.tobytes()


def _ends(content: np.ndarray) -> tuple[int, bytes, bytes]:
    return len(content), content[:ENDS].tobytes(), content[-ENDS:].tobytes()


def _tensors(file: Path) -> Iterator[tuple[np.ndarray, Path, int]]:
    """Each tensor as bytes, the file, and where it begins there."""
    content = np.memmap(file, np.uint8, "r")
    length = int.from_bytes(content[:8].tobytes(), "little")
    described = json.loads(content[8 : 8 + length].tobytes())
    described.pop("__metadata__", None)
    for tensor in described.values():
        start, stop = (8 + length + offset for offset in tensor["data_offsets"])
        yield content[start:stop], file, start
