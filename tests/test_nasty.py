"""Odd pictures, each with its right pixels or with the cause and the remedy."""

from __future__ import annotations

import io
import struct
import subprocess
import sys
import zlib

import numpy as np
import pytest
from conftest import ROOT
from PIL import Image, ImageFile

from cases.image_recognition.decoder import DAMAGED, SIZE, TOO_LARGE, look
from models.progress import QUIET

RED, GREEN, BLUE, WHITE = (230, 20, 30), (20, 180, 40), (20, 40, 210), (255, 255, 255)
RAW = "A camera raw file."
HEIC = "HEIC pictures are not supported."
TURNS = range(1, 9)


@pytest.fixture
def seen(tmp_path):
    """What becomes of the bytes of one file: its facts, and its pixels or the reason against it."""

    def one(content, name="1.jpg"):
        (tmp_path / name).write_bytes(content)
        [(sample, outcome)] = look([{"name": name, "path": tmp_path / name}], QUIET)
        return sample, outcome

    return one


def encoded(picture, form="PNG", **options):
    buffer = io.BytesIO()
    picture.save(buffer, form, **options)
    return buffer.getvalue()


def quarters(mode="RGB", size=(64, 64)):
    """Red, green, blue and white: above left, above right, below left, below right."""
    width, height = size
    picture = Image.new("RGB", size, WHITE)
    picture.paste(RED, (0, 0, width // 2, height // 2))
    picture.paste(GREEN, (width // 2, 0, width, height // 2))
    picture.paste(BLUE, (0, height // 2, width // 2, height))
    return picture.convert(mode)


def corners(pixels):
    """The colour in the middle of each quarter."""
    near, far = SIZE // 4, 3 * SIZE // 4
    return np.array([pixels[near, near], pixels[near, far], pixels[far, near], pixels[far, far]], int)


def assert_quarters(pixels, within=3, expected=(RED, GREEN, BLUE, WHITE)):
    assert pixels.shape == (SIZE, SIZE, 3) and pixels.dtype == np.uint8
    assert np.abs(corners(pixels) - np.array(expected)).max() <= within


@pytest.mark.parametrize(
    ("mode", "form", "within"),
    [("RGB", "PNG", 0), ("RGBA", "PNG", 0), ("P", "PNG", 3), ("RGB", "JPEG", 12), ("CMYK", "JPEG", 12),
     ("RGB", "GIF", 3), ("RGB", "WEBP", 16), ("RGB", "AVIF", 16), ("RGB", "BMP", 0), ("RGB", "TIFF", 0),
     ("CMYK", "TIFF", 0), ("YCbCr", "TIFF", 3)],
)  # fmt: skip
def test_colours_are_right_in_every_format_whatever_the_name_says(seen, mode, form, within):
    picture = quarters(mode) if mode != "P" else quarters().quantize(8)
    sample, pixels = seen(encoded(picture, form), "wrong.jpeg")
    assert_quarters(pixels, within)
    assert (sample["width"], sample["height"], sample["frames"]) == (64, 64, 1)


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "AVIF", "TIFF"])
@pytest.mark.parametrize("note", TURNS)
def test_a_picture_taken_on_its_side_is_turned_upright(seen, form, note):
    back = {6: Image.Transpose.ROTATE_90, 8: Image.Transpose.ROTATE_270, 3: Image.Transpose.ROTATE_180,
            2: Image.Transpose.FLIP_LEFT_RIGHT, 4: Image.Transpose.FLIP_TOP_BOTTOM, 5: Image.Transpose.TRANSPOSE,
            7: Image.Transpose.TRANSVERSE}.get(note)  # fmt: skip
    upright = quarters(size=(96, 64))
    exif = Image.Exif()
    exif[0x0112] = note
    lying = upright if back is None else upright.transpose(back)
    sample, pixels = seen(encoded(lying, form, exif=exif))
    assert_quarters(pixels, 24)
    assert (sample["width"], sample["height"]) == (96, 64)


def png(side, bits, colours, body):
    made = b"\x89PNG\r\n\x1a\n"
    header = struct.pack(">IIBBBBB", side, side, bits, colours, 0, 0, 0)
    for kind, content in ((b"IHDR", header), (b"IDAT", body), (b"IEND", b"")):
        made += struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
    return made


@pytest.mark.parametrize(("white", "kind"), [(1, np.float32), (255, np.float32), (65535, np.int32), (9e3, np.float32)])
def test_numbers_of_any_scale_become_shades(seen, white, kind):
    shades = np.full((64, 64), white, kind)
    shades[:32] = white / 5
    grey = corners(seen(encoded(Image.fromarray(shades), "TIFF"))[1])[:, 0]
    usual = {9000.0: 65535}.get(white, white)
    assert np.abs(grey - np.array([51, 51, 255, 255]) * white / usual).max() <= 1


def test_what_is_clear_is_white_and_half_clear_half_white(seen):
    def covered(colours, by):
        return seen(encoded(Image.merge("RGBA", [*colours.split(), Image.new("L", (64, 64), by)])))[1]

    assert covered(quarters(), 0).min() == seen(encoded(Image.new("LA", (64, 64), (0, 0))))[1].min() == 255
    assert covered(Image.new("RGB", (64, 64), (0, 0, 0)), 128).ravel()[0] == 127
    palette = quarters().quantize(8)
    content = encoded(palette, transparency=palette.getpixel((5, 5)))
    assert_quarters(seen(content)[1], 3, (WHITE, GREEN, BLUE, WHITE))


@pytest.mark.parametrize(("form", "options"), [
    ("GIF", {}), ("WEBP", {"lossless": True}), ("PNG", {}), ("TIFF", {}), ("AVIF", {"quality": 95})
])  # fmt: skip
def test_of_an_animation_or_of_pages_the_first_counts_and_their_number_is_kept(seen, form, options):
    others = [Image.new("RGB", (64, 64), colour) for colour in ("black", "yellow")]
    content = encoded(quarters(), form, save_all=True, append_images=others, **options)
    sample, pixels = seen(content)
    assert_quarters(pixels, 16)
    assert sample["frames"] == 3


def test_the_limit_is_the_one_that_is_told_and_a_picture_over_it_is_refused_before_it_fills_the_memory(seen):
    packed = zlib.compressobj(1)
    body = b"".join(packed.compress(bytes(30_000 // 8 + 1)) for _ in range(30_000)) + packed.flush()
    assert len(body) < 2_000_000 and seen(png(30_000, 1, 0, body))[1] == TOO_LARGE
    assert 2 * Image.MAX_IMAGE_PIXELS == 250_000_000 and "250 million" in TOO_LARGE


def test_a_header_that_promises_more_than_there_is_is_no_bomb_and_a_note_that_cannot_be_read_costs_no_picture(seen):
    content = bytearray(encoded(quarters(), "BMP"))
    content[18:26] = struct.pack("<ii", 10_000, 10_000)
    assert seen(bytes(content))[1] == DAMAGED
    content = encoded(quarters(), "JPEG", exif=b"Exif\0\0II*\0\xff\xff\xff\x7f")
    assert_quarters(seen(content)[1], 12)


@pytest.mark.parametrize("form", ["JPEG", "PNG", "GIF", "WEBP", "AVIF", "BMP", "TIFF"])
def test_a_picture_that_breaks_off_is_set_aside(seen, form):
    noise = Image.fromarray(np.random.default_rng(0).integers(0, 255, (64, 64, 3), np.uint8))
    content = encoded(noise, form)
    assert seen(content[: len(content) // 2])[1] == DAMAGED
    assert ImageFile.LOAD_TRUNCATED_IMAGES is False


@pytest.mark.parametrize(("head", "name", "reason"), [
    (b"\0\0\0\x24ftypheic\0\0\0\0mif1heic", "photo.heic", HEIC),
    (b"\0\0\0\x24ftypmif1\0\0\0\0mif1heic", "photo.jpg", HEIC),
    (b'<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg"></svg>', "drawing.png", "An SVG drawing"),
    (b"%PDF-1.7\n", "scan.jpg", "A PDF document."),
    (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "drawing.jpg", "A PostScript drawing."),
    (b"8BPS\0\1", "layers.psd", "A Photoshop file. Export it as PNG."),
    (b"\xff\x0a\xfa\x1f", "new.jxl", "JPEG XL is not supported. Export it as PNG or JPEG."),
    (b"\0\0\0\x18ftypmp42", "clip.jpg", "A video. Save single frames as JPEG or PNG."),
    (b"\0\0\0\x18ftypcrx ", "raw.cr3", RAW),
    (b"II*\0\x10\0\0\0CR\2\0", "raw.jpg", RAW),
    (b"anything", "raw.nef", RAW),
    (b"<!DOCTYPE html><html><svg></svg>", "cat.jpg", "A web page"),
    (b"Dear Sir or Madam", "letter.png", "Not a picture, despite its name."),
    (b"\x89PNG\r\n\x1a\n and then nothing", "short.png", DAMAGED),
])  # fmt: skip
def test_what_is_no_picture_is_named_with_a_way_out(seen, head, name, reason):
    assert seen(head, name)[1].startswith(reason)


def test_no_program_is_started_for_a_picture(seen, tmp_path, monkeypatch):
    """Pillow reads PostScript by starting Ghostscript; here it never gets so far, whatever the name."""
    marker = tmp_path / "started"
    for name in ("gs", "gswin64c"):
        program = tmp_path / name
        program.write_text(f"#!/bin/sh\ntouch {marker}\n")
        program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    dos = b"\xc5\xd0\xd3\xc6" + bytes(26)
    for content in (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n%%EndComments\n", dos, b"\n%!PS-Adobe-3.0"):
        assert isinstance(seen(content)[1], str)
    assert not marker.exists()


@pytest.mark.slow
@pytest.mark.parametrize(("work", "most"), [  # megabytes; one of the vast pictures takes 160
    ("from cases.image_recognition.decoder import look; from models.progress import QUIET\n"
     "def work(): list(look([{'path': path}] * 2, QUIET))", 250),
    ("from cases.image_recognition.predict import decode\ndef work(): decode(path, 256, 'bicubic')", 50),
], ids=["large pictures at once", "a line, blown up 256 × 768,000 pixels"])  # fmt: skip
def test_pictures_take_little_memory(tmp_path, work, most):
    picture = Image.new("RGBA", (6400, 6400), (9, 9, 9, 200)) if "look" in work else Image.new("RGB", (1, 3000))
    picture.save(tmp_path / "1.png", compress_level=1)
    program = (
        f"import resource, sys, pathlib; path = pathlib.Path(sys.argv[1])\n{work}\n"
        "peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "before = peak(); work(); print((peak() - before) // 1024)"
    )
    spent = subprocess.check_output([sys.executable, "-c", program, tmp_path / "1.png"], cwd=ROOT, text=True)
    assert int(spent) < most
