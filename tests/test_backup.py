"""A backup taken while everything works comes back as a home in which everything opens."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest
from backups import archive, command, into, small
from conftest import ROOT
from sqlalchemy import func, select
from test_earlier_homes import RUNS, earlier, unpacked  # noqa: F401  the home of every case and task that lies there

from runs import integrity, paths, restore
from runs.api import bundle_zip
from runs.backup import __main__ as backup
from runs.backup import pack
from runs.identity import people, sessions
from runs.inference import client
from runs.results import explanations
from runs.store import dataset_rows, datasets, edits, kept_settings, metric_rows, queue, records, shares, tables
from runs.store.database import engine
from runs.uploads import draft_files, drafts

__all__ = ["archive", "into", "small"]  # fixtures

WRITER = """
import os, sys
import pandas as pd
from cases.dataset import Dataset
from runs import integrity, paths
from runs.store import dataset_deletion, dataset_rows, edits, lifecycle, metric_rows, queue, records
number = 0
while True:
    number += 1
    digest = f"{number:016x}"
    making = paths.datasets() / f"{digest}.partial"
    making.mkdir()
    nothing = pd.DataFrame({"name": [], "reason": []})
    data = Dataset(making, digest, "speech", "tones", ("a", "b"))
    data.save(pd.DataFrame({"name": ["x", "y"], "file": ["", ""], "label": ["a", "b"], "split": ["", ""]}), nothing)
    making.rename(paths.datasets() / digest)
    dataset_rows.add("ann", digest, "speech", "tones", sample=False)
    edits.add("ann", digest, 1, "a")
    identity = records.create_run("ann", "fine_tune", "speech", "tones", dataset=digest)
    queue.claim_here(identity)
    row = {"run": identity, "split": "train", "values": {"loss": 1.0}}
    metric_rows.add([{**row, "step": step, "written": step} for step in range(1, 21)])
    made = paths.run(identity) / "bundle.partial"
    made.mkdir()
    (made / "weights").write_bytes(os.urandom(50_000))
    os.link(made / "weights", made / "same")
    made.rename(made.with_name("bundle"))
    integrity.note(paths.run(identity))
    queue.end(identity, "done", result={"test": {}})
    if number % 3 == 0:
        lifecycle.forget(identity)
        dataset_deletion.remove("ann", digest)
    print(identity, flush=True)
