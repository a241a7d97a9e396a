"""What one person has, under words that occur nowhere else, and what there is to see of a home and its database."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from sqlalchemy import select

import cases
from cases.base import UploadedFile
from cases.dataset import Dataset
from cases.settings import as_json
from models.evaluation.predictions import Predictions
from models.progress import QUIET
from runs import paths
from runs.jobs import data_import
from runs.kinds import KINDS
from runs.results import predictions
from runs.search import journal
from runs.store import dataset_rows, edits, kept_settings, metric_rows, preferences, queue, records, shares, webhooks
from runs.store.database import engine
from runs.store.tables import metadata
from runs.uploads import draft_files, drafts
from runs.uploads.draft_files import DraftFile

SECRETS = ("zibeline", "quokka", "0.4242", "42.4%")  # names, texts, labels, figures
IMAGES, TEXTS, SPEECH, ITEMS = "image_recognition", "text_analysis", "speech", "recommendation"
FIGURE = {"value": 0.4242, "low": 0.4142, "high": 0.4342}
RATED = [f"quokka{user},zibeline{(user + item) % 9},{1 + item}\n" for user in range(8) for item in range(5)]
_MOVING = re.compile(r"inference-|casebook\.db|app\.log|logs/|locks/|.*\.lock$")
_TOKEN = re.compile(r"[\w-]{20,}\.[\w-]{5,}\.[\w-]{20,}")


@dataclass
class Belongings:
    """Ids of what a person has; `jobs`: kind → the work of that kind."""

    owner: str
    data: dict[str, str] = field(default_factory=dict)  # case → data set
    jobs: dict[str, str] = field(default_factory=dict)
    draft: str = ""
    upload: str = ""
    link: str = ""

    @property
    def run(self):
        return self.jobs["fine_tune"]

    @property
    def addresses(self):
        """All ids by the name that a page's address has for them."""
        return [
            *(("data", one) for one in self.data.values()), *(("run", one) for one in self.jobs.values()),
            *(("read", one) for one in (self.jobs["read"], self.draft)), ("groups", self.jobs["cluster"]),
            ("draft", self.draft), ("compare", f"{self.run},{self.jobs['keep']}"),
        ]  # fmt: skip


def give(owner, folder, pictures, zip_of):
    """Everything that somebody can have."""
    mine = Belongings(owner)
    archive = zip_of(folder / "zibeline.zip", {f"quokka{name}": one for name, one in pictures(10).items()})
    table = folder / "zibeline.csv"
    table.write_text("user,item,rating\n" + "".join(RATED))
    for case, path in ((IMAGES, archive), (ITEMS, table)):
        mine.data[case] = f"{case[:4]}{owner[:8]}"
        read = data_import.into_dataset(case, [UploadedFile(path, path.name)], mine.data[case], QUIET)
        dataset_rows.add(owner, mine.data[case], case, read.name, sample=False)
    for case in (TEXTS, SPEECH):
        mine.data[case] = _by_hand(owner, case)
    _evaluated(mine)
    mine.jobs[journal.KIND] = journal.begin(owner, IMAGES, "zibeline search", mine.data[IMAGES],
                                            as_json(cases.get(IMAGES).Settings()), 600, {})  # fmt: skip
    for kind in KINDS:
        if kind not in mine.jobs:
            mine.jobs[kind] = records.create_run(
                owner, kind, IMAGES, f"zibeline {kind}", dataset=mine.data[IMAGES], subject=mine.run,
                settings={"key": "row3", "row": 3},
            )  # fmt: skip
    records.describe(mine.run, owner, "a note on zibeline", ["quokka"])
    webhooks.keep(owner, "https://zibeline.example/quokka", language="en", page="")
    preferences.keep(owner, preferences.RUN_COLUMNS, ["set_seed"])
    (paths.logs() / f"{mine.run}.log").write_text("2026-11-28 03:00:00 ERROR runs: zibeline 0.4242", "utf-8")
    edits.add(owner, mine.data[IMAGES], 3, "zibeline moss")
    kept_settings.keep(owner, mine.data[IMAGES], {"epochs": 4242})
    mine.draft, mine.upload = _collected(owner)
    mine.link = shares.create(records.run(mine.run, owner), days=7, title="zibeline", passcode="quokka")
    return mine


