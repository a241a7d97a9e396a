"""A model that recommends is tried: for users who are made up, known or in a table, and for items alike or new."""

from __future__ import annotations

import csv
import io
import json
import os
import re

import numpy as np
import pytest
from evaluation_page import said, starting
from opened_pages import sound

from cases.dataset import Dataset
from cases.ranking.interactions import KEPT
from models.errors import InputError
from runs import integrity, paths
from runs.inference import client
from runs.jobs import batch_prediction
from runs.store import queue, records, shares, upload_rows
from runs.worker import worker


def drawn(app, name="_cards"):
    """The cards of one list, as the browser gets them."""
    some = [e.proto for e in app.get("bidi_component") if e.proto.component_name == "casebook_item_cards"]
    return next((json.loads(proto.json)["cards"] for proto in some if proto.id.endswith(name)), [])


def field(fields, name):
    return next(one for one in fields if one.key.endswith(name))


@pytest.fixture
def facts(books_run):
    """What the bundle says of its items."""
    return json.loads((paths.run(books_run.id) / "bundle/items.json").read_text())


def picked(app, facts, *titles):
    """The page once these were chosen."""
    numbers = [facts["titles"].index(title) for title in titles]
    return sound(field(app.multiselect, "_picks").set_value(numbers).run())


def test_a_new_user_gets_a_list_with_reasons(open_books, books_run, answering, facts):
    app = open_books(run=books_run.id)
    [told] = starting(app, "Anyone with the link can try")  # the demo promises no choice that is not there
    assert told.endswith("Your data stays private.")
    assert not [box for box in app.checkbox if "share_examples" in box.key]
    app = picked(app, facts, "good book 00", "good book 01")
    listed = drawn(app)
    assert len(listed) == 10 and listed[0]["reason"].startswith("mainly because you chose good book 0")
    assert listed[0]["genres"] and listed[0]["figure"].endswith("%") and listed[0]["share"] == 1
    assert starting(app, "Reasons are leave-one-out:")
    app = picked(app, facts, "good book 00")
    assert {one["reason"] for one in drawn(app)} == {"because you chose good book 00"}
    assert starting(app, "With several items, each recommendation names")
    before = [one["title"] for one in drawn(app)]
    app = sound(field(app.multiselect, "_disliked").set_value([facts["titles"].index(before[0])]).run())
    after = [one["title"] for one in drawn(app)]
    assert before[0] not in after and after != before[1:]  # what is like it falls
    assert starting(app, "What a dislike does: It is left out, and items with similar embeddings rank lower.")


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


def test_an_existing_user_has_the_same_sliders_and_is_never_shown_what_they_have(open_books, books_run, answering):
    app = sound(field(open_books(run=books_run.id).segmented_control, "_way").set_value("existing").run())
    app = sound(field(app.selectbox, "_existing").set_value(0).run())
    [latest] = starting(app, "**Latest interactions**")
    before = drawn(app)
    assert len(before) == 10 and not [one for one in before if one["title"] in latest]
    app = sound(field(app.slider, "_genre_cold").set_value(1.0).run())
    assert drawn(app)[0]["genres"] == ["cold"] and drawn(app) != before


def test_the_lists_of_two_baselines_stand_beside_the_models(open_books, books_run, answering, facts):
    app = picked(open_books(run=books_run.id), facts, "good book 00")
    app = sound(field(app.toggle, "_beside").set_value(True).run())
    ours, popular, near = (drawn(app, name) for name in ("_cards", "_cards_popularity", "_cards_item_knn"))
    people = facts["people"]
    assert len(ours) == len(popular) == 10 and 0 < len(near) <= 10
    assert "good book 00" not in {one["title"] for one in [*popular, *near]}
    assert people[int(popular[0]["id"])] >= sorted(people)[-5]  # of the training part, which is most of it
    assert all(bool(one.get("marked")) == (one["id"] in {mine["id"] for mine in ours}) for one in near)
    joined = "+" in books_run.result["kept"]  # then the list that the network is added to stands there, too
    assert bool([one for one in app.get("bidi_component") if "_cards_listed" in str(one.proto)]) == joined
    (paths.run(books_run.id) / "baselines.safetensors").unlink()
    app = open_books("demo.py", t=shares.create(books_run, days=7, passcode="", examples=False))
    assert not [one for one in app.toggle if one.key.endswith("_beside")]


