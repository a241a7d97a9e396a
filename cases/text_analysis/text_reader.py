"""From what a person brought to texts with their classes: a text a file, a text a line, or the lines of a table."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

from cases import labels
from cases.ingest import tables
from cases.ingest.archives import SetAside
from cases.ingest.collection import CollectedFiles, SourceFile, Wanted
from cases.ingest.label_cells import LabelCells
from cases.ingest.labeled_files import folder_notes, of_files, part_for
from cases.ingest.tables import ENCODING, columns, encoding_detector
from cases.ingest.tables.encoding import REPLACED, decode, guessed, in_doubt
from cases.ingest.tables.text_files import LONGEST, MOST_BYTES, TOO_LONG, opened
from cases.text_analysis.table_rows import NO_CHARACTERS, NO_TEXT, lines_of
from cases.text_analysis.text_rows import TextRows
from models.errors import N_, InputError
from models.progress import ProgressReporter

WANTED = Wanted(frozenset({".txt"}), tables.ALL)
CHECKED_EVERY = 1000  # files; then a stop is heard


@dataclass(frozen=True)
class Texts:
    samples: TextRows = field(default_factory=TextRows)
    set_aside: list[SetAside] = field(default_factory=list)
    notes: list[dict[str, Any]] = field(default_factory=list)


def collect(gathered: CollectedFiles, asked: Mapping[str, str], report: ProgressReporter) -> Texts:
    """The labelled texts. `asked`: text, label or part → the column of the tables that a person chose for it.

    Text that was typed or pasted for a class is a text a line. A .txt in a class folder is one text; elsewhere it is
    a table. A table in an archive that is about something else is set aside, unless there is nothing else.

    Raises:
        InputError: a table cannot be used, or none has a column that was chosen.
    """
    texts = Texts(set_aside=list(gathered.set_aside))
    files = [found for found in gathered.files if not found.label]
    apart = _class_folders(files, asked)
    typed, cells = [found for found in gathered.files if found.label], LabelCells(asked)
    encoding = _encoding([*typed, *(found for found in files if (found.part, found.name) in apart)], asked)
    for found in typed:
        _add(texts, found, _lines(found, encoding), found.label, found.split)
    for number, found in enumerate(files):
        if number % CHECKED_EVERY == 0:
            report.check()
            report.progress("texts", number, len(files))
        if place := apart.get((found.part, found.name)):
            _add(texts, found, _whole(found, encoding), *place, own=True)
    listed = [*gathered.tables, *(found for found in files if (found.part, found.name) not in apart)]
    _follow(texts, listed, asked, report, cells)
    texts.notes.extend(cells.notes())
    texts.notes.extend(folder_notes([found for found in files if (found.part, found.name) in apart], asked))
    return texts


def unlabelled(gathered: CollectedFiles, report: ProgressReporter, *, whole: bool = False) -> Texts:
    """Texts without classes: a .txt in an archive is one text, another is a text a line. `whole`: with all that tables
    say of each."""
    texts = Texts(set_aside=list(gathered.set_aside))
    encoding = _encoding(gathered.files, {})
    for found in gathered.files:
        pieces = _lines(found, encoding) if found.beside else _whole(found, encoding)
        _add(texts, found, pieces, "", "")
    _follow(texts, gathered.tables, {}, report, None, whole=whole)
    return texts


def _class_folders(files: Sequence[SourceFile], asked: Mapping[str, str]) -> dict[tuple[int, str], tuple[str, str]]:
    """Upload and name of a file → class and part. A folder around class folders is none: a readme lies there."""
    folders = {(found.part, PurePosixPath(found.name).parent) for found in files}
    above = {(upload, folder) for upload, path in folders for folder in path.parents}
    placed = {}
    for found, (label, parts) in zip(files, of_files(files, asked), strict=True):
        folder = PurePosixPath(found.name).parent
        if label and (found.part, folder) not in above:
            placed[found.part, found.name] = label, part_for(found.split, parts)
    return placed


def _follow(
    texts: Texts, listed: Sequence[SourceFile], asked: Mapping[str, str], report: ProgressReporter,
    cells: LabelCells | None, *, whole: bool = False,
) -> None:  # fmt: skip
    refusals, headed = [], []
    for found in listed:
        report.check()
        try:
            lines = lines_of(found, asked, texts.samples, cells, several=len(listed) > 1, whole=whole)
        except InputError as refusal:
            if found.beside:
                raise
            refusals.append(refusal)
            texts.set_aside.append(SetAside(found.name, N_("A table without usable texts.")))
            continue
        headed.append((lines.table, lines.headings))
        texts.set_aside.extend(lines.set_aside)
        texts.notes.extend(lines.notes)
    if refusals and not texts.samples:
        raise refusals[0]
    columns.require(asked, headed)


def _add(
    texts: Texts, found: SourceFile, pieces: Iterable[tuple[str, str]], label: str, split: str, *, own: bool = False
) -> None:
    """`pieces` are what follows the file's name in the name of each text, and the text."""
    for where, content in pieces:
        text, name = content.strip(), found.name + where
        if reason := _why_useless(text):
            texts.set_aside.append(SetAside(name, reason, before=len(texts.samples)))
            continue
        texts.samples.add(name, labels.plain(label), split, text, path=found.path if own else None)


def _why_useless(text: str) -> str | None:
    if not text:
        return NO_TEXT
    if len(text) > LONGEST:
        return TOO_LONG
    return NO_CHARACTERS if "\0" in text else None


def _encoding(files: Sequence[SourceFile], asked: Mapping[str, str]) -> str:
    """That of files which do not say it themselves, found out from all of them together: each is too short for that.

    Raises:
        InputError: it is in doubt.
    """
    unsaid = [(found, content) for found in files if guessed(content := found.path.read_bytes())]
    if not unsaid or asked.get(ENCODING):
        return asked.get(ENCODING, "")
    if told := encoding_detector.tell(b"\n".join(content for _, content in unsaid)):
        return told if told in encoding_detector.CHOICES else ""
    raise in_doubt(unsaid[0][0].name)


def _lines(found: SourceFile, encoding: str) -> Iterator[tuple[str, str]]:
    """Those that are not empty; see `text_files.opened` for what it raises."""
    lines = enumerate(opened(found.path, found.name, encoding).lines(None), start=1)
    return ((f":{number}", line) for number, line in lines if line.strip())


def _whole(found: SourceFile, encoding: str) -> list[tuple[str, str]]:
    if found.path.stat().st_size > MOST_BYTES:
        return [("", REPLACED * (LONGEST + 1))]  # set aside like any that is too long
    try:
        return [("", decode(found.path.read_bytes(), found.name, encoding)[0])]
    except InputError:
        return [("", "\0")]  # set aside like a text with bytes that are no characters
