"""Data and runs that are put into an app's home, where bringing them and starting them is not what is tested."""

from __future__ import annotations

import re
from contextlib import contextmanager

import pytest
import workshop

import cases
from cases.base import UploadedFile
from cases.settings import as_json
from models.progress import QUIET
from runs.jobs import data_import
from runs.store import dataset_rows, records


@contextmanager
def at_home(server):
    """Work in the home of this app."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CASEBOOK_HOME", str(server.home))
        yield


def read(server, case, path):
    """The address of the data in a file, which are called as it is."""
    with at_home(server):
        data_import.into_dataset(case, [UploadedFile(path, path.name)], path.stem, QUIET)
        dataset_rows.add("local", path.stem, case, path.stem, sample=False)
    return f"/{case}?data={path.stem}"


def queued(case, dataset, settings, status="queued"):
    """The id of a run that waits, in the home where one is."""
    return records.create_run("local", "fine_tune", case, dataset, dataset=dataset, status=status,
                              settings=as_json(settings), edits={})  # fmt: skip


def begun(server, data, **chosen):
    """The address of a run on the pictures at an address, which the app is about to train."""
    case, dataset = re.match(r"/(\w+)\?.*\bdata=(\w+)", data).groups()
    with at_home(server):
        return f"/{case}?run={queued(case, dataset, cases.get(case).Settings(**chosen))}"


def trained(server, case, path, settings):
    """A run on the data in a file, whose work is done here."""
    read(server, case, path)
    return done(server, case, path.stem, settings)


def done(server, case, dataset, settings):
    """A run whose work is done here: it began as one that was stopped, which no agent takes."""
    with at_home(server):
        run = workshop.done(queued(case, dataset, settings, status="stopped"))
        assert run.status == "done", run.error
        return run
