"""Pictures and sounds of a report, small and within the file itself.

They come from what was kept when the data were read; no file that was uploaded is opened.
"""

from __future__ import annotations

import io
from base64 import b64encode

import soundfile
from PIL import Image

import cases
from cases.dataset import Dataset

SIDE, WIDE = 192, 640  # pixels of a picture, and of a long one such as a spectrogram
LONG = 1.6  # as wide as that, a picture is long
SECONDS = 15  # of a recording; the rest is cut off


def picture(dataset: Dataset, row: int) -> str:
    """What the case shows of a sample as an address with its data; "" where that is no picture."""
    given = cases.get(dataset.case).thumbnail(dataset, row)
    if given is None or not given[1].startswith("image/"):
        return ""
    with Image.open(io.BytesIO(given[0])) as drawn:
        side = WIDE if drawn.width > LONG * drawn.height else SIDE
        drawn.thumbnail((side, side))
        buffer = io.BytesIO()
        drawn.convert("RGB").save(buffer, "WEBP", quality=75)
    return _address(buffer.getvalue(), "image/webp")


def text(dataset: Dataset, row: int) -> str:
    """What the case shows of a sample; "" where that is a picture."""
    given = cases.get(dataset.case).thumbnail(dataset, row)
    return given[0].decode(errors="replace") if given and given[1].startswith("text/") else ""


def sound(dataset: Dataset, row: int) -> str:
    """What a sample sounds like as an address with its data; "" where there is nothing to hear."""
    given = cases.get(dataset.case).audio(dataset, row)
    if given is None:
        return ""
    wave, rate = soundfile.read(io.BytesIO(given[0]), dtype="float32")
    buffer = io.BytesIO()
    soundfile.write(buffer, wave[: SECONDS * rate], rate, format="MP3", subtype="MPEG_LAYER_III")
    return _address(buffer.getvalue(), "audio/mpeg")


def _address(content: bytes, kind: str) -> str:
    return f"data:{kind};base64,{b64encode(content).decode()}"
