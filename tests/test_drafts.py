"""Files collected one by one, read together; and data sets that are deleted."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import closing

import pytest
from sqlalchemy import event
from starlette.applications import Starlette
from starlette.testclient import TestClient

from cases.base import UploadedFile
from models.errors import InputError
from models.progress import QUIET
from runs import paths, tokens
from runs.api import arrivals
from runs.api.routes import ROUTES
from runs.jobs import data_import
from runs.store import database, dataset_deletion, dataset_rows, edits, queue, records, upload_rows
from runs.uploads import draft_files, drafts
from runs.uploads.draft_files import DraftFile
from runs.worker.reporter import StoreReporter
from runs.worker.worker import work

CASE = "image_recognition"
BUSY = {"message": "The server is busy. Try again in a moment."}
GONE = {"message": "These files are already being imported, or no longer exist."}


@pytest.fixture
def client():
    return TestClient(Starlette(routes=ROUTES))


@pytest.fixture
def put(client):
    token = tokens.sign("upload", owner="ann", case=CASE)

    def putting(name, content, **query):
        return client.put("/api/upload", params={"name": name, **query}, headers={"X-Upload-Token": token},
                          content=content)  # fmt: skip

    return putting


@pytest.fixture
def collect(put, pictures):
    """A collection of `each` pictures of some classes; its id."""

    def collecting(each=2, classes=("moss", "rust"), draft="new"):
        for name, content in pictures(each, classes=classes).items():
            label, name = name.split("/")
            draft = put(name, content, draft=draft, label=label).json()["draft"]
        return draft

    return collecting


def read(draft):
    """As an agent does."""
    run = queue.claim(["read"], 0)
    assert run.id == draft
    work(run, StoreReporter(run))
    return records.run(draft, "ann")


def test_files_join_a_collection_that_waits_for_nobody(put, collect):
    draft = collect()
    run = drafts.find("ann", draft)
    assert (run.status, run.kind, run.case, run.parts) == ("draft", "read", CASE, [])
    told = [(piece.name, piece.label, piece.split) for piece in draft_files.of(draft)]
    assert told == [("000.png", "moss", ""), ("001.png", "moss", ""), ("000.png", "rust", ""), ("001.png", "rust", "")]
    assert all((paths.uploads() / piece.upload).stat().st_size == piece.bytes for piece in draft_files.of(draft))
    assert not queue.waiting() and queue.claim(["read"], 0) is None


def test_a_collection_is_read_as_one(collect):
    draft = collect()
    drafts.read("ann", draft)
    assert drafts.find("ann", draft) is None
    run = read(draft)
    assert (run.status, run.name) == ("done", "moss, rust")
    dataset = data_import.dataset_of(run)
    assert dataset.samples["label"].tolist() == ["moss"] * 2 + ["rust"] * 2
    assert list(paths.uploads().iterdir()) == []
    assert not draft_files.exist(draft)


def test_a_zip_and_its_table_are_read_together(put, zip_of, pictures, tmp_path):
    flat = {name.replace("/", "-"): content for name, content in pictures(2).items()}
    archive = zip_of(tmp_path / "pets.zip", flat).read_bytes()
    draft = put("pets.zip", archive, draft="new").json()["draft"]
    put("labels.csv", "".join(f"{name},{name.split('-')[0]}\n" for name in flat).encode(), draft=draft)
    drafts.read("ann", draft)
    run = read(draft)
    assert (run.status, run.name) == ("done", "labels.csv, pets.zip")
    assert data_import.dataset_of(run).classes == ("moss", "rust", "slate")
    assert [note["args"]["table"] for note in run.notes] == ["labels.csv"] * 3


def test_a_folder_that_was_dropped_gives_class_and_part(put, pictures):
    draft = "new"
    for folder in ("pets/train/moss", "pets/train/rust", "pets/test/moss", "stray"):
        content = next(iter(pictures(1, seed=len(folder)).values()))
        draft = put("1.png", content, draft=draft, folder=folder).json()["draft"]
    assert [piece.class_ for piece in draft_files.of(draft)] == ["moss", "rust", "moss", "stray"]
    drafts.read("ann", draft)
    samples = data_import.dataset_of(read(draft)).samples
    assert samples["label"].tolist() == ["moss", "moss", "rust", "stray"]
    assert samples["split"].tolist() == ["test", "train", "train", ""]


def test_beside_a_table_folders_are_no_classes_but_tell_files_apart(put, pictures):
    draft = put("labels.csv", b"a/1.png,moss\nb/1.png,rust\n", draft="new").json()["draft"]
    for folder, content in zip("ab", pictures(1).values(), strict=False):
        put("1.png", content, draft=draft, folder=folder)
    drafts.read("ann", draft)
    assert data_import.dataset_of(read(draft)).samples["label"].tolist() == ["moss", "rust"]


def test_beside_a_test_file_the_others_are_to_train_on(put, zip_of, pictures, tmp_path):
    draft = "new"
    for name, split in (("train.zip", ""), ("test.zip", "test")):
        archive = zip_of(tmp_path / name, pictures(2, seed=len(split))).read_bytes()
        draft = put(name, archive, draft=draft, split=split).json()["draft"]
    drafts.read("ann", draft)
    assert data_import.dataset_of(read(draft)).samples["split"].value_counts().to_dict() == {"train": 6, "test": 6}


def test_a_collection_that_cannot_be_read_stays_and_can_be_completed(collect):
    draft = collect(classes=("moss",))
    drafts.read("ann", draft)
    run = read(draft)
    assert (run.status, run.error["found"]) == ("failed", "“{name}” holds one class only, “{label}”.")
    assert drafts.reopen("ann", draft)
    assert len(draft_files.of(draft)) == 2
    collect(classes=("rust",), draft=draft)
    drafts.read("ann", draft)
    assert read(draft).status == "done"


def test_what_is_taken_out_is_deleted(collect):
    draft = collect()
    first, *others = draft_files.of(draft)
    draft_files.remove(draft, [first.upload])
    assert draft_files.of(draft) == others
    assert not (paths.uploads() / first.upload).exists()
    assert upload_rows.by_id(first.upload, "ann") is None


def test_a_collection_is_changed_by_its_owner_only(client, put, collect):
    draft = collect()
    token = tokens.sign("upload", owner="bob", case=CASE)
    asked = {"name": "a.png", "draft": draft}
    answer = client.put("/api/upload", params=asked, headers={"X-Upload-Token": token}, content=b"x")
    assert (answer.status_code, answer.json()) == (409, GONE)
    drafts.drop("bob", draft)
    assert len(draft_files.of(draft)) == 4


@pytest.mark.parametrize("draft", ["00000000", "../../etc", "queued"])
def test_nothing_joins_what_is_no_collection(put, collect, draft):
    if draft == "queued":
        draft = collect()
        drafts.read("ann", draft)
    before = len(list(paths.uploads().iterdir()))
    answer = put("a.png", b"x", draft=draft)
    assert (answer.status_code, answer.json()) == (409, GONE)
    assert len(list(paths.uploads().iterdir())) == before


@pytest.mark.parametrize(
    ("typed", "kept"),
    [("  red   cat ", "red cat"), ("a\tb\n", "a b"), ("<b>&", "<b>&"), ("猫", "猫"), ("cafe\u0301", "café"),
     ("a\u202eb\0", "ab"), ("x" * 400, "x" * 300)],
)  # fmt: skip
def test_a_class_is_one_clean_line(put, typed, kept):
    draft = put("a.png", b"x", draft="new", label=typed).json()["draft"]
    assert [piece.label for piece in draft_files.of(draft)] == [kept]


def test_an_empty_collection_is_not_read():
    with pytest.raises(InputError) as refused:
        drafts.read("ann", drafts.begin("ann", CASE))
    assert str(refused.value) == (
        "0 files were uploaded. From 1 to 200,000 files can be imported at once. Add your files; zip them if there are "
        "many."
    )


def test_many_files_at_once_are_all_kept():
    draft = drafts.begin("ann", CASE)

    def add(worker):
        for number in range(250):
            draft_files.add(draft, DraftFile(f"{worker}-{number}", "猫" * 60, 1, "label", ""))

    threads = [threading.Thread(target=add, args=(worker,)) for worker in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({piece.upload for piece in draft_files.of(draft)}) == 1000


def test_a_forgotten_collection_is_cleared_away_after_a_week(collect, monkeypatch):
    draft = collect()
    drafts.begin("ann", CASE)
    assert drafts.find("ann", draft)
    monkeypatch.setattr(drafts, "KEPT", -1)
    drafts.begin("ann", CASE)
    assert drafts.find("ann", draft) is None
    assert list(paths.uploads().iterdir()) == []


@pytest.fixture
def dataset(zip_of, pictures, tmp_path):
    """The same data, brought by two people."""
    archive = zip_of(tmp_path / "tints.zip", pictures(2))
    made = data_import.into_dataset(CASE, [UploadedFile(archive, archive.name)], "d1", QUIET)
    for owner in ("ann", "bob"):
        dataset_rows.add(owner, "d1", CASE, made.name, sample=False)
    return made


def test_data_go_when_their_last_owner_deletes_them(dataset):
    kept = paths.cache() / "pixels" / "d1"
    kept.mkdir(parents=True)
    edits.add("ann", "d1", 0, "rust")
    edits.add("bob", "d1", 0, "slate")
    dataset_deletion.remove("ann", "d1")
    assert dataset_rows.by_id("d1", "ann") is None and not edits.history("ann", "d1")
    assert dataset.folder.exists() and kept.exists() and len(edits.history("bob", "d1")) == 1
    profile = records.create_run("bob", "profile", CASE, "tints", dataset="d1", subject="s1")
    queue.claim_here(profile)
    queue.end(profile, "done")
    (paths.run(profile) / "view-0-0.webp").write_bytes(b"a training picture")
    dataset_deletion.remove("bob", "d1")
    assert not dataset.folder.exists() and not kept.exists()
    assert records.run(profile, "bob") is None and not (paths.home() / "runs" / profile).exists()


def test_data_a_run_works_on_are_not_deleted(dataset):
    run = records.create_run("ann", "fine_tune", CASE, "tints", dataset="d1")
    with pytest.raises(InputError) as refused:
        dataset_deletion.remove("ann", "d1")
    assert str(refused.value) == (
        "A run is using this data set, or is queued for it. A data set can be deleted when no run needs it. Stop the "
        "run or wait for its end, then delete the data set."
    )
    queue.claim_here(run)
    queue.end(run, "done")
    assert [one.id for one in dataset_deletion.runs_on("ann", "d1")] == [run]
    dataset_deletion.remove("ann", "d1")
    assert records.run(run, "ann") is not None


def slowly(happens, content=b"the rest"):
    """A file that arrives in two pieces, between which something happens."""
    yield b"the beginning, "
    happens()
    yield content


@pytest.mark.parametrize("closed", ["read", "dropped"])
def test_a_file_that_arrives_when_its_collection_is_closed_is_refused_and_its_bytes_go(put, collect, closed):
    draft = collect()
    before = {path.name for path in paths.uploads().iterdir()}
    close = {"read": lambda: drafts.read("ann", draft), "dropped": lambda: drafts.drop("ann", draft)}[closed]
    answer = put("late.png", slowly(close), draft=draft, label="moss")
    assert (answer.status_code, answer.json()) == (409, GONE)
    assert {path.name for path in paths.uploads().iterdir()} == (before if closed == "read" else set())
    if closed == "read":
        assert len(records.run(draft, "ann").parts) == len(draft_files.of(draft)) == 4
        assert read(draft).status == "done"
        assert not list(paths.uploads().iterdir())


def test_lines_that_are_typed_when_the_collection_is_closed_are_not_kept(collect):
    draft = collect()
    drafts.read("ann", draft)
    before = len(list(paths.uploads().iterdir()))
    assert not drafts.add_lines("ann", draft, "a line", "moss", "")
    assert len(list(paths.uploads().iterdir())) == before


def test_it_is_known_what_is_on_its_way_into_a_collection(put, collect):
    draft, seen = collect(), []
    put("late.png", slowly(lambda: seen.append(arrivals.under_way("ann", draft))), draft=draft, label="moss")
    assert seen == [1] and arrivals.under_way("ann", draft) == 0
    assert len(draft_files.of(draft)) == 5


def test_an_upload_while_the_database_is_locked_is_to_be_tried_again_and_leaves_nothing(put):
    event.listen(database.engine(), "checkout", lambda connection, *_: connection.execute("PRAGMA busy_timeout=1"))
    with closing(sqlite3.connect(paths.home() / "casebook.db")) as locking:
        locking.execute("BEGIN IMMEDIATE")
        answer = put("cats.zip", b"PK")
        assert (answer.status_code, answer.json()) == (503, BUSY)
        assert answer.headers["retry-after"] == "5"
        assert not list(paths.uploads().iterdir())
    assert put("cats.zip", b"PK").status_code == 200


def test_an_upload_that_the_database_has_no_room_for_says_that_the_disk_is_full(put):
    def full(connection, *_):
        [pages] = connection.execute("PRAGMA page_count").fetchone()
        connection.execute(f"PRAGMA max_page_count={pages}")

    event.listen(database.engine(), "checkout", full)
    answers = [put("a" * 200, b"PK") for _ in range(100)]  # what is free in the pages that are there is used up
    assert answers[-1].status_code == 507
    assert answers[-1].json() == {"message": "The server's disk is full. Ask the administrator to free some space."}
    assert len(list(paths.uploads().iterdir())) == sum(answer.status_code == 200 for answer in answers)
