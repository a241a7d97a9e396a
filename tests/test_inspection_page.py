"""Look inside, on the page: every kind of panel, an example as the network gets it, and each view of a run."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest
from test_explaining import done

from runs.results import inspections
from runs.store import queue, records
from runs.worker import worker


@pytest.fixture
def run(pictures, zip_of, tmp_path):
    return done(pictures, zip_of, tmp_path, "test_efficientnet", seconds=1)


def entry(digest):
    import cases
    from cases.dataset import Dataset
    from pages.components import inspection
    from runs import paths

    dataset = Dataset.open(paths.datasets() / digest, {})
    inspection.offer_entry(cases.get("image_recognition"), dataset, 1)


def test_the_check_shows_an_example_as_the_network_gets_it(run, small_models, home):
    small_models(home)
    app = AppTest.from_function(entry, kwargs={"digest": "d1"}, default_timeout=60).run()
    assert not app.exception and not records.run_list("local", kind="inspect")  # nobody asked yet
    app.toggle[0].set_value(True).run()
    [job] = records.run_list("local", kind="inspect")
    worker.work(queue.claim_here(job.id))
    assert records.run(job.id, "local").status == "done"
    app.run()
    assert not app.exception and "3 × " in str(app.dataframe[0].value["Value"].tolist())
    assert len(records.run_list("local", kind="inspect")) == 1


def page(identity):
    from pages.components import inspection
    from runs.store import records

    inspection.show(records.run(identity, "local"), "row2", "closer", row=2)


def test_the_page_asks_once_and_shows_each_view_when_it_is_there(run):
    app = AppTest.from_function(page, kwargs={"identity": run.id}, default_timeout=60).run()
    assert not app.exception and inspections.known(run, "row2")["status"] == "queued"
    worker.work(queue.claim_here(records.latest("inspect", run.id, "local").id))
    app.run()
    assert not app.exception
    for name in ("vector", "layers", "hidden", "step"):
        app.button_group[0].set_value(name).run()
        assert not app.exception, name
    told = " ".join(one.value for one in app.markdown)
    assert "Loss of this example" in told and "Probability of the label" in told
    before = told
    app.select_slider[0].set_value(1.0).run()
    assert " ".join(one.value for one in app.markdown) != before
    assert len(records.run_list("local", kind="inspect")) == 1
