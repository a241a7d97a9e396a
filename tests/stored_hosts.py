"""What hosts that share object storage do and hold: readings, trainings that are killed, files."""

from __future__ import annotations

import os
import signal
import time

from workshop import done, killed_by

from runs import paths
from runs.jobs import data_import
from runs.store import objects, queue, records, upload_rows
from runs.worker import object_upkeep
from runs.worker.reporter import StoreReporter

CASE = "image_recognition"


def names(folder):
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def contents(folder):
    return {name: (folder / name).read_bytes() for name in names(folder)}


def read(materials):
    """Queue a reading as the upload route does, and do it here."""
    archive = materials[CASE][1]
    identity = records.new_id()
    (paths.uploads() / identity).write_bytes(archive.read_bytes())
    upload_rows.add("local", identity, archive.name, archive.stat().st_size, data_import.sha256_of(archive))
    parts = [{"upload": identity, "split": ""}]
    run = done(records.create_run("local", "read", CASE, archive.name, parts=parts))
    object_upkeep.settle(sweep=False)
    return run


def lost(identity):
    """Have a training begun by a process that is killed as soon as a checkpoint of it was pushed."""

    class Doomed(StoreReporter):
        def progress(self, what, done, total, **more):
            super().progress(what, done, total, **more)
            if what == "training" and list(paths.run(identity).glob("checkpoint-*/COMPLETE")):
                while not objects.row(objects.of_run(identity)).manifest:
                    time.sleep(0.05)
                os.kill(os.getpid(), signal.SIGKILL)

    killed_by(identity, Doomed)
    queue.died(records.run(identity, "local"))


def left_of(*some):
    """What the home has of these runs and data sets, but for empty files that are locks."""
    found = (path.relative_to(paths.home()) for path in paths.home().rglob("*"))
    return [path for path in found if path.parts[0] != "locks" and any(one in path.name for one in some)]
