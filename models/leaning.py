"""An ONNX file that reads its weights where they lie already: in the safetensors beside it.

ONNX calls that external data: a tensor may be so many bytes at some place of another file. Then the weights are on the
disk once, leave once, and are mapped into memory instead of being read, so that several models with the same body
hold one copy of it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

SMALL = 1024  # bytes; so few are kept in the file itself


def lean(path: Path, weights: Sequence[Path]) -> None:
    """Take out of the ONNX file `path` what stands byte by byte in one of `weights`, files below its own folder."""
    if not weights:
        return
    import onnx
    from onnx.external_data_helper import set_external_data

    places = {digest: place for file in weights for digest, place in _tensors(file)}
    model = onnx.load(path)
    for tensor in model.graph.initializer:
        place = places.get(hashlib.sha256(tensor.raw_data).digest()) if len(tensor.raw_data) > SMALL else None
        if place:
            file, start = place
            set_external_data(tensor, file.relative_to(path.parent).as_posix(), start, len(tensor.raw_data))
            tensor.ClearField("raw_data")
    path.write_bytes(model.SerializeToString())


def _tensors(file: Path) -> Iterator[tuple[bytes, tuple[Path, int]]]:
    """SHA-256 of each tensor, and where it begins."""
    content = np.memmap(file, np.uint8, "r")
    length = int.from_bytes(content[:8].tobytes(), "little")
    described = json.loads(content[8 : 8 + length].tobytes())
    described.pop("__metadata__", None)
    for tensor in described.values():
        start, stop = (8 + length + offset for offset in tensor["data_offsets"])
        yield hashlib.sha256(content[start:stop]).digest(), (file, start)
