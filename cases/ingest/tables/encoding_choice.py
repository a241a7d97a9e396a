"""Tables and texts whose encoding nobody has said: what a person is shown to choose it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath

from cases import limits
from cases.ingest.tables import ENCODING, TYPED, encoding_detector
from cases.ingest.tables import encoding as tables_encoding
from cases.ingest.tables.previews import LINES, LONGEST, Column, Preview
from models.errors import InputError


def settled(path: Path, name: str, asked: Mapping[str, str]) -> tuple[Mapping[str, str], InputError | None]:
    """`asked`, with the likeliest encoding where it is in doubt; and the error which says that it is."""
    content = _content(path, name)
    if content is None or tables_encoding.encoding_of(content, asked.get(ENCODING, "")):
        return asked, None
    return {**asked, ENCODING: encoding_detector.likely(content)}, tables_encoding.in_doubt(name)


def told(preview: Preview, path: Path, name: str, asked: Mapping[str, str], doubt: InputError | None) -> Preview:
    """The preview with the encodings there are to choose from; `asked` and `doubt` as `settled` gave them."""
    content = _content(path, name)
    if content is None or not tables_encoding.guessed(content):
        return preview
    encoding = asked.get(ENCODING) or tables_encoding.encoding_of(content) or ""
    error = doubt.as_json() if doubt else preview.error
    return replace(preview, encoding=encoding, samples=tables_encoding.samples([content]), error=error)


def of_texts(name: str, contents: Sequence[bytes], asked: str) -> Preview | None:
    """The same of files that are a text each; None where their encoding is no question."""
    unsaid = [content for content in contents if tables_encoding.guessed(content)]
    if not unsaid:
        return None
    samples = tables_encoding.samples(unsaid)
    known = asked or encoding_detector.tell(b"\n".join(unsaid))
    encoding = known or encoding_detector.likely(b"\n".join(unsaid))
    lines = tuple((line[:LONGEST],) for line in samples.get(encoding, ())[:LINES])
    error = None if known else tables_encoding.in_doubt(name).as_json()
    return Preview(name, (Column("1", ""),), lines, len(unsaid), (), error, encoding, samples)


def _content(path: Path, name: str) -> bytes | None:
    """None for what says itself how it is written."""
    typed = PurePosixPath(name).suffix.lower() in TYPED
    return None if typed or path.stat().st_size > limits.table_bytes() else tables_encoding.telling(path)
