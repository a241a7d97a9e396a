"""HTTP beside the pages believes signed tokens only, and keeps what it takes inside the home."""

from __future__ import annotations

import base64
import hashlib
import io
import os
import shutil
import stat
import subprocess
import sys
import time
import zipfile
from xml.etree import ElementTree

import pytest
from conftest import ROOT
from PIL import Image
from starlette.applications import Starlette
from starlette.testclient import TestClient

from runs import paths, tokens
from runs.api.routes import ROUTES
from runs.store import lifecycle, metric_rows, queue, records, upload_rows

on_each_database = pytest.mark.parametrize("database_url", ("sqlite", "postgres"), indirect=True)
NO_RUN = {"message": "There is no such run."}
NAMES = {"../../etc/passwd": "passwd", "/abs/olute.zip": "olute.zip", "a/..": "..", "": "upload", "猫.zip": "猫.zip",
         "a" * 300 + ".zip": "a" * 200}  # fmt: skip


@pytest.fixture
def client():
    return TestClient(Starlette(routes=ROUTES))


def put(client, content=b"PK of a zip", name="cats.zip", token=None, **query):
    token = tokens.sign("upload", owner="ann", case="image_recognition") if token is None else token
    return client.put("/api/upload", params={"name": name, **query}, headers={"X-Upload-Token": token}, content=content)


def run_token(identity, owner="ann"):
    return tokens.sign("run", run=identity, owner=owner)


@on_each_database
def test_an_upload_goes_to_the_disk_and_waits_to_be_read(client):
    answer = put(client, b"x" * 3_000_000)
    assert answer.status_code == 200
    run = records.run(answer.json()["run"], "ann")
    assert (run.kind, run.case, run.status, run.name) == ("read", "image_recognition", "queued", "cats.zip")
    upload = upload_rows.by_id(run.parts[0]["upload"], "ann")
    assert (upload.bytes, upload.sha256) == (3_000_000, hashlib.sha256(b"x" * 3_000_000).hexdigest())
    assert (paths.uploads() / upload.id).read_bytes() == b"x" * 3_000_000


def test_an_upload_without_a_good_token_is_refused_before_a_byte_is_kept(client):
    for token in ("", "forged.token.here", tokens.sign("run", run="r1", owner="ann")):
        answer = put(client, token=token)
        assert answer.status_code == 403
        assert answer.json() == {"message": "This page has been open too long. Reload it and upload again."}
        assert list(paths.uploads().iterdir()) == [] and not queue.waiting()
    chinese, other = (put(client, token="forged", lang=language).json() for language in ("zh", "xx"))
    assert chinese["message"] != answer.json()["message"] and other == answer.json()
    assert client.post("/api/upload").status_code == 405


def test_a_name_never_decides_where_the_bytes_lie(client, home):
    for name, kept in NAMES.items():
        answer = put(client, name=name)
        assert records.run(answer.json()["run"], "ann").name == kept
        [written] = paths.uploads().iterdir()
        assert written.read_bytes() == b"PK of a zip" and len(written.name) == 16
        assert not [path for path in home.parent.iterdir() if path != home]
        written.unlink()


def test_a_full_disk_is_told_and_leaves_no_half_file(client, small_disk, monkeypatch):
    folder, enlarge = small_disk(4096)
    monkeypatch.setenv("CASEBOOK_HOME", str(folder))
    tokens.sign("upload")  # the home is made
    answer = put(client, b"x" * 5_000_000)
    assert answer.status_code == 507
    assert answer.json() == {"message": "The server's disk is full. Ask the administrator to free some space."}
    assert list(paths.uploads().iterdir()) == []
    enlarge(16_384)
    assert put(client, b"x" * 5_000_000).status_code == 200


