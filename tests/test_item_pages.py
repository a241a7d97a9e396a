"""The page of a case that recommends: what it says of users and items, and of what a run came to."""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import replace

import made_items
import pandas as pd
import pytest
import reported
from evaluation_page import said, starting
from opened_pages import sound
from told import given

from cases.recommendation import learning_curve as of_users
from models.evaluation.learning_curve import RISING
from models.progress import QUIET
from pages.shared import vocabulary
from pages.task_types import verdict
from pages.task_types.ranking import evaluation, figures
from runs import integrity, paths
from runs.jobs import learning_curve
from runs.results import learning_curve as kept_curve
from runs.results import recommendations
from runs.store import queue, records, shares


def test_every_view_of_an_evaluation_opens_and_the_figure_is_told_of_users(open_books, books_run, answering):
    for see in ("overview", "users", "groups", "map"):
        app = open_books(locale="zh-CN", run=books_run.id, see=see)
        assert app.session_state[f"see_{books_run.id}"] == see
    for kind in given(app, "casebook_plot")["traces"]:
        assert all(text.endswith(f"<br>{kind['name']}") for text in kind["hovertext"])  # no item has two genres
    hit = books_run.result["test"]["hit@10"]["value"]
    app = open_books(run=books_run.id)
    assert any(f"For about **{100 * hit:.0f}** of 100 users the top 10 contains a held-out item." in text
               for text in said(app))  # fmt: skip
    [table] = [one.value for one in app.dataframe if "method" in one.value]
    assert table["method"].tolist()[0] == "This model" and table["recall"].iloc[0] == hit
    assert "hit" not in table  # each has one held-out item, so it is recall


def test_a_baseline_that_was_kept_is_named_and_not_compared_with_itself(
    open_books, books_run, trained_on_books, answering
):
    _data, folder, settings, result = trained_on_books
    best = {"value": 0.189, "low": 0.17, "high": 0.21}
    ease, low = {**result["test"], "ndcg@10": best}, {**result["test"], "ndcg@10": {**best, "value": 0.1}}
    stored = {**result, "test": ease, "references": {"popularity": low, "ease": ease},
              "kept": "ease", "tried": {"network": 0.096, "network+ease": 0.14, "ease": 0.149},
              "shipped": {"weights": 200, "whole": 0.189, "kept": 0.1893}}  # fmt: skip
    identity = records.create_run(
        "local", "fine_tune", "recommendation", "kept", dataset="d1", settings=settings, edits={}
    )
    shutil.copytree(folder, paths.run(identity), dirs_exist_ok=True)
    queue.claim_here(identity)
    queue.beat(identity, facts={"live_references": {"popularity": 0.1, "ease": 0.149}})
    queue.end(identity, "done", result=json.loads(json.dumps(stored)))
    app = open_books(run=identity)
    [verdict] = starting(app, "**This model is the baseline EASE, not a network.**")
    why = "No network was clearly better on validation: NDCG@10 0.096 alone and 0.140 with EASE, against 0.149."
    assert verdict.endswith(f"{why} Alone it is worse than every baseline.")
    assert any("No network is shown" in text for text in said(app))
    app.session_state[f"fold_4_{identity}"] = True
    assert any("those of the network, which was not kept" in text for text in said(sound(app.run())))
    assert any("the 200 highest weights per item, without loss on the test set." in text for text in said(app))
    assert any("EASE" in fold.label for fold in app.expander if "Model" in fold.label)
    assert any("Weights between the" in text for text in said(open_books(run=identity, see="map")))
    token = shares.create(records.run(identity, "local"), days=7, passcode="", examples=False)
    assert starting(open_books("demo.py", t=token), "This model is itself a simple method: EASE.")


