"""A machine where Casebook works, with an agent that takes what is queued, and trainings of a few seconds for it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import psutil
from sqlalchemy import update

import cases
from cases.settings import as_json
from runs import paths
from runs.jobs import data_import
from runs.store import queue, records, upload_rows
from runs.store.database import engine
from runs.store.tables import runs
from runs.worker import worker

ROOT = Path(__file__).parent.parent
SHORT = {  # settings for a few seconds of training, with a checkpoint every 7 or 8 steps
    "image_recognition": {"mode": "full", "epochs": 4, "batch_size": 8, "dropout": 0.3, "precision": "fp32"},
    "recommendation": {
        "network": "towers",
        "begin": "text",
        "width": 128,
        "max_history": 8,
        "text_pca_dims": 4,
        "epochs": 20,
        "batch_size": 8,
        "precision": "fp32",
    },
    "text_analysis": {"mode": "full", "epochs": 6, "batch_size": 8, "dropout": 0.3, "precision": "fp32"},
    "speech": {"mode": "full", "epochs": 4, "batch_size": 8, "dropout": 0.3, "precision": "fp32"},
    "speech: transcribe": {"task": "transcribe", "epochs": 4, "batch_size": 8, "precision": "fp32"},
}


def case_of(learnt):
    """The case of one of `SHORT`, which may be a task of it."""
    return learnt.partition(":")[0]


class Station:
    """A machine where Casebook works: a home, and a real agent in a process of its own.

    `materials`: a case, or a task of it as in `SHORT` → the folder of a small body and the file of some data.
    `starts`: whether the agent is started, once something is waited for that it is to do.
    """

    def __init__(self, home, materials, *, starts=False):
        self.home, self.materials, self.starts, self.agent, self.kept = home, materials, starts, None, {}

    def start_agent(self):
        with (self.home / "agent.log").open("ab") as log:
            self.agent = subprocess.Popen([sys.executable, "-m", "runs.agent"], cwd=ROOT, stdout=log, stderr=log)

    def kill_agent(self):
        self.agent.kill()
        self.agent.wait()

    def read(self, case="image_recognition", status="queued"):
        """Queue the reading of the data, as the upload route does."""
        _model, archive = self.materials[case]
        identity, digest = records.new_id(), data_import.sha256_of(archive)
        shutil.copyfile(archive, paths.uploads() / identity)
        upload_rows.add("local", identity, archive.name, archive.stat().st_size, digest)
        parts = [{"upload": identity, "split": ""}]
        return records.create_run("local", "read", case_of(case), archive.name, parts=parts, status=status)

    def train(self, case="image_recognition", status="queued", **changed):
        """Queue a training of a few seconds, as the page's form does."""
        model, archive = self.materials[case]
        settings = cases.get(case_of(case)).Settings(**{"model": str(model), **SHORT[case], **changed})
        chosen = {"dataset": self.once("read", case).dataset, "settings": as_json(settings), "status": status}
        return records.create_run("local", "fine_tune", case_of(case), archive.stem, **chosen)

    def once(self, work, case):
        """What reading the data, or a training by the usual settings, comes to when nothing disturbs it; this process
        does it, past the agent."""
        if (work, case) not in self.kept:
            identity = getattr(self, work)(case, status="running")
            worker.work(queue.claim_here(identity))
            self.kept[work, case] = records.run(identity, "local")
        return self.kept[work, case]

    def until(self, identity, holds):
        """The run, as soon as it satisfies `holds`."""

        def seen():
            run = records.run(identity, "local")
            return holds(run) and [run]

        return self.meanwhile(seen)[0]

    def meanwhile(self, holds, limit=300):
        """What `holds` returns, as soon as that is so."""
        if self.starts and (self.agent is None or self.agent.poll() is not None):
            self.start_agent()
        end = time.monotonic() + limit
        while not (found := holds()):
            assert time.monotonic() < end, (self.home / "agent.log").read_text()
            time.sleep(0.01)
        return found

    def ended(self, identity):
        return self.until(identity, lambda run: run.ended_already)

    @property
    def dataset(self):
        return self.once("read", "image_recognition")

    @property
    def unbroken(self):
        return self.once("train", "image_recognition")


# Whether a host can be given a name of its own.
NAMED = os.name == "posix" and os.geteuid() == 0 and shutil.which("unshare") is not None


class Host(Station):
    """A station under a host name of its own."""

    def __init__(self, name, home, materials):
        super().__init__(home, materials)
        self.name = name

    def start_agent(self):
        command = f"hostname {self.name} && exec {sys.executable} -m runs.agent"
        with (self.home / "agent.log").open("ab") as log:
            self.agent = subprocess.Popen(
                ["unshare", "--uts", "sh", "-c", command], cwd=ROOT, stdout=log, stderr=log, start_new_session=True,
                env={**os.environ, "CASEBOOK_HOME": str(self.home)},
            )  # fmt: skip

    def die(self):
        """The agent and every run at once, as when the power fails."""
        family = [psutil.Process(self.agent.pid), *psutil.Process(self.agent.pid).children(recursive=True)]
        for process in family:
            with suppress(psutil.NoSuchProcess):  # it has just ended by itself
                process.kill()
        self.agent.wait()


def is_silent(identity):
    """As if nothing had been heard of the run for a minute."""
    with engine().begin() as db:
        db.execute(update(runs).where(runs.c.id == identity).values(beat=time.time() - queue.STALE - 1))
