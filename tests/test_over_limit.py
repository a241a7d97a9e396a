"""What is over a limit is said before the upload or the start, with what can be done about it."""

from __future__ import annotations

import json
import os
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest
from opened_pages import create, dataset, opened  # noqa: F401  a fixture
from starlette.applications import Starlette
from starlette.testclient import TestClient

from models.errors import InputError
from runs import paths, tokens
from runs.api.routes import ROUTES
from runs.limits import allowances, storage
from runs.limits.allowances import EVERYONE, Allowance
from runs.store import dataset_deletion, lifecycle, queue, records, upload_rows

ME, CASE = "local", "image_recognition"
MB = 10**6


open_page = partial(opened, f"{CASE}.py")


def fill(folder, size):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "weights").write_bytes(bytes(size))


def allow(**limits):
    allowances.allow(EVERYONE, Allowance(**limits))
    storage.forget(ME)


def zone(app):
    found = [e.proto for e in app.get("bidi_component") if e.proto.component_name == "casebook_uploading"]
    return json.loads(found[0].json)


def captions(app):
    return [one.value for one in app.caption]


@pytest.mark.usefixtures("dataset")
def test_the_largest_data_sets_and_runs_are_known_with_the_work_that_hangs_on_them():
    run, small = create(), create()
    views = records.create_run(ME, "explain", CASE, "noise", subject=run)
    others = records.create_run("bob", "fine_tune", CASE, "noise", dataset="d1", settings={})
    for one, size in ((run, 6 * MB), (views, 2 * MB), (small, MB), (others, 9 * MB)):
        fill(paths.run(one), size)
    found = storage.largest(ME, 3)
    assert [one.id for one in found] == [run, "d1", small]
    assert (found[0].bytes, found[2].bytes) == (8 * MB, MB)
    assert storage.largest(ME, 1) == found[:1]


def share(run, *others):
    for other in others:
        paths.run(other).mkdir(parents=True, exist_ok=True)
        os.link(paths.run(run) / "weights", paths.run(other) / "body")


@pytest.mark.usefixtures("dataset")
def test_weights_that_runs_share_count_once_and_are_freed_with_the_last_of_them():
    """Others count them for themselves: what one uses says nothing of another."""
    before, first, second, third = storage.measured(ME), create("stopped"), create("stopped"), create("stopped")
    fill(paths.run(first), 5 * MB)
    share(first, second, third)
    others = records.create_run("bob", "fine_tune", CASE, "noise", dataset="d1", settings={})
    share(first, others)
    (paths.run(second) / "head").write_bytes(bytes(MB))
    assert storage.measured(ME) - before == 6 * MB and storage.measured("bob") == 5 * MB
    of = {one.id: (one.bytes, one.shared) for one in storage.largest(ME, 4)}
    assert (of[first], of[second], of[third]) == ((0, 5 * MB), (MB, 5 * MB), (0, 5 * MB))
    for run, left in ((second, 5 * MB), (first, 5 * MB), (third, 0)):
        freed, used = {one.id: one.bytes for one in storage.largest(ME, 4)}[run], storage.measured(ME)
        lifecycle.discard(run, ME)
        assert used - storage.measured(ME) == freed
        assert storage.measured(ME) - before == left


@pytest.mark.usefixtures("dataset")
def test_what_is_deleted_counts_no_longer_and_what_has_come_counts_at_once():
    run = create()
    fill(paths.run(run), 3 * MB)
    before = storage.used(ME)
    upload_rows.add(ME, "u1", "more.zip", MB, "0" * 64)
    assert storage.used(ME) == before + MB
    lifecycle.discard(run, ME)
    assert storage.used(ME) < before - 2 * MB
    size = storage.used(ME)
    dataset_deletion.remove(ME, "d1")
    assert storage.used(ME) < size


def test_ten_uploads_at_once_never_pass_the_limit_together(home):
    """As many are taken as fit; what breaks off, or is too large, gives its room back."""
    allowances.allow(EVERYONE, Allowance(storage=5 * MB))
    token = tokens.sign("upload", owner=ME, case=CASE)

    def put(n, size):
        asked = dict(params={"name": f"{n}.txt", "draft": "new"}, headers={"X-Upload-Token": token})
        return web.put("/api/upload", content=bytes(size), **asked)

    with TestClient(Starlette(routes=ROUTES)) as web, ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(lambda n: put(n, MB), range(10)))
        assert sorted(one.status_code for one in answers) == [200] * 5 + [413] * 5
        assert storage.used(ME) == 5 * MB
        told = [one.json()["message"] for one in answers if one.status_code == 413]
        assert told[0].startswith("You use 5.0 MB of 5.0 MB, and the file has 1.0 MB.")
        assert len([*paths.uploads().iterdir()]) == 5
    storage.reserve(ME, "breaks off", 3 * MB)
    assert storage.used(ME) == 8 * MB
    storage.release("breaks off")
    with pytest.raises(InputError, match=r"You use 5\.0 MB of 5\.0 MB"):
        allowances.reserve(ME, "one more", 1)
    assert storage.used(ME) == 5 * MB


