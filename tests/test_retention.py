"""What nobody comes back to goes after the days that the host names, and what no work needs any more goes by itself;
nothing else ever does."""

from __future__ import annotations

import os
import subprocess
import sys
import time

import pytest
from sqlalchemy import update

from models.errors import InputError
from runs import paths
from runs.backup import pack
from runs.language import say
from runs.retention import __main__ as retention
from runs.retention import rules, settled
from runs.store import lifecycle, queue, records, shares, tables, upload_rows
from runs.store.database import engine
from runs.uploads import draft_files, drafts
from runs.uploads.draft_files import DraftFile
from runs.worker import agent, orphans

pytestmark = pytest.mark.slow

DAY = 24 * 3600
OLD = time.time() - 40 * DAY


def change(table, identity, **values):
    with engine().begin() as db:
        db.execute(update(table).where(table.c.id == identity).values(**values))


def ended(status, *, days=40, kind="fine_tune", **values):
    """A run that ended so many days ago, with a checkpoint, a bundle and a log."""
    identity = records.create_run("ann", kind, "speech", "calls", dataset="d1")
    queue.claim_here(identity)
    queue.end(identity, status, **values)
    change(tables.runs, identity, ended=time.time() - days * DAY)
    for name in ("checkpoint-7", "bundle"):
        (paths.run(identity) / name).mkdir()
        (paths.run(identity) / name / "weights").write_bytes(bytes(1000))
    (paths.logs() / f"{identity}.log").write_text("…")
    return identity


def left(identity):
    folder = paths.home() / "runs" / identity
    return {path.name for path in folder.iterdir()} if folder.exists() else None


def keep(monkeypatch, told):
    monkeypatch.setenv("CASEBOOK_KEEP_DAYS", told)


def follow_the_rules():
    """As an agent does in its first round."""
    agent.Agent().step()


def test_files_of_a_run_that_failed_go_and_its_reason_stays(monkeypatch):
    error = {"found": "x", "expected": "y", "remedy": "z", "args": {}}
    old, young, stopped = ended("failed", error=error), ended("failed", days=20), ended("stopped")
    keep(monkeypatch, "failed=30")
    follow_the_rules()
    assert (left(old), left(young), left(stopped)) == (None, {"checkpoint-7", "bundle"}, {"checkpoint-7", "bundle"})
    assert not (paths.logs() / f"{old}.log").exists()
    run = records.run(old, "ann")
    assert run.error == error and len(run.notes) == 1
    assert say("en", run.notes[0]["message"]).startswith("Checkpoints of this run were removed")
    assert say("zh", run.notes[0]["message"]) != run.notes[0]["message"]
    paths.run(old)  # as a page makes it that looks into it
    follow_the_rules()
    assert records.run(old, "ann").notes == run.notes


def test_of_what_was_evaluated_or_shared_only_checkpoints_go(monkeypatch):
    kept, shared = ended("stopped", result={"test": {}}), ended("stopped")
    done = ended("done", result={"test": {}})
    shares.create(records.run(shared, "ann"), days=None)
    keep(monkeypatch, "stopped=30, failed=30")
    follow_the_rules()
    assert (left(kept), left(shared)) == ({"bundle"}, {"bundle"})
    assert left(done) == {"checkpoint-7", "bundle"}


def collected(days):
    """A collection to which one file came so many days ago."""
    draft, upload = drafts.begin("ann", "speech"), records.new_id()
    (paths.uploads() / upload).write_bytes(b"x")
    drafts.add("ann", draft, DraftFile(upload, "a.wav", 1), "0" * 64)
    moment = time.time() - days * DAY
    change(tables.runs, draft, created=moment)
    os.utime(draft_files._path(draft), (moment, moment))
    return draft, upload


def test_a_collection_goes_when_nothing_was_added_for_so_long(monkeypatch):
    (old, gone), (young, stays) = collected(6), collected(2)
    change(tables.runs, young, created=OLD)  # begun long ago, but added to since
    keep(monkeypatch, "drafts=5")
    follow_the_rules()
    assert drafts.find("ann", old) is None and drafts.find("ann", young)
    assert [path.name for path in paths.uploads().iterdir()] == [stays] != [gone]


def test_a_link_goes_some_days_after_it_ended_and_one_that_is_open_stays(monkeypatch):
    run = records.run(ended("done"), "ann")
    for name in ("expired", "revoked", "just now", "open"):
        shares.create(run, days=None, passcode=name)
    expired, revoked, just_now, _ = reversed(shares.of(run))
    change(tables.shares, expired.id, expires=OLD)
    change(tables.shares, revoked.id, revoked=OLD)
    change(tables.shares, just_now.id, expires=time.time() - 60)
    keep(monkeypatch, "links=7")
    follow_the_rules()
    assert {share.id for share in shares.of(run)}.isdisjoint({expired.id, revoked.id})
    assert len(shares.of(run)) == 2


