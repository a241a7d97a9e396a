"""What was read belongs to a file, a case and a reader; what cannot be opened is read again or deleted."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from conftest import ROOT
from sqlalchemy import create_engine, inspect, text
from streamlit.testing.v1 import AppTest
from test_versions import bring, done, work

import cases
from cases.dataset import Dataset
from cases.task_types import RANKING
from runs import paths
from runs.store import database, dataset_deletion, dataset_rows, datasets, records
from runs.uploads import originals

HAD = "user,item,rating\n" + "".join(f"u{u},i{(u + i) % 9},{1 + i}\n" for u in range(8) for i in range(5))
BOTH = "user,item,rating\n" + "".join(f"u{n % 4},a thing that was here {n},{1 + n % 2}\n" for n in range(12))


@pytest.fixture
def open_page():
    def opening(page, **address):
        app = AppTest.from_file(str(ROOT / "pages/frame.py"), default_timeout=60)
        app.context = {"locale": "en-GB", "timezone": "Europe/London"}
        app.run()
        app.query_params.update(address)
        app.switch_page(page).run()
        assert not app.exception
        return app

    return opening


@pytest.mark.usefixtures("tokens_at_hand")
def test_one_file_can_be_brought_to_two_cases(open_page):
    texts, items = (bring(case, "both.csv", BOTH) for case in ("text_analysis", "recommendation"))
    assert (done(texts).classes, done(items).task_type) == (("1", "2"), RANKING)
    assert texts.dataset != items.dataset
    app = open_page("text_analysis.py", data=items.dataset)
    assert app.warning[0].value == "This data set is not on the server. Upload the file again."
    assert not open_page("recommendation.py", data=items.dataset).warning


@pytest.mark.parametrize("harm", ["missing", "damaged", "unreadable", "foreign"])
def test_what_cannot_be_opened_is_read_again_from_what_was_brought(open_page, harm):
    run = bring("recommendation", "had.csv", HAD)
    folder = paths.datasets() / run.dataset
    facts = json.loads((folder / "facts.json").read_text())
    if harm == "missing":
        (folder / "interactions.parquet").unlink()
    elif harm == "damaged":
        (folder / "samples.parquet").write_bytes(b"no table")
    elif harm == "unreadable":
        (folder / "facts.json").write_text("{")
    else:  # as another case left it there, when the same content was read once for all
        (folder / "facts.json").write_text(json.dumps({**facts, "case": "text_analysis"}))
    assert datasets.opened(dataset_rows.by_id(run.dataset, "local")) is None
    app = open_page("recommendation.py", data=run.dataset)
    assert "cannot be opened" in app.warning[0].value
    assert not app.button(key=f"broken_delete_{run.dataset}").disabled
    app.button(key=f"again_{run.dataset}").click().run()
    assert work(app.query_params["read"]).dataset == run.dataset
    assert not open_page("recommendation.py", data=run.dataset).warning
    assert datasets.opened(dataset_rows.by_id(run.dataset, "local"))


def test_what_is_lost_for_good_is_brought_again_or_deleted(open_page):
    run = bring("recommendation", "had.csv", HAD)
    for path in (paths.datasets() / run.dataset / "brought").iterdir():
        path.unlink()
    (paths.datasets() / run.dataset / "samples.parquet").unlink()
    assert not originals.are_there("local", run.dataset)
    app = open_page("recommendation.py", data=run.dataset)
    assert not [button for button in app.button if button.key == f"again_{run.dataset}"]
    assert len(open_page("recommendation.py").button(key=f"delete_{run.dataset}").label)
    assert bring("recommendation", "had.csv", HAD).dataset == run.dataset
    assert datasets.opened(dataset_rows.by_id(run.dataset, "local"))
    dataset_deletion.remove("local", run.dataset)
    assert dataset_rows.by_id(run.dataset, "local") is None


def test_a_better_reader_reads_again_where_the_originals_are(open_page, monkeypatch):
    first = bring("recommendation", "had.csv", HAD)
    monkeypatch.setattr("cases.recommendation.CASE", replace(cases.get("recommendation"), reader=2))
    app = open_page("recommendation.py", data=first.dataset)
    app.button(key=f"again_{first.dataset}").click().run()
    second = work(app.query_params["read"])
    assert second.dataset != first.dataset and done(first)
    rows = dataset_rows.versions("local", first.dataset)
    assert [(row.id, row.version) for row in rows] == [(first.dataset, 1), (second.dataset, 2)]
    assert bring("recommendation", "copy.csv", HAD).dataset == second.dataset
    later = bring("recommendation", "more.csv", HAD.replace("u1", "u99"), first.dataset)
    assert later.error["found"] == "“{name}” was imported by an earlier version of Casebook."


def old_home(home: Path) -> None:
    """The database as the second migration left it, with a person's data set in it."""
    home.mkdir(parents=True, exist_ok=True)
    engine = create_engine(f"sqlite:///{home / 'casebook.db'}")
    config = Config()
    config.set_main_option("script_location", str(Path(database.__file__).with_name("migrations")))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0002")
        row = {"id": "d1", "owner": "local", "case": "recommendation", "name": "train", "sample": 0, "created": 5.0}
        connection.execute(text("INSERT INTO datasets (id, owner, \"case\", name, sample, created) VALUES "
                                "(:id, :owner, :case, :name, :sample, :created)"), row)  # fmt: skip
        run = {"id": "r1", "owner": "local", "kind": "fine_tune", "case": "recommendation", "name": "train",
               "dataset": "d1", "settings": "{}", "launcher": "local", "status": "stopped", "attempt": 1,
               "created": 6.0}  # fmt: skip
        edit = {"owner": "local", "dataset": "d1", "sample": 2, "label": "A title", "created": 7.0}
        for table, values in (("runs", run), ("edits", edit)):
            names = ", ".join(f'"{name}"' for name in values)
            places = ", ".join(f":{name}" for name in values)
            connection.execute(text(f"INSERT INTO {table} ({names}) VALUES ({places})"), values)
    assert "lineage" not in {column["name"] for column in inspect(engine).get_columns("datasets")}
    engine.dispose()


def test_a_home_of_yesterday_still_opens(home, open_page):
    old_home(home)
    made = bring("recommendation", "had.csv", HAD)
    folder = paths.datasets() / made.dataset
    facts = json.loads((folder / "facts.json").read_text())
    for name in ("reader", "sizes"):
        del facts[name]  # they were not noted then
    (folder / "facts.json").write_text(json.dumps({**facts, "digest": "d1"}))
    (folder / "origin.json").write_text(json.dumps([{"name": "train.csv", "sha256": "0", "part": "", "class": ""}]))
    folder.rename(paths.datasets() / "d1")
    row = dataset_rows.by_id("d1", "local")
    assert (row.name, row.lineage, row.version, row.created) == ("train", "d1", 1, 5.0)
    assert datasets.opened(row).case == "recommendation"
    app = open_page("recommendation.py", data="d1")
    assert not app.warning and any(button.key == "recommendation_more" for button in app.button)
    run = bring("recommendation", "more.csv", HAD.replace("u1", "u99"), "d1")
    grown = Dataset.open(paths.datasets() / run.dataset)
    assert grown.before.digest == "d1" and dataset_rows.by_id(run.dataset, "local").version == 2
    assert (
        records.run("r1", "local").dataset == "d1"
        and time.time() > dataset_rows.by_id(run.dataset, "local").created > 6
    )
