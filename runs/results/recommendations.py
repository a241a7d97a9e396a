"""What evaluated runs would have shown each user of the test part; read once and kept in memory."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path

import pandas as pd

from cases.dataset import Dataset
from cases.ranking import interactions, timestamps
from runs import integrity, paths
from runs.store import dataset_rows, datasets, folders
from runs.store.records import Run

MAP = "catalogue.parquet"


def of(run: Run) -> pd.DataFrame | None:
    """The columns that the case's evaluation has, by the number of the user; None for a run that was not evaluated, or
    whose answers are damaged."""
    path = folders.run(run.id) / "predictions.parquet"
    if not run.result or not path.exists() or integrity.of_answers(run.id):
        return None
    return _read(path, path.stat().st_mtime_ns)


def users(run: Run) -> list[str]:
    """The name of each user, by their number."""
    return _users(paths.datasets() / str(run.dataset) / "users.parquet")


def has_users(run: Run) -> bool:
    """Whether the data of the run are there."""
    folder = paths.datasets() / str(run.dataset)
    return datasets.is_there(str(run.dataset), run.owner) and (folder / interactions.USERS).exists()


def map_of(run: Run) -> pd.DataFrame | None:
    """The columns item, x and y; None where it was not drawn or is damaged, or the bundle is gone."""
    path = folders.run(run.id) / MAP
    if not path.exists() or not (folders.run(run.id) / "bundle/items.json").exists() or integrity.of_answers(run.id):
        return None
    return pd.read_parquet(path)


def titles(run: Run) -> dict[str, list]:
    """ids, titles, genres and people of the items, in the order of their numbers, as the bundle has them.

    Raises:
        InputError: what the bundle has of them is damaged.
    """
    integrity.require_model(run.id, "items.json")
    path = folders.run(run.id) / "bundle/items.json"
    return _items(path, path.stat().st_mtime_ns)


def parts(run: Run) -> frozenset[str]:
    """What the model's scores come from: network, list or both."""
    path = folders.run(run.id) / "bundle/preprocessing.json"
    return _parts(path, path.stat().st_mtime_ns)


def history(run: Run, user: int) -> tuple[list[int], list[int]]:
    """The numbers of the items that a user has, the earliest first, and of those they rated low."""
    folder, min_rating = paths.datasets() / str(run.dataset), run.settings.get("min_rating")
    return interactions.of_user(Dataset.open(folder), user, _bar(folder, min_rating))


def is_timed(run: Run) -> bool:
    """Whether the interactions have times, so that a user has latest ones."""
    return _is_timed(paths.datasets() / str(run.dataset) / interactions.FILE)


def pictures(run: Run) -> list[str]:
    """The address of a picture of each item, by its number, "" where there is none; [] where the data have none or
    were deleted."""
    row = dataset_rows.by_id(str(run.dataset), run.owner)
    return list(_pictures(datasets.folder(row.id))) if row else []


def reads_texts(run: Run) -> bool:
    """Whether the model embeds an item from its text, so that it can recommend one without interactions."""
    return (folders.run(run.id) / "bundle/text.onnx").exists()


@lru_cache(maxsize=8)
def _read(path: Path, _written: int) -> pd.DataFrame:
    return pd.read_parquet(path).set_index("id")


@lru_cache(maxsize=64)
def _is_timed(path: Path) -> bool:
    return timestamps.ordered(pd.read_parquet(path, columns=["time"])["time"].to_numpy())


@lru_cache(maxsize=8)
def _users(path: Path) -> list[str]:
    return pd.read_parquet(path)["name"].tolist()


@lru_cache(maxsize=8)
def _parts(path: Path, _written: int) -> frozenset[str]:
    return frozenset(json.loads(path.read_text("utf-8")).get("parts", {"network": ""}))


@lru_cache(maxsize=8)
def _bar(folder: Path, min_rating: float | str | None) -> float | None:
    """The minimum of a positive rating; a data set never changes."""
    return interactions.minimum(Dataset.open(folder), min_rating)


@lru_cache(maxsize=8)
def _pictures(folder: Path) -> tuple[str, ...]:
    items = Dataset.open(folder).as_read if (folder / "facts.json").exists() else {}
    found = tuple(items["image"].tolist()) if "image" in items else ()
    return found if any(found) else ()


@lru_cache(maxsize=4)
def _items(path: Path, _written: int) -> dict[str, list]:
    return json.loads(path.read_text("utf-8"))
