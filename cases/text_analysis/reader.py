"""From what a person brought to a data set of texts, and to texts whose class is to be predicted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from cases import data_export, versions
from cases.base import UploadedFile
from cases.dataset import Dataset
from cases.ingest.archives import Member, SetAside, Unpacked
from cases.ingest.collection import CollectedFiles, gather
from cases.ingest.titles import title_of
from cases.settings import default, knobs
from cases.text_analysis import duplicates, text_stats
from cases.text_analysis.settings import Settings
from cases.text_analysis.text_reader import WANTED, Texts, collect, unlabelled
from cases.text_analysis.text_stats import Count
from models.errors import N_, InputError
from models.pretrained import catalog
from models.progress import QUIET, ProgressReporter
from models.text import tokenizer

READER = 1  # see `Case.reader`
MOST_CLASSES = 1000


def read(
    parts: Sequence[UploadedFile], folder: Path, digest: str, report: ProgressReporter, *, count: Count,
    columns: Mapping[str, str] = {}, before: Dataset | None = None,
) -> Dataset:  # fmt: skip
    """Gather the texts and look at every one once; see `Case.read`.

    Args:
        count: texts → their numbers of tokens, with the marks at both ends and uncut (`Tokeniser.lengths`).
        columns: text, label or part → the column of the tables that a person chose for it.
    """
    gathered = gather(parts, versions.begin(before, folder), WANTED, report)
    texts = collect(gathered, columns, report)
    _keep(gathered, texts)
    name = parts[0].name if len(parts) == 1 else title_of(parts)
    table = texts.samples.table(folder / "files")
    _require_some(table, name, len(texts.set_aside))
    table = versions.joined(before, table)
    _require_classes(table, name)
    table = table.join(text_stats.of(table["text"], count, report))
    table = table.join(duplicates.find(table["text"], folder, report))
    for note in texts.notes:
        report.note(note["message"], **note["args"])
    classes = tuple(sorted(table["label"].unique()))
    dataset = Dataset(folder, digest, "text_analysis", title_of(parts, classes, gathered), classes, reader=READER)
    besides = versions.metadata(before, texts.samples.metadata())
    dataset.save(table, versions.aside(before, _table(texts.set_aside)), texts.notes, besides)
    return dataset


def counting(models: Path) -> Count:
    """How the default model counts tokens, where it is here, else another that is; tokenizers are kept in `models`."""
    usual = default(knobs(Settings)["model"][0])
    here = [one.id for one in catalog.models_for("text") if catalog.is_here(one, models)]
    return tokenizer.load(catalog.folder(here[0] if here and usual not in here else usual, models)).lengths


def shown(dataset: Dataset, row: int) -> tuple[bytes, str] | None:
    """See `Case.thumbnail`."""
    samples = dataset.samples
    return (samples.at[row, "text"].encode(), "text/plain; charset=utf-8") if row in samples.index else None


def exported(dataset: Dataset) -> Iterator[data_export.Entry]:
    """See `Case.exported`: a table of texts and labels."""
    kept = dataset.kept
    table = pd.DataFrame({"text": kept["text"], "label": kept["label"]})
    yield "texts.csv", data_export.csv(data_export.with_parts(table, dataset.split))


def batch(part: UploadedFile, folder: Path) -> Unpacked:
    """See `Case.batch`: a text a file, `1.txt` and so on."""
    texts = unlabelled(gather([part], folder / "brought", WANTED, QUIET), QUIET, whole=True)
    if not texts.samples:
        raise InputError(
            found=N_("“{name}” holds no text; {set_aside} lines or files were skipped."),
            expected=N_("Needed: a table with a text column, a .txt with one text per line, or zipped .txt files."),
            remedy=N_("Put one text per line into a .txt and upload it."),
            name=part.name,
            set_aside=len(texts.set_aside),
        )
    members, said = [], texts.samples.metadata().astype(str)
    for number, ((name, text), cells) in enumerate(zip(texts.samples, said.to_numpy(), strict=True), start=1):
        file = folder / f"{number}.txt"
        file.write_text(text, "utf-8", newline="")
        members.append(Member(name, file, text, dict(zip(said.columns, cells, strict=True))))
    return Unpacked(members, texts.set_aside)


def _keep(gathered: CollectedFiles, texts: Texts) -> None:
    """Of the files only those that are a text each."""
    kept = {*texts.samples.paths.values()}
    for found in (*gathered.files, *gathered.tables):
        if found.path not in kept:
            found.path.unlink()


def _table(aside: Sequence[SetAside]) -> pd.DataFrame:
    return pd.DataFrame([(one.path, one.reason) for one in aside], columns=["name", "reason"])


def _require_some(samples: pd.DataFrame, name: str, set_aside: int) -> None:
    if samples.empty:
        raise InputError(
            found=N_("“{name}” holds no usable text; {set_aside} lines or files were skipped."),
            expected=N_("Each text needs a class from a table, its folder or your input."),
            remedy=N_("Upload a table with a text and its class in each line."),
            name=name,
            set_aside=set_aside,
        )


def _require_classes(samples: pd.DataFrame, name: str) -> None:
    classes = sorted(samples["label"].unique())
    more: dict[str, Any] = {"name": name}
    if len(classes) == 1:
        found = N_("“{name}” holds one class only, “{label}”.")
        expected = N_("At least two classes are needed.")
        remedy = N_("Add texts of a second class.")
        more["label"] = classes[0]
    elif len(classes) > MOST_CLASSES:
        found = N_("“{name}” holds {n} classes for {total} texts.")
        expected = N_("At most {limit} classes are supported.")
        remedy = N_("Choose another class column, or merge similar classes.")
        more |= {"n": len(classes), "total": len(samples), "limit": MOST_CLASSES}
    else:
        return
    raise InputError(found=found, expected=expected, remedy=remedy, **more)
