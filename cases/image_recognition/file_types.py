"""Files that come with pictures, or under their names, and cannot be read as one: what they are and what to do."""

from __future__ import annotations

import re
from pathlib import Path

from PIL import Image

from models.errors import N_

PICTURES = frozenset({
    ".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".apng", ".webp", ".avif", ".bmp", ".gif", ".tif", ".tiff",
})  # fmt: skip
RAW = frozenset({
    ".dng", ".cr2", ".cr3", ".crw", ".nef", ".nrw", ".arw", ".srf", ".sr2", ".orf", ".rw2", ".raf", ".pef", ".srw",
    ".raw",
})  # fmt: skip
RELATIVES = frozenset({".heic", ".heif", ".hif", ".jxl", ".svg", ".pdf", ".psd", ".eps"}) | RAW
SUFFIXES = PICTURES | RELATIVES

IS_RAW = N_("A camera raw file. Export it as JPEG and add that.")
IS_HEIC = N_("HEIC pictures are not supported. Export it as JPEG. On an iPhone, choose Settings, Camera, Formats, "
             "“Most Compatible”.")  # fmt: skip
NO_PICTURE = N_("Not a picture, despite its name. Save the original as JPEG or PNG.")  # fmt: skip

_KINDS = (  # how the file begins, and what it then is
    (rb"....ftyp(heic|heix|heim|heis|hevc|hevx|hevm|hevs)|....ftyp(mif1|msf1)(?!.{0,40}avif)", IS_HEIC),
    (rb"....ftypcrx |FUJIFILMCCD-RAW|II\*\0....CR|IIRO|IIRS|MMOR|IIU\0|II..\0\0HEAPCCDR", IS_RAW),
    (rb"....ftyp(?!avi[fs]|mif1|msf1)|RIFF....AVI |\x1aE\xdf\xa3",
     N_("A video. Save single frames as JPEG or PNG.")),
    (rb"%PDF", N_("A PDF document. Save its pages or pictures as JPEG or PNG.")),
    (rb"%!PS|\xc5\xd0\xd3\xc6", N_("A PostScript drawing. Export it as PNG.")),
    (rb"8BPS", N_("A Photoshop file. Export it as PNG.")),
    (rb"\xff\x0a|\0\0\0\x0cJXL ", N_("JPEG XL is not supported. Export it as PNG or JPEG.")),
    (rb"\s*(\xef\xbb\xbf)?\s*<(!doctype html|html|head)",
     N_("A web page, not a picture. Download the picture itself.")),
    (rb".{0,2000}<svg[\s>]", N_("An SVG drawing, which has no pixels. Export it as PNG.")),
)  # fmt: skip
_BEGINS_AS_PICTURE = rb"\xff\xd8\xff|\x89PNG|GIF8|RIFF....WEBP|BM|II\*\0|MM\0\*|....ftypavi[fs]"

_SHOWN = (  # what browsers show, by how the file begins
    (rb"\xff\xd8\xff", "image/jpeg"), (rb"\x89PNG", "image/png"), (rb"GIF8", "image/gif"), (rb"BM", "image/bmp"),
    (rb"RIFF....WEBP", "image/webp"), (rb"....ftypavi[fs]", "image/avif"),
)  # fmt: skip


def media_type(path: Path) -> str | None:
    """None where a browser does not show such a picture."""
    head = _head(path)
    return next((kind for begins, kind in _SHOWN if re.match(begins, head, re.DOTALL)), None)


def why_not(path: Path) -> str | None:
    """The reason (a message id) for not even trying to read the file as a picture, or None."""
    head = _head(path)
    for begins, reason in _KINDS:
        if re.match(begins, head, re.DOTALL | re.IGNORECASE):
            return reason
    return IS_RAW if path.suffix in RAW else None


def begins_as_picture(path: Path) -> bool:
    return re.match(_BEGINS_AS_PICTURE, _head(path), re.DOTALL) is not None


def is_raw(picture: Image.Image) -> bool:
    """Raw files of many cameras are TIFFs whose first picture is a small preview (tag 254) or which say DNG (50706)."""
    tags = getattr(picture, "tag_v2", {})
    return 50706 in tags or bool(tags.get(254, 0) & 1)


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(2048)
