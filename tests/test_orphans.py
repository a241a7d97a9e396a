"""Uploads that no work needs any more are swept away, and nothing else is."""

from __future__ import annotations

import subprocess
import sys

import pytest

from runs import paths
from runs.store import lifecycle, queue, records, upload_rows
from runs.uploads import draft_files, drafts
from runs.uploads.draft_files import DraftFile
from runs.worker import orphans

CASE = "text_analysis"


@pytest.fixture
def at_once(monkeypatch):
    """Nothing is waited for."""
    monkeypatch.setattr(orphans, "STILL", -1.0)


def upload(known=True):
    identity = records.new_id()
    (paths.uploads() / identity).write_bytes(b"x")
    if known:
        upload_rows.add("ann", identity, "said.csv", 1, "0" * 64)
    return identity


def create(kind="read"):
    identity = upload()
    return records.create_run("ann", kind, CASE, "said.csv", parts=[{"upload": identity, "split": ""}]), identity


def lying():
    return {path.name for path in paths.uploads().iterdir()}


def collected(draft):
    identity = upload()
    draft_files.add(draft, DraftFile(identity, "said.csv", 1))
    return identity


def test_what_arrives_just_now_is_left_alone_and_what_broke_off_goes(monkeypatch):
    half, rowless = upload(known=False), upload()
    orphans.sweep()
    assert lying() == {half, rowless}
    monkeypatch.setattr(orphans, "STILL", -1.0)
    (paths.uploads() / "x.sample").mkdir()
    orphans.sweep()
    assert lying() == set() and upload_rows.by_id(rowless, "ann") is None


def test_what_is_collected_waits_runs_or_can_go_on_is_needed(at_once):
    draft = drafts.begin("ann", CASE)
    one, (_, waiting), (running, read) = collected(draft), create(), create()
    queue.claim_here(running)
    stopped, texts = create("cluster")
    queue.claim_here(stopped)
    queue.end(stopped, "stopped")
    orphans.sweep()
    assert lying() == {one, waiting, read, texts}
    lifecycle.forget(stopped)
    orphans.sweep()
    assert lying() == {one, waiting, read}


def test_what_ended_needs_nothing_but_a_collection_that_failed_can_be_read_again(at_once):
    (done, _), (stopped, _), draft = create(), create(), drafts.begin("ann", CASE)
    one = collected(draft)
    drafts.read("ann", draft)
    for run, status in ((done, "done"), (stopped, "stopped"), (draft, "failed")):
        queue.claim_here(run)
        queue.end(run, status)
    orphans.sweep()
    assert lying() == {one}


def test_a_data_set_that_was_not_read_to_its_end_goes_unless_somebody_reads_it(at_once):
    """Also on the command line, whose reading no agent knows."""
    (begun := paths.datasets() / "d1.partial").mkdir()
    (broken_off := paths.datasets() / "d2.partial").mkdir()
    program = "import sys, time, filelock; one = filelock.FileLock(sys.argv[1]); one.acquire(); print(flush=True)"
    program += "; time.sleep(60)"
    with subprocess.Popen([sys.executable, "-c", program, paths.lock("d1")], stdout=subprocess.PIPE) as reader:
        reader.stdout.readline()
        orphans.sweep()
        assert begun.exists() and not broken_off.exists()
        reader.kill()
        reader.wait()
    orphans.sweep()
    assert not begun.exists()
