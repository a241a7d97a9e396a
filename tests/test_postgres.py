"""On PostgreSQL everything is as on SQLite, and goes on where the server was stopped and started meanwhile."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import postgres
import psycopg
import pytest
from alembic import command
from alembic.config import Config
from conftest import ROOT
from sqlalchemy import create_engine, insert

from models.errors import InputError
from runs import outages
from runs.backup import pack, unpack
from runs.store import database, edits, lifecycle, metric_rows, queue, records, shares, tables
from runs.store.changes import Changes
from runs.worker.reporter import StoreReporter


@pytest.fixture(scope="module")
def kept():
    with postgres.installed() as made:
        made.start()
        yield made
        made.stop()


@pytest.fixture
def server(kept, monkeypatch):
    """It runs, and does so again after each test."""
    monkeypatch.setenv("DATABASE_URL", kept.address)
    yield kept
    database.engine().dispose()
    with suppress(psycopg.OperationalError):
        kept.connected().close()
        return
    kept.start()


def told(run):
    return [row["step"] for row in metric_rows.after(run, 0) if row["split"] == "train"]


@contextmanager
def away(server):
    """It is stopped, and comes back after a moment."""
    server.stop()
    again = threading.Timer(0.5, server.start)
    again.start()
    yield
    again.join()


def test_a_run_goes_on_where_the_server_was_away_meanwhile_and_so_does_its_end(server):
    run = queue.claim_here(records.create_run("local", "fine_tune", "speech", "calls"))
    with database.waiting_long():
        report = StoreReporter(run)
        with report.beating():
            report.metrics("train", 1, {"loss": 2.0})
            report.flush()
            assert told(run) == [1]
            with away(server):
                report.metrics("train", 2, {"loss": 1.5})
                report.phase("exporting")  # writes at once, and so waits for the server
            report.metrics("train", 3, {"loss": 1.0})
        with away(server):
            queue.end(run.id, "done", result={"test": {}})
    ended = records.run(run.id, "local")
    assert (ended.status, ended.phase, told(run)) == ("done", "exporting", [1, 2, 3])


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
        connection.execute(insert(tables.runs).values(
            id="r1", owner="local", kind="fine_tune", case="recommendation", name="books", launcher="local",
            status="done", attempt=1, created=6.0, settings={"least": "all", "epochs": None},
            result={"settings": {"known": 9}, "test": {"known": 1}},
        ))  # fmt: skip
    engine.dispose()
    run = records.run("r1", "local")
    assert run.settings == {"min_rating": "all", "epochs": None}
    assert run.result == {"settings": {"id_embedding_min_users": 9}, "test": {"known": 1}}
    assert records.run(records.create_run("local", "map", "recommendation", "books"), "local").settings == {}


SLOWLY = """
CREATE FUNCTION rest() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(0.02); END $$;
CREATE EVENT TRIGGER slowly ON ddl_command_start EXECUTE FUNCTION rest();
"""


def test_hosts_with_homes_of_their_own_that_start_at_once_make_the_tables_once(server, monkeypatch, tmp_path):
    with closing(server.connected()) as other:
        other.execute("CREATE DATABASE empty")
    address = server.address.replace("/postgres", "/empty")
    with closing(psycopg.connect(address.replace("+psycopg", ""), autocommit=True)) as other:
        other.execute(SLOWLY)  # so that each is still at it when the next one comes
    monkeypatch.setenv("DATABASE_URL", address)
    program = [sys.executable, "-c", "from runs.store import agents; print(agents.alive())"]
    started = []
    for name in ("oak", "elm"):
        monkeypatch.setenv("CASEBOOK_HOME", str(tmp_path / name))
        started.append(subprocess.Popen(program, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True))
    told = [one.communicate() for one in started]
    assert [out for out, _ in told] == ["[]\n"] * 2, told


@pytest.fixture
def heard(server):
    """Whether an agent with nothing to do hears of what is done while it waits, for so many seconds at most."""
    changes, leaving = Changes(), threading.Event()
    changes.wait(0.1, leaving)  # it begins to listen

    def hears(do, most=60.0):
        begun = time.monotonic()
        doing = threading.Timer(0.1, do)
        doing.start()
        changes.wait(most, leaving)
        doing.join()
        return time.monotonic() - begun < most

    yield hears
    changes._stop_listening()


def test_whoever_waits_hears_of_runs_that_are_queued_stopped_or_end_and_of_no_heartbeat(server, heard):
    nothing = lambda: None  # noqa: E731
    assert not heard(nothing, 0.5)
    assert heard(lambda: records.create_run("local", "fine_tune", "speech", "calls"))
    run = queue.claim(["fine_tune"], 0)
    assert heard(nothing)  # that came before it listened again
    assert not heard(lambda: queue.beat(run.id, progress={"done": 1}), 0.5)
    for change in (lifecycle.ask_to_stop, lifecycle.discard):
        assert heard(lambda: change(run.id, "local"))  # noqa: B023
    assert heard(lambda: queue.end(run.id, "stopped"))
    server.stop()
    server.start()
    assert heard(nothing)  # the line is dead
    heard(nothing, 0.5)
    assert heard(lambda: records.create_run("local", "fine_tune", "speech", "calls"))


def until(holds):
    end = time.monotonic() + 60
    while not holds() and time.monotonic() < end:
        time.sleep(0.01)
    assert holds()


def test_a_home_moves_from_one_database_to_the_other_and_back(server, home, tmp_path, monkeypatch):
    """Rows that belong together are copied as they were at one moment, however busy the server is."""
    over = threading.Event()

    def write():
        while not over.is_set():
            identity = records.new_id()
            row = dict(id=identity, owner="ann", kind="fine_tune", case="speech", name="calls", launcher="local",
                       status="done", attempt=1, created=1.0, result={"test": {"wer": 0.5}})  # fmt: skip
            with database.engine().begin() as db:
                db.execute(insert(tables.runs).values(row))
                db.execute(insert(tables.shares).values(id=identity, owner="ann", run=identity, examples=1,
                                                          token_hash=identity, created=1.0))  # fmt: skip

    writing = [threading.Thread(target=write) for _ in range(3)]
    for one in writing:
        one.start()
    edits.add_all("ann", "d1", {1: "a", 2: None})
    until(lambda: len(records.run_list("ann", most=100_000)) > 20)
    pack.pack(tmp_path / "first.tar")
    over.set()
    for one in writing:
        one.join()

    monkeypatch.delenv("DATABASE_URL")
    monkeypatch.setenv("CASEBOOK_HOME", str(tmp_path / "sqlite"))
    count = unpack.unpack(tmp_path / "first.tar")
    run, *others = records.run_list("ann", most=100_000)
    assert len(others) + 1 == count["shares"] > 10 and count["edits"] == 2
    assert run.result == {"test": {"wer": 0.5}} and shares.of(run)
    pack.pack(tmp_path / "second.tar")

    with closing(server.connected()) as other:
        other.execute("CREATE DATABASE moved")
    monkeypatch.setenv("DATABASE_URL", server.address.replace("/postgres", "/moved"))
    monkeypatch.setenv("CASEBOOK_HOME", str(tmp_path / "postgres"))
    assert unpack.unpack(tmp_path / "second.tar") == {**count, "server": 1}  # when it was restored before
    assert records.run(run.id, "ann") == run and edits.current("ann", "d1") == {1: "a", 2: None}
    edits.add("ann", "d1", 3, "b")  # its number is the next one
    assert [edit.sample for edit in edits.history("ann", "d1")] == [1, 2, 3]
    with closing(psycopg.connect(server.address.replace("+psycopg", "").replace("/postgres", "/moved"))) as other:
        assert other.execute("SELECT count(*) FROM runs WHERE seconds IS NULL").fetchone()[0] == count["runs"]

    monkeypatch.setenv("CASEBOOK_HOME", str(tmp_path / "once more"))
    with pytest.raises(InputError, match="The database already holds rows"):
        unpack.unpack(tmp_path / "second.tar")
    assert {path.name for path in (tmp_path / "once more").iterdir()} <= {"migrate.lock"}
    assert len(records.run_list("ann", most=100_000)) == count["shares"]