"""


@pytest.fixture
def refused(monkeypatch, capsys):
    """What a command that comes to nothing ends with and says, which is one line."""

    def asking(program, *given):
        monkeypatch.setenv("CASEBOOK_HOME", os.environ["CASEBOOK_HOME"])  # `restore` sets it for good
        monkeypatch.setattr(sys, "argv", ["command", *map(str, given)])
        status, (line,) = program.main(), capsys.readouterr().err.splitlines()
        return status, line

    return asking


@pytest.fixture
def writer(home):
    """A process that makes data sets and runs, and deletes some, as long as the test lasts."""
    made = subprocess.Popen([sys.executable, "-c", WRITER], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    for _ in range(5):
        assert made.stdout.readline()
    yield made
    made.kill()
    made.wait()
    made.stdout.close()


@pytest.mark.slow
def test_what_others_write_and_delete_meanwhile_leaves_the_backup_whole(writer, tmp_path, into):
    ran = command("runs.backup", tmp_path / "backup.tar")
    assert ran.returncode == 0, ran.stderr
    written = {run.id for run in records.run_list("ann", most=100_000)}
    assert stat.S_IMODE((tmp_path / "backup.tar").stat().st_mode) == 0o600
    into(tmp_path / "backup.tar")
    kept = records.run_list("ann", most=100_000)
    assert kept and written - {run.id for run in kept}  # it went on writing
    for run in kept:
        if run.status == "done":
            assert (paths.run(run.id) / "bundle/weights").exists() and integrity.of_model(run.id) is None
            assert len(metric_rows.after(run, 0)) == 20
        else:
            assert run.status == "queued"
    rows = dataset_rows.of_case("ann", "speech")
    assert rows and all(datasets.is_whole(row.id, "speech") and datasets.is_undamaged(row.id) for row in rows)
    assert all(edits.current("ann", row.id) in ({1: "a"}, {}) for row in rows)
    with engine().connect() as db:
        for table in (tables.edits.c.dataset, tables.runs.c.dataset):  # nothing hangs on what was deleted
            there = set(db.execute(select(table)).scalars())
            assert len(there - {row.id for row in rows}) <= 1


@pytest.mark.slow
def test_every_run_data_set_draft_and_link_opens_again(earlier, tmp_path, into):  # noqa: F811
    asked = (paths.home() / earlier["runs"]["recommendation"]["asked"]).read_bytes()
    pack.pack(tmp_path / "backup.tar")
    client.rest(paths.home())
    restored = into(tmp_path / "backup.tar")
    assert {path.name for path in restored.iterdir()} <= {"casebook.db", "migrate.lock", "uploads", "datasets", "runs",
                                                           "casebook.db-wal", "casebook.db-shm"}  # fmt: skip
    try:
        for name in RUNS:
            told = earlier["runs"][name]
            run = records.run(told["id"], "local")
            assert (run.status, run.notes, run.name) == (told["status"], run.notes, told["name"])
            assert integrity.of_model(run.id) is None and integrity.of_answers(run.id) is None
            assert bundle_zip.of(paths.run(run.id)).stat().st_size > 0
        told = earlier["runs"]["recommendation"]
        (given := restored / f"given{Path(told['asked']).suffix}").write_bytes(asked)
        [answer] = client.answers(records.run(told["id"], "local"), [given])
        assert list(answer.labels) == told["answer"]["labels"]
        assert answer.probabilities == pytest.approx(told["answer"]["probabilities"], abs=1e-3)
    finally:
        client.rest(restored)
    for identity in earlier["datasets"]:
        assert datasets.opened(dataset_rows.by_id(identity, "local")) and datasets.is_undamaged(identity)
    labels = {int(row): label for row, label in earlier["edits"]["labels"].items()}
    assert edits.current("local", earlier["edits"]["dataset"]) == labels
    draft = earlier["draft"]["id"]
    assert drafts.unfinished("local", "image_recognition") == draft
    assert all((paths.uploads() / file.upload).exists() for file in draft_files.of(draft))
    assert shares.by_token(earlier["share"]["token"]).state == "open"
    assert shares.unlock(shares.by_token(earlier["locked_share"]["token"]), earlier["locked_share"]["passcode"])
    assert kept_settings.of("local", earlier["kept_settings"]["dataset"])
    assert explanations.known(records.run(earlier["runs"]["image"]["id"], "local"), "first")["status"] == "done"
    edits.add("local", earlier["edits"]["dataset"], 0, None)  # rows are numbered on
    with engine().connect() as db:
        assert db.execute(select(func.count()).select_from(tables.guesses)).scalar_one() == 0


def test_what_ran_waits_again_whoever_bears_its_number_now(small, archive, into):
    finished, running, stopping = small
    into(archive)
    runs = [records.run(one, "ann") for one in small]
    assert [run.status for run in runs] == ["done", "queued", "stopped"]
    assert [run.pid for run in runs[1:]] == [None, None]
    assert (paths.run(running) / "checkpoint-1/COMPLETE").exists()
    assert not (paths.run(stopping) / "checkpoint-1").exists()  # it was not whole
    assert integrity.of_model(finished) is None


def test_what_only_the_home_of_before_could_do_is_done_by_the_restored_one(home, tmp_path, into, monkeypatch):
    monkeypatch.setenv("CASEBOOK_STORE", f"file://{tmp_path}/shelf")
    reading = records.create_run("ann", "read", "speech", "tones.zip")
    pack.pack(tmp_path / "backup.tar")
    into(tmp_path / "backup.tar")
    assert queue.claim(["read"], 0).id == reading  # its upload lies here now


def test_a_backup_neither_overwrites_anything_nor_holds_itself(archive, home, tmp_path, refused):
    before = archive.read_bytes()
    status, line = refused(backup, archive)
    assert status == 1 and "already exists" in line and archive.read_bytes() == before
    assert "its own backup" in refused(backup, home / "runs/backup.tar")[1]
    assert refused(backup, tmp_path / "not there/backup.tar")[0] == 1
    assert [path.name for path in tmp_path.glob("*.partial")] == []


def test_only_an_empty_home_is_restored_into(archive, home, tmp_path, refused):
    status, line = refused(restore, archive, "--home", home)
    assert status == 2 and line.startswith("error: The folder “") and "is not empty" in line
    (other := tmp_path / "other").mkdir()
    (other / "kept").write_text("mine")
    assert refused(restore, archive, "--home", other)[0] == 2
    assert [path.name for path in other.iterdir()] == ["kept"]


def test_no_login_from_before_counts_in_a_restored_home(small, tmp_path, into):
    ann = people.named_elsewhere("oidc", "ann", "Ann")
    cookie = sessions.digest("what the provider said")
    sessions.admit(cookie, ann, proof="p1")
    moment = time.time()
    assert not sessions.is_of_before(moment)  # this home was never restored
    pack.pack(tmp_path / "before.tar")
    sessions.end_all(ann)
    into(tmp_path / "before.tar")
    assert people.by_id(ann.id) and sessions.find(cookie) is None and sessions.of(ann) == []
    assert all(sessions.is_of_before(one) for one in (moment, moment - 9e9, None, "soon"))
    assert not sessions.is_of_before(time.time() + 1)


def test_a_full_disk_leaves_no_half_backup(small, small_disk, refused):
    folder, _ = small_disk(64)
    status, line = refused(backup, folder / "backup.tar")
    assert status == 1
    assert line.startswith("error: Too little disk space: 0 MB free. The folder of the backup needs room")
    assert list(folder.iterdir()) == []