ZONES = [
    ({"upload": 200 * MB}, "Up to 200 MB per file."),
    ({"storage": 1000 * MB, "upload": 200 * MB}, "Up to 200 MB per file."),
    ({"storage": 5 * MB, "upload": MB}, "Up to 1.0 MB per file; 1.2 MB of your 5.0 MB is left."),
    ({"storage": 100 * MB}, "Up to 96.2 MB per file."),
    ({"storage": 100 * MB, "upload": 200 * MB}, "Up to 96.2 MB per file."),
    ({"storage": 5 * MB, "upload": 4 * MB}, "1.2 MB of your 5.0 MB is left."),
    ({"storage": 5 * MB}, "1.2 MB of your 5.0 MB is left."),
    ({"storage": 3 * MB}, "Your storage of 3.0 MB is full. Delete data sets or runs first."),
]


def test_the_zone_says_how_large_a_file_may_be_and_what_is_left_where_it_is_little():
    app = open_page()
    assert zone(app)["words"]["limits"] == "Up to 20 GB per file. RAR and 7z archives are not supported."
    assert zone(app)["room"] is None and not [box for box in app.expander if "storage" in box.label]
    (paths.uploads() / "u1").write_bytes(bytes(3_800_000))
    upload_rows.add(ME, "u1", "more.zip", 3_800_000, "0" * 64)
    for limits, told in ZONES:
        allow(**limits)
        data = zone(open_page())
        assert data["words"]["limits"] == f"{told} RAR and 7z archives are not supported."
        assert data["max_bytes"] == limits.get("upload", 20 * 10**9)
        assert data["room"] == (max(0, limits["storage"] - 3_800_000) if "storage" in limits else None)


@pytest.mark.usefixtures("dataset")
def test_the_largest_are_listed_with_a_way_to_delete_each_where_room_is_scarce():
    run = create("stopped")
    fill(paths.run(run), 5 * MB)
    allow(storage=5 * MB)
    app = open_page()
    [box] = [box for box in app.expander if box.label.startswith("Free up storage")]
    assert box.label == "Free up storage: 0 MB of 5.0 MB left" and box.proto.expanded
    deleting = [button.key for button in box.button]
    assert deleting == [f"stored_delete_{run}", "stored_delete_d1"]
    app.button(key=f"stored_delete_{run}").click().run()
    assert app.button(key=f"discard_really_{run}").label == "Delete permanently"
    lifecycle.discard(run, ME)
    app = open_page()
    assert not [box for box in app.expander if box.label.startswith("Free up storage")]


@pytest.mark.usefixtures("dataset")
def test_the_list_says_what_each_deletion_frees_and_what_only_the_last_one_does():
    first, second = create("stopped"), create("stopped")
    fill(paths.run(first), 5 * MB)
    share(first, second)
    (paths.run(second) / "head").write_bytes(bytes(MB))
    allow(storage=6 * MB)
    for locale, frees, shares in (
        ("en-GB", "Frees {}", "5.0 MB more is shared, and freed with the last run or data set that has it"),
        ("zh-CN", "可释放 {}", "另有 5.0 MB 与其他运行或数据集共用，全部删除后才会释放"),
    ):
        app = open_page(locale)
        [box] = [box for box in app.expander if box.proto.expanded and "6.0 MB" in box.label]
        assert frees.format("1.0 MB") in [one.value for one in box.markdown]
        assert [shares in one.value for one in box.caption].count(True) == 2


BUSY = "You already have 1 run waiting or running. The host allows 1 at a time. Wait until one has ended, or stop one."


@pytest.mark.usefixtures("dataset")
def test_a_start_that_is_not_allowed_is_grey_with_the_reason_beside_it():
    other = create()
    allow(at_once=1)
    app = open_page(data="d1")
    for button in (app.button(key=f"{CASE}_start_"), app.button(key="header_start")):
        assert button.disabled and button.proto.help == BUSY
    assert f":material/block: {BUSY}" in captions(app)
    assert ":material/block: You already have 1 run waiting or running." in captions(app)
    assert any(other in link.proto.query_string for link in app.get("page_link"))
    queue.claim_here(other)
    queue.end(other, "done")
    app = open_page(data="d1")
    assert not app.button(key=f"{CASE}_start_").disabled and not app.button(key="header_start").disabled
    create(), create()
    allow(at_once=2)
    with pytest.raises(InputError, match=r"You already have 2 runs waiting or running\. The host allows 2 at a time\."):
        allowances.check_start(ME)


@pytest.mark.usefixtures("dataset")
@pytest.mark.parametrize("status", ["stopped", "failed"])
def test_a_run_is_not_resumed_over_a_limit_and_its_page_says_so_first(status):
    error = {"found": "x", "expected": "x", "remedy": "x", "args": {}, "resumable": True}
    run = create(status, **({"error": error} if status == "failed" else {}))
    create()
    allow(at_once=1)
    app = open_page(run=run)
    assert app.button(key=f"resume_{run}").disabled and not app.toast
    assert any("You already have 1 run waiting or running." in one for one in captions(app))
    assert records.run(run, ME).status == status
    allow(at_once=2)
    app = open_page(run=run)
    app.button(key=f"resume_{run}").click().run()
    assert records.run(run, ME).status == "queued"


@pytest.mark.usefixtures("dataset")
def test_a_browser_that_presses_what_is_grey_starts_nothing():
    create()
    app = open_page(data="d1")  # before the limit
    allow(at_once=1)
    app.button(key=f"{CASE}_start_").click().run()
    assert len(records.run_list(ME)) == 1
