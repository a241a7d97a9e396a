"""A home is its owner's alone; one that cannot be worked in is said in one line, or in one sentence on every page."""

from __future__ import annotations

import os
import shutil
import sqlite3
import stat
import subprocess
import sys

import pytest
from conftest import ROOT
from streamlit.testing.v1 import AppTest
from test_faults import clean

from runs import outages, paths
from runs.fine_tune import main
from runs.store import database, records
from runs.worker import agent_process

WRITING = "Casebook cannot write to its folder."
GONE = "Casebook's folder is missing, or its disk does not respond."
FULL = "Too little disk space: 0 MB free."
DAMAGED = "The database is damaged: it cannot be read."
LOCKED = "The database is locked by another program."
UNUSABLE = "DATABASE_URL is not a supported database address."
LATER = "The database was written by a newer version of Casebook."


def junk(home):
    (home / "casebook.db").write_bytes(b"no database at all; " * 400)


def cut(home):
    records.create_run("local", "fine_tune", "speech", "calls")
    database.engine().dispose()
    path = home / "casebook.db"
    path.write_bytes(path.read_bytes()[:5000] + bytes(3000))
    for beside in home.glob("casebook.db-*"):
        beside.unlink()


def later(home):
    with database.engine().begin() as db:
        db.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    database.engine().dispose()


@pytest.fixture(autouse=True)
def afresh(monkeypatch):
    """As in a process that has just started, and that waits for a short time only."""
    monkeypatch.setattr(database, "patience", 0.2)
    database._engine.cache_clear()
    yield
    database._engine.cache_clear()


@pytest.fixture
def command_line(monkeypatch, capsys, tmp_path):
    """What the command line says, which must be one line."""
    (tmp_path / "some.csv").write_text("text,label\ngood,a\nbad,b\n")

    def saying():
        given = ["text_analysis", "--data", tmp_path / "some.csv", "--out", tmp_path / "out"]
        monkeypatch.setattr(sys, "argv", ["fine_tune", *map(str, given)])
        assert main() == 1
        (line,) = capsys.readouterr().err.splitlines()
        assert line.startswith("error: ") and clean(line)
        return line.removeprefix("error: ")

    return saying


@pytest.mark.parametrize(("damage", "told", "chinese"), [
    (junk, DAMAGED, "数据库已损坏"), (cut, DAMAGED, "数据库已损坏"), (later, LATER, ""),
])  # fmt: skip
def test_a_database_that_cannot_be_read_is_one_line_and_one_sentence_on_a_page(command_line, damage, told, chinese):
    damage(paths.home())
    database._engine.cache_clear()
    assert command_line().startswith(told)
    database._engine.cache_clear()
    assert page().startswith(told) and chinese in page("zh-CN")


ADDRESSES = ["nonsense", "mysql://root:secret@nowhere/x", "postgresql://u:secret@localhost:port/d",
             "sqlite:////nowhere/x.db", "postgresql+psycopg3000://localhost/d", "://"]  # fmt: skip


def test_an_address_of_no_database_is_one_line_without_its_password(command_line, monkeypatch):
    for address in ADDRESSES:
        monkeypatch.setenv("DATABASE_URL", address)
        line = command_line()
        assert line.startswith(UNUSABLE) and "secret" not in line, address


@pytest.fixture
def locked():
    """The home's database, held by another program."""
    records.run_list("local")
    database.engine().dispose()
    other = sqlite3.connect(paths.home() / "casebook.db")
    other.execute("PRAGMA locking_mode=EXCLUSIVE")
    other.execute("BEGIN EXCLUSIVE")
    yield
    other.close()


def test_a_locked_database_is_one_line_and_one_sentence_on_a_page(locked, command_line):
    database._engine.cache_clear()
    assert command_line().startswith(LOCKED)
    database._engine.cache_clear()
    assert page().startswith(LOCKED)


