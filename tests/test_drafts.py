"""Files collected one by one, read together; what stays of a reading that ends; and data sets that are deleted."""

from __future__ import annotations

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest
from sqlalchemy import event
from starlette.applications import Starlette
from starlette.testclient import TestClient

from models.errors import InputError
from models.progress import NullReporter
from runs import paths, tokens
from runs.api import arrivals
from runs.api.routes import ROUTES
from runs.jobs import data_import
from runs.store import database, dataset_deletion, dataset_rows, edits, lifecycle, queue, records, upload_rows
from runs.uploads import draft_files, drafts
from runs.uploads.draft_files import DraftFile
from runs.worker import worker
from runs.worker.reporter import StoreReporter

CASE = "image_recognition"


def put(name, content, owner="ann", **query):
    token = tokens.sign("upload", owner=owner, case=CASE)
    client = TestClient(Starlette(routes=ROUTES), headers={"X-Upload-Token": token})
    return client.put("/api/upload", params={"name": name, **query}, content=content)


@pytest.fixture
def collect(pictures):
    """A collection of `each` pictures of some classes; its id."""

    def collecting(each=2, classes=("moss", "rust"), draft="new"):
        for name, content in pictures(each, classes=classes).items():
            label, name = name.split("/")
            draft = put(name, content, draft=draft, label=label).json()["draft"]
        return draft

    return collecting


def read(draft):
    """As an agent does."""
    drafts.read("ann", draft)
    assert drafts.find("ann", draft) is None
    run = queue.claim(["read"], 0)
    assert run.id == draft
    worker.work(run, StoreReporter(run))
    return records.run(draft, "ann")


def uploaded():
    return {path.name for path in paths.uploads().iterdir()}


def refused(answer):
    assert answer.status_code == 409 and "already being imported, or no longer exist" in answer.json()["message"]
    return True


def test_files_join_a_collection_that_waits_for_nobody_and_is_read_as_one(collect):
    draft = collect()
    run = drafts.find("ann", draft)
    assert (run.status, run.kind, run.case, run.parts) == ("draft", "read", CASE, [])
    told = [(piece.name, piece.label, piece.split) for piece in draft_files.of(draft)]
    assert told == [("000.png", "moss", ""), ("001.png", "moss", ""), ("000.png", "rust", ""), ("001.png", "rust", "")]
    assert all((paths.uploads() / piece.upload).stat().st_size == piece.bytes for piece in draft_files.of(draft))
    assert not queue.waiting() and queue.claim(["read"], 0) is None
    run = read(draft)
    assert (run.status, run.name) == ("done", "moss, rust")
    assert data_import.dataset_of(run).samples["label"].tolist() == ["moss"] * 2 + ["rust"] * 2
    assert not uploaded() and not draft_files.exist(draft)


@pytest.mark.parametrize(("files", "found"), [
    (lambda drawn: [("labels.csv", b"a/1.png,moss\nb/1.png,rust\n", {}),
                    *(("1.png", one, {"folder": folder}) for folder, one in zip("ab", drawn(), strict=False))],
     [("moss", ""), ("rust", "")]),
    (lambda drawn: [("1.png", one, {"folder": folder}) for folder, one in zip(
        ("pets/train/moss", "pets/train/rust", "pets/test/moss", "stray"), drawn(2), strict=False)],
     [("moss", "test"), ("moss", "train"), ("rust", "train"), ("stray", "")]),
    (lambda drawn: [("1.png", drawn()[0], {"label": "moss"}), ("2.png", drawn()[1], {"label": "rust"}),
                    ("3.png", drawn()[2], {"label": "rust", "split": "test"})],
     [("moss", "train"), ("rust", "train"), ("rust", "test")]),
], ids=["folders beside a table", "folders of parts", "a test file"])  # fmt: skip
def test_what_was_collected_gives_class_and_part(pictures, files, found):
    draft = "new"
    for name, content, query in files(lambda each=1: [*pictures(each).values()]):
        draft = put(name, content, draft=draft, **query).json()["draft"]
    samples = data_import.dataset_of(read(draft)).samples
    assert sorted(zip(samples["label"], samples["split"], strict=True)) == sorted(found)


def test_what_is_taken_out_is_deleted_and_it_is_known_what_is_on_its_way(collect):
    draft = collect()
    first, *others = draft_files.of(draft)
    draft_files.remove(draft, [first.upload])
    assert draft_files.of(draft) == others
    assert first.upload not in uploaded() and upload_rows.by_id(first.upload, "ann") is None
    draft, seen = collect(), []
    put("late.png", slowly(lambda: seen.append(arrivals.under_way("ann", draft))), draft=draft, label="moss")
    assert seen == [1] and arrivals.under_way("ann", draft) == 0
    assert len(draft_files.of(draft)) == 5


@pytest.mark.parametrize("what", ["unknown", "a path", "queued", "another's"])
def test_nothing_joins_what_is_no_collection_or_anothers(collect, what):
    made, owner = collect(), "bob" if what == "another's" else "ann"
    drafts.drop("bob", made)  # which changes nothing
    if what == "queued":
        drafts.read("ann", made)
    draft, before = {"unknown": "00000000", "a path": "../../etc"}.get(what, made), uploaded()
    assert refused(put("a.png", b"x", owner=owner, draft=draft))
    assert not drafts.add_lines(owner, draft, "a line", "moss", "")
    assert uploaded() == before and len(draft_files.of(made)) == 4


