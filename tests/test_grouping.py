"""The work of finding groups: it outlives kills, hears stops, and leads on to a data set with the names as labels."""

from __future__ import annotations

import made_texts
import nonsense
import pandas as pd
import pytest
import workshop
from conftest import ROOT
from starlette.applications import Starlette
from starlette.testclient import TestClient
from streamlit.testing.v1 import AppTest

from cases.clusters import Group, Groups
from cases.dataset import Dataset
from models.errors import InputError
from runs import paths, tokens
from runs.api.routes import ROUTES
from runs.jobs import clustering
from runs.store import dataset_rows, lifecycle, queue, records
from runs.worker.reporter import StoreReporter

TEXTS = [text for text, _label in made_texts.said(300)]


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


@pytest.mark.skipif(not workshop.FORKS, reason="processes that are killed are forked")
def test_broken_off_or_stopped_it_comes_to_the_same_groups(tokens_at_hand):
    whole, killed, stopped = (send("\n".join(TEXTS)) for _ in range(3))
    whole = workshop.done(whole)
    assert (whole.status, whole.attempt, whole.result["items"]) == ("done", 1, 300), whole.error
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


def open_groups(locale="en-GB", **address):
    app = AppTest.from_file(str(ROOT / "pages/frame.py"), default_timeout=60)
    app.context = {"locale": locale, "timezone": "Europe/London"}
    app.run()
    app.query_params.update(address)
    app.switch_page("text_analysis.py").run()
    assert not app.exception
    return app


def said(app):
    return [element.value for kind in ("markdown", "caption", "warning", "info", "error") for element in app.get(kind)]


def names(app):
    return [field.value for field in app.text_input]


def test_groups_are_shown_with_proposed_names_and_their_texts_as_they_are(job):
    app = open_groups(groups=job.id)
    assert names(app) == ["soup · hot", "late · bus", "Cluster 3"]
    assert "- soup \\<b\\>hot\\</b\\>\n- soup cold" in said(app)
    assert "6 of 6 texts, 3 labels" in said(app)
    assert not [header.value for header in app.header if header.value != "1 · Data"]


def test_names_are_kept_and_go_on_as_labels(job):
    app = open_groups(groups=job.id)
    app.text_input[0].set_value("  food\t").run()
    app.text_input[1].set_value("").run()
    assert clustering.names(job, 3) == ["food", "", "Cluster 3"]
    assert "4 of 6 texts, 2 labels" in said(app)
    again = open_groups(groups=job.id)
    assert names(again) == ["food", "", "Cluster 3"]
    again.button(key=f"take_{job.id}").click().run()
    [reading] = records.run_list("local", kind="read")
    assert again.query_params["read"] == reading.id or again.query_params["read"] == [reading.id]
    assert "groups" not in again.query_params and reading.name == "town.txt"


def test_one_name_is_not_enough(job):
    app = open_groups(groups=job.id, number="2")
    app.text_input[0].set_value("all").run()
    app.text_input[1].set_value("all").run()
    assert app.button(key=f"take_{job.id}").disabled
    assert "Enter at least two different names." in said(app)


def test_the_number_of_groups_and_the_text_are_in_the_address(job):
    app = open_groups(groups=job.id, number="2", text="3")
    assert names(app) == ["bus · tram", "Cluster 2"] and "bus full" in said(app)
    app.slider(key=f"number_{job.id}").set_value(3).run()
    assert not app.exception and len(names(app)) == 3
    for wrong in ({"number": "99"}, {"number": "x", "text": "99"}, {"text": "-1"}):
        assert len(names(open_groups(groups=job.id, **wrong))) == 3


def test_groups_that_are_gone_or_of_another_are_told(job):
    for identity in ("nothing", records.create_run("someone else", "cluster", "text_analysis", "x")):
        texts = said(open_groups(groups=identity))
        assert "These clusters are not on the server. Upload the texts again." in texts


def test_a_stopped_search_can_be_resumed_and_a_failed_one_says_why():
    stopped = records.create_run("local", "cluster", "text_analysis", "a.txt", parts=[])
    lifecycle.ask_to_stop(stopped, "local")
    app = open_groups(groups=stopped)
    assert "Stopped. Progress so far is kept." in said(app)
    app.button(key=f"resume_{stopped}").click().run()
    assert records.run(stopped, "local").status == "queued"
    error = {"found": "It holds no text.", "expected": "x", "remedy": "y", "args": {}}
    failed = records.create_run("local", "cluster", "text_analysis", "a.txt", parts=[])
    queue.claim_here(failed)
    queue.end(failed, "failed", error=error)
    assert any(text.startswith("It holds no text.") for text in said(open_groups(groups=failed)))


def test_a_waiting_search_can_be_stopped(job):
    waiting = records.create_run("local", "cluster", "text_analysis", "a.txt", parts=[])
    app = open_groups(groups=waiting)
    app.button(key=f"stop_{waiting}").click().run()
    assert records.run(waiting, "local").status == "stopped"


def test_earlier_groups_are_one_click_away(job):
    app = open_groups()
    app.button(key=f"groups_{job.id}").click().run()
    assert names(app) == ["soup · hot", "late · bus", "Cluster 3"]


def test_groups_endure_nonsense(job):
    nonsense.endure(open_groups(groups=job.id, text="3"))
