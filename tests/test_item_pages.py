"""The page of a case that recommends: what it says of users and items, and how lists are looked at and tried."""

from __future__ import annotations

import json
import os
import re
import shutil
from dataclasses import replace

import made_items
import nonsense
import numpy as np
import pandas as pd
import pytest
import reported
from conftest import ROOT
from evaluation_page import said, sound, starting
from streamlit.testing.v1 import AppTest
from told import given

import cases
from cases.base import WorkDirs
from cases.dataset import Dataset
from cases.ranking.interactions import KEPT
from cases.recommendation import learning_curve as of_users
from cases.settings import as_json
from models.errors import InputError
from models.evaluation.learning_curve import RISING
from models.progress import QUIET
from pages.shared import vocabulary
from pages.task_types import verdict
from pages.task_types.ranking import figures
from runs import integrity, paths
from runs.inference import client
from runs.jobs import learning_curve, slices
from runs.results import learning_curve as kept_curve
from runs.results import recommendations
from runs.store import dataset_rows, queue, records, shares


@pytest.fixture(scope="module")
def made(text_body, tmp_path_factory):
    """What a run leaves: the data set, the run's folder, its settings and its result."""
    from cases.recommendation.settings import Settings
    from cases.recommendation.trainer import build

    folder = tmp_path_factory.mktemp("made")
    dataset = made_items.write(folder / "data")
    settings = Settings(
        **{**made_items.QUICK, "model": str(text_body), "learning_rate": 0.02, "network": "towers", "begin": "text"}
    )
    (folder / "run").mkdir()
    trainer = build(settings, dataset, WorkDirs(folder / "run", folder / "cache"), QUIET)
    trainer.fit(QUIET)
    evaluation = trainer.evaluate(QUIET)
    result = {"data": {**trainer.counts, "set_aside": 0}, "test": evaluation.metrics, "references": trainer.references}
    result |= evaluation.more
    evaluation.predictions.to_parquet(folder / "run/predictions.parquet")
    known = trainer.save(folder / "run/bundle", result, QUIET)
    told = {"model": settings.model, "settings": as_json(settings), "task": "recommend", "bundle": "bundle.zip",
            "seconds": {"train": 1.0}, "peak_memory_mb": 512.0}  # fmt: skip
    return dataset.folder, folder / "run", as_json(settings), {**result, **known, **told}


@pytest.fixture
def dataset(made):
    shutil.copytree(made[0], paths.datasets() / "d1")
    facts = paths.datasets() / "d1/facts.json"
    facts.write_text(facts.read_text().replace("0123456789abcdef", "d1"))
    dataset_rows.add("local", "d1", "recommendation", "books", sample=False)


@pytest.fixture
def run(dataset, made):
    _data, folder, settings, result = made
    identity = records.create_run(
        "local", "fine_tune", "recommendation", "books", dataset="d1", settings=settings, edits={}
    )
    shutil.copytree(folder, paths.run(identity), dirs_exist_ok=True)
    queue.claim_here(identity)
    queue.end(identity, "done", result=json.loads(json.dumps(result)))
    return records.run(identity, "local")


@pytest.fixture
def open_page():
    def opening(page="recommendation.py", locale="en-GB", **address):
        app = AppTest.from_file(str(ROOT / "pages/frame.py"), default_timeout=60)
        app.context = {"locale": locale, "timezone": "Europe/London"}
        app.query_params.update(address)
        app.run()
        app.query_params.update(address)
        return sound(app.switch_page(page).run())

    return opening


@pytest.fixture
def answering(made, monkeypatch):
    """Questions are answered in this process, by the run's own model."""
    predictor = cases.get("recommendation").tasks[0].predictor(made[1] / "bundle")
    monkeypatch.setattr(client, "wake", lambda *lane: None)
    monkeypatch.setattr(client, "answers", lambda run, given, show=False, visitor=False: predictor(given, show=show))


def test_the_demo_promises_no_choice_that_is_not_there(open_page, run, answering):
    app = open_page(run=run.id)
    [told] = starting(app, "Anyone with the link can try")
    assert told.endswith("Your data stays private.")
    assert not [box for box in app.checkbox if "share_examples" in box.key]


