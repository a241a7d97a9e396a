"""Runs beside each other: in the table of all, their curves and settings, and who wins item by item."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from compared_runs import BAD, GOOD, RUNS, evaluated, measured, of_lists, rows
from opened_pages import RESULT, create, dataset, open_page, said, sound
from told import given, tell

import cases
from cases.ranking.networks import LIST
from cases.settings import as_json
from models.evaluation.significance import Paired, mcnemar, means_apart, share_difference, shares_apart
from pages.components import run_table
from runs import paths
from runs.language import say
from runs.results import paired_runs
from runs.store import preferences, records

__all__ = ["dataset", "open_page"]  # fixtures


@pytest.mark.parametrize(
    ("only_one", "only_other", "p"),
    [(0, 0, 1.0), (5, 5, 0.876953), (0, 6, 0.015625), (3, 7, 0.2265625), (40, 80, 0.00024422)],
)  # by scipy.stats: two-sided binomtest, less the probability of just that
def test_mcnemar_counts_where_just_one_is_right(only_one, only_other, p):
    both, neither = 30, 20
    one = np.repeat([True, False, True, False], [only_one, only_other, both, neither])
    other = np.repeat([False, True, True, False], [only_one, only_other, both, neither])
    expected = Paired(50 + only_one + only_other, only_one, only_other, pytest.approx(p, rel=1e-4))
    assert mcnemar(one, other) == expected


@pytest.mark.parametrize(("only_one", "only_other"), [(0, 0), (4, 0), (0, 4), (0, 6), (3, 7), (12, 4), (40, 80)])
def test_the_interval_of_a_difference_holds_zero_just_where_the_test_finds_none(only_one, only_other):
    rights = ([True, False, True], [False, True, True])
    pair = mcnemar(*(np.repeat(right, [only_one, only_other, 50]) for right in rights))
    found = share_difference(pair)
    assert found["value"] == pytest.approx((only_other - only_one) / pair.items)
    assert found["low"] <= found["value"] <= found["high"]
    assert (found["low"] <= 0 <= found["high"]) == (pair.p >= 0.05)


def test_parts_of_the_data_differ_by_more_than_chance_only_where_both_are_large_enough():
    def share(right, items):
        return {"value": right / items, "low": 0.0, "high": 1.0}

    assert shares_apart(share(102, 120), 120, 118 / 120, 120) == pytest.approx(0.000232, rel=0.01)
    assert shares_apart(share(10, 12), 12, 1.0, 12) > 0.4
    ndcg = {"value": 0.13, "low": 0.11, "high": 0.15}  # ±1.96 standard errors of 1,000 people
    assert means_apart(ndcg, 1000, 0.13, 1000) == 1.0
    assert means_apart(ndcg, 1000, 0.17, 1000) == pytest.approx(0.0056, rel=0.02)  # 2.77 of them
    assert means_apart(ndcg, 1000, 0.17, 50) > 0.3
    assert means_apart({"value": 1.0, "low": 1.0, "high": 1.0}, 9, 0.5, 9) == 0.0


def test_runs_are_paired_on_the_items_that_both_were_asked_about():
    one, same, apart = evaluated(GOOD), evaluated(BAD), evaluated(GOOD, first=100)
    assert paired_runs.paired(one, same) == Paired(40, 20, 0, pytest.approx(2**-20))
    assert paired_runs.paired(one, apart) is None
    assert paired_runs.paired(one, records.run(create(), "local")) is None


def test_where_a_label_was_mended_since_the_newer_run_knows_it():
    before, after = evaluated(GOOD), evaluated([*GOOD[:-1], "a"])
    table = pd.read_parquet(paths.run(after.id) / "predictions.parquet")
    table.loc[39, "label"] = "a"  # it was b
    table.to_parquet(paths.run(after.id) / "predictions.parquet")
    for one, other, counts in ((before, after, (0, 1)), (after, before, (1, 0))):
        pair = paired_runs.paired(one, other)
        assert (pair.items, pair.only_one, pair.only_other) == (40, *counts)


def test_two_are_chosen_and_laid_side_by_side(open_page, dataset):
    runs = [evaluated(BAD, accuracy=0.5, seed=1), evaluated(GOOD, accuracy=1.0, hidden=64)]
    for run in runs:
        measured(run.id, rows(1.0))
    app = sound(tell(open_page("runs.py"), RUNS, "compared", f"{runs[1].id},{runs[0].id},nobody's"))
    assert app.title[0].value == "Run comparison"
    assert app.query_params["compare"] == f"{runs[1].id},{runs[0].id}"
    results, settings, _gains = (table.value for table in app.dataframe)
    assert results["Accuracy"].tolist() == ["100.0% (75.0–96.0)", "50.0% (75.0–96.0)"]
    when = r"\d{4}-\u2060\d\d-\u2060\d\d\u00a0\d\d:\d\d"  # on one line, however narrow
    assert results["Run"].str.fullmatch(rf"[AB] · noise · Head only · {when}").all()  # equal names, told apart
    assert list(settings.columns) == ["Run", "Hidden layer", "Seed"]
    assert settings["Hidden layer"].tolist() == ["64", "0"]
    [told] = [text for text in said(app) if text.startswith("**B** against **A** on 40 test examples: 20 correct only")]
    assert told.endswith("**A** is significantly better (p = 9.5e-07).")
    [gains] = [one.value for one in app.dataframe if "Better" in one.value]  # by each figure
    assert gains["Metric"].tolist() == ["Accuracy", "Macro-F1"] and set(gains["Better"]) == {"A"}
    assert gains.iloc[0, 1] == "−50.0 points"
    sound(app.button(key="compare_back").click().run())
    assert app.title[0].value == "All runs"


def test_what_cannot_be_told_apart_or_compared_is_said(open_page, dataset):
    same, alike, others = evaluated(GOOD), evaluated([*GOOD[:-1], "a"]), evaluated(GOOD, first=100)
    waiting = records.run(create(), "local")
    named = ",".join(run.id for run in (same, alike, others, waiting))
    app = open_page("runs.py", compare=named)
    texts = said(app)
    [told] = [text for text in texts if text.startswith("**B** against **A** on 40 test examples: 1 correct only in A")]
    assert told.endswith("Not significantly different (p = 0.5).")
    assert "**C**: no test examples in common with **A**." in texts
    crossed = evaluated([*GOOD[:-2], "b", "b"])
    texts = said(open_page("runs.py", compare=f"{alike.id},{crossed.id}"))
    [told] = [text for text in texts if "1 correct only in A, 1 only in B" in text]
    assert told.endswith("Not significantly different (p = 0.75).")


@pytest.mark.parametrize(("locale", "names"), [
    ("en-GB", ["NDCG@5", "Recall@20", "Hit rate@5", "MRR@20"]), ("zh-CN", ["NDCG@5", "召回率@20", "命中率@5", "MRR@20"])
])  # fmt: skip
def test_metrics_settings_and_data_are_named_as_people_name_them(open_page, dataset, locale, names):
    first, second = "a" * 16, "b" * 16
    runs = [of_lists(first, "ratings"), of_lists(second, "ratings", learning_rate=0.0002, epochs=1000),
            of_lists("c" * 16, "plays"), evaluated(GOOD)]  # fmt: skip
    app = open_page("runs.py", locale=locale, compare=",".join(run.id for run in runs))
    results, settings = (table.value for table in app.dataframe)
    assert set(names) <= set(results.columns)
    assert not {"ndcg@5", "hit@10", "recall@20"} & set(results.columns)
    told = settings.astype(str)
    assert not any(cell in (first, second) for cell in told.to_numpy().ravel())
    data = told.columns[1]
    assert told[data].tolist() == ["ratings (1)", "ratings (2)", "plays", "noise"]
    rate, epochs = (told[say(locale[:2], name)] for name in ("Learning rate", "Epochs"))
    assert rate[1] == "2e-4" and epochs[1] == "1,000"
    assert all(table.proto.placeholder == "–" for table in app.dataframe)  # where a run has no such value


def test_a_setting_is_told_of_the_runs_alone_in_which_it_has_an_effect(open_page, dataset):
    listed_only, network = of_lists("a" * 16, "ratings", network=LIST, model="any"), of_lists("b" * 16, "plays")
    runs = [listed_only, network, evaluated(GOOD)]
    settings = open_page("runs.py", compare=",".join(run.id for run in runs)).dataframe[1].value
    assert settings["Network"].tolist()[:2] == ["None: the strongest baseline", "Chosen on validation"]
    models = settings["Pretrained model"]  # the recommender's has another label, which is not true of pictures
    assert pd.isna(models[0]) and not models[1:].isna().any()
    assert "Pretrained language model" not in settings.columns
    settings = open_page("runs.py", compare=f"{runs[0].id},{runs[1].id}").dataframe[1].value
    assert not {"Pretrained language model", "Embedding size"} & set(settings.columns)  # the network tells it


def test_two_runs_are_compared_example_by_example_where_they_are_of_one_task_type(open_page, dataset):
    good, bad = evaluated(GOOD), evaluated(BAD)
    app = sound(open_page("runs.py", compare=f"{good.id},{bad.id}"))
    galleries = [e for e in app.get("bidi_component") if e.proto.component_name == "casebook_gallery"]
    [shown] = [json.loads(e.proto.json)["items"] for e in galleries]
    assert len(shown) == 20 and shown[0]["note"] == "A: a · B: b"
    [kinds] = [one for one in app.button_group if (one.key or "").startswith("paired_")]
    assert kinds.value == "one"
    sound(kinds.set_value("other").run())
    assert "No matches." in [one.value for one in app.caption]
    app = sound(open_page("runs.py", compare=f"{of_lists('a' * 16, 'ratings').id},{evaluated(GOOD).id}"))
    assert not [one for one in app.button_group if (one.key or "").startswith("paired_")]


def listed(app):
    return [row["id"] for row in given(app, RUNS)["rows"]]


def test_a_row_has_all_by_which_runs_are_told_apart(open_page, dataset):
    waiting, done = create(), create("done", result=RESULT, seconds={"prepare": 1.0, "train": 124.0})
    records.create_run("local", "fine_tune", "text_analysis", "gone", dataset="d9", settings=as_json(
        cases.get("text_analysis").Settings()))  # fmt: skip
    gone, first, second = given(open_page("runs.py"), RUNS)["rows"]
    assert (first["id"], second["id"]) == (done, waiting)
    told = {name: first[name] for name in ("name", "case", "data", "part", "metric", "figure", "interval", "time")}
    assert told == {"name": "noise", "case": "Image recognition", "data": "noise", "part": "Head only",
                    "metric": "Accuracy", "figure": "87.5%", "interval": "75.0–96.0", "time": "2 min"}  # fmt: skip
    assert first["picture"].startswith("/api/thumbnail?") and first["address"] == f"image_recognition?run={done}"
    assert (second["status"], second["figure"], second["value"]) == ("Queued", "", None)
    assert (gone["data"], gone["picture"], gone["clonable"]) == ("deleted data", "", False)


def test_columns_are_chosen_and_kept_for_the_person_alone(open_page, dataset):
    create("done", result={**RESULT, "validation": {"value": 0.75, "items": 8}})
    app = open_page("runs.py")
    assert given(app, RUNS)["columns"] == list(run_table.USUAL)
    sound(tell(app, RUNS, "columns", "figure,set_seed,validated,<b>,nothing"))
    chosen = given(open_page("runs.py"), RUNS)  # a new session
    assert chosen["columns"] == ["figure", "validated", "set_seed"]
    [row] = chosen["rows"]
    assert (row["validated_said"], row["tested_said"], row["set_seed_said"]) == ("75.0%", "40", "0")
    assert preferences.of("someone else", preferences.RUN_COLUMNS) is None
    assert {*run_table.OPTIONAL, *chosen["settings"]} <= chosen["words"].keys()
    assert {"set_epochs", "set_learning_rate"} <= {*chosen["settings"]}


def test_a_name_tags_and_notes_are_changed_in_the_table_and_a_run_is_opened_from_it(open_page, dataset):
    run = create("done", result=RESULT)
    app = open_page("runs.py")
    change = {"run": run, "name": "**my** best", "tags": "final, 论文，final", "note": " for the book "}
    sound(tell(app, RUNS, "changed", change))
    [row] = given(app, RUNS)["rows"]
    assert (row["name"], row["tags"], row["note"]) == ("**my** best", ["final", "论文"], "for the book")
    sound(tell(app, RUNS, "changed", {**change, "tags": 7}))
    assert records.run(run, "local").tags == ["final", "论文"]
    records.rename(run, "local", "noise")
    app = sound(tell(open_page("runs.py"), RUNS, "opened", run))
    assert app.query_params["run"] == run and app.title[0].value == "noise"


def test_a_clone_is_a_draft_with_the_same_settings_and_data(open_page, dataset):
    run = evaluated(GOOD, mode="lora", epochs=7, test=0.25)
    records.rename(run.id, "local", "the one before")
    app = open_page("image_recognition.py", data="d1")  # what is held of these data gives way
    app = sound(tell(sound(app.switch_page("runs.py").run()), RUNS, "cloned", run.id))
    assert app.query_params["data"] == "d1" and "run" not in app.query_params
    assert app.selectbox(key="image_recognition_mode_").value == "lora"
    app.switch_page("image_recognition.py").run()  # where a browser is by now
    sound(app.button(key="image_recognition_start_").click().run())
    again, _before = records.run_list("local")
    assert (again.settings, again.dataset) == (run.settings, run.dataset)


def test_deleting_asks_first_and_takes_only_what_is_ones_own(open_page, dataset):
    mine, kept, theirs = create(), create(), create(owner="someone else")
    app = open_page("runs.py")
    sound(tell(app, RUNS, "deleted", f"{mine},{theirs}"))
    assert records.run(mine, "local")
    sound(app.button(key="runs_really_delete").click().run())
    assert listed(app) == [kept] and records.run(mine, "local") is None
    assert records.run(theirs, "someone else")
