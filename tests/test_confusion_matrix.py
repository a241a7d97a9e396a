"""The view of the classes: cells of the confusion matrix and their items, of many classes the most confused."""

from __future__ import annotations

import json

import numpy as np
from evaluation_page import answered, evaluated, starting
from opened_pages import sound


def test_a_cell_shows_its_items_and_says_what_it_is(open_run, usual, dataset):
    a, b = dataset.classes[:2]
    app = open_run(usual, see="classes", cell="0-1")
    assert starting(app, f"**“{a}”, predicted as “{b}”** · 3")
    assert (app.session_state[f"cell_label_{usual}"], app.session_state[f"cell_said_{usual}"]) == (0, 1)
    assert starting(open_run(usual, see="classes", cell="2-"), f"**Labelled “{dataset.classes[2]}”** · 10")
    assert starting(open_run(usual, see="classes", cell="-1"), f"**Predicted as “{b}”** · ")
    app = open_run(usual, see="classes", cell="7-x")
    assert not starting(app, "**Labelled", "**Predicted", "**“")
    sound(app.selectbox(key=f"cell_label_{usual}").select(2).run())
    assert app.query_params["cell"] == "2-"


def test_three_hundred_classes_begin_with_those_that_are_confused_most(open_run, dataset):
    names = tuple(f"kind {n:03}" for n in range(300))
    labels = np.arange(900) % 300
    wrong = np.where(np.isin(labels, [7, 8]), 9, labels)
    run = evaluated(answered(names, labels, wrong, 0.9))
    app = open_run(run, see="classes")
    [chosen] = [m for m in app.multiselect if m.key == f"matrix_of_{run}"]
    assert chosen.placeholder == "The 25 most confused; choose others here"
    assert not crowded(app)
    assert starting(app, "275 other classes are not shown: choose them above. Predictions as these are not counted")
    assert starting(app, "**Metrics by class (300)**")
    app = sound(app.segmented_control(key=f"matrix_as_{run}").set_value("share").run())
    assert not crowded(app)
    [chosen] = [m for m in app.multiselect if m.key == f"matrix_of_{run}"]
    for many in (8, 20, 40):
        app = sound(chosen.set_value(list(range(many))).run())
        [chosen] = [m for m in app.multiselect if m.key == f"matrix_of_{run}"]
        assert not crowded(app)
    assert len(app.dataframe[-1].value) == 300


def crowded(app):
    """Whether names or numbers of the confusion matrix overlap where it is as narrow as it gets."""
    given = [json.loads(e.proto.json) for e in app.get("bidi_component") if e.proto.component_name == "casebook_plot"]
    [figure] = [one for one in given if one["traces"][0]["type"] == "heatmap"]
    [trace], axis = figure["traces"], figure["layout"]["xaxis"]
    cell = (figure["least_width"] - 120 - figure["layout"]["margin"]["r"] + 8) / len(axis["ticktext"])
    size = axis.get("tickfont", {"size": 13})["size"]
    names = size * {-90: 1.2, -60: 1.4, 0: 0}[axis["tickangle"]]
    longest = max((len(text) for row in trace.get("text", []) for text in row), default=0)
    return cell < max(names, 0.55 * trace.get("textfont", {"size": 13})["size"] * longest)
