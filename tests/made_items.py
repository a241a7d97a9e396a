"""Readers who like one of three genres, called by words that the small language model knows; what is learnt of them."""

from __future__ import annotations

import numpy as np

from cases.base import UploadedFile, WorkDirs

GENRES = ("warm", "cold", "late")
BOOKS = 10  # of each genre
READERS = 60
QUICK = {
    "precision": "fp32",
    "epochs": 6,
    "width": 8,
    "max_history": 8,
    "text_pca_dims": 4,
    "heads": 2,
    "min_rating": "all",
}


def tables(readers=READERS):
    """A table of who read what and when, seven books each, mostly of one genre; and one of the books."""
    random = np.random.default_rng(0)
    lines = []
    for reader in range(readers):
        own = [f"b{reader % 3}{number}" for number in random.permutation(BOOKS)[:6]]
        other = f"b{(reader + 1) % 3}{random.integers(BOOKS)}"
        lines += [f"reader{reader},{book},{random.integers(1, 6)},{1_700_000_000 + 60 * when}"
                  for when, book in enumerate(random.permutation([*own, other]))]  # fmt: skip
    books = [
        f"b{genre}{number},good book {genre}{number},{GENRES[genre]}" for genre in range(3) for number in range(BOOKS)
    ]
    return "\n".join(["user,item,rating,timestamp", *lines]), "\n".join(["item,title,genres", *books])


def liked():
    """The first table, where all is liked alike, so that everything is positive."""
    head, *lines = tables()[0].splitlines()
    parts = (line.split(",") for line in lines)
    return "\n".join([head, *(f"{reader},{book},5,{when}" for reader, book, _rating, when in parts)])


def write(folder):
    """The data set of these tables, in `folder`."""
    from cases.recommendation import reader
    from models.progress import QUIET

    folder.mkdir()
    parts = []
    for name, content in zip(("ratings.csv", "books.csv"), tables(), strict=True):
        path = folder / name
        path.write_text(content, "utf-8")
        parts.append(UploadedFile(path, name))
    (folder / "data").mkdir()
    return reader.read(parts, folder / "data", "0123456789abcdef", QUIET)


def learn(dataset, folder, report, **chosen):
    """The trainer that has trained, in a cache and a run's folder below `folder`."""
    from cases.recommendation.settings import Settings
    from cases.recommendation.trainer import build

    trainer = build(Settings(**{**QUICK, **chosen}), dataset, WorkDirs(folder / "run", folder / "cache"), report)
    trainer.fit(report)
    return trainer


def result_of(trainer, report):
    """What `result.json` will say of it."""
    evaluation = trainer.evaluate(report)
    told = {"data": trainer.counts, "test": evaluation.metrics, "references": trainer.references}
    return {**told, "validation": dict(evaluation.validation), **evaluation.more}