def _by_hand(owner, case):
    identity = f"{case[:4]}{owner[:8]}"
    folder = paths.datasets() / identity
    folder.mkdir()
    said = [f"a quokka said {n}" for n in range(12)]
    table = pd.DataFrame({"name": said, "file": "", "label": list("ab" * 6), "split": "", "text": said, "seconds": 1.0})
    Dataset(folder, identity, case, "zibeline", ("a", "b")).save(table, table[["name"]].head(0).assign(reason=""))
    dataset_rows.add(owner, identity, case, f"zibeline {case}", sample=False)
    return identity


def _evaluated(mine):
    """A run that is done: what it said of each item, its figures, a bundle, an explanation and curves."""
    settings = as_json(cases.get(IMAGES).Settings())
    run = records.create_run(mine.owner, "fine_tune", IMAGES, "zibeline", dataset=mine.data[IMAGES], settings=settings)
    mine.jobs["fine_tune"], folder = run, paths.run(run)
    labels = np.repeat([0, 1, 2], 10)
    items = pd.DataFrame({"id": np.arange(30), "part": "test", "label": labels})
    shares_ = np.full((30, 3), 0.1) + np.eye(3)[(labels + 1) % 3] * 0.7
    Predictions(("quokkamoss", "quokkarust", "quokkaslate"), items, shares_, np.eye(30, 12)).save(
        folder / predictions.FOLDER
    )
    for name in ("bundle/labels.json", "explanations/row3/facts.json", "predictions.csv"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text('{"zibeline": "quokka"}')
    (folder / "explanations/row3/original.webp").write_bytes(b"zibeline")
    queue.claim_here(run)
    metric_rows.add([{"run": run, "split": "train", "step": 1, "written": 1, "values": {"loss": 0.4242, "epoch": 1}}])
    figures = {"accuracy": FIGURE, "macro_f1": FIGURE, "top_k": FIGURE}
    queue.end(run, "done", result={
        "test": figures, "references": {"majority": figures, "frozen_features": figures}, "peak_memory_mb": 512.0,
        "data": {"train": 1, "validation": 1, "test": 30, "set_aside": 0}, "seconds": {"train": 1.0},
        "model": settings["model"], "settings": settings, "bundle": "bundle.zip",
    })  # fmt: skip


def _collected(owner):
    draft, upload = drafts.begin(owner, SPEECH), f"upload{owner[:8]}"
    (paths.uploads() / upload).write_bytes(b"RIFF quokka")
    piece = DraftFile(upload, "zibeline.wav", 11, "quokka")
    assert drafts.add(owner, draft, piece, "0" * 64) and draft_files.of(draft) == [piece]
    return draft, upload


def seen():
    """Every row of every table but for when a session was used last and how often was guessed; every file of the home
    that no process writes for itself."""
    rows = {}
    with engine().connect() as db:
        for table in metadata.sorted_tables:
            if table.name not in ("guesses", "metrics"):
                wanted = [column for column in table.c if column.name not in ("seen", "beat")]
                rows[table.name] = sorted(map(repr, db.execute(select(*wanted))))
    home = paths.home()
    names = {path: path.relative_to(home).as_posix() for path in home.rglob("*") if path.is_file()}
    files = {name: (path.stat().st_size, path.stat().st_mtime_ns) for path, name in names.items()}
    return rows, {name: facts for name, facts in files.items() if not _MOVING.match(name)}


def told(content):
    """The words among `SECRETS` that occur in these bytes."""
    return [word for word in SECRETS if word.encode() in content]


def plain(elements, *asked):
    """What a page draws, as text in which the ids that were asked for and tokens are no longer told apart."""
    text = "\n".join(map(str, elements))
    for one in sorted(filter(None, asked), key=len, reverse=True):
        text = text.replace(one, "ID")
    return _TOKEN.sub("TOKEN", text)
