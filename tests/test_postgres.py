"""A run goes on where its PostgreSQL server was stopped and started meanwhile."""

from __future__ import annotations

import threading
import time
from contextlib import closing
from pathlib import Path

import postgres
import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine, insert

from models.errors import InputError
from runs import outages
from runs.store import database, queue, records
from runs.worker.reporter import StoreReporter


@pytest.fixture(scope="module")
def kept():
    with postgres.installed() as made:
        yield made


@pytest.fixture
def server(kept, monkeypatch):
    kept.start()
    monkeypatch.setenv("DATABASE_URL", kept.address)
    yield kept
    database.engine().dispose()
    kept.stop()


def told(run):
    return [row["step"] for row in records.metrics_after(run, 0) if row["split"] == "train"]


def test_a_run_goes_on_where_the_server_was_away_meanwhile(server):
    run = queue.claim_here(records.create_run("local", "fine_tune", "speech", "calls"))
    with database.waiting_long():
        report = StoreReporter(run)
        with report.beating():
            report.metrics("train", 1, {"loss": 2.0})
            report.flush()
            assert told(run) == [1]
            server.stop()
            report.metrics("train", 2, {"loss": 1.5})
            again = threading.Timer(1.0, server.start)
            again.start()
            report.phase("exporting")  # writes at once, and so waits for the server
            again.join()
            report.metrics("train", 3, {"loss": 1.0})
        queue.end(run.id, "done", result={"test": {}})
    ended = records.run(run.id, "local")
    assert (ended.status, ended.phase, told(run)) == ("done", "exporting", [1, 2, 3])


def test_the_end_of_a_run_waits_for_the_server(server):
    run = queue.claim_here(records.create_run("local", "fine_tune", "speech", "calls"))
    with database.waiting_long():
        server.stop()
        again = threading.Timer(1.0, server.start)
        again.start()
        queue.end(run.id, "done", result={"test": {}})
        again.join()
    assert records.run(run.id, "local").status == "done"


def test_a_write_that_was_under_way_when_the_server_went_is_made_once_more(server):
    run = queue.claim_here(records.create_run("local", "fine_tune", "speech", "calls"))
    with database.waiting_long(), closing(server.connected()) as other, closing(server.connected()) as looking:
        other.execute("BEGIN")
        other.execute("SELECT * FROM runs FOR UPDATE")  # so that what is written next waits
        ending = threading.Thread(target=queue.end, args=(run.id, "done"), kwargs={"result": {"test": {}}})
        ending.start()
        waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
        while not looking.execute(waiting).fetchone()[0]:
            time.sleep(0.01)
        server.stop()
        server.start()
        ending.join()
    assert records.run(run.id, "local").status == "done"


def test_a_page_says_that_the_server_is_away_and_finds_it_again(server):
    identity = records.create_run("local", "fine_tune", "speech", "calls")
    server.stop()
    with pytest.raises(Exception) as caught:
        records.run(identity, "local")
    problem = outages.told(caught.value)
    server.start()
    assert isinstance(problem, InputError) and str(problem).startswith("The database does not respond.")
    assert records.run(identity, "local").name == "calls"


def test_settings_of_an_earlier_version_get_their_present_names(server, monkeypatch):
    with closing(server.connected()) as other:
        other.execute("CREATE DATABASE earlier")
    monkeypatch.setenv("DATABASE_URL", server.address.replace("/postgres", "/earlier"))
    config = Config()
    config.set_main_option("script_location", str(Path(database.__file__).with_name("migrations")))
    engine = create_engine(database.url())
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0007")
        connection.execute(insert(database.runs).values(
            id="r1", owner="local", kind="fine_tune", case="recommendation", name="books", launcher="local",
            status="done", attempt=1, created=6.0, settings={"least": "all", "epochs": None},
            result={"settings": {"known": 9}, "test": {"known": 1}},
        ))  # fmt: skip
    engine.dispose()
    run = records.run("r1", "local")
    assert run.settings == {"min_rating": "all", "epochs": None}
    assert run.result == {"settings": {"id_embedding_min_users": 9}, "test": {"known": 1}}
    assert records.run(records.create_run("local", "map", "recommendation", "books"), "local").settings == {}
