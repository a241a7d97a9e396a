"""A JPEG whose width or height is not that of its blocks is set aside; true ones never are."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from cases.image_recognition.decoder import DAMAGED, seen
from cases.image_recognition.jpeg_size import lies

FORMS = [
    {},
    {"progressive": True},
    {"subsampling": 0},
    {"subsampling": 2, "optimize": True},
    {"restart_marker_blocks": 3},
]


def picture(width, height, mode="RGB"):
    noise = np.random.default_rng(width * height).integers(0, 255, (height // 4 + 1, width // 4 + 1, 3), np.uint8)
    return Image.fromarray(noise).resize((width, height)).convert(mode)


def encoded(image, **options):
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=85, **options)
    return buffer.getvalue()


def saying(content, *, width=None, height=None):
    at = next(at for at in range(len(content)) if content[at] == 0xFF and content[at + 1] in (0xC0, 0xC1, 0xC2))
    changed = bytearray(content)
    for place, value in ((at + 5, height), (at + 7, width)):
        if value:
            changed[place : place + 2] = value.to_bytes(2, "big")
    return bytes(changed)


@pytest.mark.parametrize("options", FORMS, ids=str)
@pytest.mark.parametrize("size", [{"height": 40}, {"height": 400}, {"width": 80}, {"width": 700}, {"height": 2000}])
def test_a_false_size_is_noticed(options, size):
    assert lies(saying(encoded(picture(320, 240), **options), **size))


@pytest.mark.parametrize("options", FORMS, ids=str)
@pytest.mark.parametrize("mode", ["RGB", "L", "CMYK"])
@pytest.mark.parametrize("size", [(320, 240), (321, 243), (17, 9), (1, 1), (8, 200)])
def test_a_true_size_is_believed(options, mode, size):
    options = {} if mode != "RGB" and "subsampling" in options else options
    assert not lies(encoded(picture(*size, mode), **options))


@pytest.mark.parametrize("options", FORMS, ids=str)
def test_grey_that_is_in_the_picture_is_no_lack(options):
    grey = picture(320, 240)
    grey.paste((128, 128, 128), (0, 100, 320, 240))
    assert not lies(encoded(grey, **options))
    assert not lies(encoded(Image.new("RGB", (320, 240), (128, 128, 128)), **options))


@pytest.mark.parametrize("options", FORMS, ids=str)
def test_what_lacks_its_last_bytes_or_has_some_behind_them_is_believed(options):
    whole = encoded(picture(320, 240), **options)
    assert not lies(whole[:-2])
    assert not lies(whole + b"\xff\xd8\xff" + bytes(99))


def test_such_a_picture_is_set_aside(tmp_path):
    whole = encoded(picture(320, 240))
    (tmp_path / "a.jpg").write_bytes(whole)
    (tmp_path / "b.jpg").write_bytes(saying(whole, height=960))
    assert isinstance(seen(tmp_path / "a.jpg")[1], np.ndarray)
    assert seen(tmp_path / "b.jpg")[1] == DAMAGED
