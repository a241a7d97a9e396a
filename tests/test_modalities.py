"""Modalities by screens: an item of each is listed, shown and tried. Whoever adds one is told here what is missing."""

from __future__ import annotations

from dataclasses import fields

import pytest
from evaluation_page import said, sound
from made_runs import data, drawn, open_page, run
from test_text_pages import shown

import cases
from cases.dataset import Dataset
from models.pretrained import catalog
from pages import modalities
from runs.store import edits

__all__ = ["data", "open_page", "run"]  # fixtures


def test_every_pretrained_model_is_for_a_modality_that_a_case_has():
    assert {known.modality for known in catalog.all_models()} <= {cases.get(name).modality for name in cases.NAMES}


LISTED = {"image": "gallery", "text": "passages", "audio": "recordings", "item": "passages"}


@pytest.mark.parametrize("name", modalities.ALL)
def test_items_are_listed_and_one_is_shown_large(data, open_page, name):
    dataset = data(name)
    edits.add("local", "d1", 0, "quite another")
    app = open_page(dataset.case, data="d1", show="changed:all")
    assert LISTED[name] in drawn(app)
    app = open_page(dataset.case, data="d1", look="0")
    assert LISTED[name] in drawn(app)


@pytest.mark.parametrize("name", [name for name, one in modalities.ALL.items() if one.form])
def test_an_item_is_given_to_a_model_and_its_answer_explained(run, open_page, name):
    made, modality = run(name), modalities.ALL[name]
    forms = {"image": "trying_pictures", "text": "trying_texts", "audio": "trying_sounds"}
    app = open_page(made.case, run=made.id)
    [trying] = shown(app, forms[name])
    assert len(trying["examples"]) == 12 and not trying["written"]
    app.session_state[f"tried_{made.id}"] = {"row": int(trying["examples"][0]["id"])}
    app.session_state[f"looked_{made.id}"] = True
    [explained] = shown(sound(app.run()), "explanation")
    assert explained["layout"] == modality.layout and explained["words"]["running"] == modality.asking
    assert explained["words"]["explained"] == modality.explained  # with it, not before it
    assert modality.explained not in said(app)


@pytest.mark.parametrize("name", modalities.ALL)
def test_the_words_for_a_modality_are_whole_where_it_is_classified(name):
    modality = modalities.ALL[name]
    left_out = {one.name for one in fields(modality) if getattr(modality, one.name) == ""}
    classified = {"layout", "marked", "few_tested", "expected", "no_mistake", "promised", "recognised", "looked",
                  "asking", "explained", "lent", "lent_help", "with_lent", "fits", "recognises"}  # fmt: skip
    assert left_out <= (classified if modality.form is None else {"layout", "marked"})


@pytest.mark.parametrize("name", modalities.ALL)
def test_an_item_as_an_explanation_takes_it_is_found_by_a_browser(data, name):
    dataset = data(name)
    original = modalities.ALL[name].original(Dataset.open(dataset.folder), 0)
    assert set(original) == {"image": {"picture"}, "audio": {"picture", "sound", "seconds"}}.get(name, {"text"})