def test_many_files_at_once_are_all_kept():
    draft = drafts.begin("ann", CASE)

    def add(worker):
        for number in range(100):
            draft_files.add(draft, DraftFile(f"{worker}-{number}", "猫" * 60, 1, "label", ""))

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(add, range(4)))
    assert len({piece.upload for piece in draft_files.of(draft)}) == 400


def test_data_go_when_their_last_owner_deletes_them_and_never_while_a_run_works_on_them(
    zip_of, read_zip, pictures, tmp_path
):
    dataset = read_zip(CASE, zip_of(tmp_path / "tints.zip", pictures(2)), owner="ann")
    dataset_rows.add("bob", "d1", CASE, dataset.name, sample=False)
    kept = paths.cache() / "pixels" / "d1"
    kept.mkdir(parents=True)
    edits.add("ann", "d1", 0, "rust")
    edits.add("bob", "d1", 0, "slate")
    run = records.create_run("ann", "fine_tune", CASE, "tints", dataset="d1")
    with pytest.raises(InputError, match="A run is using this data set, or is queued for it"):
        dataset_deletion.remove("ann", "d1")
    queue.claim_here(run)
    queue.end(run, "done")
    assert [one.id for one in dataset_deletion.runs_on("ann", "d1")] == [run]
    dataset_deletion.remove("ann", "d1")
    assert dataset_rows.by_id("d1", "ann") is None and not edits.history("ann", "d1")
    assert records.run(run, "ann") is not None
    assert dataset.folder.exists() and kept.exists() and len(edits.history("bob", "d1")) == 1
    profile = records.create_run("bob", "profile", CASE, "tints", dataset="d1", subject="s1")
    queue.claim_here(profile)
    queue.end(profile, "done")
    (paths.run(profile) / "view-0-0.webp").write_bytes(b"a training picture")
    dataset_deletion.remove("bob", "d1")
    assert not dataset.folder.exists() and not kept.exists()
    assert records.run(profile, "bob") is None and not (paths.home() / "runs" / profile).exists()


# What arrives while something happens


def slowly(happens):
    """A file that arrives in two pieces, between which something happens."""
    yield b"the beginning, "
    happens()
    yield b"the rest"


@pytest.mark.parametrize("closed", ["read", "dropped"])
def test_a_file_that_arrives_when_its_collection_is_closed_is_refused_and_its_bytes_go(collect, closed):
    draft = collect()
    before = uploaded()
    close = {"read": lambda: drafts.read("ann", draft), "dropped": lambda: drafts.drop("ann", draft)}[closed]
    assert refused(put("late.png", slowly(close), draft=draft, label="moss"))
    assert uploaded() == (before if closed == "read" else set())
    if closed == "read":
        assert len(records.run(draft, "ann").parts) == len(draft_files.of(draft)) == 4


def test_an_upload_while_the_database_is_locked_is_to_be_tried_again_and_leaves_nothing():
    event.listen(database.engine(), "checkout", lambda connection, *_: connection.execute("PRAGMA busy_timeout=1"))
    with closing(sqlite3.connect(paths.home() / "casebook.db")) as locking:
        locking.execute("BEGIN IMMEDIATE")
        answer = put("cats.zip", b"PK")
        assert answer.status_code == 503 and "The server is busy." in answer.json()["message"]
        assert answer.headers["retry-after"] == "5" and not uploaded()
    assert put("cats.zip", b"PK").status_code == 200


# What was brought for a reading alone goes with it, however that ends; what can be read again stays.


class AtPictures(NullReporter):
    """Does something as soon as the pictures are looked at."""

    def __init__(self, act):
        self.act = act

    def progress(self, what, done, total, **more):
        if what == "pictures":
            self.act()


def stop(run, reporting):
    lifecycle.ask_to_stop(run.id, "ann")
    reporting.flush()
    reporting.check()


def break_down(run, reporting):
    raise ZeroDivisionError("a bug")


@pytest.mark.parametrize("collected", [False, True], ids=["alone", "of a collection"])
@pytest.mark.parametrize(("act", "status"), [(stop, "stopped"), (break_down, "failed")])
def test_an_upload_goes_where_its_reading_is_stopped_or_ends_in_a_bug_and_a_collection_stays(
    pictures, zip_of, tmp_path, act, status, collected
):
    upload, content = records.new_id(), zip_of(tmp_path / "noise.zip", pictures(2)).read_bytes()
    (paths.uploads() / upload).write_bytes(content)
    upload_rows.add("ann", upload, "noise.zip", len(content), "0" * 64)
    if collected:
        identity = drafts.begin("ann", CASE)
        draft_files.add(identity, DraftFile(upload, "noise.zip", 1))
        drafts.read("ann", identity)
    else:
        identity = records.create_run("ann", "read", CASE, "noise.zip", parts=[{"upload": upload, "split": ""}])
    run = queue.claim_here(identity)
    reporting = StoreReporter(run)
    reporting.beside = AtPictures(lambda: act(run, reporting))
    worker.work(run, reporting)
    assert records.run(identity, "ann").status == status
    assert uploaded() == ({upload} if collected else set()) and not list(paths.datasets().iterdir())
