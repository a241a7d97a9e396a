"""Groups in texts that nobody has labelled, and from named groups to labelled texts."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from cases.base import UploadedFile, WorkDirs
from cases.clusters import Group, Groups
from cases.ingest import tables
from cases.ingest.collection import gather
from cases.settings import default, knobs
from cases.text_analysis import text_stats, vector_clusters
from cases.text_analysis.cluster_terms import ClusterTerms, words
from cases.text_analysis.settings import Settings
from cases.text_analysis.text_reader import WANTED, unlabelled
from cases.text_analysis.vector_clusters import Clustering
from models.errors import N_, InputError
from models.evaluation import projection
from models.pretrained import catalog
from models.progress import ProgressReporter
from models.storage import checksums
from models.storage.array_cache import ArrayCache
from models.text import tokenizer
from models.text.tokenizer import Tokeniser

MOST = 20_000  # texts that are looked at
TYPICAL = 3  # texts of a group that are shown
BATCH = 128  # texts between two words about the progress
TEXTS, VECTORS = "texts.parquet", "vectors.rows"


def group(
    parts: Sequence[UploadedFile],
    place: WorkDirs,
    report: ProgressReporter,
    *,
    model: str = default(knobs(Settings)["model"][0]),
) -> Groups:
    """See `cases.base.Grouping`. What was brought, and the vectors so far, are kept in the folder of `place`, so that
    work that was broken off goes on from there."""
    texts = _texts(parts, place.folder, report)
    weights = catalog.folder(model, place.cache / "models")
    tokeniser = tokenizer.load(weights)
    vectors = _vectors(texts["text"].tolist(), weights, tokeniser, place.folder, report)
    points = vector_clusters.directions(vectors, text_stats.languages(texts["text"].tolist()))
    choices = vector_clusters.numbers(texts["text"].nunique())
    found = vector_clusters.cluster(points, choices, report)
    report.check()
    report.progress("map", 0, 1)
    columns = {str(number): one.labels.astype(np.int16) for number, one in found.items()}
    items = texts.assign(**columns).join(_map(points))
    groups = Groups(items, _described(texts["text"], tokeniser, found), vector_clusters.suggested(points, found))
    checksums.discard(place.folder / VECTORS)  # the largest file, and of no more use
    return groups


def labelled(groups: Groups, labels: Sequence[str | None], name: str, folder: Path) -> UploadedFile:
    """See `cases.base.Grouping`."""
    path = folder / f"texts{tables.CLUSTERED}"
    with path.open("w", encoding="utf-8") as file:
        for text, label in zip(groups.items["text"], labels, strict=True):
            if label is not None:
                file.write(json.dumps({"text": text, "label": label}, ensure_ascii=False) + "\n")
    return UploadedFile(path, f"{name}{tables.CLUSTERED}")


def _texts(parts: Sequence[UploadedFile], folder: Path, report: ProgressReporter) -> pd.DataFrame:
    """Columns name and text; where there are many, some that chance has drawn.

    Raises:
        InputError: there are too few different ones.
    """
    kept = folder / TEXTS
    if checksums.intact(kept):
        return pd.read_parquet(kept)
    brought = folder / "brought"
    try:
        read = unlabelled(gather(parts, brought, WANTED, report), report)
    finally:
        shutil.rmtree(brought, ignore_errors=True)
    table = pd.DataFrame([*read.samples], columns=["name", "text"])
    _require_different(table["text"], ", ".join(part.name for part in parts), len(read.set_aside))
    if read.set_aside:
        report.note(N_("Skipped {n} lines or files without usable text."), n=len(read.set_aside))
    if len(table) > MOST:
        report.note(N_("{most:,} of {total:,} texts, drawn at random, were clustered. A model trained on them can "
                       "label the others."),
                    total=len(table), most=MOST)  # fmt: skip
        table = table.sample(MOST, random_state=0).sort_index(ignore_index=True)
    table.to_parquet(kept.with_suffix(".partial"))
    checksums.settle(kept.with_suffix(".partial"), kept)
    return table


def _require_different(texts: pd.Series, name: str, set_aside: int) -> None:
    least, different = 2 * vector_clusters.EACH, texts.nunique()
    if different < least:
        raise InputError(
            found=N_("“{name}” holds {n} texts, {different} of them different; {set_aside} lines or files were "
                     "skipped."),
            expected=N_("Clustering needs at least {least} different texts."),
            remedy=N_("Add more texts, one per line of a .txt or a table."),
            name=name, n=len(texts), different=different, set_aside=set_aside, least=least,
        )  # fmt: skip


def _vectors(
    texts: list[str], weights: Path, tokeniser: Tokeniser, folder: Path, report: ProgressReporter
) -> np.ndarray:
    """(texts, width)"""
    from models.text import encoder
    from models.training import device

    where = device.pick()
    body = encoder.load_body(weights).to(where)
    bf16 = device.use_bf16("auto", where)
    rows = ArrayCache(folder / VECTORS, len(texts), (encoder.width(body),), "float32")

    def make(start: int, stop: int) -> np.ndarray:
        return encoder.vectors(body, tokeniser, texts[start:stop], bf16=bf16, report=report)

    return np.array(encoder.meaning(rows.fill(make, BATCH, report, "features")))


def _described(texts: pd.Series, tokeniser: Tokeniser, found: Mapping[int, Clustering]) -> dict[int, tuple[Group, ...]]:
    telling, choices = ClusterTerms(words(texts.tolist(), tokeniser)), {}
    for number, one in found.items():
        told = telling.of(one.labels, number)
        sizes = np.bincount(one.labels, minlength=number)
        choices[number] = tuple(
            Group(int(sizes[place]), told[place], _typical(texts, one, place)) for place in range(number)
        )
    return choices


def _typical(texts: pd.Series, found: Clustering, group: int) -> tuple[int, ...]:
    """Rows of the texts nearest to the group's centre, each text once."""
    members = np.flatnonzero(found.labels == group)
    nearest = members[np.argsort(-found.nearness[members], kind="stable")]
    return tuple(int(row) for row in texts.iloc[nearest[: 20 * TYPICAL]].drop_duplicates().index[:TYPICAL])


def _map(points: np.ndarray) -> pd.DataFrame:
    """Columns x and y, of some where there are many."""
    drawn = np.sort(np.random.default_rng(0).permutation(len(points))[: projection.MOST])
    return pd.DataFrame(projection.flatten(points[drawn]), index=drawn, columns=["x", "y"])
