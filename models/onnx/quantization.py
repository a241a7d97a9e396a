"""Weights of an ONNX model in 8 or 4 bits; what is computed with them stays in 32.

32 weights share a scale, the largest of them in size divided by the least whole number (-128 or -8), as in ggml's Q8_0
and Q4_0. So weights that were published in Q4_0 come back as they were.

Products with a matrix become onnxruntime's MatMulNBits, which unpacks on the way, or are unpacked when the model is
loaded. Look-ups in a table of vectors unpack the vectors that were looked up, by operators of ONNX itself: its contrib
operator for that, GatherBlockQuantized, is missing from some builds for browsers. Where a vector is not made of whole
blocks, as one with a weight for each class is not, it has one scale and always 8 bits. Convolutions take 8 bits, a
scale for each channel, by DequantizeLinear: of 4 bits no runtime knows them. Recurrent layers stay as they are: with 8
bits one of 60 recordings got another speaker.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from onnx import ModelProto, NodeProto, helper, numpy_helper

from models.onnx.graph import FLOAT, Graph, Value
from models.onnx.standalone import drop_unused

BITS = {"float32": 32, "int8": 8, "int4": 4}  # name of a choice → bits of a weight
BLOCK = 32  # weights that share a scale
SMALL = 2**13  # weights; fewer stay as they are: they take no room, and heads decide with them
TABLE = 2**18  # the same of a table of vectors; positions stay as they are
CONTRIB = "com.microsoft"


def quantize(model: ModelProto, bits: int, *, small: int = SMALL, table: int = TABLE, unpacked: bool = False) -> None:
    """Store the large weights in `bits`, 8 or 4; with 32 nothing changes.

    Args:
        small, table: weights of a matrix, and of a table of vectors, below which they stay as they are.
        unpacked: matrices are unpacked once, when the model is loaded, and take the memory of 32 bits from then on. A
            model that is run for every token of a text spends most of its time on unpacking otherwise.
    """
    if bits == BITS["float32"]:
        return
    constants = {tensor.name: tensor for tensor in model.graph.initializer}
    nodes: list[NodeProto] = []
    for node in model.graph.node:
        place, least = PLACES.get(node.op_type, ((), 0))[0], (table if node.op_type == "Gather" else small)
        found = [name for name in (node.input[one] for one in place if one < len(node.input)) if name in constants]
        arrays = {name: numpy_helper.to_array(constants[name]) for name in found}
        large = {name: one for name, one in arrays.items() if one.dtype == np.float32 and one.size >= least}
        if not large:
            nodes.append(node)
            continue
        graph = Graph(f"packed/{len(nodes)}")
        store = PLACES[node.op_type][1]
        (_product_unpacked if unpacked and store is _product else store)(graph, node, large, bits)
        nodes += graph.nodes
        model.graph.initializer.extend(graph.constants)
    del model.graph.node[:]
    model.graph.node.extend(nodes)
    drop_unused(model.graph)
    if not any(one.domain == CONTRIB for one in model.opset_import):
        model.opset_import.append(helper.make_opsetid(CONTRIB, 1))


def blocks(
    values: np.ndarray, bits: int, scale_type: type = np.float32, size: int = BLOCK
) -> tuple[np.ndarray, np.ndarray]:
    """(…, n × `size`) float32 → whole numbers from 0 (…, n, `size`) uint8 and scales (…, n).

    A value is (number − 2 ** (bits − 1)) × scale.
    """
    least = -(2 ** (bits - 1))
    parts = values.reshape(*values.shape[:-1], -1, size)
    largest = np.take_along_axis(parts, np.abs(parts).argmax(-1)[..., None], -1)
    scales = (largest / least).astype(scale_type)
    inverse = np.divide(1, scales, out=np.zeros(scales.shape, np.float32), where=scales != 0, dtype=np.float32)
    numbers = np.clip(np.rint(parts * inverse), least, -least - 1) - least
    return numbers.astype(np.uint8), scales[..., 0]


def _product(graph: Graph, node: NodeProto, large: dict[str, np.ndarray], bits: int) -> None:
    """Of anything (…, n) with a matrix (n, m)."""
    [(_, matrix)] = large.items()
    if matrix.ndim != 2:
        graph.nodes.append(node)
        return
    rows, columns = matrix.shape
    numbers, scales = _packed(np.pad(matrix.T, ((0, 0), (0, -rows % BLOCK))), bits)
    kept: list[Value] = [numbers, graph.Reshape(graph.Cast(scales, to=FLOAT), [-1])]
    sizes = {"K": rows, "N": columns, "block_size": BLOCK}
    made = graph.add("MatMulNBits", node.input[0], *kept, domain=CONTRIB, bits=bits, **sizes)
    _named(graph, made, node)


def _product_unpacked(graph: Graph, node: NodeProto, large: dict[str, np.ndarray], bits: int) -> None:
    """The same with operators of ONNX itself, of constants alone: a runtime unpacks the matrix when it loads."""
    [(_, matrix)] = large.items()
    if matrix.ndim != 2:
        graph.nodes.append(node)
        return
    rows, columns = matrix.shape
    missing = -rows % BLOCK
    numbers, scales = _packed(np.pad(matrix.T, ((0, 0), (0, missing))), bits)
    values = _values(graph, graph.constant(numbers), graph.constant(scales), bits)
    whole = graph.Slice(graph.Reshape(values, [columns, rows + missing]), [0], [rows], [1])
    _named(graph, graph.MatMul(node.input[0], graph.Transpose(whole, perm=[1, 0])), node)


def _look_up(graph: Graph, node: NodeProto, large: dict[str, np.ndarray], bits: int) -> None:
    """Rows of a table (rows, width); where it is also the matrix of a product, both have the same weights."""
    [(_, table)] = large.items()
    axis = next((one.i for one in node.attribute if one.name == "axis"), 0)
    if table.ndim != 2 or axis:
        graph.nodes.append(node)
        return
    size, bits = (BLOCK, bits) if not table.shape[1] % BLOCK else (table.shape[1], BITS["int8"])
    numbers, scales = _packed(table, bits, size)
    values = _values(graph, graph.Gather(numbers, node.input[1]), graph.Gather(scales, node.input[1]), bits)
    shape = graph.Concat(graph.Shape(node.input[1]), [table.shape[1]], axis=0)
    _named(graph, graph.Reshape(values, shape), node)


def _packed(rows: np.ndarray, bits: int, size: int = BLOCK) -> tuple[np.ndarray, np.ndarray]:
    """(rows, width) → bytes (rows, blocks, bytes) and scales (rows, blocks), as MatMulNBits takes them."""
    numbers, scales = blocks(rows, bits, np.float16, size)
    return (numbers[..., ::2] | numbers[..., 1::2] << 4 if bits == 4 else numbers), scales


def _values(graph: Graph, numbers: str, scales: str, bits: int) -> str:
    """Of bytes (…, blocks, bytes) and scales (…, blocks) what they stand for, on one or two last axes."""
    each = graph.Unsqueeze(graph.Cast(scales, to=FLOAT), [-2, -1] if bits == 4 else [-1])
    found = _unpacked(graph, numbers) if bits == 4 else numbers
    return graph.Mul(graph.Sub(graph.Cast(found, to=FLOAT), float(2 ** (bits - 1))), each)


def _unpacked(graph: Graph, pairs: str) -> str:
    """Both numbers of 4 bits that a byte holds, side by side on a new axis."""
    first = graph.BitwiseAnd(pairs, np.array(15, np.uint8))
    second = graph.BitShift(pairs, np.array(4, np.uint8), direction="RIGHT")
    return graph.Concat(graph.Unsqueeze(first, [-1]), graph.Unsqueeze(second, [-1]), axis=-1)


def _by_channel(axis: int) -> Callable[..., None]:
    """Weights with a scale for each channel on this axis, always of 8 bits."""

    def store(graph: Graph, node: NodeProto, large: dict[str, np.ndarray], bits: int) -> None:
        kept = NodeProto()
        kept.CopyFrom(node)
        for name, array in large.items():
            others = tuple(one for one in range(array.ndim) if one != axis)
            scales = np.maximum(np.abs(array).max(others, keepdims=True) / 127, np.finfo(np.float32).tiny)
            numbers = np.rint(array / scales).astype(np.int8)
            made = graph.DequantizeLinear(numbers, scales.ravel().astype(np.float32), axis=axis)
            for place, given in enumerate(node.input):
                if given == name:
                    kept.input[place] = made
        graph.nodes.append(kept)

    return store


def _named(graph: Graph, made: str, node: NodeProto) -> None:
    """Give the last tensor the name that the node's output had."""
    last = graph.nodes[-1]
    if last.output[0] != made:
        raise ValueError(f"{made} is not the last of its graph.")
    last.output[0] = node.output[0]


Store = Callable[[Graph, NodeProto, dict[str, Any], int], None]
PLACES: dict[str, tuple[tuple[int, ...], Store]] = {  # operator → which inputs are weights, how they are kept
    "MatMul": ((1,), _product),
    "Gather": ((0,), _look_up),
    "Conv": ((1,), _by_channel(0)),
    "ConvTranspose": ((1,), _by_channel(1)),
}