def test_pictures_are_fetched_only_once_a_person_asks_for_them_and_never_from_a_machine_nearby(
    open_books, books_run, answering, facts
):
    data = Dataset.open(paths.datasets() / "d1")
    samples = data.as_read.copy()
    samples["image"] = [f"https://img.example.org/{n}.webp" if n % 2 else KEPT for n in range(len(samples))]
    titles = samples["label"].tolist()
    bad = ("http://127.0.0.1/a", "http://router/a", "https://nas.local/a", "https://a@b.org/a", "http://[::1]/a")
    for n, address in enumerate(bad):
        samples.loc[titles.index(f"good book 0{n + 1}"), "image"] = address
    data.save(samples, data.set_aside, data.notes)
    app = picked(open_books(run=books_run.id), facts, "good book 00")
    own = [one["picture"] for one in drawn(app) if "picture" in one]
    assert own and all(re.fullmatch(r"/api/item\?token=\S+&picture=1&row=\d+", address) for address in own)
    toggle = field(app.toggle, "_pictures")
    assert toggle.label.replace("\\", "").replace("\N{WORD JOINER}", "") == "Load pictures from img.example.org"
    app = sound(toggle.set_value(True).run())
    some = {one["title"]: one.get("picture") for one in drawn(app)}
    fetched = {address for address in some.values() if address} - {*own}
    assert fetched and all(address.startswith("https://img.example.org/") for address in fetched)


def test_something_new_says_whom_it_suits_but_not_to_visitors(open_books, books_run, answering):
    app = sound(field(open_books(run=books_run.id).segmented_control, "_way").set_value("new").run())
    app = sound(field(app.text_input, "_title").set_value("good book").run())
    assert starting(app, "In the top 20 of **")
    assert any("reader" in text for text in said(app))
    token = shares.create(books_run, days=7, passcode="", examples=False)
    visitor = open_books("demo.py", t=token)
    assert starting(visitor, "Choose items you like and get recommendations.")
    assert not any("reader" in text for text in said(visitor))
    assert np.isfinite(books_run.result["lists"]["model"]["novelty@10"])


@pytest.mark.slow
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
    told = [one.value for one in open_books(run=books_run.id).error]
    assert [text for text in told if text.startswith("The model of this run cannot")]


NEW_USERS = """会员号,商品编号,购买次数
anna,b00,3
anna,b01,1
anna,x77,2
bert,x77,1
bert,x78,1
cleo,good book 20,1
cleo,b21,1
"""


@pytest.fixture
def job(books_run):
    """The job that answered the table of new users."""
    (paths.uploads() / "u1").write_text(NEW_USERS, "utf-8")
    upload_rows.add("local", "u1", "new users.csv", len(NEW_USERS), "0" * 64)
    identity = records.create_run(
        "local", "predict", "recommendation", "new users.csv", subject=books_run.id, parts=[{"upload": "u1"}]
    )
    worker.work(queue.claim_here(identity))
    return records.run(identity, "local")


def rows(job, language):
    content = batch_prediction.table(paths.run(job.id) / batch_prediction.FILE, language).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(content)))


LANGUAGES = {  # language → headings, what is said of an unknown item, and where all are unknown
    "en": (["User", "Interactions", "First item", "Score", "Second item", "Second score", "Third item", "Third score",
            "Problem"], "Not found or not unique, ignored: x77.", "None of these items is in the model: x77, x78."),
    "zh": (["用户", "交互记录", "第一推荐", "得分", "第二推荐", "第二得分", "第三推荐", "第三得分", "问题"],
           "未找到或不唯一，已忽略：x77。", "模型中没有这些物品：x77、x78。"),
}  # fmt: skip


def test_every_row_has_a_cell_for_each_heading_and_unknown_items_are_named(job, open_books, answering):
    for language, (headings, note, refused) in LANGUAGES.items():
        first, *told = rows(job, language)
        assert first == headings and all(len(row) == len(headings) for row in told)
        by_name = {row[0]: row for row in told}
        assert list(by_name) == ["anna", "bert", "cleo"]
        for name in ("anna", "cleo"):
            shares = [float(cell) for cell in by_name[name][3:8:2]]
            assert shares == sorted(shares, reverse=True) and all(cell.endswith(")") for cell in by_name[name][2:7:2])
        assert [by_name[name][-1] for name in ("anna", "cleo", "bert")] == [note, "", refused]
        assert by_name["bert"][1:-1] == [""] * 7
    stored = json.dumps(job.result) + (paths.run(job.id) / batch_prediction.FILE).read_text("utf-8")
    assert "{name}" not in "".join(",".join(row) for row in rows(job, "en")) and "x77" in stored
    # the page says who got no list and why
    app = open_books(run=job.subject)
    [way] = [one for one in app.segmented_control if one.key == f"try_{job.subject}"]
    app = way.set_value("many").run()
    assert any(": 2 users predicted, 1 failed. For 1 user, unknown items were skipped." in text for text in said(app))
    [told] = [table.value for table in app.dataframe if "Reason" in table.value]
    assert told.to_numpy().tolist() == [
        ["bert", "None of these items is in the model: x77, x78."],
        ["anna", "Not found or not unique, ignored: x77."],
    ]
