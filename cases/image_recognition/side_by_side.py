"""Networks of timm that look at one picture side by side: each at its own size, their features one after the other.

The folder of such a model has the weights of all in one model.safetensors, and its config.json says under
`side_by_side` what timm states of each. In a bundle this file lies beside predict.py; it needs torch, timm and
safetensors, and nothing of Casebook.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from string import ascii_lowercase

import torch
from safetensors.torch import load_file
from timm.models import group_parameters, model_entrypoint
from torch import Tensor, nn

STATED = "side_by_side"


class SideBySide(nn.Module):
    """Normalised pixels (batch, 3, side, side) → (batch, sum of the widths).

    The side is the largest that a network wants; the others see the middle, as large as they want it. That told
    flowers and insects apart better than the whole made smaller.
    """

    def __init__(self, bodies: Sequence[nn.Module]) -> None:
        super().__init__()
        # by letters: blocks are told by the first number in the names of their parameters
        self.bodies = nn.ModuleDict(dict(zip(ascii_lowercase, bodies, strict=False)))
        self.sides = [body.pretrained_cfg["input_size"][-1] for body in bodies]
        self.head_hidden_size = sum(body.head_hidden_size for body in bodies)

    def views(self, pictures: Tensor) -> Iterator[tuple[nn.Module, Tensor]]:
        """Each network and the pixels that it sees; of a smaller picture the same share of the side."""
        whole = int(pictures.shape[-1])
        for body, wanted in zip(self.bodies.values(), self.sides, strict=True):
            side = round(whole * wanted / max(self.sides))
            start = (whole - side) // 2
            yield body, pictures[..., start : start + side, start : start + side]

    def forward(self, pictures: Tensor) -> Tensor:
        return torch.cat([body(seen) for body, seen in self.views(pictures)], 1)

    def group_matcher(self, coarse: bool = False) -> Callable[[str], int]:
        """As timm's networks have it: their last blocks are one, and so are those before them."""
        places = {
            f"bodies.{letter}.{name}": place - len({*found.values()})
            for letter, body in self.bodies.items()
            for found in [group_parameters(body, body.group_matcher(coarse=coarse), reverse=True)]
            for name, place in found.items()
        }
        return places.__getitem__


def load(folder: Path | str, *, pretrained: bool = True) -> SideBySide:
    """With the weights of the folder, or with random ones."""
    stated = json.loads(Path(folder, "config.json").read_text("utf-8"))[STATED]
    body = SideBySide([
        model_entrypoint(one["architecture"])(num_classes=0, pretrained_cfg=one["pretrained_cfg"]) for one in stated
    ])  # fmt: skip
    if pretrained:
        body.load_state_dict(load_file(Path(folder, "model.safetensors")))
    return body
