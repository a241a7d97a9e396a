"""An ONNX graph that is written node by node: what is computed of raw inputs before a network sees them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np
from onnx import NodeProto, TensorProto, helper, numpy_helper

FLOAT, UINT8, INT64 = TensorProto.FLOAT, TensorProto.UINT8, TensorProto.INT64

Value = str | int | float | Sequence[int] | np.ndarray  # the name of a tensor, or a constant


class Graph:
    """Nodes in the order in which they run. `graph.MatMul(a, b)` adds one and returns the name of its output.

    An int is int64, a float float32, a list a vector of int64. `prefix` begins every name, so that none meets one of
    another graph.
    """

    def __init__(self, prefix: str) -> None:
        self.prefix = prefix
        self.nodes: list[NodeProto] = []
        self.constants: list[TensorProto] = []

    def __getattr__(self, kind: str) -> Callable[..., str]:
        if kind.startswith("_"):
            raise AttributeError(kind)
        return partial(self.add, kind)

    def add(self, kind: str, *inputs: Value | None, **attributes: Any) -> str:
        """Add a node of an operator; None is an input that is left out."""
        output = f"{self.prefix}/{len(self.nodes)}_{kind}"
        names = ["" if value is None else self.constant(value) for value in inputs]
        self.nodes.append(helper.make_node(kind, names, [output], name=output, **attributes))
        return output

    def constant(self, value: Value) -> str:
        """The name of a tensor that holds a constant; a name is returned as it is."""
        if isinstance(value, str):
            return value
        array = np.asarray(value, np.float32 if isinstance(value, float) else None)
        name = f"{self.prefix}/constant_{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(array, name))
        return name
