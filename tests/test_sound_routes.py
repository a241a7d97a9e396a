"""Recordings leave over HTTP to who may hear them, whole or in parts."""

from __future__ import annotations

import io

import pytest
import soundfile
from sounds import encoded, tone
from starlette.applications import Starlette
from starlette.testclient import TestClient

from cases.base import UploadedFile
from models.progress import QUIET
from runs import paths, tokens
from runs.api.routes import ROUTES
from runs.jobs import data_import
from runs.store import dataset_rows, upload_rows
from runs.uploads import draft_files, drafts
from runs.uploads.draft_files import DraftFile

NO_ITEM = {"message": "Example not found."}


@pytest.fixture
def client():
    return TestClient(Starlette(routes=ROUTES))


@pytest.fixture
def dataset(zip_of, read_zip, tmp_path):
    names = {f"{label}/{n}.flac": encoded(tone(0.5, 300 * n), 16_000, "FLAC") for label in "ab" for n in (1, 2)}
    return read_zip("speech", zip_of(tmp_path / "tones.zip", names), owner="ann")


def ask(client, row, headers=None, **more):
    token = tokens.sign("dataset", dataset="d1", case="speech", owner="ann")
    return client.get("/api/item", params={"token": token, "row": row, **more}, headers=headers or {})


def test_an_item_is_seen_and_heard(client, dataset):
    seen, heard = ask(client, 0), ask(client, 0, heard=1)
    assert seen.headers["content-type"] == "image/webp"
    assert heard.headers["content-type"] == "audio/wav"
    wave, rate = soundfile.read(io.BytesIO(heard.content))
    assert (len(wave), rate) == (8000, 16_000)
    assert ask(client, 9, heard=1).status_code == 404 and ask(client, 9, heard=1).json() == NO_ITEM


@pytest.mark.parametrize(
    ("asked", "status", "part"),
    [("bytes=0-", 206, slice(0, None)), ("bytes=44-143", 206, slice(44, 144)), ("bytes=16000-99999", 206,
     slice(16000, None)), ("bytes=99999-", 416, slice(0, 0)), ("lines=1-2", 200, slice(0, None))],
)  # fmt: skip
def test_a_sound_can_be_had_in_parts(client, dataset, asked, status, part):
    whole = ask(client, 0, heard=1).content
    answer = ask(client, 0, {"Range": asked}, heard=1)
    assert (answer.status_code, answer.content) == (status, whole[part])
    if status == 206:
        start = part.start
        assert answer.headers["content-range"] == f"bytes {start}-{start + len(answer.content) - 1}/{len(whole)}"


def test_what_a_case_cannot_play_is_no_item(client, tmp_path, pictures, zip_of):
    archive = zip_of(tmp_path / "set.zip", pictures(2))
    data_import.into_dataset("image_recognition", [UploadedFile(archive, "set.zip")], "d2", QUIET)
    dataset_rows.add("ann", "d2", "image_recognition", "set", sample=False)
    token = tokens.sign("dataset", dataset="d2", case="image_recognition", owner="ann")
    answer = client.get("/api/item", params={"token": token, "row": 0, "heard": 1})
    assert (answer.status_code, answer.json()) == (404, NO_ITEM)


@pytest.fixture
def draft():
    """A collection with a take and a photo, and with pages that were dropped among them."""
    made = drafts.begin("ann", "speech")
    for upload, name in (("take", "recording-1.wav"), ("photo", "moss.JPG"), ("page", "page.html"), ("art", "art.svg")):
        (paths.uploads() / upload).write_bytes(encoded(tone()) if upload == "take" else b"<svg>")
        upload_rows.add("ann", upload, name, 6, "0" * 64)
        draft_files.add(made, DraftFile(upload, name, 6, "yes"))
    return made


def hear(client, draft, upload, owner="ann"):
    token = tokens.sign("pieces", draft=draft, owner=owner)
    return client.get("/api/piece", params={"token": token, "upload": upload})


def test_a_take_is_heard_and_a_picture_is_seen_by_its_owner_whatever_its_bytes_are(client, draft):
    answer = hear(client, draft, "take")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "audio/wav")
    assert answer.content == encoded(tone())
    answer = hear(client, draft, "photo")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/jpeg")


def test_nothing_else_is_given_out_by_that_address(client, draft):
    (paths.uploads() / "other").write_bytes(b"of another collection")
    assert hear(client, draft, "page").json() == hear(client, draft, "art").json() == NO_ITEM  # which can hold scripts
    assert hear(client, draft, "other").json() == NO_ITEM
    assert hear(client, draft, "../secret").json() == NO_ITEM
    assert hear(client, draft, "take", owner="bob").json() == NO_ITEM
    assert client.get("/api/piece", params={"token": "forged", "upload": "take"}).json() == NO_ITEM
    draft_files.remove(draft, ["take"])
    assert hear(client, draft, "take").json() == NO_ITEM
