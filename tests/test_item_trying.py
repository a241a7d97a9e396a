"""A model that recommends is tried: lists for users who are made up or known, items that are alike or new."""

from __future__ import annotations

import json
import os
import re

import numpy as np
import pandas as pd
import pytest
from evaluation_page import said, sound, starting

from cases.dataset import Dataset
from cases.ranking import interactions
from cases.ranking.interactions import KEPT
from models.errors import InputError
from pages.task_types.ranking.lists import in_percent
from runs import integrity, paths
from runs.inference import client
from runs.store import shares


def drawn(app, name="_cards"):
    """The cards of one list, as the browser gets them."""
    some = [e.proto for e in app.get("bidi_component") if e.proto.component_name == "casebook_item_cards"]
    return next((json.loads(proto.json)["cards"] for proto in some if proto.id.endswith(name)), [])


def field(fields, name):
    return next(one for one in fields if one.key.endswith(name))


def test_the_demo_promises_no_choice_that_is_not_there(open_books, books_run, answering):
    app = open_books(run=books_run.id)
    [told] = starting(app, "Anyone with the link can try")
    assert told.endswith("Your data stays private.")
    assert not [box for box in app.checkbox if "share_examples" in box.key]


def test_a_new_user_gets_a_list_with_reasons(open_books, books_run, answering):
    app = open_books(run=books_run.id)
    [picks] = [box for box in app.multiselect if box.label == "Items you like"]
    titles = json.loads((paths.run(books_run.id) / "bundle/items.json").read_text())["titles"]
    app = sound(picks.set_value([titles.index("good book 00"), titles.index("good book 01")]).run())
    listed = drawn(app)
    assert len(listed) == 10 and listed[0]["reason"].startswith("mainly because you chose good book 0")
    assert listed[0]["genres"] and listed[0]["figure"].endswith("%") and listed[0]["share"] == 1
    assert starting(app, "Reasons are leave-one-out:")


def test_a_single_choice_is_told_as_the_reason(open_books, books_run, answering):
    app = open_books(run=books_run.id)
    [picks] = [box for box in app.multiselect if box.label == "Items you like"]
    titles = json.loads((paths.run(books_run.id) / "bundle/items.json").read_text())["titles"]
    app = sound(picks.set_value([titles.index("good book 00")]).run())
    assert {one["reason"] for one in drawn(app)} == {"because you chose good book 00"}
    assert starting(app, "With several items, each recommendation names")


def test_a_title_that_is_not_listed_is_found_once_it_is_typed(open_books, books_run, answering, monkeypatch):
    monkeypatch.setattr("pages.task_types.ranking.title_choice.MOST_OFFERED", 3)

    def typed(words):
        [picks] = [box for box in open_books(run=books_run.id).multiselect if box.label == "Items you like"]
        assert len(picks.options) == 3 and picks.proto.accept_new_options
        picks.options.append(words)  # AppTest does not know that a browser lets one type here
        return sound(picks.set_value([*picks.options[:1], words]).run())

    app = typed("BOOK 07 good")
    [picks] = [box for box in app.multiselect if box.label == "Items you like"]
    assert len(picks.value) == 2 and picks.options[-1] == "good book 07" and drawn(app)
    assert starting(typed("<b>nothing"), r"No title contains “\<b\>nothing”.")


def test_what_was_chosen_is_still_there_after_another_way_of_trying(open_books, books_run, answering):
    app = open_books(run=books_run.id)
    titles = json.loads((paths.run(books_run.id) / "bundle/items.json").read_text())["titles"]
    picked = [titles.index("good book 00"), titles.index("good book 01")]
    app = sound(field(app.multiselect, "_picks").set_value(picked).run())
    app = sound(field(app.slider, "_novelty").set_value(0.5).run())
    before = drawn(app)
    for way, fields in (("alike", {}), ("new", {"_title": "good book", "_new_genres": "warm"}), ("alike", {})):
        app = sound(field(app.segmented_control, "_way").set_value(way).run())
        for name, text in fields.items():
            app = sound(field(app.text_input, name).set_value(text).run())
    app = sound(field(app.segmented_control, f"try_{books_run.id}").set_value("many").run())
    app = sound(field(app.segmented_control, f"try_{books_run.id}").set_value("one").run())
    app = sound(field(app.segmented_control, "_way").set_value("new").run())
    assert field(app.text_input, "_new_genres").value == "warm"
    app = sound(field(app.segmented_control, "_way").set_value("user").run())
    assert field(app.multiselect, "_picks").value == picked and field(app.slider, "_novelty").value == 0.5
    assert drawn(app) == before


