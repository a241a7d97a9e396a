"""A backup as a host asks for it on the page: made beside all other work, and nothing half is ever left."""

from __future__ import annotations

import tarfile

import pytest

from models.progress import NullReporter, Stopped
from runs import paths
from runs.backup import kept, pack, work
from runs.identity import people, removal
from runs.jobs import backup
from runs.store import queue, records
from runs.worker import worker


@pytest.fixture
def ann():
    return people.named_elsewhere("oidc", "ann", "Ann", host=True)


@pytest.fixture
def ask(ann):
    """Have a backup made; returns the work as it ended."""

    def asking():
        work.begin(ann)
        worker.work(queue.claim_here(work.latest().id))
        return work.latest()

    return asking


def names(path):
    with tarfile.open(path) as tar:
        return tar.getnames()


def test_a_backup_lies_in_a_folder_of_its_own_and_in_no_later_one(ask, ann):
    run = records.create_run(ann.id, "fine_tune", "speech", "calls", status="done")
    (paths.run(run) / "weights").write_bytes(b"w" * 3_000_000)
    first = ask()
    assert (first.status, first.error) == ("done", None)
    assert first.progress["what"] == pack.PROGRESS and first.progress["done"] == first.progress["total"] > 3_000_000
    [one] = kept.listed()
    assert one.path.parent == paths.home() / "backups" and one.bytes > 3_000_000
    assert one.path.stat().st_mode & 0o077 == 0
    assert ask().status == "done"
    newest, oldest = kept.listed()
    assert oldest == one and not [name for name in names(newest.path) if "backup" in name and name != "backup.json"]
    assert f"files/runs/{run}/weights" in names(newest.path)


def test_two_hosts_who_ask_at_once_get_one(ann):
    bob = people.named_elsewhere("oidc", "bob", "Bob", host=True)
    work.begin(ann)
    first = work.latest()
    work.begin(bob)
    assert work.latest() == first
    queue.stop(first.id)
    work.begin(bob)
    assert work.latest().owner == bob.id and records.run(first.id, ann.id) is None


class Halfway(NullReporter):
    """Somebody stops it when some bytes are written."""

    def __init__(self):
        self.told = []

    def progress(self, what, done, total, **more):
        self.told.append(done)

    def check(self):
        if self.told and self.told[-1] > 1_000_000:
            raise Stopped


def test_who_stops_it_finds_nothing_of_it(ann):
    (paths.uploads() / "large").write_bytes(b"x" * 5_000_000)
    work.begin(ann)
    report = Halfway()
    with pytest.raises(Stopped):
        backup.make(work.latest(), report)
    assert report.told[-1] < 4_000_000 and list(paths.backups().iterdir()) == []


def test_after_an_attempt_that_was_killed_the_next_begins_anew(ann):
    work.begin(ann)
    archive = kept.path_of(work.latest())
    archive.with_name(f"{archive.name}.partial").write_bytes(b"half")
    archive.with_name(f"{archive.name}.abcd").mkdir()
    archive.with_name("mine.txt").write_text("mine")
    worker.work(queue.claim_here(work.latest().id))
    assert work.latest().status == "done"
    assert sorted(path.name for path in paths.backups().iterdir()) == sorted([archive.name, "mine.txt"])


def test_where_the_disk_has_too_little_room_nothing_is_begun(ask, monkeypatch):
    monkeypatch.setattr(pack, "RESERVE", 10**18)
    run = ask()
    assert run.status == "failed" and run.error["found"].startswith("Too little disk space")
    assert "about {needed} MB" in run.error["expected"] and list(paths.backups().iterdir()) == []


@pytest.mark.parametrize("who", ["nobody", "no host", "no longer a host", "suspended"])
def test_a_backup_is_made_for_a_host_only(ann, who):
    other = people.named_elsewhere("oidc", "eve", "Eve", host=who not in ("nobody", "no host"))
    work.begin(other)
    if who == "no longer a host":
        removal.make_host(other, False)
    elif who == "suspended":
        removal.suspend(other)
    elif who == "nobody":
        removal.forget(other)
    worker.work(queue.claim_here(work.latest().id))
    assert work.latest().status == "failed" and "no host" in work.latest().error["found"]
    assert kept.listed() == []


def test_a_name_is_one_of_the_list_or_none(ask):
    ask()
    [one] = kept.listed()
    (paths.backups() / "mine.tar").write_bytes(b"not a backup")
    (paths.backups() / "link.tar").symlink_to(one.path)
    for asked in ("../casebook.db", f"../backups/{one.name}", "mine.tar", "", ".", "link.tar", "/etc/hostname"):
        assert kept.find(asked) is None
        kept.delete(asked)
        assert len(list(paths.backups().iterdir())) == 3 and (paths.home() / "casebook.db").exists()
    kept.delete(one.name)
    assert kept.listed() == []