def test_a_run_is_named_after_the_network_that_validation_chose_not_a_text_model(books_run):
    assert books_run.result["chosen"] == {"network": "towers", "begin": "text"}
    read, mode = vocabulary.what(books_run)
    assert (read, mode) == (vocabulary.model(books_run.settings["model"]), "Two towers")
    result = {**books_run.result, "chosen": {"network": "attention", "begin": "nothing"}, "kept": "network+ease"}
    settings = {**books_run.settings, "network": "automatic", "begin": "automatic"}
    other = replace(books_run, settings=settings, result=result)
    assert vocabulary.what(other) == ["Sequence model (SASRec) + EASE", "Sequence model (SASRec)"]
    first, *_more = vocabulary.what(replace(other, settings={**settings, "network": "factors"}, result=None))
    assert first == "Matrix factorisation (BPR)"


def test_a_network_that_starts_from_ease_is_told_as_such_and_so_is_that_ease_stayed_the_model(books_run):
    tried = {"network+ease": 0.152, "ease": 0.149}
    result = {**books_run.result, "chosen": {"network": "residual", "begin": "text"}, "kept": "network+ease"}
    both = replace(books_run, result={**result, "tried": tried})
    assert figures.kept(both).startswith("This model starts from EASE; a network adds what EASE leaves out.")
    assert evaluation.side_by_side(both).startswith("On the test set: EASE alone **")
    alone = replace(books_run, result={**books_run.result, "kept": "ease", "tried": tried})
    assert evaluation.side_by_side(alone) == ""
    assert "No network was clearly better on validation (0.152 against 0.149)." in verdict.briefly(alone)


def test_network_baseline_and_both_stand_side_by_side(books_run):
    """On the test set; of a run from before the network was tested alone, on the validation set."""
    tried = {"network": 0.031, "network+ease": 0.159, "ease": 0.158}
    references = {"ease": {"ndcg@10": {"value": 0.166, "low": 0.1, "high": 0.2}}}
    older = {**books_run.result, "kept": "network+ease", "tried": tried, "references": references}
    told = "network alone **0.031**, EASE alone **0.158**, both together **0.159**."
    assert evaluation.side_by_side(replace(books_run, result=older)) == f"On the validation set: {told}"
    figure = {"value": 0.029, "low": 0.01, "high": 0.05}
    newer = {**older, "alone": {"ndcg@10": figure}, "test": {**older["test"], "ndcg@10": {**figure, "value": 0.167}}}
    told = "network alone **0.029**, EASE alone **0.166**, both together **0.167**."
    assert evaluation.side_by_side(replace(books_run, result=newer)) == f"On the test set: {told}"


def test_users_are_shown_with_what_they_had_and_chose_the_worst_first(open_books, books_run, answering):
    app = open_books(run=books_run.id, see="users")
    [chosen] = [box for box in app.selectbox if box.label == "User"]
    assert chosen.options[0].startswith("reader") and chosen.options[0].endswith("· 6 known interactions")
    assert any("good book" in text for text in said(app))
    assert starting(app, "Rank ")
    app = open_books(run=books_run.id)
    table = pd.read_parquet(paths.run(books_run.id) / "predictions.parquet")
    lowest = int(table["rank"].max()) + 1
    first = next(text for text in said(app) if "**Held-out item**" in text)
    assert f"Rank {lowest} of 30" in first and "**History**" in first and "**Recommended**" in first
    assert any(first.startswith(f"User: {name} · Rank") for name in recommendations.users(books_run))
    assert starting(app, "By length of history, users with ")
    missed = next(one for one in app.button if one.label == f"Missed users ({(~table['right']).sum()})")
    app = sound(missed.click().run())
    assert next(one for one in app.segmented_control if one.key.endswith("_kind")).value == "missed"


@pytest.mark.parametrize("name", ["predictions.parquet", "catalogue.parquet"])
def test_lists_that_are_damaged_are_said_and_never_shown(books_run, open_books, name):
    integrity.note(paths.run(books_run.id))
    os.truncate(paths.run(books_run.id) / name, 100)
    app = open_books(run=books_run.id, see="users")
    (problem,) = [one.value.replace("\\", "") for one in app.warning]
    assert problem.startswith(f"Predictions of this run cannot be shown: its file “{name}” is missing or damaged")
    assert starting(app, "All items new to a user are ranked. For about **")


