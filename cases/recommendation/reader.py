"""From what a person brought to people, items, and who had what and when."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from cases import data_export, versions
from cases.base import UploadedFile
from cases.dataset import Dataset
from cases.ingest.archives import SetAside
from cases.ingest.collection import CollectedFiles, Wanted, gather
from cases.ingest.titles import title_of
from cases.ranking import stats
from cases.ranking.interactions import FILE, USERS
from cases.recommendation import growth, metadata, pictures
from cases.recommendation.item_table import COLUMNS
from cases.recommendation.table_reader import NOBODY, WANTED, Read, collect
from cases.task_types import RANKING
from models.errors import N_, InputError
from models.progress import ProgressReporter

READER = 1  # see `Case.reader`
PICTURED = Wanted(pictures.SUFFIXES, WANTED.tables)
LEAST_PEOPLE, LEAST_ITEMS = 3, 5
_NEEDED = N_("One interaction per line, with user and item; the more items users share, the better.")


def read(
    parts: Sequence[UploadedFile], folder: Path, digest: str, report: ProgressReporter, columns: Mapping[str, str] = {},
    before: Dataset | None = None,
) -> Dataset:  # fmt: skip
    """Read the tables and number people and items; see `Case.read`. The samples of the data set are the items."""
    gathered = gather(parts, versions.begin(before, folder), PICTURED, report)
    found = collect(gathered, columns, report)
    for table in gathered.tables:
        table.path.unlink()  # they were read whole
    name = parts[0].name if len(parts) == 1 else title_of(parts)
    if before is not None and not len(found.told):
        _require_lines(found.had, name, len(found.set_aside))
    had, notes = _once_each(found)
    items = growth.items(before, _catalogue(had, found.told))
    items, unused = _pictured(items, gathered, folder, report, before)
    found = replace(found, set_aside=[*found.set_aside, *unused])
    had, users = _numbered(had, items["name"], growth.users(before))
    counted = found.counted
    if before is not None:
        counted, again = counted and growth.counts(before), notes
        had, notes = growth.joined(before, had, counted)
        notes = [*again, *notes]
    _require_enough(had, name, len(found.set_aside))
    notes = [*found.notes, *notes, *stats.notes(had, counted)]
    for note in notes:
        report.note(note["message"], **note["args"])
    had.to_parquet(folder / FILE)
    pd.DataFrame({"name": users}).to_parquet(folder / USERS)
    title = title_of(_interactions_first(parts, found.parts), (), gathered)
    dataset = Dataset(folder, digest, "recommendation", title, (), task_type=RANKING, reader=READER)
    _keep_users(folder, users.tolist(), found, before)
    besides = metadata.table(items["name"].tolist(), found.items, None if before is None else before.metadata)
    dataset.save(stats.measured(items, had), versions.aside(before, _table(found.set_aside)), notes, besides)
    return dataset


def _keep_users(folder: Path, users: Sequence[str], found: Read, before: Dataset | None) -> None:
    table = metadata.table(users, found.users, None if before is None else metadata.of_users(before.folder))
    if len(table.columns):
        table.to_parquet(folder / metadata.USERS)


def _pictured(
    items: pd.DataFrame, gathered: CollectedFiles, folder: Path, report: ProgressReporter, before: Dataset | None
) -> tuple[pd.DataFrame, list[SetAside]]:
    """Keep the pictures that came with the items small, beside those of the earlier version; the files go."""
    if before is not None:
        versions.link_all(before.folder / pictures.FOLDER, folder / pictures.FOLDER)
    found = pictures.keep(items, gathered.files, folder, report)
    for file in gathered.files:
        file.path.unlink()
    return found


def _interactions_first(parts: Sequence[UploadedFile], bring: frozenset[int]) -> list[UploadedFile]:
    """What somebody had names the data rather than what was had."""
    return [parts[number] for number in sorted(range(len(parts)), key=lambda number: number not in bring)]


def _once_each(found: Read) -> tuple[pd.DataFrame, list[dict[str, Any]]]:
    """What somebody had several times is there once, as it was last; of counts the sum. The earliest comes first, what
    came at the same moment in the order of the files."""
    had = found.had.reset_index(drop=True)
    if len(had):
        had = had.iloc[np.lexsort((had.index, had["time"].fillna(-np.inf)))]
    pairs = had[["user", "item"]]
    again = pairs.duplicated(keep="last")
    if not again.any():
        return had, []
    if found.counted:
        had = had.assign(value=had.groupby(["user", "item"], sort=False)["value"].transform("sum"))
    message = (
        N_("{n} lines repeat a user–item pair; their counts are added up.") if found.counted else
        N_("{n} lines repeat a user–item pair; the last line of each pair is used.")
    )  # fmt: skip
    return had[~again], [{"message": message, "args": {"n": int(again.sum())}}]


def _catalogue(had: pd.DataFrame, told: pd.DataFrame) -> pd.DataFrame:
    """Every item once, those that are described first: name, file, label, split, titled, genres, text, year and
    image."""
    described = told.drop_duplicates("id") if len(told) else told
    others = pd.Index(had["item"]).unique().difference(described["id"], sort=False)
    items = pd.concat([described, pd.DataFrame({"id": others}).reindex(columns=list(COLUMNS), fill_value="")])
    titles = items["title"].where(items["title"] != "", items["id"])
    return pd.DataFrame({
        "name": items["id"].to_numpy(), "file": "", "label": titles.to_numpy(), "split": "",
        "titled": (items["title"] != "").to_numpy(), "genres": items["genres"].to_numpy(),
        "text": items["text"].to_numpy(), "year": items["year"].to_numpy(), "image": items["image"].to_numpy(),
    })  # fmt: skip


def _numbered(had: pd.DataFrame, names: pd.Series, known: Sequence[str]) -> tuple[pd.DataFrame, pd.Index]:
    """With the numbers of user and item in place of their names; and the users' names, those `known` before first."""
    numbers, users = pd.factorize(pd.concat([pd.Series(known, dtype="str"), had["user"]], ignore_index=True))
    items = pd.Series(np.arange(len(names), dtype=np.int32), index=names)
    table = pd.DataFrame({
        "user": numbers[len(known) :].astype(np.int32), "item": had["item"].map(items).to_numpy(np.int32),
        "value": had["value"].to_numpy(np.float32), "time": had["time"].to_numpy(np.float64),
        "part": had["part"].astype("category").to_numpy(),
    })  # fmt: skip
    return table, users


