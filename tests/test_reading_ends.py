"""What was brought for a reading alone goes with it, however that ends; what can be read again stays."""

from __future__ import annotations

import pytest

from models.progress import NullReporter
from runs import paths
from runs.store import lifecycle, queue, records, upload_rows
from runs.uploads import draft_files, drafts
from runs.uploads.draft_files import DraftFile
from runs.worker import worker
from runs.worker.reporter import StoreReporter

CASE = "image_recognition"


class AtPictures(NullReporter):
    """Does something as soon as the pictures are looked at."""

    def __init__(self, act):
        self.act = act

    def progress(self, what, done, total, **more):
        if what == "pictures":
            self.act()


@pytest.fixture(scope="module")
def archive(pictures, zip_of, tmp_path_factory):
    return zip_of(tmp_path_factory.mktemp("zip") / "noise.zip", pictures(4)).read_bytes()


@pytest.fixture
def upload(archive):
    identity = records.new_id()
    (paths.uploads() / identity).write_bytes(archive)
    upload_rows.add("ann", identity, "noise.zip", len(archive), "0" * 64)
    return identity


def read(identity, act):
    """The run, once its reading has ended because of `act`."""
    run = queue.claim_here(identity)
    reporting = StoreReporter(run)
    reporting.beside = AtPictures(lambda: act(run, reporting))
    worker.work(run, reporting)
    return records.run(identity, "ann")


def stop(run, reporting):
    lifecycle.ask_to_stop(run.id, "ann")
    reporting.flush()
    reporting.check()


def break_down(run, reporting):
    raise ZeroDivisionError("a bug")


def lying():
    return {path.name for folder in (paths.uploads(), paths.datasets()) for path in folder.iterdir()}


ENDS = pytest.mark.parametrize(("act", "status"), [(stop, "stopped"), (break_down, "failed")])


@ENDS
def test_an_upload_does_not_stay_behind_where_its_reading_is_stopped_or_ends_in_a_bug(upload, act, status):
    one = records.create_run("ann", "read", CASE, "noise.zip", parts=[{"upload": upload, "split": ""}])
    assert read(one, act).status == status
    assert lying() == set()


@ENDS
def test_a_collection_stays_and_can_be_read_again(upload, act, status):
    draft = drafts.begin("ann", CASE)
    draft_files.add(draft, DraftFile(upload, "noise.zip", 1))
    drafts.read("ann", draft)
    assert read(draft, act).status == status
    assert lying() == {upload}
