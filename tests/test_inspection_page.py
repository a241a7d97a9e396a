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


def panels():
    from dataclasses import asdict

    import numpy as np

    from cases.training.inspection import Heat, Missing, Numbers, Tokens, said
    from pages.components.inspection.panels import Drawing

    names, heads = ["we", "<b>"], [said("Mean of all heads"), said("Head {n}", n=1)]
    some = [
        Heat("attention", said("Attention"), said("Token"), said("attends to"), names, slices=heads),
        Heat("cross", said("Attention"), said("Token"), said("Position in time"), rows=names),
        Heat("wave", said("Spectrogram"), said("Unit"), said("Seconds"), upward=True, ranged=True, width=2.0),
        Numbers("vector", said("Feature vector")), Numbers("named", said("Feature vector"), names),
        Tokens([("we", 3, False)], said("Tokens"), 2), Missing(said("This network has no attention.")),
    ]  # fmt: skip
    arrays = {"attention": np.full((2, 2, 2), 0.5), "cross": np.ones((2, 9)), "wave": -np.ones((4, 7)),
              "vector": np.arange(5.0), "named": np.zeros(2)}  # fmt: skip
    Drawing(None, "key", "name", arrays).panels([asdict(one) for one in some], "view")


def test_every_kind_of_panel_is_drawn():
    app = AppTest.from_function(panels, default_timeout=60).run()
    assert not app.exception
    assert app.selectbox[0].options == ["Mean of all heads", "Head 1"]
    assert "5 numbers · norm 5.477 · smallest 0 · largest 4" in [one.value for one in app.caption]
    assert app.info[0].value.startswith("This network has no attention")


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
