"""Groups of texts: how vectors that point the same way are found, and the work that outlives kills and hears stops."""

from __future__ import annotations

import made_texts
import numpy as np
import pandas as pd
import pytest
import workshop
from opened_pages import opened, said, sound
from starlette.applications import Starlette
from starlette.testclient import TestClient

from cases.clusters import Group, Groups
from cases.dataset import Dataset
from cases.text_analysis import vector_clusters
from models.errors import InputError
from models.progress import QUIET, NullReporter, Stopped
from runs import paths, tokens
from runs.api.routes import ROUTES
from runs.jobs import clustering
from runs.store import dataset_rows, lifecycle, queue, records
from runs.worker.reporter import StoreReporter

TEXTS = [text for text, _label in made_texts.said(200)]


def send(content, name="texts.txt"):
    """Upload as the page does; the job's id."""
    token = tokens.sign("upload", owner="local", case="text_analysis", kind="cluster")
    web = TestClient(Starlette(routes=ROUTES))
    answer = web.put("/api/upload", params={"name": name}, content=content, headers={"X-Upload-Token": token})
    return answer.json()["run"]


class Impatient(StoreReporter):
    """Asks to stop in the middle of the reading."""

    def progress(self, what, done, total, **more):
        super().progress(what, done, total, **more)
        if what == "features" and 0.4 * total <= done < total:
            lifecycle.ask_to_stop(self.run.id, "local")
            self.flush()


def found(run):
    groups = Groups.open(paths.run(run.id))
    return groups.items, groups.choices, groups.suggested


@pytest.mark.slow
@pytest.mark.skipif(not workshop.FORKS, reason="processes that are killed are forked")
def test_broken_off_or_stopped_it_comes_to_the_same_groups(tokens_at_hand):
    whole, killed, stopped = (send("\n".join(TEXTS)) for _ in range(3))
    whole = workshop.done(whole)
    assert (whole.status, whole.attempt, whole.result["items"]) == ("done", 1, 200), whole.error
    workshop.killed(killed, "preparing", "features", share=0.4)
    again = workshop.done(killed)
    assert (again.status, again.attempt) == ("done", 2)

    assert workshop.done(stopped, Impatient).status == "stopped"
    lifecycle.resume(stopped, "local")
    resumed = workshop.done(stopped)
    assert resumed.status == "done"
    items, *rest = found(whole)
    for one in (again, resumed):
        same, *others = found(one)
        pd.testing.assert_frame_equal(same, items)
        assert others == rest
        assert not (paths.uploads() / one.parts[0]["upload"]).exists()


def test_what_holds_too_few_texts_is_explained_and_not_kept(tokens_at_hand):
    job = workshop.done(send("one\ntwo\n"))
    assert job.status == "failed"
    assert InputError.from_json(job.error).args_["different"] == 2
    assert not (paths.uploads() / job.parts[0]["upload"]).exists()


@pytest.fixture
def job():
    """A job that found two or three groups in six texts."""
    texts = ["soup <b>hot</b>", "soup cold", "bus late", "bus full", "tram late", "tram *new*"]
    items = pd.DataFrame({"name": texts, "text": texts, "x": [0.0, 1, 5, 6, 5, 6], "y": [0.0, 0, 5, 5, 6, 6],
                          "2": [1, 1, 0, 0, 0, 0], "3": [0, 0, 1, 1, 2, 2]})  # fmt: skip
    choices = {2: (Group(4, ("bus", "tram", "late"), (2, 4)), Group(2, ("soup",), (0,))),
               3: (Group(2, ("soup", "hot"), (0, 1)), Group(2, ("late", "bus"), (2,)), Group(2, (), (4,)))}  # fmt: skip
    identity = records.create_run("local", "cluster", "text_analysis", "town.txt", parts=[{"upload": "u", "split": ""}])
    Groups(items, choices, 3).save(paths.run(identity))
    queue.claim_here(identity)
    queue.end(identity, "done", result={"items": 6, "suggested": 3})
    return records.run(identity, "local")


def test_named_groups_become_the_labels_of_a_data_set(job, at_home):
    reading = records.run(clustering.take(job, 3, ["food", "transport", "transport"]), "local")
    read = at_home(reading)
    assert read.status == "done", read.error
    dataset = Dataset.open(paths.datasets() / read.dataset)
    assert dataset.samples["label"].tolist() == ["food"] * 2 + ["transport"] * 4
    assert dataset_rows.by_id(read.dataset, "local").name == "town"
    half = at_home(records.run(clustering.take(job, 3, ["food", "", "rails"]), "local"))
    assert Dataset.open(paths.datasets() / half.dataset).samples["label"].tolist() == ["food"] * 2 + ["rails"] * 2


@pytest.fixture
def at_home(monkeypatch):
    """Do queued work here and now."""
    from cases.text_analysis import reader
    from runs.worker import worker

    monkeypatch.setattr(reader, "counting", lambda models: lambda texts: [len(text) for text in texts])

    def work(run):
        worker.work(queue.claim_here(run.id))
        return records.run(run.id, "local")

    return work


