"""Two hosts with homes of their own, one PostgreSQL and object storage, as a person uses them from the page of one."""

from __future__ import annotations

from contextlib import suppress
from zipfile import ZipFile

import pytest
import workshop
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
from runs.store import agents, folders, lifecycle, metric_rows, objects, records

CASE = "image_recognition"
DATABASES = ("postgres",)
pytestmark = pytest.mark.skipif(not NAMED, reason="Another host name needs root and unshare.")


@pytest.fixture
def hosts(home, object_storage, materials, body, pictures, zip_of, tmp_path, small_models, small_finer_models):
    """The page is that of the first, whose home is this test's. Their agents are not started yet."""
    drawn = pictures(20)
    half_wrong = dict(zip(drawn, [*drawn.values()][10:] + [*drawn.values()][:10], strict=True))  # nothing is perfect
    given = {**materials, CASE: (body, zip_of(tmp_path / "noise.zip", half_wrong))}
    made = [Host(name, folder, given) for name, folder in (("oak", home), ("elm", tmp_path / "elm"))]
    for host in made:
        small_finer_models(small_models(host.home))
    yield made
    for host in made:
        if host.agent and host.agent.poll() is None:
            host.die()


def stored(run):
    """The names of the files of a run that lie in the object storage; none of one that is over."""
    assert not run.ended_already, run.error
    known = objects.row(objects.of_run(run.id))
    if known is None or known.manifest is None:
        return []
    with suppress(ObjectMissing):  # a newer one has just taken its place
        return manifest.parsed(object_folder.read(ObjectStore(objects.url()), known.prefix, known.manifest))
    return []


def goes_on_at(other, gone, identity):
    """The run at its end, when the host that is at work on it has died and been missed."""
    gone.die()
    is_silent(identity)
    run = other.ended(identity)
    assert (run.status, run.host, run.attempt) == ("done", other.name, 2), run.error
    return run


def opens_and_packs(open_run, run, **see):
    """Here, whichever host has made it."""
    app = open_run(run.id, **see)
    assert given(app, "casebook_hero")["value"] == f"{run.result['test']['accuracy']['value']:.1%}"
    assert predictions.of(run) is not None
    assert integrity.of_model(run.id) is None and integrity.of_answers(run.id) is None
    with ZipFile(bundle_zip.of(folders.run(run.id))) as packed:
        assert packed.testzip() is None and "predict.py" in packed.namelist()


def traces(home, some):
    """What a home has of data sets and runs, but for empty files that were locks."""
    found = (path.relative_to(home) for path in home.rglob("*") if any(one in path.name for one in some))
    return sorted(path.as_posix() for path in found if path.parts[0] != "locks")


def test_what_one_host_leaves_another_finishes_and_what_is_deleted_goes_everywhere(
    hosts, object_storage, learnt, open_run
):
    oak, elm = hosts
    whole = workshop.done(workshop.queued(oak.materials, CASE, epochs=12))  # here, which is at oak
    broken = records.create_run("local", "fine_tune", CASE, "broken", dataset=whole.dataset, settings=whole.settings)
    oak.start_agent()
    oak.until(broken, lambda run: any(MARK in name for name in stored(run)))
    elm.start_agent()
    told = metric_rows.last_written(broken)
    resumed = goes_on_at(elm, oak, broken)
    kept = [row for row in metric_rows.after(resumed, 0) if row["split"] == "validation" and row["written"] <= told]
    assert max(row["step"] for row in kept) > 0, "It began anew."
    opens_and_packs(open_run, resumed, see="classes")
    assert learnt(resumed) == learnt(whole)

    oak.start_agent()
    oak.meanwhile(lambda: len(agents.alive()) == 2)
    both = [whole.id, resumed.id]
    assert resumed.id in "\n".join(traces(elm.home, both)) and object_storage.objects("runs")
    for run in both:
        lifecycle.discard(run, "local")
    oak.meanwhile(lambda: not object_storage.objects("runs") and not traces(oak.home, both) + traces(elm.home, both))

    chosen = {**SHORT[CASE], "model": str(oak.materials[CASE][0]), "mode": "head"}
    settings = as_json(cases.get(CASE).Settings(**chosen))
    search = journal.begin("local", CASE, "noise", whole.dataset, settings, 8.0, {})
    begun = oak.until(search, lambda run: journal.of(run).best and stored(run))
    before, (gone, other) = journal.of(begun), sorted(hosts, key=lambda host: host.name != begun.host)
    done = goes_on_at(other, gone, search)
    found, first = journal.of(done), records.run(before.trials[0].run, "local")
    assert found.trials[0] == before.trials[0] and first.attempt == 1
    assert done.result["search"]["default"]["run"] == first.id
    opens_and_packs(open_run, done)
    open_run(first.id)
