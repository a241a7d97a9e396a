"""A data set with its corrections as one download, made while it is sent: a zip, or the table itself."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Any
from urllib.parse import quote

from starlette.responses import Response, StreamingResponse

import cases
from cases.data_export import Entry, safe
from cases.dataset import Dataset
from runs.exports import notebook
from runs.store.records import Run

PIECE = 256 * 1024  # bytes of a file that are read at once
DEFLATED = frozenset({".csv", ".txt", ".wav", ".bmp"})  # pictures and most sounds are packed already


class Sink:
    """What a zip writes to and cannot go back in; `taken` hands over what came since."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def write(self, piece: bytes) -> int:
        self._pieces.append(bytes(piece))
        return len(piece)

    def flush(self) -> None:
        """Nothing waits here."""

    def taken(self) -> bytes:
        whole = b"".join(self._pieces)
        self._pieces.clear()
        return whole


def answer(dataset: Dataset) -> Response:
    """Raises OSError where a file of it is no longer there."""
    entries = iter(cases.get(dataset.case).exported(dataset))
    first, more = next(entries, None), next(entries, None)
    if first is not None and more is None and not isinstance(first[1], Path):
        return _sent(first[1], f"{dataset.name}.csv", "text/csv; charset=utf-8")
    return _zip([one for one in (first, more) if one is not None] + list(entries), dataset.name)


def with_notebook(dataset: Dataset, settings: Mapping[str, Any], language: str, run: Run | None) -> Response:
    """See `runs.exports.notebook.entries`. Raises OSError where a file is no longer there."""
    case = cases.get(dataset.case)
    record = notebook.record(case, dataset, settings, run)
    return _zip([*notebook.entries(case, dataset, record, language)], dataset.name)


def _zip(whole: Sequence[Entry], name: str) -> Response:
    for _name, content in whole:
        if isinstance(content, Path):
            content.stat()
    return _sent(zipped(whole), f"{name}.zip", "application/zip")


def zipped(entries: Iterable[Entry]) -> Iterator[bytes]:
    """The bytes of a zip of these, as they come to be."""
    sink = Sink()
    with zipfile.ZipFile(sink, "w") as archive:  # type: ignore[call-overload]
        for name, content in entries:
            info = zipfile.ZipInfo(name)
            packed = Path(name).suffix in DEFLATED
            info.compress_type = zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED
            info.external_attr = 0o644 << 16
            with archive.open(info, "w", force_zip64=True) as member:
                for piece in _pieces(content):
                    member.write(piece)
                    if there := sink.taken():
                        yield there
    yield sink.taken()


def _pieces(content: Path | Iterator[bytes]) -> Iterator[bytes]:
    if not isinstance(content, Path):
        yield from content
        return
    with content.open("rb") as file:
        while piece := file.read(PIECE):
            yield piece


def _sent(pieces: Iterable[bytes], name: str, kind: str) -> Response:
    pieces = iter(pieces)
    begun = next(pieces, b"")  # what fails at once fails before anything is promised
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(safe(name))}", "Cache-Control": "no-store"}
    return StreamingResponse(chain([begun], pieces), media_type=kind, headers=headers)
