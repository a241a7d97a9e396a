"""A bundle and a demo go to a hub with the person's own token, which is kept nowhere."""

from __future__ import annotations

import os
import socket
import time
from dataclasses import replace

import psutil
import pytest
import upload_hub
from opened_pages import opened

from models.errors import InputError
from models.progress import QUIET
from runs import integrity, paths
from runs.exports.hub import push, upload
from runs.exports.static_demo import archive
from runs.store import queue, records

TOKEN = "hf_zibelineSecret0123456789"
FILES = {
    "README.md": b"# noise\n\nA classifier of pictures.\n", "labels.json": b'["moss"]',
    "model.onnx": os.urandom(700_000), "head.safetensors": os.urandom(5_000), "body/config.json": b"{}",
}  # fmt: skip


@pytest.fixture
def hub(monkeypatch):
    with upload_hub.running() as server:
        monkeypatch.setenv("HF_ENDPOINT", server.url)
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        monkeypatch.setenv("HF_TOKEN", "hf_ofTheServer")
        yield server


@pytest.fixture
def run(usual):
    for name, content in FILES.items():
        path = paths.run(usual) / "bundle" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    yield records.run(usual, "local")
    if left := push.of(records.run(usual, "local")):
        left.stop()


def ended(made, limit=60):
    end = time.monotonic() + limit
    while not made.ended:
        assert time.monotonic() < end, "The upload did not end."
        time.sleep(0.02)
    return made


@pytest.fixture
def send(hub, tmp_path, monkeypatch):
    """Send a small folder as the process of an upload does, in this one."""
    from huggingface_hub.utils import get_session

    monkeypatch.setattr(get_session(), "timeout", get_session().timeout)  # is as before afterwards
    (tmp_path / "small").mkdir()
    (tmp_path / "small/README.md").write_text("A classifier.")
    small = {"kind": "model", "folder": str(tmp_path / "small"), "front": {"license": "mit"}}
    usual = {"token": TOKEN, "endpoint": hub.url, "repo": "ann/noise", "private": True, "update": False}

    def sending(**asked):
        return upload.upload({**usual, "repositories": [small], **asked}, lambda **_told: None)

    return sending


def test_the_bundle_lies_in_a_private_repository_byte_by_byte_and_the_token_nowhere(hub, run, tmp_path, caplog):
    hub.slow = 0.02
    made = push.start(run, repo="ann/noise", token=TOKEN)
    while not made.done and not made.ended:
        seen = psutil.Process(made.process.pid)
        assert TOKEN not in " ".join(seen.cmdline()) and TOKEN not in str(seen.environ())
        assert "hf_ofTheServer" not in str(seen.environ())
        time.sleep(0.02)
    assert ended(made).urls == [f"{hub.url}/ann/noise"] and TOKEN not in caplog.text and TOKEN not in repr(made)
    assert made.done == made.total == sum(map(len, FILES.values()))
    assert not [path for path in tmp_path.rglob("*") if path.is_file() and TOKEN.encode() in path.read_bytes()]
    assert not [path for _method, path, _given in hub.asked if TOKEN in path]
    given = {given for method, path, given in hub.asked if not path.startswith("/large/")}
    assert given == {f"Bearer {TOKEN}"}
    assert {given for _method, path, given in hub.asked if path.startswith("/large/")} == {None}
    assert push.of(run) is made and push.of(replace(run, owner="bob")) is None

    repo = hub.repos["model", "ann/noise"]
    assert repo["asked"]["visibility"] == "private" and repo["commits"] == 1
    assert repo["files"].keys() == FILES.keys()
    assert all(repo["files"][name] == content for name, content in FILES.items() if name != "README.md")
    assert repo["files"]["README.md"].endswith(FILES["README.md"])
    assert (paths.run(run.id) / "bundle/README.md").read_bytes() == FILES["README.md"]
    card = upload_hub.front(repo["files"]["README.md"])
    assert card["license"] == "apache-2.0" and card["pipeline_tag"] == "image-classification"
    assert card["library_name"] == "onnx" and card["tags"] == ["casebook", "onnx", "image-recognition"]
    [told] = card["model-index"]
    [result] = told["results"]
    assert (told["name"], result["task"]["type"]) == ("noise", "image-classification")
    assert {one["type"]: one["value"] for one in result["metrics"]} == {"accuracy": 0.75, "f1": 0.75}


def test_a_demo_is_a_static_space_beside_the_model(hub, run, tmp_path):
    demo = tmp_path / "demo"
    (demo / "model").mkdir(parents=True)
    (demo / "index.html").write_text("<!doctype html><title>Demo</title>")
    (demo / "model/model.onnx").write_bytes(os.urandom(1000))
    made = ended(push.start(run, repo="noise", token=TOKEN, demo=demo, private=False))
    assert made.urls == [f"{hub.url}/ann/noise", f"{hub.url}/spaces/ann/noise"]
    space = hub.repos["space", "ann/noise"]
    assert (space["asked"]["sdk"], space["asked"]["visibility"]) == ("static", "public")
    assert space["files"].keys() == {"README.md", "index.html", "model/model.onnx"}
    card = upload_hub.front(space["files"]["README.md"])
    assert (card["sdk"], card["app_file"], card["models"]) == ("static", "index.html", ["ann/noise"])
    assert not (demo / "README.md").exists()


