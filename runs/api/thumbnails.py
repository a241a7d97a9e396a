"""A data set as one small picture: four of its samples, or the first lines of some. An SVG, as it holds both."""

from __future__ import annotations

import io
from base64 import b64encode
from collections.abc import Sequence
from xml.sax.saxutils import escape

from PIL import Image
from starlette.responses import Response

import cases
from cases.dataset import Dataset

SIDE = 96  # of the square, in its own units
SHOWN, LINES = 4, 6
WIDE = 1.6  # as wide as that, pictures lie below each other
LONGEST = 16  # characters of a line; the rest runs over the edge
GROUND, INK = "#fafaf8", "#26345e"  # a sheet of paper, in the light theme and in the dark
HEADERS = {
    "Cache-Control": "private, max-age=86400",
    "Content-Security-Policy": "default-src 'none'; img-src data:; style-src 'unsafe-inline'",  # opened by itself
}


def answer(dataset: Dataset) -> Response:
    """The picture; a sheet without anything on it where nothing is left to show."""
    case = cases.get(dataset.case)
    given = [case.thumbnail(dataset, row) for row in _varied(dataset, case.examples(dataset, max(SHOWN, LINES)))]
    there = [one for one in given if one is not None]
    pictures = [content for content, kind in there if kind.startswith("image/")]
    inside = _pictures(pictures[:SHOWN]) if pictures else _lines([content for content, _kind in there])
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {SIDE} {SIDE}">'
    sheet = f'<rect width="{SIDE}" height="{SIDE}" fill="{GROUND}"/>'
    return Response(f"{head}{sheet}{inside}</svg>", media_type="image/svg+xml", headers=HEADERS)


def _varied(dataset: Dataset, rows: Sequence[int]) -> list[int]:
    """One of each label first, then the second ones."""
    labels = dataset.samples["label"][list(rows)]
    return labels.groupby(labels, sort=False).cumcount().sort_values(kind="stable").index.tolist()


def _pictures(given: Sequence[bytes]) -> str:
    """Two by two, one alone over all of it, wide ones in two rows."""
    made = [_small(content) for content in given]
    wide = made[0].width > WIDE * made[0].height
    columns = 1 if wide or len(made) == 1 else 2
    rows = min(2, len(made) // columns)
    width, height = SIDE / columns, SIDE / rows
    return "".join(
        f'<image x="{place % columns * width:g}" y="{place // columns * height:g}" width="{width:g}" '
        f'height="{height:g}" preserveAspectRatio="xMidYMid slice" '
        f'href="data:image/webp;base64,{_encoded(picture)}"/>'
        for place, picture in enumerate(made[: columns * rows])
    )


def _small(content: bytes) -> Image.Image:
    """Of a picture that we made when the data were read, never of a file that was uploaded."""
    with Image.open(io.BytesIO(content)) as picture:
        picture.thumbnail((2 * SIDE, SIDE))
        return picture.copy()


def _encoded(picture: Image.Image) -> str:
    buffer = io.BytesIO()
    picture.save(buffer, "WEBP", quality=75)
    return b64encode(buffer.getvalue()).decode()


def _lines(given: Sequence[bytes]) -> str:
    """The first line of each text, without what XML cannot hold."""
    step = SIDE / (LINES + 1)
    lines = [content.decode(errors="replace").strip().split("\n", 1)[0][:LONGEST] for content in given[:LINES]]
    written = [escape("".join(letter for letter in line if letter.isprintable())) for line in lines]
    return f'<g font-family="sans-serif" font-size="10" fill="{INK}">' + "".join(
        f'<text x="6" y="{step * (n + 1):g}">{line}</text>' for n, line in enumerate(written)
    ) + "</g>"  # fmt: skip
