"""Convolutions that apply the frozen normalisation behind them themselves.

With frozen statistics a normalisation is one factor and one shift per channel, so it can go into the convolution's
weights at every step: (w·g/s) * x + (b − m·g/s). The weights and the normalisation's own g and b still learn, with the
same gradients; what is saved is a walk over all activations forward, and two backward.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

import torch
from timm.layers import BatchNormAct2d, Conv2dSame
from timm.layers.padding import pad_same
from torch import Tensor, nn
from torch.nn import functional


@torch.no_grad()
def fold(body: nn.Module, example: Tensor) -> int:
    """Fold what can be folded, in place; how many pairs were. Weights and their names stay as they are.

    Args:
        body: its normalisations must be in evaluation mode whenever it runs.
        example: an input of the body; it runs over it to see which convolution feeds which normalisation.
    """
    body.eval()
    with _watched(body) as pairs:
        expected = body(example)
    for convolution, norm in pairs:
        convolution.forward = partial(_convolve, convolution, norm)
        norm.forward = partial(_activate, norm)
    if torch.allclose(body(example), expected, rtol=1e-3, atol=1e-4):
        return len(pairs)
    for module in (module for pair in pairs for module in pair):  # an output went elsewhere too
        del module.forward
    return 0


def follow(convolution: nn.Module, beside: nn.Conv2d) -> None:
    """Where a normalisation is folded into `convolution`, scale the output of `beside`, which is added to it, alike."""
    folded = vars(convolution).get("forward")
    if isinstance(folded, partial) and folded.func is _convolve:
        beside.forward = partial(_scaled, beside, folded.args[1])


@contextmanager
def _watched(body: nn.Module) -> Iterator[list[tuple[nn.Conv2d, nn.Module]]]:
    """Fills the list with (convolution, normalisation) while the body runs once."""
    pairs: list[tuple[nn.Conv2d, nn.Module]] = []
    last: list[tuple[nn.Module, Tensor]] = []

    def after(module: nn.Module, _: tuple[Tensor, ...], output: Tensor) -> None:
        last[:] = [(module, output)]

    def before(module: nn.Module, inputs: tuple[Tensor, ...]) -> None:
        if last and inputs[0] is last[0][1]:
            pairs.append((last[0][0], module))

    hooks = [module.register_forward_hook(after) for module in body.modules() if _is_convolution(module)]
    hooks += [module.register_forward_pre_hook(before) for module in body.modules() if _is_norm(module)]
    try:
        yield pairs
    finally:
        for hook in hooks:
            hook.remove()


def _is_convolution(module: nn.Module) -> bool:
    """The types themselves, here and below, not what derives from them: that may compute something else."""
    return type(module) in (nn.Conv2d, Conv2dSame) and module.padding_mode == "zeros"


def _is_norm(module: nn.Module) -> bool:
    return type(module) in (nn.BatchNorm2d, BatchNormAct2d) and module.affine and module.track_running_stats


def _convolve(convolution: nn.Conv2d, norm: nn.BatchNorm2d, x: Tensor) -> Tensor:
    scale = norm.weight * torch.rsqrt(norm.running_var + norm.eps)
    shift = norm.bias - norm.running_mean * scale
    if convolution.bias is not None:
        shift = shift + convolution.bias * scale
    if type(convolution) is Conv2dSame:
        x = pad_same(x, convolution.kernel_size, convolution.stride, convolution.dilation)
    return functional.conv2d(
        x, convolution.weight * scale[:, None, None, None], shift,
        convolution.stride, convolution.padding, convolution.dilation, convolution.groups,
    )  # fmt: skip


def _scaled(convolution: nn.Conv2d, norm: nn.BatchNorm2d, x: Tensor) -> Tensor:
    scale = norm.weight * torch.rsqrt(norm.running_var + norm.eps)
    return functional.conv2d(x, convolution.weight * scale[:, None, None, None])


def _activate(norm: nn.Module, x: Tensor) -> Tensor:
    return norm.act(norm.drop(x)) if type(norm) is BatchNormAct2d else x