def open_groups(**address):
    return opened("text_analysis.py", **address)


def press(app, key):
    return sound(app.button(key=key).click().run())


def names(app):
    return [field.value for field in app.text_input]


def test_groups_are_shown_with_proposed_names_that_are_changed_kept_and_go_on_as_labels(job):
    press(open_groups(), f"groups_{job.id}")  # one click away
    app = open_groups(groups=job.id)
    assert names(app) == ["soup · hot", "late · bus", "Cluster 3"]
    assert "- soup \\<b\\>hot\\</b\\>\n- soup cold" in said(app) and "6 of 6 texts, 3 labels" in said(app)
    assert not [header.value for header in app.header if header.value != "1 · Data"]
    app.text_input[0].set_value("  food\t").run()
    app.text_input[1].set_value("").run()
    assert clustering.names(job, 3) == ["food", "", "Cluster 3"]
    assert "4 of 6 texts, 2 labels" in said(app)
    again = open_groups(groups=job.id)
    assert names(again) == ["food", "", "Cluster 3"]
    press(again, f"take_{job.id}")
    [reading] = records.run_list("local", kind="read")
    assert again.query_params["read"] in (reading.id, [reading.id])
    assert "groups" not in again.query_params and reading.name == "town.txt"


def test_the_number_of_groups_and_the_text_are_in_the_address_and_one_name_is_not_enough(job):
    app = open_groups(groups=job.id, number="2", text="3")
    assert names(app) == ["bus · tram", "Cluster 2"] and "bus full" in said(app)
    app.text_input[0].set_value("all").run()
    app.text_input[1].set_value("all").run()
    assert app.button(key=f"take_{job.id}").disabled and "Enter at least two different names." in said(app)
    app.slider(key=f"number_{job.id}").set_value(3).run()
    assert not app.exception and len(names(app)) == 3
    for wrong in ({"number": "99"}, {"number": "x", "text": "99"}, {"text": "-1"}):
        assert len(names(open_groups(groups=job.id, **wrong))) == 3


def waiting(owner="local"):
    return records.create_run(owner, "cluster", "text_analysis", "a.txt", parts=[])


def test_a_waiting_search_can_be_stopped_and_resumed_and_a_failed_one_says_why(job):
    run = waiting()
    press(open_groups(groups=run), f"stop_{run}")
    assert records.run(run, "local").status == "stopped"
    app = open_groups(groups=run)
    assert "Stopped. Progress so far is kept." in said(app)
    press(app, f"resume_{run}")
    assert records.run(run, "local").status == "queued"
    queue.claim_here(run)
    queue.end(run, "failed", error={"found": "It holds no text.", "expected": "x", "remedy": "y", "args": {}})
    assert any(text.startswith("It holds no text.") for text in said(open_groups(groups=run)))


# Vectors that point the same way are found to be groups, whatever else they have in common.


WIDTH = 64


def clouds(sizes, spread=0.25):
    """Points around as many directions, and which direction each belongs to."""
    random = np.random.default_rng(0)
    centres = random.normal(size=(len(sizes), WIDTH))
    members = np.repeat(np.arange(len(sizes)), sizes)
    return centres[members] + spread * random.normal(size=(len(members), WIDTH)), members


def clustered(vectors, numbers=(2,), kinds=None):
    """The directions of the points, and what was found for each number of groups."""
    points = vector_clusters.directions(vectors, np.zeros(len(vectors)) if kinds is None else kinds)
    return points, vector_clusters.cluster(points, numbers, QUIET)


def same_partition(one, other):
    return len(set(zip(one, other, strict=True))) == len(set(one)) == len(set(other))


@pytest.mark.parametrize("sizes", [(60, 40), (50, 40, 30), (40,) * 7])
def test_clear_groups_are_found_again_the_largest_first_and_their_number_is_suggested(sizes):
    vectors, members = clouds(sizes[::-1])
    points, found = clustered(vectors, vector_clusters.numbers(len(vectors)))
    assert vector_clusters.suggested(points, found) == len(sizes)
    labels = found[len(sizes)].labels
    assert same_partition(labels, members) and np.bincount(labels).tolist() == [*sizes]


def test_what_a_kind_has_in_common_makes_no_group():
    vectors, members = clouds((60, 60), spread=0.1)
    kinds = np.tile(["zh", "en"], 60)
    vectors[kinds == "zh"] += 5 * np.random.default_rng(1).normal(size=WIDTH)
    assert same_partition(clustered(vectors, kinds=kinds)[1][2].labels, members)
    assert same_partition(clustered(vectors)[1][2].labels, kinds)


def test_a_stop_is_heard_between_two_numbers():
    class Stopping(NullReporter):
        def check(self):
            raise Stopped

    with pytest.raises(Stopped):
        vector_clusters.cluster(np.eye(10), range(2, 3), Stopping())
