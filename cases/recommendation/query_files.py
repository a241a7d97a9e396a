"""Many people at once: a table of who had what, as questions to a predictor."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from cases.base import UploadedFile
from cases.ingest.archives import Member, Unpacked
from cases.ingest.collection import gather
from cases.recommendation.item_table import named
from cases.recommendation.table_reader import NOBODY, WANTED, collect
from models.errors import N_, InputError
from models.progress import QUIET


def question(names: Sequence[str]) -> bytes:
    """What to show somebody who had these items, the earliest first."""
    return json.dumps({"had": list(names)}, ensure_ascii=False).encode()


def batch(part: UploadedFile, folder: Path) -> Unpacked:
    """See `Case.batch`: a question for each user of a table, named as the user. What they had is told by titles, where
    the upload has them, and ids."""
    found = collect(gather([part], folder / "brought", WANTED, QUIET), {}, QUIET)
    if not len(found.had):
        raise InputError(
            found=NOBODY,
            expected=N_("A table with the columns user and item is needed."),
            remedy=N_("Provide the interactions of each user, one per line."),
            name=part.name,
            set_aside=len(found.set_aside),
        )
    had = found.had.iloc[np.argsort(found.had["time"].fillna(0), kind="stable")]
    titles = dict(zip(found.told["id"], found.told["title"], strict=True))
    members = []
    for number, (user, lines) in enumerate(had.groupby("user", sort=False), start=1):
        names = lines["item"].tolist()
        told = ", ".join(named(titles.get(name, ""), name) for name in names)
        file = folder / f"{number}.json"
        file.write_bytes(question(names))
        members.append(Member(user, file, told))
    return Unpacked(members, found.set_aside)
