"""Two hosts with homes of their own, one PostgreSQL and object storage, as a person uses them from the page of one."""

from __future__ import annotations

import signal
import time
from contextlib import contextmanager, suppress
from zipfile import ZipFile

import pytest
from station import NAMED, SHORT, Host, is_silent
from told import given

import cases
from cases.settings import as_json
from models.storage import manifest, object_folder
from models.storage.object_store import ObjectMissing, ObjectStore
from models.training.checkpoints import MARK
from runs import integrity
from runs.api import bundle_zip
from runs.results import predictions
from runs.search import journal
from runs.store import agents, dataset_deletion, folders, lifecycle, metric_rows, objects, records

CASE = "image_recognition"
DATABASES = ("postgres",)
pytestmark = pytest.mark.skipif(not NAMED, reason="Another host name needs root and unshare.")


@pytest.fixture
def hosts(home, object_storage, materials, body, pictures, zip_of, tmp_path, small_models, small_finer_models):
    """The page is that of the first, whose home is this test's."""
    drawn = pictures(20)
    half_wrong = dict(zip(drawn, [*drawn.values()][10:] + [*drawn.values()][:10], strict=True))  # nothing is perfect
    given = {**materials, CASE: (body, zip_of(tmp_path / "noise.zip", half_wrong))}
    made = [Host(name, folder, given) for name, folder in (("oak", home), ("elm", tmp_path / "elm"))]
    for host in made:
        small_finer_models(small_models(host.home))
        host.start_agent()
    meanwhile(made[0], lambda: len(agents.alive()) == 2)
    yield made
    for host in made:
        if host.agent.poll() is None:
            host.die()


def meanwhile(host, holds, limit=300):
    """What `holds` returns, as soon as that is so."""
    end = time.monotonic() + limit
    while not (found := holds()):
        assert time.monotonic() < end, (host.home / "agent.log").read_text()
        time.sleep(0.05)
    return found


@contextmanager
def paused(host):
    """The agent takes nothing up meanwhile."""
    host.agent.send_signal(signal.SIGSTOP)
    yield
    host.agent.send_signal(signal.SIGCONT)


def stored(run):
    """The names of the files of a run that lie in the object storage; none of one that is over."""
    assert not run.ended_already, run.error
    known = objects.row(objects.of_run(run.id))
    if known is None or known.manifest is None:
        return []
    with suppress(ObjectMissing):  # a newer one has just taken its place
        return manifest.parsed(object_folder.read(ObjectStore(objects.url()), known.prefix, known.manifest))
    return []


def lost(identity, hosts):
    """Have the host die that is at work on a run, and be missed; returns that and the other one."""
    now = records.run(identity, "local")
    gone, left = sorted(hosts, key=lambda host: host.name != now.host)
    gone.die()
    is_silent(identity)
    return gone, left


def traces(home, some):
    """What a home has of data sets and runs, but for empty files that were locks."""
    found = (path.relative_to(home) for path in home.rglob("*") if any(one in path.name for one in some))
    return sorted(path.as_posix() for path in found if path.parts[0] != "locks")


def test_what_one_host_leaves_another_finishes_and_what_is_deleted_goes_everywhere(
    hosts, object_storage, learnt, open_run
):
    oak, elm = hosts
    dataset = oak.dataset.dataset
    queued = [oak.train(epochs=30) for _ in range(2)]
    begun = [oak.until(one, lambda run: run.host) for one in queued]
    [whole], [broken] = ([run.id for run in begun if run.host == host.name] for host in hosts)
    oak.until(broken, lambda run: any(MARK in name for name in stored(run)))
    lost(broken, hosts)
    told = metric_rows.last_written(broken)
    resumed, whole = oak.ended(broken), oak.ended(whole)
    assert [(run.status, run.host, run.attempt) for run in (whole, resumed)] == [("done", "oak", 1), ("done", "oak", 2)]
    kept = [row for row in metric_rows.after(resumed, 0) if row["split"] == "validation" and row["written"] <= told]
    assert max(row["step"] for row in kept) > 0, "It began anew."
    assert learnt(resumed) == learnt(whole)

    with paused(oak):
        elm.start_agent()
        settings = {**whole.settings, "epochs": 4}
        two = records.create_run("local", "fine_tune", CASE, "two", dataset=dataset, settings=settings, processes=2)
        two = oak.ended(two)
    assert (two.status, two.host, two.attempt, two.launcher) == ("done", "elm", 1, "torchrun")
    app = open_run(two.id, see="classes")
    assert given(app, "casebook_hero")["value"] == f"{two.result['test']['accuracy']['value']:.1%}"
    assert predictions.of(two) is not None
    assert integrity.of_model(two.id) is None and integrity.of_answers(two.id) is None
    with ZipFile(bundle_zip.of(folders.run(two.id))) as packed:
        assert packed.testzip() is None and "predict.py" in packed.namelist()

    some = [dataset, whole.id, resumed.id, two.id]
    assert all(one in "\n".join(traces(elm.home, some)) for one in (dataset, resumed.id, two.id))
    for run in (whole, resumed, two):
        lifecycle.discard(run.id, "local")
    dataset_deletion.remove("local", dataset)
    meanwhile(oak, lambda: not object_storage.objects() and not traces(oak.home, some) + traces(elm.home, some))


def test_a_search_goes_on_at_another_host_with_what_was_tried(hosts, open_run):
    oak, elm = hosts
    chosen = {**SHORT[CASE], "model": str(oak.materials[CASE][0]), "mode": "head"}
    settings = as_json(cases.get(CASE).Settings(**chosen))
    with paused(elm):
        search = journal.begin("local", CASE, "noise", oak.dataset.dataset, settings, 20.0, {})
        oak.until(search, lambda run: journal.of(run).best and stored(run))
    before = journal.of(records.run(search, "local"))
    lost(search, hosts)
    done = elm.ended(search)
    assert (done.status, done.host, done.attempt) == ("done", "elm", 2)
    found, first = journal.of(done), records.run(before.trials[0].run, "local")
    assert found.trials[0] == before.trials[0] and first.attempt == 1
    assert done.result["search"]["default"]["run"] == first.id
    app = open_run(search)
    assert given(app, "casebook_hero")["value"] == f"{done.result['test']['accuracy']['value']:.1%}"
    open_run(first.id)
    with ZipFile(bundle_zip.of(folders.run(search))) as packed:
        assert packed.testzip() is None and "predict.py" in packed.namelist()