@pytest.mark.parametrize("locale", ["en-GB", "zh-CN"])
@pytest.mark.parametrize("see", ("overview", "users", "groups", "map", "curve"))
def test_every_view_of_an_evaluation_opens_in_both_languages(open_page, run, answering, see, locale):
    app = open_page(locale=locale, run=run.id, see=see)
    assert app.session_state[f"see_{run.id}"] == see


def test_the_figure_is_told_of_users(open_page, run, answering):
    hit = run.result["test"]["hit@10"]["value"]
    app = open_page(run=run.id)
    assert any(f"For about **{100 * hit:.0f}** of 100 users the top 10 contains a held-out item." in text
               for text in said(app))  # fmt: skip
    [table] = [one.value for one in app.dataframe if "method" in one.value]
    assert table["method"].tolist()[0] == "This model" and table["hit"].iloc[0] == hit
    assert "recall" not in table  # each has one held-out item


@pytest.mark.parametrize(("bundle", "told"), [
    (0.187, "keeps the 200 highest weights per item: test NDCG@10 0.187."),
    (0.1893, "keeps the 200 highest weights per item, without loss on the test set."),
])  # fmt: skip
def test_a_baseline_that_was_kept_is_named_and_not_compared_with_itself(open_page, run, made, answering, bundle, told):
    _data, folder, settings, result = made
    best = {"value": 0.189, "low": 0.17, "high": 0.21}
    ease, low = {**result["test"], "ndcg@10": best}, {**result["test"], "ndcg@10": {**best, "value": 0.1}}
    stored = {**result, "test": ease, "references": {"popularity": low, "ease": ease},
              "kept": "ease", "tried": {"network": 0.096, "network+ease": 0.14, "ease": 0.149},
              "shipped": {"weights": 200, "whole": 0.189, "kept": bundle}}  # fmt: skip
    identity = records.create_run(
        "local", "fine_tune", "recommendation", "kept", dataset="d1", settings=settings, edits={}
    )
    shutil.copytree(folder, paths.run(identity), dirs_exist_ok=True)
    queue.claim_here(identity)
    queue.end(identity, "done", result=json.loads(json.dumps(stored)))
    app = open_page(run=identity)
    [verdict] = starting(app, "**This model is the baseline EASE itself**.")
    assert verdict.endswith("No network was clearly better on validation (0.096 against 0.149).")
    assert any(told in text for text in said(app)) and any(
        "EASE" in fold.label for fold in app.expander if "Model" in fold.label
    )
    assert any("Weights between the" in text for text in said(open_page(run=identity, see="map")))
    token = shares.create(records.run(identity, "local"), days=7, passcode="", examples=False)
    assert starting(open_page("demo.py", t=token), "This model is itself a simple method: EASE.")


def test_a_run_is_named_after_the_network_that_validation_chose_not_a_text_model(run):
    assert run.result["chosen"] == {"network": "towers", "begin": "text"}
    read, mode = vocabulary.what(run)
    assert (read, mode) == (vocabulary.model(run.settings["model"]), "Two towers")
    chosen = {"network": "attention", "begin": "nothing"}
    open_choice = {**run.settings, "network": "automatic", "begin": "automatic"}
    other = replace(run, settings=open_choice, result={**run.result, "chosen": chosen, "kept": "network+ease"})
    assert vocabulary.what(other) == ["Sequence model (SASRec) + EASE", "Sequence model (SASRec)"]
    assert vocabulary.what(replace(other, settings={**run.settings, "network": "factors"}, result=None))[0] == (
        "Matrix factorisation (BPR)"
    )


def test_a_network_that_starts_from_ease_is_told_as_such_and_so_is_that_ease_stayed_the_model(run):
    chosen = {"network": "residual", "begin": "text"}
    tried = {"network+ease": 0.152, "ease": 0.149}
    both = replace(run, result={**run.result, "chosen": chosen, "kept": "network+ease", "tried": tried})
    assert figures.kept(both) == (
        "This model starts from EASE; a network adds what EASE leaves out. Together they did better on validation."
    )
    alone = replace(run, result={**run.result, "kept": "ease", "tried": tried})
    assert "No network was clearly better on validation (0.152 against 0.149)." in verdict.briefly(alone)


