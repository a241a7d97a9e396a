"""Random views of training pictures, made inside the network's forward so that a resumed run draws the same ones."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional
from torchvision.transforms import v2

SCALE, RATIO = (0.5, 1.0), (3 / 4, 4 / 3)  # share of the area and the form of the cut


class Augment(nn.Module):
    """uint8 pictures (batch, 3, size, size) → (batch, 3, crop, crop), each with a cut and perhaps mirrored."""

    def __init__(self, crop: int, *, flip: bool) -> None:
        super().__init__()
        self.crop, self.flip = crop, flip
        self.cut = v2.RandomResizedCrop(crop, scale=SCALE, ratio=RATIO, antialias=True)
        self.mirror = v2.RandomHorizontalFlip(0.5 if flip else 0.0)

    def forward(self, pictures: Tensor) -> Tensor:
        if pictures.device.type == "cpu":  # resizing bytes one by one is SIMD code there
            return torch.stack([self.mirror(self.cut(picture)) for picture in pictures])
        return self._batched(pictures)

    def _batched(self, pictures: Tensor) -> Tensor:
        """The same cuts as one affine map of the whole batch, which suits a GPU."""
        count, device = len(pictures), pictures.device
        area = torch.empty(count, device=device).uniform_(*SCALE)
        ratio = torch.empty(count, device=device).uniform_(math.log(RATIO[0]), math.log(RATIO[1])).exp()
        width, height = (area * ratio).sqrt().clamp(max=1), (area / ratio).sqrt().clamp(max=1)
        x = (torch.rand(count, device=device) * 2 - 1) * (1 - width)
        y = (torch.rand(count, device=device) * 2 - 1) * (1 - height)
        sign = 1 - 2 * (torch.rand(count, device=device) < 0.5).float() if self.flip else torch.ones_like(x)
        zero = torch.zeros_like(x)
        theta = torch.stack([torch.stack([width * sign, zero, x], 1), torch.stack([zero, height, y], 1)], 1)
        grid = functional.affine_grid(theta, [count, 3, self.crop, self.crop], align_corners=False)
        return functional.grid_sample(pictures.float(), grid, padding_mode="reflection", align_corners=False)