@pytest.mark.parametrize(("part", "status", "said"), [
    ("whoami", 401, "does not accept this access token."),
    ("repos/create", 403, "This access token may not write to “ann/noise”."),
    ("commit", 403, "This access token may not write to “ann/noise”."),
    ("commit", 507, r"has no room for “ann/noise” \(error 507\)."),
    ("repos/create", 429, "refuses further requests for now."), ("repos/create", 500, "answered with the error 500."),
])  # fmt: skip
def test_what_a_hub_refuses_is_said_with_what_to_do(hub, send, part, status, said):
    hub.refusals[part] = status
    with pytest.raises(InputError, match=said) as refused:
        send(repo="noise")
    assert refused.value.remedy and not any(repo["files"] for repo in hub.repos.values())


def test_a_name_that_is_taken_is_updated_only_where_that_was_allowed_by_who_belongs_to_its_owner(hub, send):
    assert send(repo="lab/noise") == [f"{hub.url}/lab/noise"]
    with pytest.raises(InputError, match="“lab/noise” exists already"):
        send(repo="lab/noise")
    send(repo="lab/noise", update=True)
    assert hub.repos["model", "lab/noise"]["commits"] == 2
    with pytest.raises(InputError, match="may not write to “strangers/noise”"):
        send(repo="strangers/noise")


def test_with_a_model_goes_its_demo_once_that_is_written_and_as_long_as_it_is_whole(run, tmp_path):
    assert archive.of(run) is None
    job = records.create_run(run.owner, archive.KIND, run.case, "A demo", subject=run.id)
    queue.claim_here(job)
    (tmp_path / "page").mkdir()
    (tmp_path / "page/index.html").write_text("<!doctype html>")
    archive.write(tmp_path / "page", paths.run(job) / archive.FILE, QUIET)
    queue.end(job, "done")
    assert archive.of(run) == paths.run(job) / archive.FILE
    (paths.run(job) / archive.FILE).write_bytes(b"damaged")
    assert archive.of(run) is None


def test_without_a_network_it_says_so(send):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        nobody = f"http://127.0.0.1:{probe.getsockname()[1]}"
    with pytest.raises(InputError, match=f"{nobody} cannot be reached, or the connection was lost."):
        send(endpoint=nobody)


@pytest.mark.parametrize("stopped", [True, False], ids=["cancelled", "the app is killed"])
def test_an_upload_ends_when_it_is_cancelled_and_with_the_app_and_leaves_an_empty_repository(hub, run, stopped):
    hub.slow = 0.2
    made = push.start(run, repo="noise", token=TOKEN)
    while not hub.repos:
        time.sleep(0.02)
    made.stop() if stopped else made.process.stdin.close()
    assert made.process.wait(10) != 0
    assert made.stopped == stopped and not made.urls and hub.repos["model", "ann/noise"]["files"] == {}
    assert not stopped or made.error is None


@pytest.mark.parametrize("name", ["", "a b", "../secret", "a/b/c", "苔藓", "-a", "a--b", "ann/", "/noise", "a" * 120])
def test_a_name_that_no_hub_takes_is_refused_before_anything_is_sent(hub, run, name):
    with pytest.raises(InputError, match="cannot be the name of a repository"):
        push.start(run, repo=name, token=TOKEN)
    assert hub.asked == [] and push.of(run) is None


def test_offline_or_damaged_nothing_is_sent(hub, run, monkeypatch):
    integrity.note(paths.run(run.id))
    with monkeypatch.context() as offline, pytest.raises(InputError, match="HF_HUB_OFFLINE forbids contacting"):
        offline.setenv("HF_HUB_OFFLINE", "1")
        push.start(run, repo="noise", token=TOKEN)
    (paths.run(run.id) / "bundle/model.onnx").write_bytes(b"damaged")
    with pytest.raises(InputError, match="missing or damaged"):
        push.start(run, repo="noise", token=TOKEN)
    assert hub.asked == []


def pressed(run, token):
    """The page after its form was sent."""
    page, key = opened("image_recognition.py", run=run.id), f"hub_{run.id}"
    page.text_input(key=f"{key}_repo").input("ann/noise")
    page.text_input(key=f"{key}_token").input(token)
    return next(one for one in page.button if one.label == "Upload").click().run()


def test_the_page_forgets_the_token_at_once_and_says_where_the_model_is(hub, run):
    page = pressed(run, TOKEN)
    assert TOKEN not in repr(page.session_state) and TOKEN not in str(page.query_params)
    ended(push.of(run))
    page.run()
    assert page.text_input(key=f"hub_{run.id}_token").value == ""
    assert [one.value for one in page.success] == ["Uploaded. The hub confirmed every file."]
    assert f"{hub.url}/ann/noise" in [one.proto.url for one in page.get("link_button")]
    assert hub.repos["model", "ann/noise"]["asked"]["visibility"] == "private"