def test_a_user_is_shown_with_what_they_had_and_chose(open_page, run, answering):
    app = open_page(run=run.id, see="users")
    [chosen] = [box for box in app.selectbox if box.label == "User"]
    assert chosen.options[0].startswith("reader") and chosen.options[0].endswith("· 6 known interactions")
    assert any("good book" in text for text in said(app))
    assert starting(app, "Rank ")


def test_a_new_user_gets_a_list_with_reasons(open_page, run, answering):
    app = open_page(run=run.id)
    [picks] = [box for box in app.multiselect if box.label == "Items you like"]
    titles = json.loads((paths.run(run.id) / "bundle/items.json").read_text())["titles"]
    app = sound(picks.set_value([titles.index("good book 00"), titles.index("good book 01")]).run())
    listed = drawn(app)
    assert len(listed) == 10 and listed[0]["reason"].startswith("mainly because you chose good book 0")
    assert listed[0]["genres"] and listed[0]["figure"].endswith("%") and listed[0]["share"] == 1
    assert starting(app, "Reasons are leave-one-out:")


def test_a_single_choice_is_told_as_the_reason(open_page, run, answering):
    app = open_page(run=run.id)
    [picks] = [box for box in app.multiselect if box.label == "Items you like"]
    titles = json.loads((paths.run(run.id) / "bundle/items.json").read_text())["titles"]
    app = sound(picks.set_value([titles.index("good book 00")]).run())
    assert {one["reason"] for one in drawn(app)} == {"because you chose good book 00"}
    assert starting(app, "With several items, each recommendation names")


def test_a_title_that_is_not_listed_is_found_once_it_is_typed(open_page, run, answering, monkeypatch):
    monkeypatch.setattr("pages.task_types.ranking.title_choice.MOST_OFFERED", 3)

    def typed(words):
        [picks] = [box for box in open_page(run=run.id).multiselect if box.label == "Items you like"]
        assert len(picks.options) == 3 and picks.proto.accept_new_options
        picks.options.append(words)  # AppTest does not know that a browser lets one type here
        return sound(picks.set_value([*picks.options[:1], words]).run())

    app = typed("BOOK 07 good")
    [picks] = [box for box in app.multiselect if box.label == "Items you like"]
    assert len(picks.value) == 2 and picks.options[-1] == "good book 07" and drawn(app)
    assert starting(typed("<b>nothing"), r"No title contains “\<b\>nothing”.")


def test_what_was_chosen_is_still_there_after_another_way_of_trying(open_page, run, answering):
    app = open_page(run=run.id)
    titles = json.loads((paths.run(run.id) / "bundle/items.json").read_text())["titles"]
    picked = [titles.index("good book 00"), titles.index("good book 01")]
    app = sound(field(app.multiselect, "_picks").set_value(picked).run())
    app = sound(field(app.slider, "_novelty").set_value(0.5).run())
    before = drawn(app)
    for way, fields in (("alike", {}), ("new", {"_title": "good book", "_new_genres": "warm"}), ("alike", {})):
        app = sound(field(app.segmented_control, "_way").set_value(way).run())
        for name, text in fields.items():
            app = sound(field(app.text_input, name).set_value(text).run())
    app = sound(field(app.segmented_control, f"try_{run.id}").set_value("many").run())
    app = sound(field(app.segmented_control, f"try_{run.id}").set_value("one").run())
    app = sound(field(app.segmented_control, "_way").set_value("new").run())
    assert field(app.text_input, "_new_genres").value == "warm"
    app = sound(field(app.segmented_control, "_way").set_value("user").run())
    assert field(app.multiselect, "_picks").value == picked and field(app.slider, "_novelty").value == 0.5
    assert drawn(app) == before


def test_a_disliked_item_is_gone_and_what_is_like_it_falls(open_page, run, answering):
    app = open_page(run=run.id)
    titles = json.loads((paths.run(run.id) / "bundle/items.json").read_text())["titles"]
    app = sound(field(app.multiselect, "_picks").set_value([titles.index("good book 00")]).run())
    before = [one["title"] for one in drawn(app)]
    app = sound(field(app.multiselect, "_disliked").set_value([titles.index(before[0])]).run())
    after = [one["title"] for one in drawn(app)]
    assert before[0] not in after and after != before[1:]
    assert starting(app, "What a dislike does: It is left out, and items with similar embeddings rank lower.")


