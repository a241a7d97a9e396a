"""How much each token of a text spoke for a class: integrated gradients (Sundararajan et al. 2017), by captum.

The text is read in steps from one of the same length that says nothing; at each step it is asked how the class's score
follows the vector of each token. What all tokens are given adds up to what the text made of the score.
"""

from __future__ import annotations

import torch
from captum.attr import LayerIntegratedGradients
from torch import Tensor, nn

AT_ONCE = 2048  # tokens of a batch of steps
WORK = 2000  # tokens of all steps: a second on two processor cores, half a one where they know 16 bits
STEPS = (16, 32)  # fewest and most: the sum is off by a tenth, and by a hundredth


def attribute(network: nn.Module, table: nn.Module, ids: Tensor, silent: Tensor, target: int, *, bf16: bool) -> Tensor:
    """(tokens,) what each token adds to the score of the class `target`, or takes from it.

    Args:
        network: input_ids and attention_mask, both (n, tokens) → scores (n, classes).
        table: its layer that turns ids into vectors.
        ids, silent: (tokens,) the text, and the text that says nothing.
        bf16: half the time; the sum is then off by up to a thirtieth of the largest score's.
    """
    steps = min(max(WORK // len(ids), STEPS[0]), STEPS[1])
    method = LayerIntegratedGradients(network, table)
    with torch.autocast(ids.device.type, torch.bfloat16, enabled=bf16):
        spoke = method.attribute(
            ids[None], silent[None], target=target, additional_forward_args=torch.ones_like(ids)[None], n_steps=steps,
            method="riemann_middle", internal_batch_size=max(1, AT_ONCE // len(ids)),
        )  # fmt: skip
    return spoke[0].sum(-1).detach()
