"""An item of a data set as an answer to the browser: what it looks like, or how it sounds."""

from __future__ import annotations

import re

from starlette.requests import Request
from starlette.responses import FileResponse, Response

import cases
from cases.dataset import Dataset
from models.errors import N_
from runs.api import numbers
from runs.api.numbers import MOST_BYTES
from runs.api.responses import refusal

RANGE = re.compile(r"bytes=(\d+)-(\d*)", re.ASCII)


def answer(request: Request, dataset: Dataset, row: int, *, seconds: int) -> Response:
    """What the case shows of it; with `heard` in the address what can be played, with `picture` the one that came with
    it. The browser may keep it so long."""
    case, asked = cases.get(dataset.case), request.query_params
    given = (case.audio if "heard" in asked else case.picture if "picture" in asked else case.thumbnail)(dataset, row)
    if given is None:
        return refusal(request, 404, N_("Example not found."))
    content, media_type = given
    headers = {"Cache-Control": f"private, max-age={seconds}"}
    return part_of(request, content, media_type, headers)


def whole(request: Request, dataset: Dataset, row: int, *, seconds: int) -> Response:
    """The file as it came, where a browser can show it; nothing else is taken for what it says to be."""
    given = cases.get(dataset.case).original(dataset, row)
    if given is None:
        return refusal(request, 404, N_("Example not found."))
    path, media_type = given
    headers = {"Cache-Control": f"private, max-age={seconds}", "X-Content-Type-Options": "nosniff"}
    return FileResponse(path, media_type=media_type, headers=headers)


def part_of(request: Request, content: bytes, media_type: str, headers: dict[str, str]) -> Response:
    """The bytes that were asked for: some browsers play nothing that cannot be had in parts."""
    headers = {**headers, "Accept-Ranges": "bytes"}
    asked = RANGE.fullmatch(request.headers.get("range", ""))
    if not asked:
        return Response(content, media_type=media_type, headers=headers)
    start, last = numbers.whole(asked[1], MOST_BYTES), len(content) - 1
    end = last if (named := numbers.whole(asked[2], MOST_BYTES)) is None else min(named, last)
    if start is None or start > end:
        return Response(status_code=416, headers={**headers, "Content-Range": f"bytes */{len(content)}"})
    headers["Content-Range"] = f"bytes {start}-{end}/{len(content)}"
    return Response(content[start : end + 1], 206, media_type=media_type, headers=headers)