def test_a_disliked_item_is_gone_and_what_is_like_it_falls(open_books, books_run, answering):
    app = open_books(run=books_run.id)
    titles = json.loads((paths.run(books_run.id) / "bundle/items.json").read_text())["titles"]
    app = sound(field(app.multiselect, "_picks").set_value([titles.index("good book 00")]).run())
    before = [one["title"] for one in drawn(app)]
    app = sound(field(app.multiselect, "_disliked").set_value([titles.index(before[0])]).run())
    after = [one["title"] for one in drawn(app)]
    assert before[0] not in after and after != before[1:]
    assert starting(app, "What a dislike does: It is left out, and items with similar embeddings rank lower.")


def test_an_existing_user_has_the_same_sliders_and_is_never_shown_what_they_have(open_books, books_run, answering):
    app = sound(field(open_books(run=books_run.id).segmented_control, "_way").set_value("existing").run())
    app = sound(field(app.selectbox, "_existing").set_value(0).run())
    [latest] = starting(app, "**Latest interactions**")
    before = drawn(app)
    assert len(before) == 10 and not [one for one in before if one["title"] in latest]
    app = sound(field(app.slider, "_genre_cold").set_value(1.0).run())
    assert drawn(app)[0]["genres"] == ["cold"] and drawn(app) != before


def test_without_times_no_interaction_of_a_user_is_called_the_latest(open_books, books_run, answering):
    data = Dataset.open(paths.datasets() / "d1")
    table = pd.read_parquet(data.folder / interactions.FILE)
    table.assign(time=np.nan).to_parquet(data.folder / interactions.FILE)
    data.save(data.samples, data.set_aside, data.notes)
    app = sound(field(open_books(run=books_run.id).segmented_control, "_way").set_value("existing").run())
    app = sound(field(app.selectbox, "_existing").set_value(0).run())
    assert starting(app, "**Interactions**") and not starting(app, "**Latest")


def test_the_lists_of_two_baselines_stand_beside_the_models(open_books, books_run, answering):
    app = open_books(run=books_run.id)
    titles = json.loads((paths.run(books_run.id) / "bundle/items.json").read_text())["titles"]
    app = sound(field(app.multiselect, "_picks").set_value([titles.index("good book 00")]).run())
    app = sound(field(app.toggle, "_beside").set_value(True).run())
    ours, popular, near = (drawn(app, name) for name in ("_cards", "_cards_popularity", "_cards_item_knn"))
    people = json.loads((paths.run(books_run.id) / "bundle/items.json").read_text())["people"]
    assert len(ours) == len(popular) == 10 and 0 < len(near) <= 10
    assert "good book 00" not in {one["title"] for one in [*popular, *near]}
    assert people[int(popular[0]["id"])] >= sorted(people)[-5]  # of the training part, which is most of it
    assert all(bool(one.get("marked")) == (one["id"] in {mine["id"] for mine in ours}) for one in near)
    joined = "+" in books_run.result["kept"]  # then the list that the network is added to stands there, too
    assert bool([one for one in app.get("bidi_component") if "_cards_listed" in str(one.proto)]) == joined
    (paths.run(books_run.id) / "baselines.safetensors").unlink()
    app = open_books("demo.py", t=shares.create(books_run, days=7, passcode="", examples=False))
    assert not [one for one in app.toggle if one.key.endswith("_beside")]