def test_an_existing_user_has_the_same_sliders_and_is_never_shown_what_they_have(open_page, run, answering):
    app = sound(field(open_page(run=run.id).segmented_control, "_way").set_value("existing").run())
    app = sound(field(app.selectbox, "_existing").set_value(0).run())
    [latest] = starting(app, "**Latest interactions**")
    before = drawn(app)
    assert len(before) == 10 and not [one for one in before if one["title"] in latest]
    app = sound(field(app.slider, "_genre_cold").set_value(1.0).run())
    assert drawn(app)[0]["genres"] == ["cold"] and drawn(app) != before


def test_the_lists_of_two_baselines_stand_beside_the_models(open_page, run, answering, made):
    app = open_page(run=run.id)
    titles = json.loads((paths.run(run.id) / "bundle/items.json").read_text())["titles"]
    app = sound(field(app.multiselect, "_picks").set_value([titles.index("good book 00")]).run())
    app = sound(field(app.toggle, "_beside").set_value(True).run())
    ours, popular, near = (drawn(app, name) for name in ("_cards", "_cards_popularity", "_cards_item_knn"))
    people = json.loads((paths.run(run.id) / "bundle/items.json").read_text())["people"]
    assert len(ours) == len(popular) == 10 and 0 < len(near) <= 10
    assert "good book 00" not in {one["title"] for one in [*popular, *near]}
    assert people[int(popular[0]["id"])] >= sorted(people)[-5]  # of the training part, which is most of it
    assert all(bool(one.get("marked")) == (one["id"] in {mine["id"] for mine in ours}) for one in near)
    (paths.run(run.id) / "baselines.safetensors").unlink()
    app = open_page("demo.py", t=shares.create(run, days=7, passcode="", examples=False))
    assert not [one for one in app.toggle if one.key.endswith("_beside")]


def test_similar_items_say_how_similar_they_are(open_page, run, answering):
    app = sound(field(open_page(run=run.id).segmented_control, "_way").set_value("alike").run())
    app = sound(field(app.selectbox, "_alike").set_value(0).run())
    values = [float(one["figure"]) for one in drawn(app, "_similar")]
    assert values == sorted(values, reverse=True) and 0 < values[0] <= 1
    assert starting(app, "Similarity: cosine of the two embeddings")


def test_pictures_are_fetched_only_once_a_person_asks_for_them_and_never_from_a_machine_nearby(
    open_page, run, answering
):
    data = Dataset.open(paths.datasets() / "d1")
    samples = data.as_read.copy()
    samples["image"] = [f"https://img.example.org/{n}.webp" if n % 2 else KEPT for n in range(len(samples))]
    titles = samples["label"].tolist()
    bad = ("http://127.0.0.1/a", "http://router/a", "https://nas.local/a", "https://a@b.org/a", "http://[::1]/a")
    for n, address in enumerate(bad):
        samples.loc[titles.index(f"good book 0{n + 1}"), "image"] = address
    data.save(samples, data.set_aside, data.notes)
    app = open_page(run=run.id)
    app = sound(field(app.multiselect, "_picks").set_value([titles.index("good book 00")]).run())
    own = [one["picture"] for one in drawn(app) if "picture" in one]
    assert own and all(re.fullmatch(r"/api/item\?token=\S+&picture=1&row=\d+", address) for address in own)
    toggle = field(app.toggle, "_pictures")
    assert toggle.label.replace("\\", "").replace("\N{WORD JOINER}", "") == "Load pictures from img.example.org"
    app = sound(toggle.set_value(True).run())
    some = {one["title"]: one.get("picture") for one in drawn(app)}
    fetched = {address for address in some.values() if address} - {*own}
    assert fetched and all(address.startswith("https://img.example.org/") for address in fetched)


