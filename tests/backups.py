"""A small home, its backup, and how one is restored."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from conftest import ROOT

from runs import integrity, paths, restore
from runs.backup import pack
from runs.store import lifecycle, queue, records


@pytest.fixture
def into(tmp_path, monkeypatch):
    """Restore an archive into another home, in which the test works from then on."""

    def restoring(archive, name="restored"):
        monkeypatch.setattr(sys, "argv", ["restore", str(archive), "--home", str(tmp_path / name)])
        monkeypatch.setenv("CASEBOOK_HOME", str(tmp_path / name))  # for `main` sets it for good
        assert restore.main() == 0
        return tmp_path / name

    return restoring


def command(*given):
    asked = [sys.executable, "-m", *map(str, given)]
    return subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, timeout=120)


@pytest.fixture
def small(home):
    """A home with a finished run, and one that runs, and one that is asked to stop."""
    finished, running, stopping = (records.create_run("ann", "fine_tune", "speech", name) for name in "abc")
    for one in (finished, running, stopping):
        queue.claim_here(one)
        (paths.run(one) / "checkpoint-1").mkdir()
        (paths.run(one) / "checkpoint-1/weights").write_bytes(one.encode() * 1000)
    (paths.run(running) / "checkpoint-1/COMPLETE").write_text("{}")
    (paths.run(finished) / "bundle").mkdir()
    (paths.run(finished) / "bundle/weights").write_bytes(b"w" * 5000)
    os.link(paths.run(finished) / "bundle/weights", paths.run(finished) / "bundle/encoder")
    integrity.note(paths.run(finished))
    (paths.run(finished) / "bundle/leads away").symlink_to("/etc/hostname")
    queue.end(finished, "done", result={"test": {}})
    lifecycle.ask_to_stop(stopping, "ann")
    for name in ("cache/thumb", "logs/agent.log", "secret"):
        (home / name).parent.mkdir(exist_ok=True)
        (home / name).write_text("…")
    return finished, running, stopping


@pytest.fixture
def archive(small, tmp_path):
    pack.pack(tmp_path / "backup.tar")
    return tmp_path / "backup.tar"