def test_a_home_that_is_a_file_or_the_folder_of_the_code_is_one_line_and_nothing_is_written(
    command_line, home, monkeypatch
):
    home.write_text("a file")
    assert command_line().startswith(GONE)
    before = set(ROOT.iterdir())
    monkeypatch.setenv("CASEBOOK_HOME", str(ROOT))
    assert command_line().startswith("CASEBOOK_HOME is the folder of Casebook's own code.")
    assert set(ROOT.iterdir()) == before
    monkeypatch.chdir(home.parent)
    monkeypatch.setenv("CASEBOOK_HOME", "")  # as if it was not set
    assert paths.place() == home.parent / "var"


@pytest.fixture
def only_readable(small_disk, monkeypatch):
    folder, _ = small_disk(4 << 10)
    subprocess.run(["mount", "-o", "remount,ro", folder], check=True)
    monkeypatch.setenv("CASEBOOK_HOME", str(folder))
    return folder


@pytest.fixture
def full(small_disk, monkeypatch):
    folder, _ = small_disk(1 << 10)
    monkeypatch.setenv("CASEBOOK_HOME", str(folder))
    with (folder / "something else").open("wb") as file, pytest.raises(OSError):
        while True:
            os.write(file.fileno(), bytes(4096))
    return folder


def page(locale="en-GB"):
    app = AppTest.from_file(str(ROOT / "pages/frame.py"), default_timeout=60)
    app.context = {"locale": locale, "timezone": "Europe/London"}
    app.run()
    app.switch_page("runs.py").run()
    assert not app.exception
    said = " ".join(error.value for error in app.error)
    assert clean(said)
    return said


@pytest.mark.parametrize(("disk", "told"), [("only_readable", WRITING), ("full", FULL)])
def test_from_nothing_a_disk_that_takes_nothing_is_one_line_and_one_sentence_on_a_page(
    request, command_line, disk, told
):
    request.getfixturevalue(disk)
    assert command_line().startswith(told)
    database._engine.cache_clear()
    assert page().startswith(told)


def test_a_home_that_is_put_back_is_used_again(home, tmp_path):
    made = records.create_run("local", "fine_tune", "speech", "calls")
    database.engine().dispose()
    shutil.move(home, tmp_path / "away")
    with pytest.raises(Exception) as failed:
        records.run_list("local")
    assert str(outages.told(failed.value)).startswith(GONE)
    shutil.rmtree(home, ignore_errors=True)
    shutil.move(tmp_path / "away", home)
    assert [run.id for run in records.run_list("local")] == [made]


@pytest.mark.slow
def test_agent_and_app_do_not_start_without_a_database(home, monkeypatch):
    home.mkdir(parents=True)
    junk(home)
    app = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", "0"]
    ran = subprocess.run(app, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert ran.returncode == 1
    assert ran.stderr.splitlines()[-1].startswith(f"error: {DAMAGED}") and "Traceback" not in ran.stderr
    for name in ("ARROW_DEFAULT_MEMORY_POOL", "THP_MEM_ALLOC_ENABLE"):
        monkeypatch.setenv(name, "as it is")  # an agent settles them for its whole process
    monkeypatch.setattr(sys, "argv", ["agent"])
    with pytest.raises(SystemExit, match=f"^error: {DAMAGED}"):
        agent_process.main()


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def test_a_new_home_can_be_looked_into_by_its_owner_only(home):
    before = os.umask(0)
    try:
        paths.uploads()
        database.engine()
    finally:
        os.umask(before)
    assert mode(home) == 0o700


def test_an_old_home_is_closed_and_keeps_what_is_in_it_unless_it_is_everyones_or_anothers(home):
    home.mkdir()
    (home / "secret").write_text("s")
    for found, then in ((0o755, 0o700), (0o777, 0o700), (0o2770, 0o700), (0o711, 0o700), (0o701, 0o700),
                        (0o1777, 0o1777)):  # fmt: skip
        home.chmod(found)
        paths.home()
        assert mode(home) == then and (home / "secret").read_text() == "s", oct(found)
    if os.geteuid() == 0:  # only root can give a folder away
        home.chmod(0o755)
        os.chown(home, 65534, 65534)
        paths.home()
        assert mode(home) == 0o755
