"""From pixels of any size to the square that a network takes, as an ONNX graph: `predict.decode` after the decoding.

Pillow stretches the filter over the pixels that become one (antialias) and rounds after each of two passes. Here the
shorter side is resized by ONNX's own Resize, in whole numbers like Pillow. The longer side is cut to its middle, which
may begin at half a pixel; no operator does that, so its pass is a product with the weights of the filter.

Resize is given matrices whose last axis changes: onnxruntime fails where of several channels the height alone changes.
"""

from __future__ import annotations

import numpy as np

from models.errors import N_, InputError
from models.onnx.graph import FLOAT, UINT8, Graph

SHARPNESS = -0.5  # of Pillow's bicubic filter
MODES = {"bicubic": "cubic", "bilinear": "linear"}  # Pillow's names → ONNX's


def square(graph: Graph, pixels: str, size: int, interpolation: str) -> str:
    """(height, width, 3) uint8 → (1, size, size, 3) uint8: the middle square.

    Raises:
        InputError: ONNX has no such interpolation.
    """
    if interpolation not in MODES:
        raise InputError(
            found=N_("The model resizes pictures by “{interpolation}”."),
            expected=N_("Other programs can resize by bicubic or bilinear interpolation."),
            remedy=N_("Choose another pretrained model."),
            interpolation=interpolation,
        )
    height, width = (graph.Shape(pixels, start=axis, end=axis + 1) for axis in (0, 1))
    side = graph.Min(height, width)
    planes = graph.Transpose(pixels, perm=[2, 0, 1])
    rows = _resized(graph, planes, side, size, interpolation)  # (3, height, size or width)
    columns = _resized(graph, graph.Transpose(rows, perm=[0, 2, 1]), side, size, interpolation)
    across, down = (
        _weights(graph, columns, axis, graph.Where(graph.Equal(length, side), [size], side), size, interpolation)
        for axis, length in ((1, width), (2, height))
    )
    cut = graph.MatMul(graph.MatMul(across, graph.Cast(columns, to=FLOAT)), graph.Transpose(down, perm=[1, 0]))
    whole = graph.Cast(graph.Clip(graph.Floor(graph.Add(cut, 0.5)), 0.0, 255.0), to=UINT8)
    return graph.Unsqueeze(graph.Transpose(whole, perm=[2, 1, 0]), [0])


def _resized(graph: Graph, planes: str, side: str, size: int, interpolation: str) -> str:
    """(3, lines, length) → (3, lines, size) where the length is that of the shorter side; else as it is."""
    length = graph.Shape(planes, start=2, end=3)
    wanted = graph.Where(graph.Equal(length, side), [size], length)
    lines = graph.Reshape(planes, graph.Concat([-1], length, axis=0))
    made = graph.Resize(
        lines, None, None, graph.Concat(graph.Shape(lines, start=0, end=1), wanted, axis=0),
        mode=MODES[interpolation], antialias=1, cubic_coeff_a=SHARPNESS, exclude_outside=1,
    )  # fmt: skip
    return graph.Reshape(made, graph.Concat(graph.Shape(planes, start=0, end=2), wanted, axis=0))


def _weights(graph: Graph, planes: str, axis: int, taken: str, size: int, interpolation: str) -> str:
    """(size, length) of Pillow's filter, which makes `size` of the `taken` pixels in the middle of an axis of planes.

    Where as many are taken as are made, every pixel stays as it is.
    """
    length = graph.Shape(planes, start=axis, end=axis + 1)
    begin = graph.Mul(graph.Cast(graph.Sub(length, taken), to=FLOAT), 0.5)
    scale = graph.Div(graph.Cast(taken, to=FLOAT), float(size))
    steps = np.arange(size, dtype=np.float32)[:, None] + np.float32(0.5)
    centres = graph.Add(graph.Mul(steps, scale), begin)
    places = graph.Add(graph.Cast(graph.Range(0, graph.Squeeze(length, [0]), 1), to=FLOAT), 0.5)
    weights = FILTERS[interpolation](graph, graph.Abs(graph.Div(graph.Sub(places, centres), graph.Max(scale, 1.0))))
    return graph.Div(weights, graph.ReduceSum(weights, [1], keepdims=1))


def _bilinear(graph: Graph, apart: str) -> str:
    return graph.Relu(graph.Sub(1.0, apart))


def _bicubic(graph: Graph, apart: str) -> str:
    """R. Keys, "Cubic Convolution Interpolation for Digital Image Processing", 1981."""
    squared = graph.Mul(apart, apart)
    near = graph.Add(graph.Mul(graph.Sub(graph.Mul(apart, SHARPNESS + 2), SHARPNESS + 3), squared), 1.0)
    cubic = graph.Sub(graph.Mul(graph.Add(graph.Mul(graph.Sub(apart, 5.0), apart), 8.0), apart), 4.0)
    far = graph.Where(graph.Less(apart, 2.0), graph.Mul(cubic, SHARPNESS), 0.0)
    return graph.Where(graph.Less(apart, 1.0), near, far)


FILTERS = {"bicubic": _bicubic, "bilinear": _bilinear}