def test_old_backups_go_but_never_the_newest_nor_what_is_none(monkeypatch):
    folder = paths.home() / "backups"
    folder.mkdir()
    records.run_list("ann")
    for age, name in enumerate(("c.tar", "b.tar", "a.tar")):
        pack.pack(folder / name)
        os.utime(folder / name, (OLD - age * DAY,) * 2)
    (folder / "mine.tar").write_bytes(b"not a backup")
    os.utime(folder / "mine.tar", (OLD, OLD))
    keep(monkeypatch, "backups=30")
    follow_the_rules()
    assert {path.name for path in folder.iterdir()} == {"c.tar", "mine.tar"}


def test_whole_runs_go_with_all_that_was_made_of_them_but_for_what_others_can_open(monkeypatch):
    old, young, shared, needed = ended("done"), ended("done", days=20), ended("stopped"), ended("done")
    explained = ended("done", kind="explain", days=1)
    change(tables.runs, explained, subject=old)
    shares.create(records.run(shared, "ann"), days=None)
    records.create_run("ann", "explain", "speech", "calls", subject=needed)
    keep(monkeypatch, "runs=30")
    follow_the_rules()
    assert (left(old), left(explained)) == (None, None)
    assert records.run(old, "ann") is None and records.run(explained, "ann") is None
    assert not (paths.logs() / f"{old}.log").exists()
    assert all(left(run) and records.run(run, "ann") for run in (young, shared, needed))
    change(tables.shares, shares.of(records.run(shared, "ann"))[0].id, revoked=time.time())
    follow_the_rules()
    assert left(shared) is None


def test_a_run_that_is_taken_up_again_meanwhile_stays(monkeypatch):
    keep(monkeypatch, "runs=30, stopped=30")
    run = ended("stopped")
    found = list(rules.found())
    lifecycle.resume(run, "ann")
    for one in found:
        one.leftover.remove()
    assert len(found) == 2 and left(run) == {"checkpoint-7", "bundle"} and records.run(run, "ann").status == "queued"


def test_rules_of_the_page_are_followed_once_a_day_and_first_a_day_after_they_were_settled(monkeypatch):
    run, now = ended("failed"), time.time
    settled.settle({"failed": 30})
    follow_the_rules()
    assert left(run)
    monkeypatch.setattr(time, "time", lambda: now() + DAY + 1)
    follow_the_rules()
    assert left(run) is None
    later = ended("failed")
    follow_the_rules()
    assert left(later)
    monkeypatch.setattr(time, "time", lambda: now() + 2 * DAY + 2)
    follow_the_rules()
    assert left(later) is None


def test_a_rule_that_is_none_is_refused_and_nothing_goes(monkeypatch, caplog):
    run = ended("failed")
    for told in ("failed", "failed=soon", "done=3", "failed=30 stopped=3", "failed=-1"):
        keep(monkeypatch, f"stopped=1, {told}")
        with pytest.raises(InputError) as refused:
            list(rules.found())
        assert told in str(refused.value) and "CASEBOOK_KEEP_DAYS" in str(refused.value)
        caplog.clear()
        follow_the_rules()
        assert left(run) == {"checkpoint-7", "bundle"} and "Nothing is removed by a rule" in caplog.text


def test_the_command_shows_what_would_go_and_removes_it_only_without_show(monkeypatch, capsys):
    run = ended("failed")
    keep(monkeypatch, "failed=30")

    def command(*given):
        monkeypatch.setattr(sys, "argv", ["retention", *given])
        assert retention.main() == 0
        return capsys.readouterr().out

    shown = command("--show")
    assert shown.startswith(f"failed=30\tfine_tune {run}\t40.0 days\t") and "Would be removed: 1" in shown
    assert left(run) == {"checkpoint-7", "bundle"}
    assert "Removed: 1" in command()
    assert left(run) is None
    assert command("--show").endswith("Would be removed: 0, 0.0 MB\n")


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
    return records.create_run(
        "ann", kind, "text_analysis", "said.csv", parts=[{"upload": identity, "split": ""}]
    ), identity


def lying():
    return {path.name for path in paths.uploads().iterdir()}


def add_to(draft):
    identity = upload()
    draft_files.add(draft, DraftFile(identity, "said.csv", 1))
    return identity


def test_what_is_collected_waits_runs_or_can_go_on_is_needed(at_once):
    draft = drafts.begin("ann", "text_analysis")
    one, (_, waiting), (running, read) = add_to(draft), create(), create()
    queue.claim_here(running)
    stopped, texts = create("cluster")
    queue.claim_here(stopped)
    queue.end(stopped, "stopped")
    orphans.sweep()
    assert lying() == {one, waiting, read, texts}
    lifecycle.forget(stopped)
    orphans.sweep()
    assert lying() == {one, waiting, read}


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
