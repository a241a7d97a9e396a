"""How much each moment of a sound spoke for a class: integrated gradients (Sundararajan et al. 2017), by captum.

The sound is heard in steps from one in which nothing is to be heard; at each step it is asked how the class's score
follows each band of each frame. What all frames are given adds up to what the sound made of the score.
"""

from __future__ import annotations

import numpy as np
import torch
from captum.attr import IntegratedGradients
from torch import Tensor, nn

from models import device
from models.mel import STEP

AT_ONCE = 2000  # frames of a batch of steps
WORK = 12_000  # frames of all steps
STEPS = (8, 32)  # fewest and most
SMOOTH = 11  # frames that a moment is smoothed over: a tenth of a second
SPOKE = 0.7  # share of all that spoke for the class that the moments hold which matter


def attribute(network: nn.Module, frames: Tensor, target: int) -> Tensor:
    """(frames,) what each frame adds to the score of the class `target`, or takes from it.

    Args:
        network: frames (n, frames, bands) and lengths (n,) → scores (n, classes).
        frames: (frames, bands)
    """
    steps = min(max(WORK // len(frames), STEPS[0]), STEPS[1])
    lengths = torch.tensor([len(frames)])
    with torch.autocast("cpu", torch.bfloat16, enabled=device.has_fast_bf16(frames.device)):
        spoke = IntegratedGradients(network).attribute(
            frames[None], frames.amin().expand_as(frames)[None], target=target, additional_forward_args=lengths,
            n_steps=steps, method="riemann_middle", internal_batch_size=max(1, AT_ONCE // len(frames)),
        )  # fmt: skip
    return spoke[0].sum(-1).detach()


def smoothed(spoke: np.ndarray, samples: int) -> np.ndarray:
    """(moments,) of a hundredth of a second each, as many as a sound of so many samples has; -1 to 1."""
    kernel = np.hanning(SMOOTH + 2)[1:-1]
    heard = spoke[: -(-samples // STEP)]
    whole = np.convolve(np.pad(heard, SMOOTH // 2), kernel / kernel.sum(), "valid")
    return whole / max(np.abs(whole).max(), 1e-12)


def mattering(weights: np.ndarray) -> np.ndarray:
    """(moments,) bool: the fewest that hold `SPOKE` of what spoke for the class, at least one."""
    strength = np.maximum(weights, 0)
    order = np.argsort(-weights, kind="stable")
    before = np.cumsum(strength[order]) - strength[order]
    needed = (before < SPOKE * strength.sum()) & (strength[order] > 0)
    needed[0] = True
    chosen = np.zeros(len(weights), bool)
    chosen[order[needed]] = True
    return chosen