def test_a_report_names_no_user_and_a_local_model_by_its_folder_and_tells_of_single_users_where_ticked(books_run):
    names, model = set(recommendations.users(books_run)), books_run.settings["model"]
    content = reported.made(books_run.id, "recommendation.py")
    assert os.path.isabs(model) and os.path.basename(model) in content and model not in content
    found = reported.read(reported.made(books_run.id, "recommendation.py", "zh-CN", examples=True))
    assert len(found.tags) > len(reported.read(content).tags) + 20
    assert not names & set(found.text.split())


CURVE = {  # language → what is told of a curve as it is measured, and where it rises
    "en-GB": ("Judged on the validation items of 60 users whom the model never learns from",
              "**30 more users, with about 12,345 interactions, would raise NDCG@10 by about 0.004** (0.001 to "
              "0.008)."),
    "zh-CN": ("用 60 个用户的验证物品评判",
              "**再增加 30 个用户（约 12,345 条交互记录），NDCG@10 预计提高约 0.004**（0.001 至 0.008）。"),
}  # fmt: skip


@pytest.mark.slow
def test_a_learning_curve_of_users_is_offered_measured_and_told(open_books, books_run, monkeypatch):
    monkeypatch.setattr(of_users, "FOLDS", 2)
    monkeypatch.setattr(of_users, "LEAST", 7)
    app = open_books(run=books_run.id, see="curve")
    sound(app.button(key=f"curve_{books_run.id}").click().run())
    [work] = records.run_list("local", kind="curve")
    assert work.subject == books_run.id and work.status == "queued"
    queue.claim_here(work.id)
    queue.end(work.id, "done", **learning_curve.measure(work, QUIET).values)
    curve = kept_curve.of(books_run)
    assert [one.n for one in curve.points] == [8, 15, 30] and curve.judged == made_items.READERS
    for locale, (judged, _rising) in CURVE.items():
        assert any(judged in text for text in said(open_books(locale=locale, run=books_run.id, see="curve")))
    rising = replace(curve, verdict=RISING, gain={"value": 0.0042, "low": 0.001, "high": 0.0081}, interactions=12345)
    kept_curve.keep(books_run.id, rising)
    for locale, (_judged, told) in CURVE.items():
        app = open_books(locale=locale, run=books_run.id, see="curve")
        assert told in said(app)
        assert [one.key for one in app.button if (one.key or "").startswith("next_examples")]


def test_two_runs_are_compared_user_by_user_first_where_the_held_out_item_moved_most(open_books, books_run):
    other = records.create_run(
        "local", "fine_tune", "recommendation", "worse", dataset="d1", settings=books_run.settings, edits={}
    )
    shutil.copytree(paths.run(books_run.id), paths.run(other), dirs_exist_ok=True)
    table = recommendations.of(books_run)
    found = int(table["rank"].idxmin())  # whose held-out item came first
    worse = table.assign(rank=table["rank"].where(table.index != found, 10**6),
                         **{"ndcg@10": table["ndcg@10"].where(table.index != found, 0.0)})  # fmt: skip
    worse.at[found, "list"] = worse.at[found, "list"][::-1].copy()
    worse.reset_index().to_parquet(paths.run(other) / "predictions.parquet")
    integrity.note(paths.run(other))
    queue.claim_here(other)
    queue.end(other, "done", result=books_run.result)
    app = open_books("runs.py", locale="zh-CN", compare=f"{books_run.id},{other}")
    [field] = [one for one in app.selectbox if (one.key or "").startswith("paired_user_")]
    assert field.value == found
    lists = [one.value for one in app.markdown if one.value.startswith("1. ")]
    assert len(lists) == 4 and lists[2] != lists[3]  # held out, known, and the two lists
    assert "✓" in lists[2]
    [gains] = [one.value for one in app.dataframe if "NDCG@10" in one.value.iloc[:, 0].tolist()]
    assert len(gains) == 2