def test_the_worst_users_come_first_with_what_came_next_and_what_was_recommended(open_page, run, answering):
    app = open_page(run=run.id)
    table = pd.read_parquet(paths.run(run.id) / "predictions.parquet")
    lowest = int(table["rank"].max()) + 1
    first = next(text for text in said(app) if "**Held-out item**" in text)
    assert f"Rank {lowest} of 30" in first and "**History**" in first and "**Recommended**" in first
    assert any(first.startswith(f"User: {name} · Rank") for name in recommendations.users(run))
    assert starting(app, "Weakest segment: users with ")
    missed = next(one for one in app.button if one.label == f"Missed users ({(~table['right']).sum()})")
    app = sound(missed.click().run())
    assert field(app.segmented_control, "_kind").value == "missed"


def drawn(app, name="_cards"):
    """The cards of one list, as the browser gets them."""
    some = [e.proto for e in app.get("bidi_component") if e.proto.component_name == "casebook_item_cards"]
    return next((json.loads(proto.json)["cards"] for proto in some if proto.id.endswith(name)), [])


def field(fields, name):
    return next(one for one in fields if one.key.endswith(name))


def test_a_new_item_is_offered_only_by_a_model_that_reads_texts(open_page, run, answering):
    (paths.run(run.id) / "bundle/text.onnx").unlink()
    [way] = [one for one in open_page(run=run.id).segmented_control if one.key.endswith("_way")]
    assert way.options == ["New user", "Existing user", "Similar items"]


def test_something_new_says_whom_it_suits_but_not_to_visitors(open_page, run, answering):
    app = open_page(run=run.id)
    [way] = [one for one in app.segmented_control if one.key.endswith("_way")]
    app = sound(way.set_value("new").run())
    app = sound(next(one for one in app.text_input if one.label == "Title").set_value("good book").run())
    assert starting(app, "In the top 20 of **")
    assert any("reader" in text for text in said(app))
    token = shares.create(run, days=7, passcode="", examples=False)
    visitor = open_page("demo.py", t=token)
    assert starting(visitor, "Choose items you like and get recommendations.")
    assert not any("reader" in text for text in said(visitor))
    assert np.isfinite(run.result["lists"]["model"]["novelty@10"])


def test_the_page_endures_nonsense(open_page, run, answering):
    for see in ("overview", "users"):
        app = open_page(run=run.id, see=see)
        app.session_state[f"fold_3_{run.id}"] = True
        nonsense.endure(app.run())


@pytest.mark.parametrize("name", ["predictions.parquet", "catalogue.parquet"])
def test_lists_that_are_damaged_are_said_and_never_shown(run, open_page, name):
    integrity.note(paths.run(run.id))
    os.truncate(paths.run(run.id) / name, 100)
    app = open_page(run=run.id, see="users")
    (problem,) = [one.value.replace("\\", "") for one in app.warning]
    assert problem.startswith(f"Predictions of this run cannot be shown: its file “{name}” is missing or damaged")
    assert starting(app, "All items new to a user are ranked. For about **")


@pytest.mark.parametrize("name", ["bundle/items.safetensors", "people.safetensors"])
def test_a_damaged_model_recommends_nothing(run, name):
    integrity.note(paths.run(run.id))
    os.truncate(paths.run(run.id) / name, 100)
    question = paths.home() / "tries/local/question.json"
    question.parent.mkdir(parents=True, exist_ok=True)
    question.write_text(json.dumps({"had": ["b1", "b2"]}))
    with pytest.raises(InputError, match="The model of this run cannot be used"):
        client.answers(run, [question])


def test_items_whose_titles_are_damaged_are_not_offered(run, open_page):
    integrity.note(paths.run(run.id))
    os.truncate(paths.run(run.id) / "bundle/items.json", 100)
    assert [one.value for one in open_page(run=run.id).error if one.value.startswith("The model of this run cannot")]


@pytest.mark.parametrize("locale", ["en-GB", "zh-CN"])
def test_a_report_tells_of_single_users_only_where_its_owner_ticked_that_and_never_their_names(run, locale):
    names = set(recommendations.users(run))
    without = reported.read(reported.made(run.id, "recommendation.py", locale))
    found = reported.read(reported.made(run.id, "recommendation.py", locale, examples=True))
    assert len(found.tags) > len(without.tags) + 20
    assert not names & set(found.text.split())


def test_a_report_names_a_local_model_by_its_folder_alone(run):
    model = run.settings["model"]
    content = reported.made(run.id, "recommendation.py")
    assert os.path.isabs(model) and os.path.basename(model) in content and model not in content


