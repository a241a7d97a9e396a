"""A reading that takes too much memory or time is ended with its reason, and keeps nobody else waiting."""

from __future__ import annotations

import functools
import multiprocessing
import os
import signal
import socket
import subprocess
import sys
import threading
import time

import psutil
import pytest
from conftest import ROOT
from sqlalchemy import update

from models.errors import InputError
from runs import paths
from runs.limits import processes
from runs.store import queue, records, tables, upload_rows
from runs.store.database import engine
from runs.worker import agent, process_watch

TOO_MUCH = (
    "Reading needed more than 0.02 GB of memory and was stopped. Reading may use this much memory at most. Upload "
    "fewer or smaller files, or ask the administrator to raise CASEBOOK_READ_MEMORY."
)


@pytest.fixture
def sleeper():
    """A process that sits still, and takes so many megabytes when it is told to."""
    program = "import sys\nfor line in sys.stdin: kept = bytearray(int(line) << 20); print('done', flush=True)"
    made = subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    yield made
    made.kill()
    made.wait()


def create(kind="read", content=b"x", case="image_recognition", size=None):
    upload = records.new_id()
    (paths.uploads() / upload).write_bytes(content)
    upload_rows.add("ann", upload, "ratings.csv", size or len(content), "0" * 64)
    return records.create_run("ann", kind, case, "ratings.csv", parts=[{"upload": upload, "split": ""}])


def change(identity, **values):
    with engine().begin() as db:
        db.execute(update(tables.runs).where(tables.runs.c.id == identity).values(**values))


def at_work(process, **created):
    """A run that this process does."""
    one = create(**created)
    queue.claim_here(one)
    change(one, pid=process.pid, pid_started=psutil.Process(process.pid).create_time())
    return records.run(one, "ann")


def rounds(of=None):
    (of or agent.Agent())._reap(queue.running(socket.gethostname()))


def ended(identity, here, end):
    """The agent `here` finds that the run's process has ended so."""
    child = multiprocessing.get_context("fork").Process(target=end)
    child.start()
    change(identity, pid=child.pid, pid_started=psutil.Process(child.pid).create_time())
    here.children[identity] = child
    child.join()
    rounds(here)


def error_of(identity):
    run = records.run(identity, "ann")
    assert run.status == "failed", run
    return str(InputError.from_json(run.error))


def test_a_reading_that_takes_too_long_is_ended_with_the_reason_and_its_upload_goes(sleeper, monkeypatch):
    run = at_work(sleeper)
    rounds()
    assert records.run(run.id, "ann").status == "running"
    (unpacked := paths.run(run.id) / "tmp1").mkdir()
    (begun := paths.datasets() / "d1.partial").mkdir()
    monkeypatch.setenv(processes.MINUTES, "0.0001")
    rounds()
    assert error_of(run.id) == (
        "Reading took longer than 0.0 minutes and was stopped. Files must be read within this time; large files get "
        "one minute more per 100 MB. Try again when the machine is less busy, upload fewer or smaller files, or ask "
        "the administrator to raise CASEBOOK_READ_MINUTES."
    )
    assert not psutil.pid_exists(sleeper.pid)
    assert not list(paths.uploads().iterdir()) and not unpacked.exists() and not begun.exists()


@pytest.mark.parametrize("kind", ["predict", "cluster"])
def test_work_that_is_meant_to_last_is_ended_only_when_nothing_comes_of_it(sleeper, monkeypatch, kind):
    run = at_work(sleeper, kind=kind)
    change(run.id, pid_started=1.0)
    monkeypatch.setenv(processes.MINUTES, "0.0001")
    seen = process_watch.Watch()
    for done in range(3):
        queue.beat(run.id, progress={"what": "predicted", "done": done, "total": 3})
        assert seen.exceeded(records.run(run.id, "ann")) is None
        time.sleep(0.02)
    assert seen.exceeded(records.run(run.id, "ann")).args_["setting"] == processes.MINUTES


def test_a_limit_of_0_is_none_and_nonsense_is_the_usual_one(monkeypatch, caplog):
    monkeypatch.delenv(processes.MEMORY, raising=False)
    assert (processes.memory(), processes.seconds()) == (2 * 2**30, 600)
    for told, bytes_, seconds in (("0", 0, 0), ("0.5", 2**29, 30), ("a lot", 2 * 2**30, 600), ("-1", 2 * 2**30, 600)):
        monkeypatch.setenv(processes.MEMORY, told)
        monkeypatch.setenv(processes.MINUTES, told)
        assert (processes.memory(), processes.seconds()) == (bytes_, seconds)
    assert "CASEBOOK_READ_MEMORY='a lot' is no number" in caplog.text


