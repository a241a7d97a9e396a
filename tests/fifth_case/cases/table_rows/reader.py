"""From uploaded tables to a data set of rows, and to rows whose class is to be predicted."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

import pandas as pd

from cases import data_export, versions
from cases.base import UploadedFile, WorkDirs
from cases.dataset import Dataset
from cases.ingest import tables
from cases.ingest.archives import Member, SetAside, Unpacked
from cases.ingest.collection import SourceFile, Wanted, gather
from cases.ingest.label_cells import LabelCells
from cases.ingest.tables.headings import LABEL, word
from cases.ingest.titles import title_of
from cases.table_rows import schema
from cases.table_rows.predict import encode, parse
from models.errors import N_, InputError
from models.progress import QUIET, ProgressReporter

READER = 1  # see `Case.reader`
WANTED = Wanted(frozenset(), tables.ALL)
EMPTY = N_("A cell of the row is empty.")
NEEDED = N_("A table needs headings, and one line per row with a class and at least one other value.")


@dataclass
class Rows:
    """What tables give: samples with name, label, split and text; lines that are of no use."""

    samples: list[dict[str, Any]] = field(default_factory=list)
    set_aside: list[SetAside] = field(default_factory=list)


def read(
    parts: Sequence[UploadedFile],
    place: WorkDirs,
    digest: str,
    report: ProgressReporter,
    columns: Mapping[str, str] = {},
    before: Dataset | None = None,
) -> Dataset:
    """See `Case.read`."""
    gathered = gather(parts, versions.begin(before, place.folder), WANTED, report)
    found, cells = Rows(set_aside=list(gathered.set_aside)), LabelCells(columns)
    for table in gathered.tables:
        _take(table, found, cells)
    frame = versions.joined(before, pd.DataFrame(found.samples, columns=["name", "file", "label", "split", "text"]))
    classes = tuple(sorted(frame["label"].unique()))
    if len(classes) < 2:
        raise InputError(
            found=N_("“{name}” holds rows of {n} classes."),
            expected=N_("At least two classes are needed."),
            remedy=N_("Check that the column of classes is called “class”, or is the last one."),
            name=parts[0].name,
            n=len(classes),
        )
    rows = [parse(text) for text in frame["text"]]
    known = schema.find(rows)
    schema.save(known, place.folder)
    copies = schema.copies(frame["text"].tolist())
    frame = frame.assign(distance=schema.distances(encode(known, rows)), same=copies, alike=copies)
    aside = pd.DataFrame([(one.path, one.reason) for one in found.set_aside], columns=["name", "reason"])
    dataset = Dataset(place.folder, digest, "table_rows", title_of(parts, classes, gathered), classes, reader=READER)
    dataset.save(frame, versions.aside(before, aside), [*_notes(rows, known), *cells.notes()])
    return dataset


def batch(part: UploadedFile, folder: Path) -> Unpacked:
    """See `Case.batch`: a file for each row, without its class if it has one."""
    gathered = gather([part], folder / "brought", WANTED, QUIET)
    members = []
    for table in gathered.tables:
        for line, pairs in _lines(table):
            file = folder / f"{len(members) + 1}.txt"
            file.write_text(written(pairs), "utf-8")
            members.append(Member(f"{table.name}:{line}", file, "; ".join(pairs.values())))
    if not members:
        raise InputError(
            found=N_("“{name}” holds no rows."), expected=NEEDED,
            remedy=N_("Bring a table with the columns that the model was trained on."), name=part.name,
        )  # fmt: skip
    return Unpacked(members, gathered.set_aside)


def shown(dataset: Dataset, row: int) -> tuple[bytes, str] | None:
    """See `Case.thumbnail`."""
    samples = dataset.samples
    return (samples.at[row, "text"].encode(), "text/plain; charset=utf-8") if row in samples.index else None


def exported(dataset: Dataset) -> Iterator[data_export.Entry]:
    """See `Case.exported`: the rows with their classes."""
    kept = dataset.kept
    rows = pd.DataFrame([parse(text) for text in kept["text"]]).assign(**{"class": kept["label"].to_numpy()})
    yield "rows.csv", data_export.csv(data_export.with_parts(rows, kept["split"]))


def written(pairs: Mapping[str, str]) -> str:
    """A row as a person reads it, as a model is given it, and as `parse` takes it."""
    return "\n".join(f"{name}: {value}" for name, value in pairs.items())


def _take(table: SourceFile, found: Rows, cells: LabelCells) -> None:
    for line, pairs in _lines(table):
        kind = next((name for name in pairs if word(name) in LABEL), [*pairs][-1])
        name = PurePosixPath(table.name).name
        label, name = cells.of_column(name, kind)(pairs.pop(kind)), f"{name}:{line}"
        if not label or not pairs or not all(pairs.values()):
            found.set_aside.append(SetAside(name, EMPTY))
        else:
            found.samples.append({"name": name, "file": "", "label": label, "split": table.split,
                                  "text": written(pairs)})  # fmt: skip
    table.path.unlink()  # it was read whole


def _lines(source: SourceFile) -> Iterator[tuple[int, dict[str, str]]]:
    """The number of each line, and its heading → cell."""
    table = tables.read(source.path, PurePosixPath(source.name).name)
    headings = table.headings or tuple(cell.strip() for cell in table.records[0].cells)
    named = [re.sub("[:：]", " ", name) or str(number) for number, name in enumerate(headings, start=1)]
    for record in table.records if table.headings else table.records[1:]:
        yield record.line, {name: " ".join(record.cell(at).split()) for at, name in enumerate(named)}


def _notes(rows: Sequence[Mapping[str, str]], known: Mapping[str, Any]) -> list[dict[str, Any]]:
    message = N_("Columns of numbers: {numbers}. Columns of words: {words}. Left out, as hardly a value is there "
                 "twice: {others}.")  # fmt: skip
    told = {"numbers": known["numbers"], "words": [*known["words"]], "others": schema.left_out(rows, known)}
    return [{"message": message, "args": {name: ", ".join(found) or "–" for name, found in told.items()}}]