@on_each_database
def test_metrics_tell_what_is_new_since_the_cursor(client):
    run = records.create_run("ann", "fine_tune", "image_recognition", "cats")
    first = client.get("/api/metrics", params={"token": run_token(run)}).json()
    assert (first["status"], first["queue_position"], first["rows"], first["after"]) == ("queued", 0, [], 0)
    assert first["finished"] is False
    queue.claim_here(run)
    note = {"message": "Memory ran out.", "args": {}}
    queue.beat(run, phase="training", notes=[note], facts={"live_references": {"majority": 0.5}})
    rows = [{"run": run, "split": "train", "step": n, "written": n, "values": {"loss": 1 / n}} for n in (1, 2)]
    metric_rows.add(rows)
    told = client.get("/api/metrics", params={"token": run_token(run), "after": 1}).json()
    assert told["rows"] == [{"split": "train", "step": 2, "values": {"loss": 0.5}}]
    assert (told["after"], told["status"], told["phase"]) == (2, "running", "training")
    assert (told["references"], told["notes"]) == ({"majority": 0.5}, ["Memory ran out."])
    assert told["trained"] is False
    queue.beat(run, phase="evaluating")
    assert client.get("/api/metrics", params={"token": run_token(run), "after": 2}).json()["trained"] is True
    queue.end(run, "done")
    last = client.get("/api/metrics", params={"token": run_token(run), "after": 2}).json()
    assert (last["finished"], last["trained"], last["rows"], last["after"]) == (True, False, [], 2)


@pytest.fixture
def bundled():
    """A run with a bundle of two files."""

    def make(run=None, labels=b"[]"):
        run = run or records.create_run("ann", "fine_tune", "image_recognition", "cats.zip")
        bundle = paths.run(run) / "bundle"
        (bundle / "body").mkdir(parents=True)
        (bundle / "body/config.json").write_bytes(b"{}")
        (bundle / "labels.json").write_bytes(labels)
        return run

    return make


def zipped(answer):
    """The files in it that was downloaded."""
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        return {name: archive.read(name) for name in archive.namelist() if not name.endswith("/")}


def test_a_token_for_something_else_opens_no_run_and_who_watched_one_is_told_that_it_is_gone(client, bundled):
    run = bundled()
    for route in ("/api/metrics", "/api/bundle"):
        for token in ("forged", tokens.sign("upload", run=run, owner="ann")):
            answer = client.get(route, params={"token": token})
            assert (answer.status_code, answer.json()) == (404, NO_RUN)
    lifecycle.discard(run, "ann")
    assert client.get("/api/bundle", params={"token": run_token(run)}).json() == NO_RUN
    told = client.get("/api/metrics", params={"token": run_token(run)})
    assert (told.status_code, told.json()) == (200, {"gone": True})


def test_a_bundle_is_downloaded_and_goes_on_where_it_broke_off_and_a_new_one_begins_anew(client, bundled):
    run = bundled()
    whole = client.get("/api/bundle", params={"token": run_token(run)})
    assert zipped(whole) == {"labels.json": b"[]", "body/config.json": b"{}"}
    assert whole.headers["content-disposition"] == f'attachment; filename="cats-{run}.zip"'  # the name of its data
    assert whole.headers["content-type"] == "application/zip"
    on = {"Range": "bytes=10-", "If-Range": whole.headers["etag"]}
    rest = client.get("/api/bundle", params={"token": run_token(run)}, headers=on)
    assert (rest.status_code, rest.content) == (206, whole.content[10:])
    shutil.rmtree(paths.run(run) / "bundle")
    bundled(run, labels=b'["x"]')
    again = client.get("/api/bundle", params={"token": run_token(run)}, headers=on)
    assert (again.status_code, zipped(again)["labels.json"]) == (200, b'["x"]')


@pytest.fixture
def dataset(zip_of, pictures, read_zip, tmp_path, home):
    return read_zip("image_recognition", zip_of(tmp_path / "tints.zip", pictures(each=2)), owner="ann")


def item(client, row, *, purpose="dataset", owner="ann", **more):
    token = tokens.sign(purpose, dataset="d1", case="image_recognition", owner=owner)
    return client.get("/api/item", params={"token": token, "row": row, **more})


def test_an_item_is_shown_small_and_kept_by_the_browser_to_who_has_a_token_for_its_data(client, dataset):
    answer = item(client, 0)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/webp")
    assert answer.headers["cache-control"] == "private, max-age=86400"
    with Image.open(io.BytesIO(answer.content)) as picture:
        assert picture.size == (256, 256)
    assert item(client, 0, purpose="run").status_code == item(client, 0, owner="bob").status_code == 404
    for row in ("6", "-1", "x", ""):
        answer = item(client, row)
        assert (answer.status_code, answer.json()) == (404, {"message": "Example not found."})


