"""A home that cannot be worked in is said in one line, or in one calm sentence on every page."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys

import pytest
from conftest import ROOT
from streamlit.testing.v1 import AppTest
from test_outages import clean

from models.errors import InputError
from runs import outages, paths
from runs.fine_tune import main
from runs.language import LANGUAGES
from runs.store import database, records
from runs.worker import agent, agent_process

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


@pytest.mark.parametrize(("damage", "told"), [(junk, DAMAGED), (cut, DAMAGED), (later, LATER)])
def test_a_database_that_cannot_be_read_is_one_line(command_line, damage, told):
    damage(paths.home())
    database._engine.cache_clear()
    assert command_line().startswith(told)


@pytest.mark.parametrize(
    "address",
    ["nonsense", "mysql://root:secret@nowhere/x", "postgresql://u:secret@localhost:port/d", "sqlite:////nowhere/x.db",
     "postgresql+psycopg3000://localhost/d", "sqlite:///\0", "://"],
)  # fmt: skip
def test_an_address_of_no_database_is_one_line_without_its_password(command_line, monkeypatch, address):
    try:
        monkeypatch.setenv("DATABASE_URL", address)
    except ValueError:  # no environment can hold it
        return
    line = command_line()
    assert line.startswith(UNUSABLE) and "secret" not in line


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


def test_a_locked_database_is_one_line(locked, command_line):
    database._engine.cache_clear()
    assert command_line().startswith(LOCKED)


def test_a_home_that_is_a_file_is_one_line(command_line, home):
    home.write_text("a file")
    assert command_line().startswith(GONE)


def test_a_home_in_the_folder_of_the_code_is_one_line_and_nothing_is_written(command_line, monkeypatch):
    before = set(ROOT.iterdir())
    monkeypatch.setenv("CASEBOOK_HOME", str(ROOT))
    assert command_line().startswith("CASEBOOK_HOME is the folder of Casebook's own code.")
    assert set(ROOT.iterdir()) == before


def test_an_empty_home_is_one_that_is_not_set(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CASEBOOK_HOME", "")
    assert paths.place() == tmp_path / "var"


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


@pytest.mark.parametrize(("disk", "told"), [("only_readable", WRITING), ("full", FULL)])
def test_from_nothing_a_disk_that_takes_nothing_is_one_line(request, command_line, disk, told):
    request.getfixturevalue(disk)
    assert command_line().startswith(told)


def page(locale="en-GB"):
    app = AppTest.from_file(str(ROOT / "pages/frame.py"), default_timeout=60)
    app.context = {"locale": locale, "timezone": "Europe/London"}
    app.run()
    app.switch_page("runs.py").run()
    assert not app.exception
    said = " ".join(error.value for error in app.error)
    assert clean(said)
    return said


@pytest.mark.parametrize("disk", ["only_readable", "full"])
def test_from_nothing_a_page_says_that_the_disk_takes_nothing(request, disk):
    request.getfixturevalue(disk)
    said = page()
    assert said.startswith(WRITING if disk == "only_readable" else FULL), said


@pytest.mark.parametrize(("damage", "told"), [(junk, DAMAGED), (cut, DAMAGED)])
def test_a_page_says_that_the_database_is_damaged(damage, told):
    damage(paths.home())
    database._engine.cache_clear()
    assert page().startswith(told)
    assert "数据库已损坏" in page("zh-CN")


def test_a_page_says_that_the_database_is_locked(locked):
    database._engine.cache_clear()
    assert page().startswith(LOCKED)


@pytest.fixture
def vanished(small_disk, monkeypatch):
    """A home in use whose disk goes away."""
    folder, _ = small_disk(16 << 10)
    monkeypatch.setenv("CASEBOOK_HOME", str(folder))
    records.create_run("local", "fine_tune", "speech", "calls")
    subprocess.run(["umount", "--lazy", folder], check=True)
    yield folder
    subprocess.run(["mount", "-t", "tmpfs", "tmpfs", folder], check=True)  # for whoever unmounts it at the end


def test_a_page_says_that_the_disk_is_gone(vanished):
    assert page().startswith(GONE)
    assert not (vanished / "casebook.db").exists()  # an empty one would look as if all were lost


def test_an_agent_whose_disk_is_gone_does_not_leave(vanished):
    assert agent_process._round(agent.Agent())
    with pytest.raises(Exception) as failed:
        records.run_list("local")
    assert str(outages.told(failed.value)).startswith(GONE)


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


@pytest.mark.parametrize("program", [["-m", "runs.agent"], ["-m", "streamlit", "run", "app.py", "--server.port", "0"]])
def test_agent_and_app_do_not_start_without_a_database(home, program):
    home.mkdir(parents=True)
    junk(home)
    ran = subprocess.run([sys.executable, *program], cwd=ROOT, capture_output=True, text=True, timeout=120)
    lines = ran.stderr.splitlines()
    assert ran.returncode == 1
    assert lines[-1].startswith(f"error: {DAMAGED}") and "Traceback" not in ran.stderr


def test_every_such_sentence_is_there_in_both_languages():
    from runs.language import say_error

    for error in (outages.no_database(), outages.later_version(), outages.told(PermissionError(13, "no"))):
        assert isinstance(error, InputError)
        english, chinese = (say_error(language, error.as_json()) for language in LANGUAGES)
        assert english == str(error) != chinese
