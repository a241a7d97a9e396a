"""Views of pictures that a card makes of a whole batch at once are those that are made one by one."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from PIL import Image
from torchvision.transforms.v2 import functional

from cases.image_recognition import augment
from cases.image_recognition.augment import Augment

SIZE, CROP = 40, 32


@pytest.fixture(scope="module")
def pictures():
    """Smooth ones, in which a place can be told from the next."""
    random = np.random.default_rng(0)
    coarse = random.integers(256, size=(6, 8, 8, 3), dtype=np.uint8)
    large = [np.asarray(Image.fromarray(one).resize((SIZE, SIZE), Image.Resampling.BICUBIC)) for one in coarse]
    return torch.from_numpy(np.stack(large)).permute(0, 3, 1, 2)


def cut_by_one(picture, width, height, x, y, mirrored):
    """As torchvision cuts and mirrors a picture; of a whole number of pixels."""
    left, top = ((1 + middle - side) / 2 * SIZE for middle, side in ((x, width), (y, height)))
    sizes = [round(value) for value in (top, left, height * SIZE, width * SIZE)]
    view = functional.resized_crop(picture.float(), *sizes, [CROP, CROP], antialias=False)
    return functional.horizontal_flip(view) if mirrored else view


def in_whole_pixels(count):
    """What is drawn, moved to the next whole pixel, so that torchvision can cut it too."""
    width, height, x, y, mirrored = augment.drawn(count, flip=True)
    width, height = ((side * SIZE).round() / SIZE for side in (width, height))
    x, y = (2 * (((1 + middle - side) / 2 * SIZE).floor().clamp_min(0) / SIZE) + side - 1
            for middle, side in ((x, width), (y, height)))  # fmt: skip
    return width, height, x, y, mirrored


def test_they_are_those_of_torchvision(pictures, monkeypatch):
    torch.manual_seed(3)
    cuts = in_whole_pixels(len(pictures))
    monkeypatch.setattr(augment, "drawn", lambda count, *, flip: cuts)
    views = Augment(CROP, flip=True).batched(pictures)
    assert cuts[4].any() and not cuts[4].all()
    each = [
        cut_by_one(*one) for one in zip(pictures, *([value.item() for value in part] for part in cuts), strict=True)
    ]
    inside = (slice(None), slice(2, -2), slice(2, -2))  # torchvision does not look beyond a cut, at its edge
    for view, one in zip(views, each, strict=True):
        assert (view - one)[inside].abs().max() < 1.0
        assert (view - one).abs().mean() < 1.0


def test_a_picture_has_the_view_alone_that_it_has_among_others(pictures, monkeypatch):
    torch.manual_seed(3)
    cuts = augment.drawn(len(pictures), flip=True)
    monkeypatch.setattr(augment, "drawn", lambda count, *, flip: cuts)
    together = Augment(CROP, flip=True).batched(pictures)
    for number, picture in enumerate(pictures):
        mine = tuple(part[number : number + 1] for part in cuts)
        monkeypatch.setattr(augment, "drawn", lambda count, *, flip, mine=mine: mine)
        assert torch.allclose(Augment(CROP, flip=True).batched(picture[None])[0], together[number], atol=1e-3)


def test_the_whole_picture_is_the_picture(pictures, monkeypatch):
    one, none = torch.ones(len(pictures)), torch.zeros(len(pictures))
    monkeypatch.setattr(augment, "drawn", lambda count, *, flip: (one, one, none, none, none.bool()))
    assert torch.allclose(Augment(SIZE, flip=False).batched(pictures), pictures.float(), atol=1e-2)


def test_cuts_are_as_large_and_as_formed_as_those_on_a_processor_and_lie_inside():
    torch.manual_seed(0)
    width, height, x, y, mirrored = augment.drawn(4000, flip=True)
    assert (width * height).min() > 0.45 and (width * height).max() <= 1 and 0.45 < mirrored.float().mean() < 0.55
    assert 0.70 < (width * height).mean() < 0.78  # half to the whole, and a little is lost where a cut does not fit
    assert (x.abs() + width <= 1 + 1e-6).all() and (y.abs() + height <= 1 + 1e-6).all()
    assert not augment.drawn(10, flip=False)[4].any()


def test_the_same_chance_gives_the_same_views(pictures):
    made = []
    for _ in range(2):
        torch.manual_seed(5)
        made.append(Augment(CROP, flip=True).batched(pictures))
    assert torch.equal(*made) and made[0].shape == (6, 3, CROP, CROP)
