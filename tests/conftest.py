"""What every test stands on: a home and a database of its own; the fixtures by subject lie in `fixtures`."""

from __future__ import annotations

import gc
import os
import shutil
import sys
from contextlib import suppress
from functools import cache
from pathlib import Path
from uuid import uuid4

import postgres
import psutil
import pytest
from filelock import FileLock
from hypothesis import settings
from streamlit.components.v2 import manifest_scanner

from runs import paths
from runs.identity import passwords
from runs.inference import client
from runs.store import database

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before torch is imported: tiny networks lose time with more threads
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

settings.register_profile("casebook", deadline=None)  # a busy machine is no failure
settings.load_profile("casebook")

ROOT = Path(__file__).parent.parent
FIXTURES = ("data", "evaluation", "hosts", "hub", "networks", "recommendations", "trainings")
pytest_plugins = ["seconds", *(f"fixtures.{one}" for one in FIXTURES)]
pytest.register_assert_rewrite("backups", "evaluation_page", "opened_pages")


def answering_below(folder):
    """The homes below this folder that a process answers for."""
    found = set()
    for process in psutil.process_iter():
        with suppress(psutil.NoSuchProcess, psutil.AccessDenied):
            home = Path(process.environ().get("CASEBOOK_HOME", ""))
            if "runs.inference.server" in process.cmdline() and process.status() != psutil.STATUS_ZOMBIE:
                found |= {home} if home.is_relative_to(folder) else set()
    return found


@pytest.fixture(scope="session", autouse=True)
def nothing_stands_about(tmp_path_factory):
    """What the tests started to answer is gone when the last one is done."""
    yield
    assert answering_below(tmp_path_factory.getbasetemp()) == set()


@pytest.fixture(scope="session", autouse=True)
def packages_are_looked_through_once():
    """For components, as an app does when it starts; `AppTest` does it for every app that it pretends."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(manifest_scanner, "scan_component_manifests", cache(manifest_scanner.scan_component_manifests))
        yield


@pytest.fixture(scope="session", autouse=True)
def migrations_are_run_once(tmp_path_factory):
    """A database that begins is a copy of one on which all of them were run, as on PostgreSQL; one that is there is
    migrated as ever."""
    migrate, pattern = database._migrate, tmp_path_factory.mktemp("migrated") / "casebook.db"

    def begun(made):
        path = Path(made.url.database or "")
        if made.dialect.name == "sqlite" and path.name and path.parent.is_dir():
            with FileLock(paths.home() / "migrate.lock"):
                if not path.exists():
                    shutil.copyfile(pattern, path)
                    return
        migrate(made)

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CASEBOOK_HOME", str(pattern.parent))
        database.at(f"sqlite:///{pattern}").dispose()  # the last connection: all of it lies in the one file
        patch.undo()
        patch.setattr(database, "_migrate", begun)
        yield


SLOW = {"at_station", "station", "hosts", "cluster", "object_storage", "postgres_pattern", "server"}


def pytest_collection_modifyitems(items):
    """Mark what `make check` leaves out; where there is no card, what is marked `gpu` says so."""
    for one in items:
        database = getattr(one, "callspec", None) and one.callspec.params.get("database_url")
        if database == "postgres" or SLOW & {*one.fixturenames}:
            one.add_marker(pytest.mark.slow)
    marked = [one for one in items if one.get_closest_marker("gpu")]
    if not marked:
        return
    import torch

    if not torch.cuda.is_available():
        for one in marked:
            one.add_marker(pytest.mark.skip(reason="needs an NVIDIA card"))


def pytest_collection_finish():
    """As before runs are forked: the collections of each training pass over all that was loaded until here, which took
    most of its time."""
    _freeze()


@pytest.fixture(scope="module", autouse=True)
def what_was_loaded_is_not_looked_through_again():
    yield
    _freeze()


def _freeze():
    gc.collect()
    gc.freeze()


def pytest_generate_tests(metafunc):
    """A module that names `DATABASES` is run on each of them, but for what goes on in a home that all tests share."""
    if kinds := getattr(metafunc.module, "DATABASES", None):
        shared = "at_station" in metafunc.fixturenames
        metafunc.parametrize("database_url", kinds[:1] if shared else kinds, indirect=True)


@pytest.fixture(scope="session")
def postgres_pattern():
    with postgres.migrated() as server:
        yield server


@pytest.fixture
def database_url(request, tmp_path):
    """Of a PostgreSQL where the test asks for one; None is SQLite in the home."""
    if getattr(request, "param", "sqlite") == "sqlite":
        yield None
        return
    server, name = request.getfixturevalue("postgres_pattern"), f"t{uuid4().hex}"
    yield server.database(name, template="pattern")
    database.engine().dispose()
    with server.connected() as db:
        db.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def cheap(monkeypatch):
    """Passwords are kept as always, but a hundred of them take no minute."""
    monkeypatch.setattr(passwords, "_hasher", passwords.PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1))
    passwords._nobodys.cache_clear()
    yield
    passwords._nobodys.cache_clear()


@pytest.fixture(autouse=True)
def main_stays():
    """`AppTest` leaves the script of its page as `__main__`; a process that is spawned later would run that first."""
    main = sys.modules["__main__"]
    yield
    sys.modules["__main__"] = main


@pytest.fixture(autouse=True)
def one_thread():
    """Every test leaves torch with one: a process that is forked after more have computed waits for them for ever."""
    yield
    torch = sys.modules.get("torch")
    if hasattr(torch, "get_num_threads"):  # it was imported, and to its end
        threads = torch.get_num_threads()
        torch.set_num_threads(1)
        assert threads == 1


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch, database_url):
    """Every test has its own home and its own database."""
    path = tmp_path / "home"
    monkeypatch.setenv("CASEBOOK_HOME", str(path))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    if database_url:
        monkeypatch.setenv("DATABASE_URL", database_url)
    yield path
    client.rest(path)
