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

    @property
    def name(self) -> str:
        """It changes with whatever a view depends on."""
        return f"{'flip' if self.flip else 'crop'}-{SCALE[0]:g}-{SCALE[1]:g}-{RATIO[0]:.3g}-{RATIO[1]:.3g}"

    def forward(self, pictures: Tensor) -> Tensor:
        if pictures.device.type == "cpu":  # resizing bytes one by one is SIMD code there
            return torch.stack([self.mirror(self.cut(picture)) for picture in pictures])
        return self.batched(pictures)

    def batched(self, pictures: Tensor) -> Tensor:
        """The same kind of cuts as one affine map of the whole batch, where it lies. They are drawn on the processor,
        so that they are the same wherever that is."""
        maps = views(*drawn(len(pictures), flip=self.flip)).to(pictures.device, non_blocking=True)
        grid = functional.affine_grid(maps, [len(pictures), 3, self.crop, self.crop], align_corners=False)
        return functional.grid_sample(pictures.float(), grid, padding_mode="border", align_corners=False)


def drawn(count: int, *, flip: bool) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
    """Width and height of each cut as shares of the picture's side, its middle from -1 to 1 across and down, and
    whether it is mirrored; (count,) each."""
    area = torch.empty(count).uniform_(*SCALE)
    ratio = torch.empty(count).uniform_(math.log(RATIO[0]), math.log(RATIO[1])).exp()
    width, height = (area * ratio).sqrt().clamp(max=1), (area / ratio).sqrt().clamp(max=1)
    x, y = ((torch.rand(count) * 2 - 1) * (1 - side) for side in (width, height))
    mirrored = torch.rand(count) < 0.5 if flip else torch.zeros(count, dtype=torch.bool)
    return width, height, x, y, mirrored


def views(width: Tensor, height: Tensor, x: Tensor, y: Tensor, mirrored: Tensor) -> Tensor:
    """(count, 2, 3): where each place of a view lies in the picture, as `torch.nn.functional.affine_grid` takes it."""
    zero, across = torch.zeros_like(x), torch.where(mirrored, -width, width)
    return torch.stack([torch.stack([across, zero, x], 1), torch.stack([zero, height, y], 1)], 1)
