"""A large upload is given to the Ray cluster and taken back, whatever becomes of it there; a real one is in
`test_ray`."""

from __future__ import annotations

import hashlib
import shlex
import shutil
import threading
from pathlib import Path

import pytest
from test_cluster import head  # noqa: F401  a fixture

from cases.base import UploadedFile
from cases.image_recognition.decoder import BATCH, seen
from cases.ingest import decoded_slices
from cases.ingest.decoded_slices import Slices
from models.progress import QUIET, NullReporter, Stopped
from runs import paths
from runs.cluster import decoding, jobs
from runs.jobs import data_import

CASE = "image_recognition"
AWAY = "The Ray cluster could not be used; this server decodes the files."
REST = "The Ray cluster did not decode all files; this server decodes the rest."


class Host:
    """Answers as the dashboard does, and does the slices of a job in a thread, the last of them first, but for those
    that it is to `leave`."""

    def __init__(self, server, leave=(), ends="SUCCEEDED"):
        self.server, self.leave, self.ends, self.status, self.stopped = server, set(leave), ends, "PENDING", []
        self.threads = []

    def get(self, path, _otherwise):
        if path.endswith("/stop"):
            self.stopped.append(path)
            self.status = "STOPPED"
        elif path == "/api/jobs/":
            folder = Path(shlex.split(self.server.asked[-1][3]["entrypoint"])[-1])
            self.threads.append(threading.Thread(target=self.work, args=(Slices.open(folder),)))
            self.threads[-1].start()
        return 200, {"status": self.status}

    def work(self, slices):
        self.status = "RUNNING"
        for number in sorted(set(slices.numbers) - self.leave, reverse=True):
            slices.work(number)
        self.status = self.ends


@pytest.fixture
def cluster(head):  # noqa: F811
    """Puts a `Host` behind the address of the cluster."""
    made = []

    def at_work(**how):
        made.append(Host(head, **how))
        head.answers = made[-1]
        return made[-1]

    yield at_work
    for host in made:
        for thread in host.threads:
            thread.join()


@pytest.fixture
def given(home, zip_of, pictures, tmp_path, monkeypatch):
    """More pictures than one batch, some of them broken, cut into slices of about seven."""
    home.mkdir()
    monkeypatch.setenv(decoding.SECONDS, "0")
    monkeypatch.setattr(decoding, "EVERY", 0.05)
    monkeypatch.setattr(decoding, "LOOK", 0.02)
    files = pictures(40)
    monkeypatch.setattr(decoded_slices, "BYTES", 7 * max(map(len, files.values())))
    for name in [*files][1::40]:
        files[name] = files[name][:100]
    path = zip_of(tmp_path / "given.zip", files)
    return UploadedFile(path, path.name)


class Telling(NullReporter):
    """Keeps what it is told."""

    def __init__(self):
        self.notes, self.done = [], []

    def note(self, message, **_args):
        self.notes.append(message)

    def progress(self, what, done, total, **_more):
        if what == "pictures":
            self.done.append((done, total))


def read(given, report=QUIET):
    """What the files of the data set hold, and of what was set aside how much; nothing of it is left."""
    dataset = data_import.into_dataset(CASE, [given], "d1", report)
    held = {path.relative_to(dataset.folder): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in dataset.folder.rglob("*") if path.is_file()}  # fmt: skip
    aside = len(dataset.set_aside)
    shutil.rmtree(dataset.folder)
    return held, aside


@pytest.fixture
def by_cores(given, monkeypatch):
    """What every file of the data set holds where no cluster is."""
    with monkeypatch.context() as patch:
        patch.delenv(jobs.ADDRESS, raising=False)
        found = read(given)
    assert found[1] == 3
    return found


def test_what_the_cluster_decodes_is_what_this_machine_does(by_cores, given, cluster):
    host, report = cluster(), Telling()
    assert read(given, report) == by_cores
    assert not report.notes and not host.stopped
    assert report.done == sorted(report.done) and {(0, 120), (120, 120)} < {*report.done}
    assert min(done for done, _ in report.done if done) >= BATCH  # these are decoded here


def test_what_the_cluster_leaves_out_is_decoded_here(by_cores, given, cluster):
    for ends in ("SUCCEEDED", "FAILED"):
        host, report = cluster(leave={0, 2, 3}, ends=ends), Telling()
        assert read(given, report) == by_cores
        assert report.notes == [REST] and not host.stopped


@pytest.mark.slow
def test_a_cluster_that_is_away_or_refuses_is_told_of_and_not_needed(by_cores, given, monkeypatch, head):  # noqa: F811
    head.answers = {"/api/jobs/": (401, "Unauthorized")}
    for address in (jobs.address(), "http://127.0.0.1:9"):
        monkeypatch.setenv(jobs.ADDRESS, address)
        report = Telling()
        assert read(given, report) == by_cores
        assert report.notes == [AWAY] and report.done[-1] == (120, 120)


@pytest.mark.parametrize(("limit", "answers"), [("PATIENCE", True), ("AWAY", False)])
def test_a_job_of_which_nothing_comes_is_given_up_and_stopped(by_cores, given, cluster, monkeypatch, limit, answers):
    monkeypatch.setattr(decoding, limit, 0.2)
    host, report = cluster(leave=set(range(99)), ends="RUNNING"), Telling()
    if not answers:
        monkeypatch.setattr(jobs, "find", _no_answer)
    assert read(given, report) == by_cores
    assert report.notes == [REST] and len(host.stopped) == 1


def _no_answer(_job):
    raise jobs.NoAnswer("away")


def test_a_person_who_stops_the_reading_stops_the_job(given, cluster):
    host = cluster(leave=set(range(99)), ends="RUNNING")

    class Stopping(NullReporter):
        def check(self):
            if host.threads:
                raise Stopped

    with pytest.raises(Stopped):
        read(given, Stopping())
    assert len(host.stopped) == 1 and not [*paths.datasets().iterdir()]


@pytest.fixture
def slices(pictures, tmp_path):
    paths = []
    for number, content in enumerate(pictures(2).values()):
        paths.append(tmp_path / f"{number}.png")
        paths[-1].write_bytes(content)
    return Slices.cut(tmp_path / "slices", paths, seen, 4)