def test_slices_of_users_are_a_filter_over_the_users(open_page, run):
    open_page(run=run.id, see="slices")
    [work] = records.run_list("local", kind="slices")
    queue.claim_here(work.id)
    queue.end(work.id, "done", **slices.measure(work, QUIET).values)
    app = open_page(run=run.id, see="slices")
    row = given(app, "casebook_slices")["rows"][0]
    assert row["size"].endswith("users") and "%" not in row["figure"]
    app = open_page(run=run.id, see="users", only=row["id"])
    [user] = [one for one in app.selectbox if one.label == "User"]
    assert f"{len(user.options)} users" == row["size"]
    assert [one for one in app.button if one.label.startswith("Only “")]


@pytest.mark.parametrize("locale", ["en-GB", "zh-CN"])
def test_a_learning_curve_of_users_is_offered_measured_and_told(open_page, run, locale, monkeypatch):
    monkeypatch.setattr(of_users, "FOLDS", 2)
    monkeypatch.setattr(of_users, "LEAST", 3)
    app = open_page(locale=locale, run=run.id, see="curve")
    sound(app.button(key=f"curve_{run.id}").click().run())
    [work] = records.run_list("local", kind="curve")
    assert work.subject == run.id and work.status == "queued"
    queue.claim_here(work.id)
    queue.end(work.id, "done", **learning_curve.measure(work, QUIET).values)
    curve = kept_curve.of(run)
    assert [one.n for one in curve.points] == [3, 8, 15, 30] and curve.judged == made_items.READERS
    texts = said(open_page(locale=locale, run=run.id, see="curve"))
    words = {"en-GB": "Judged on the validation items of 60 users whom the model never learns from",
             "zh-CN": "用 60 个用户的验证物品评判"}  # fmt: skip
    assert any(words[locale] in text for text in texts)

    rising = replace(curve, verdict=RISING, gain={"value": 0.0042, "low": 0.001, "high": 0.0081}, interactions=12345)
    kept_curve.keep(run.id, rising)
    app = open_page(locale=locale, run=run.id, see="curve")
    words = {"en-GB": "**30 more users, with about 12,345 interactions, would raise NDCG@10 by about 0.004** (0.001 to "
                      "0.008).",
             "zh-CN": "**再增加 30 个用户（约 12,345 条交互记录），NDCG@10 预计提高约 0.004**（0.001 至 "
                      "0.008）。"}  # fmt: skip
    assert words[locale] in said(app)
    assert [one.key for one in app.button if (one.key or "").startswith("next_examples")]


@pytest.mark.parametrize("locale", ["en-GB", "zh-CN"])
def test_two_runs_are_compared_user_by_user_first_where_the_held_out_item_moved_most(open_page, run, locale):
    other = records.create_run("local", "fine_tune", "recommendation", "worse", dataset="d1", settings=run.settings,
                               edits={})  # fmt: skip
    shutil.copytree(paths.run(run.id), paths.run(other), dirs_exist_ok=True)
    table = recommendations.of(run)
    found = int(table["rank"].idxmin())  # whose held-out item came first
    worse = table.assign(rank=table["rank"].where(table.index != found, 10**6),
                         **{"ndcg@10": table["ndcg@10"].where(table.index != found, 0.0)})  # fmt: skip
    worse.at[found, "list"] = worse.at[found, "list"][::-1].copy()
    worse.reset_index().to_parquet(paths.run(other) / "predictions.parquet")
    integrity.note(paths.run(other))
    queue.claim_here(other)
    queue.end(other, "done", result=run.result)
    app = open_page("runs.py", locale=locale, compare=f"{run.id},{other}")
    [field] = [one for one in app.selectbox if (one.key or "").startswith("paired_user_")]
    assert field.value == found
    lists = [one.value for one in app.markdown if one.value.startswith("1. ")]
    assert len(lists) == 4 and lists[2] != lists[3]  # held out, known, and the two lists
    assert "✓" in lists[2]
    [gains] = [one.value for one in app.dataframe if "NDCG@10" in one.value.iloc[:, 0].tolist()]
    assert len(gains) == 2