def _require_enough(had: pd.DataFrame, name: str, set_aside: int) -> None:
    people, items = had["user"].nunique(), had["item"].nunique()
    if people >= LEAST_PEOPLE and items >= LEAST_ITEMS:
        return
    _require_lines(had, name, set_aside)
    n = people if people < LEAST_PEOPLE else items
    users = N_("“{name}” holds one user only.") if n == 1 else N_("“{name}” holds {n} users.")
    things = N_("“{name}” holds one item only.") if n == 1 else N_("“{name}” holds {n} items.")
    raise InputError(
        found=users if people < LEAST_PEOPLE else things,
        expected=N_(
            "At least {people} users and {items} items are needed: collaborative filtering learns from shared items."
        ),
        remedy=N_("Add more data, or choose the user and item columns."),
        name=name,
        n=n,
        people=LEAST_PEOPLE,
        items=LEAST_ITEMS,
    )


def _require_lines(had: pd.DataFrame, name: str, set_aside: int) -> None:
    if not len(had):
        raise InputError(
            found=NOBODY,
            expected=_NEEDED,
            remedy=N_("Upload a table with the columns user and item; rating and time help."),
            name=name,
            set_aside=set_aside,
        )


def exported(dataset: Dataset) -> Iterator[data_export.Entry]:
    """See `Case.exported`: a table of interactions, and one of the items where anything is told of them."""
    kept, users = dataset.kept, pd.read_parquet(dataset.folder / USERS)["name"]
    had = pd.read_parquet(dataset.folder / FILE)
    had = had[had["item"].isin(kept.index)]
    items = dataset.as_read["name"].to_numpy()
    table = pd.DataFrame({"user": users.to_numpy()[had["user"]], "item": items[had["item"]]})
    counted = growth.counts(dataset)
    for name, heading in (("value", "count" if counted else "rating"), ("time", "timestamp")):
        if had[name].notna().any():
            table[heading] = [f"{value:.10g}" if value == value else "" for value in had[name]]
    yield "interactions.csv", data_export.csv(data_export.with_parts(table, had["part"].astype(str)))
    titled = kept["label"] != kept["name"]
    if (titled | (kept["genres"] != "") | (kept["text"] != "")).any():
        yield "items.csv", data_export.csv(pd.DataFrame({
            "id": kept["name"], "title": kept["label"].where(titled, ""), "genres": kept["genres"],
            "description": kept["text"],
        }))  # fmt: skip


def shown(dataset: Dataset, row: int) -> tuple[bytes, str] | None:
    """See `Case.thumbnail`: title, genres and description."""
    if row not in dataset.samples.index:
        return None
    sample = dataset.samples.loc[row]
    told = "\n".join(part for part in (sample["label"], sample["genres"].replace("|", " · "), sample["text"]) if part)
    return told.encode(), "text/plain; charset=utf-8"


def _table(aside: Sequence[SetAside]) -> pd.DataFrame:
    return pd.DataFrame([(one.path, one.reason) for one in aside], columns=["name", "reason"])