def test_an_item_is_shown_whole_as_the_file_that_came(client, dataset, pictures):
    whole = item(client, 0, whole=1)
    assert (whole.status_code, whole.headers["content-type"]) == (200, "image/png")
    assert whole.headers["x-content-type-options"] == "nosniff"
    assert whole.content == pictures(each=2)[dataset.samples.at[0, "name"]]
    dataset.file(dataset.samples.at[1, "file"]).write_bytes(b"<svg onload='alert(1)'>")  # a browser would run that
    assert item(client, 1, whole=1).status_code == 404


def picture_of(address):
    return Image.open(io.BytesIO(base64.b64decode(address.split(",", 1)[1]))).convert("RGB")


def test_a_data_set_has_a_small_picture_of_its_classes_for_who_has_a_token(client, dataset):
    token = tokens.sign("dataset", dataset="d1", case="image_recognition", owner="ann")
    answer = client.get("/api/thumbnail", params={"token": token})
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/svg+xml")
    drawn = ElementTree.fromstring(answer.content)
    hrefs = [one.attrib["href"] for one in drawn.iter("{http://www.w3.org/2000/svg}image")]
    assert len(hrefs) == 4 and len({*hrefs}) == 4
    tints = [picture_of(href).resize((1, 1)).getpixel((0, 0)) for href in hrefs]
    assert [max(range(3), key=tint.__getitem__) for tint in tints[:3]] == [1, 0, 2]  # moss, rust and slate
    assert all(href.startswith("data:image/webp;base64,") for href in hrefs)
    assert len(answer.content) < 40_000
    for other in ({"run": "d1", "owner": "ann"}, {"dataset": "d2", "owner": "ann"}, {"dataset": "d1", "owner": "bob"},
                  {"dataset": "d1"}):  # fmt: skip
        token = tokens.sign("dataset", **other) if "dataset" in other else tokens.sign("run", **other)
        assert client.get("/api/thumbnail", params={"token": token}).status_code == 404


def test_a_token_is_read_for_its_purpose_only_and_not_once_it_was_changed():
    token = tokens.sign("run", run="r1", owner="ann")
    assert tokens.read("run", token) == {"run": "r1", "owner": "ann"}
    assert tokens.read("upload", token) is None
    for spoilt in (token[:-1], f"x{token}", "", token.split(".")[0] + ".a.b"):
        assert tokens.read("run", spoilt) is None


def test_an_old_token_is_not_believed(monkeypatch):
    day, now = 24 * 3600, time.time()
    made = {purpose: tokens.sign(purpose, owner="ann") for purpose in ("run", "upload", "answer", "export")}
    monkeypatch.setattr(time, "time", lambda: now + day + 60)
    assert [purpose for purpose, token in made.items() if tokens.read(purpose, token)] == ["run"]
    monkeypatch.setattr(time, "time", lambda: now + 8 * day)
    assert tokens.read("run", made["run"]) is None


def test_a_token_says_nothing_in_another_session_but_that_of_a_link():
    token = tokens.sign("run", session="s1", run="r1", owner="ann")
    assert tokens.read("run", token, session="s1") == {"run": "r1", "owner": "ann"}
    assert [tokens.read("run", token, session=other) for other in ("", "s2", "s1 ")] == [None] * 3
    assert tokens.read("run", tokens.sign("run", run="r1"), session="s1") is None
    assert tokens.read("answer", tokens.sign("answer", share="x"), session="s2") == {"share": "x"}


def test_the_secret_is_readable_by_its_owner_only_outlives_the_process_and_is_another_in_another_home(
    home, monkeypatch, tmp_path
):
    token = tokens.sign("run", run="r1")
    assert stat.S_IMODE(os.stat(home / "secret").st_mode) == 0o600
    assert [path.name for path in home.iterdir()] == ["secret"]
    asked = f"from runs import tokens; print(tokens.read('run', {token!r}))"
    assert subprocess.check_output([sys.executable, "-c", asked], cwd=ROOT, text=True) == "{'run': 'r1'}\n"
    monkeypatch.setenv("CASEBOOK_HOME", str(tmp_path / "another"))
    assert tokens.read("run", token) is None