def test_similar_items_say_how_similar_they_are(open_books, books_run, answering):
    app = sound(field(open_books(run=books_run.id).segmented_control, "_way").set_value("alike").run())
    app = sound(field(app.selectbox, "_alike").set_value(0).run())
    values = [float(one["figure"]) for one in drawn(app, "_similar")]
    assert values == sorted(values, reverse=True) and 0 < values[0] <= 1
    assert starting(app, "Similarity: cosine of the two embeddings")


def test_pictures_are_fetched_only_once_a_person_asks_for_them_and_never_from_a_machine_nearby(
    open_books, books_run, answering
):
    data = Dataset.open(paths.datasets() / "d1")
    samples = data.as_read.copy()
    samples["image"] = [f"https://img.example.org/{n}.webp" if n % 2 else KEPT for n in range(len(samples))]
    titles = samples["label"].tolist()
    bad = ("http://127.0.0.1/a", "http://router/a", "https://nas.local/a", "https://a@b.org/a", "http://[::1]/a")
    for n, address in enumerate(bad):
        samples.loc[titles.index(f"good book 0{n + 1}"), "image"] = address
    data.save(samples, data.set_aside, data.notes)
    app = open_books(run=books_run.id)
    app = sound(field(app.multiselect, "_picks").set_value([titles.index("good book 00")]).run())
    own = [one["picture"] for one in drawn(app) if "picture" in one]
    assert own and all(re.fullmatch(r"/api/item\?token=\S+&picture=1&row=\d+", address) for address in own)
    toggle = field(app.toggle, "_pictures")
    assert toggle.label.replace("\\", "").replace("\N{WORD JOINER}", "") == "Load pictures from img.example.org"
    app = sound(toggle.set_value(True).run())
    some = {one["title"]: one.get("picture") for one in drawn(app)}
    fetched = {address for address in some.values() if address} - {*own}
    assert fetched and all(address.startswith("https://img.example.org/") for address in fetched)


def test_a_new_item_is_offered_only_by_a_model_that_reads_texts(open_books, books_run, answering):
    (paths.run(books_run.id) / "bundle/text.onnx").unlink()
    [way] = [one for one in open_books(run=books_run.id).segmented_control if one.key.endswith("_way")]
    assert way.options == ["New user", "Existing user", "Similar items"]


def test_something_new_says_whom_it_suits_but_not_to_visitors(open_books, books_run, answering):
    app = open_books(run=books_run.id)
    [way] = [one for one in app.segmented_control if one.key.endswith("_way")]
    app = sound(way.set_value("new").run())
    app = sound(next(one for one in app.text_input if one.label == "Title").set_value("good book").run())
    assert starting(app, "In the top 20 of **")
    assert any("reader" in text for text in said(app))
    token = shares.create(books_run, days=7, passcode="", examples=False)
    visitor = open_books("demo.py", t=token)
    assert starting(visitor, "Choose items you like and get recommendations.")
    assert not any("reader" in text for text in said(visitor))
    assert np.isfinite(books_run.result["lists"]["model"]["novelty@10"])


@pytest.mark.parametrize("name", ["bundle/items.safetensors", "people.safetensors"])
def test_a_damaged_model_recommends_nothing(books_run, name):
    integrity.note(paths.run(books_run.id))
    os.truncate(paths.run(books_run.id) / name, 100)
    question = paths.home() / "tries/local/question.json"
    question.parent.mkdir(parents=True, exist_ok=True)
    question.write_text(json.dumps({"had": ["b1", "b2"]}))
    with pytest.raises(InputError, match="The model of this run cannot be used"):
        client.answers(books_run, [question])


def test_items_whose_titles_are_damaged_are_not_offered(books_run, open_books):
    integrity.note(paths.run(books_run.id))
    os.truncate(paths.run(books_run.id) / "bundle/items.json", 100)
    assert [
        one.value for one in open_books(run=books_run.id).error if one.value.startswith("The model of this run cannot")
    ]


@pytest.mark.parametrize(
    ("score", "told"), [(0.25, "25.0%"), (0.0012, "0.1%"), (0.00012, "0.012%"), (1e-7, "<0.001%"), (0.0, "0.0%")]
)
def test_no_score_above_nothing_is_told_as_nothing(score, told):
    assert in_percent(score) == told
