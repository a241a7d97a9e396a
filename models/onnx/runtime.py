"""Run an ONNX file; needs no torch."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

FILE = "model.onnx"

Answer = Callable[[Mapping[str, np.ndarray]], np.ndarray]


def load(path: Path | bytes) -> Answer:
    """The file, or its content, as a function from its inputs by name to its first output."""
    session = opened(path)
    return lambda inputs: session.run(None, dict(inputs))[0]


def opened(path: Path | bytes) -> Any:
    """The session of onnxruntime."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")  # a training may need the cores
    source = path if isinstance(path, bytes) else str(path)
    return onnxruntime.InferenceSession(source, options, providers=["CPUExecutionProvider"])
