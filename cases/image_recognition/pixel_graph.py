"""From pixels of any size to the square that a network takes, as an ONNX graph: `predict.decode` after the decoding.

Pillow resizes the rows, rounds, resizes the columns, and rounds. Its filter is stretched over the pixels that become
one (antialias), and the middle square may begin at half a pixel. ONNX has Resize, which cannot begin there and does not
round so in every runtime; here each pass is a product with the weights of the filter, of a few neighbouring pixels at a
time with the part of the line that they are made of. From its version 13 on Pillow takes the columns of some tall
pictures first, which differs where the filter overshoots white or black.
"""

from __future__ import annotations

import numpy as np

from models.errors import N_, InputError
from models.onnx.graph import FLOAT, INT64, UINT8, Graph

SHARPNESS = -0.5  # of Pillow's bicubic filter
AT_ONCE = 16  # pixels that are made of one part of a line


def square(graph: Graph, pixels: str, size: int, interpolation: str) -> str:
    """(height, width, 3) uint8 → (1, size, size, 3) uint8: the middle square.

    Raises:
        InputError: the interpolation is not known here.
    """
    if interpolation not in FILTERS:
        raise InputError(
            found=N_("The model resizes pictures by “{interpolation}”."),
            expected=N_("Other programs can resize by bicubic or bilinear interpolation."),
            remedy=N_("Choose another pretrained model."),
            interpolation=interpolation,
        )
    side = graph.Min(*(graph.Shape(pixels, start=axis, end=axis + 1) for axis in (0, 1)))
    rows = _resized(graph, graph.Transpose(pixels, perm=[2, 0, 1]), side, size, interpolation)
    columns = _resized(graph, graph.Transpose(rows, perm=[0, 2, 1]), side, size, interpolation)
    return graph.Unsqueeze(graph.Transpose(columns, perm=[2, 1, 0]), [0])


def _resized(graph: Graph, planes: str, side: str, size: int, interpolation: str) -> str:
    """(3, lines, length) → (3, lines, size), both uint8: of the `side` pixels in the middle of each line."""
    length = graph.Shape(planes, start=2, end=3)
    places, weights = _filter(graph, length, side, size, interpolation)
    parts = graph.Transpose(graph.Gather(planes, places, axis=2), perm=[2, 0, 1, 3])  # (groups, 3, lines, window)
    made = graph.MatMul(graph.Cast(parts, to=FLOAT), graph.Unsqueeze(weights, [1]))  # (groups, 3, lines, AT_ONCE)
    joined = graph.Reshape(graph.Transpose(made, perm=[1, 2, 0, 3]), [0, 0, -1])
    cut = graph.Slice(joined, [0], [size], [2])
    return graph.Cast(graph.Clip(graph.Floor(graph.Add(cut, 0.5)), 0.0, 255.0), to=UINT8)


def _filter(graph: Graph, length: str, taken: str, size: int, interpolation: str) -> tuple[str, str]:
    """Places in a line (groups, window) and what the pixel there adds (groups, window, `AT_ONCE`) to the pixels of a
    group; those beyond the line's ends add nothing."""
    support, kernel = FILTERS[interpolation]
    groups = -(-size // AT_ONCE)
    begin = graph.Mul(graph.Cast(graph.Sub(length, taken), to=FLOAT), 0.5)
    scale = graph.Div(graph.Cast(taken, to=FLOAT), float(size))
    stretch = graph.Max(scale, 1.0)
    reach = graph.Mul(stretch, float(support))
    first = graph.Add(graph.Mul(np.arange(groups, dtype=np.float32)[:, None] * AT_ONCE, scale), begin)
    first = graph.Floor(graph.Sub(first, reach))  # (groups, 1)
    window = graph.Add(graph.Ceil(graph.Add(graph.Mul(scale, float(AT_ONCE)), graph.Mul(reach, 2.0))), 1.0)
    places = graph.Add(first, graph.Range(0.0, graph.Squeeze(window, [0]), 1.0))
    steps = np.arange(groups * AT_ONCE, dtype=np.float32).reshape(groups, 1, AT_ONCE) + np.float32(0.5)
    centres = graph.Add(graph.Mul(steps, scale), begin)
    middles = graph.Unsqueeze(graph.Add(places, 0.5), [2])
    weights = kernel(graph, graph.Abs(graph.Div(graph.Sub(middles, centres), stretch)))
    last = graph.Sub(graph.Cast(length, to=FLOAT), 1.0)
    inside = graph.Equal(places, graph.Clip(places, 0.0, graph.Squeeze(last, [0])))
    weights = graph.Mul(weights, graph.Unsqueeze(graph.Cast(inside, to=FLOAT), [2]))
    shares = graph.Div(weights, graph.Max(graph.ReduceSum(weights, [1], keepdims=1), 1e-6))  # beyond `size` none is
    return graph.Cast(graph.Clip(places, 0.0, graph.Squeeze(last, [0])), to=INT64), shares


def _bilinear(graph: Graph, apart: str) -> str:
    return graph.Relu(graph.Sub(1.0, apart))


def _bicubic(graph: Graph, apart: str) -> str:
    """R. Keys, "Cubic Convolution Interpolation for Digital Image Processing", 1981."""
    squared = graph.Mul(apart, apart)
    near = graph.Add(graph.Mul(graph.Sub(graph.Mul(apart, SHARPNESS + 2), SHARPNESS + 3), squared), 1.0)
    cubic = graph.Sub(graph.Mul(graph.Add(graph.Mul(graph.Sub(apart, 5.0), apart), 8.0), apart), 4.0)
    far = graph.Where(graph.Less(apart, 2.0), graph.Mul(cubic, SHARPNESS), 0.0)
    return graph.Where(graph.Less(apart, 1.0), near, far)


FILTERS = {"bicubic": (2, _bicubic), "bilinear": (1, _bilinear)}  # Pillow's name → how far it reaches, and its weights