@pytest.mark.slow
@pytest.mark.skipif(not processes.KERNEL, reason="The kernel counts memory on Linux only.")
def test_the_kernel_gives_a_reading_no_more_memory_than_it_may_have_and_the_reason_is_told(monkeypatch):
    lines = "".join(f"u{number % 5000},i{number % 7001},{number % 5 + 1}\n" for number in range(300_000))
    one = create(content=f"user,item,rating\n{lines}".encode(), case="recommendation")
    queue.claim(["read"], 0)
    limited = {**os.environ, processes.MEMORY: "0.02", "ARROW_DEFAULT_MEMORY_POOL": "system"}
    loaded = (
        "import cases.recommendation.reader, runs.jobs.data_import\n"
        f"from runs.worker import worker; worker.main({one!r})"
    )
    done = subprocess.run([sys.executable, "-c", loaded], cwd=ROOT, env=limited, capture_output=True)
    monkeypatch.setenv(processes.MEMORY, "0.02")
    assert error_of(one) == TOO_MUCH, done.stderr.decode()[-3000:]
    assert not list(paths.uploads().iterdir()) and not list(paths.datasets().iterdir())
    assert not list(paths.run(one).glob("tmp*"))


@pytest.mark.skipif(not processes.KERNEL, reason="The kernel counts memory on Linux only.")
def test_what_is_read_at_the_terminal_has_the_same_limit_and_the_training_after_it_has_none(monkeypatch):
    import resource

    monkeypatch.setenv(processes.MEMORY, "0.02")
    before = resource.getrlimit(resource.RLIMIT_DATA)
    with pytest.raises(InputError, match=r"Reading needed more than 0\.02 GB of memory"), processes.bounded():
        [bytearray(200 * 2**20) for _ in range(20)]  # a heap that tests before this one grew may hold one or two
    assert resource.getrlimit(resource.RLIMIT_DATA) == before
    assert bytearray(200 * 2**20)


@pytest.mark.parametrize("end", [os.abort, functools.partial(os._exit, 127)])  # 127: glibc without memory for a thread
def test_a_file_that_brings_its_reading_down_is_not_read_again(end):
    one, here = create(), agent.Agent()
    queue.claim(["read"], 0)
    ended(one, here, end)
    assert error_of(one) == (
        "The reading process crashed. Files must be readable with at most 2 GB of memory. Check the files, or upload "
        "fewer or smaller ones."
    )
    assert not list(paths.uploads().iterdir())


@pytest.mark.parametrize(
    "end", [functools.partial(os._exit, 1), functools.partial(signal.raise_signal, signal.SIGKILL)]
)
def test_a_reading_that_is_killed_from_outside_is_taken_up_again(end):
    one, here = create(), agent.Agent()
    queue.claim(["read"], 0)
    ended(one, here, end)
    assert records.run(one, "ann").status == "queued" and list(paths.uploads().iterdir())


def test_how_a_reading_ended_is_waited_for_where_it_is_not_told_yet():
    one, here = create(), agent.Agent()
    queue.claim(["read"], 0)
    child = multiprocessing.get_context("forkserver").Process(target=time.sleep, args=(600,))
    child.start()
    process = psutil.Process(child.pid)
    change(one, pid=child.pid, pid_started=process.create_time())
    here.children[one] = child
    teller = process.parent()
    teller.suspend()
    try:
        process.kill()
        while process.status() != psutil.STATUS_ZOMBIE:
            time.sleep(0.01)
        looking = threading.Thread(target=rounds, args=(here,))
        looking.start()
        looking.join(0.5)
    finally:
        teller.resume()
    looking.join()
    assert records.run(one, "ann").status == "queued" and list(paths.uploads().iterdir())


def test_short_work_that_takes_long_lets_others_go_ahead(sleeper):
    here, slots = agent.Agent(), agent.MOST_BESIDE + 1
    runs = [at_work(sleeper, kind="explain") for _ in range(slots)]
    for slot, run in enumerate(runs):
        change(run.id, slot=slot)

    def free(lane, some):
        return here.free(lane, [records.run(run.id, "ann") for run in some])

    assert free("interactive", []) == [0] and free("interactive", runs[:1]) == []
    for run in runs:
        change(run.id, pid_started=time.time() - agent.YIELD_AFTER - 1)
    assert free("interactive", runs[:1]) == [1]
    assert free("interactive", runs[1:2]) == [0]
    assert free("interactive", runs[:2]) == [2]
    assert free("interactive", runs) == []
    assert free("lengthy", runs) == [0]
