"""Several runs beside each other on a page: their curves, their settings, and where they differ."""

from __future__ import annotations

import json
from dataclasses import replace

import pandas as pd
import pytest
from compared_runs import BAD, GOOD, RUNS, evaluated, measured, of_lists, rows
from opened_pages import create, dataset, open_page, said, sound  # noqa: F401  fixtures of the pages
from told import tell

from cases.ranking.networks import LIST
from pages.shared import acted_settings
from pages.shared.acted_settings import Setting
from runs.language import say
from runs.store import records


def test_what_was_left_to_the_training_is_shown_as_what_it_chose():
    run = evaluated(GOOD, mode="full")
    result = {**run.result, "settings": {**run.settings, "contrastive": "supervised", "epochs": 20}}
    told = acted_settings.of(replace(run, result=result))
    assert told["contrastive"] == Setting("Supervised contrastive", usual=True)
    assert told["epochs"] == Setting("20", usual=True)


def test_two_are_chosen_and_laid_side_by_side(open_page, dataset):  # noqa: F811
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
    assert (
        "**B** against **A** on 40 test examples: 20 correct only in A, 0 only in B.  \n"
        "**A** is significantly better (p = 9.5e-07)."
    ) in said(app)
    sound(app.button(key="compare_back").click().run())
    assert app.title[0].value == "All runs"


def test_what_cannot_be_told_apart_or_compared_is_said(open_page, dataset):  # noqa: F811
    same, alike, others = evaluated(GOOD), evaluated([*GOOD[:-1], "a"]), evaluated(GOOD, first=100)
    waiting = records.run(create(), "local")
    named = ",".join(run.id for run in (same, alike, others, waiting))
    app = open_page("runs.py", compare=named)
    texts = said(app)
    assert (
        "**B** against **A** on 40 test examples: 1 correct only in A, 0 only in B.  \n"
        "Not significantly different (p = 0.5)."
    ) in texts
    assert "**C**: no test examples in common with **A**." in texts


@pytest.mark.parametrize(("locale", "names"), [
    ("en-GB", ["NDCG@5", "Recall@20", "Hit rate@5", "MRR@20"]), ("zh-CN", ["NDCG@5", "召回率@20", "命中率@5", "MRR@20"])
])  # fmt: skip
def test_metrics_settings_and_data_are_named_as_people_name_them(open_page, dataset, locale, names):  # noqa: F811
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


def drawn(app):
    """The names of the curves of every figure on the page."""
    found = [e for e in app.get("bidi_component") if e.proto.component_name == "casebook_plot"]
    return [{trace["name"][0] for trace in json.loads(e.proto.json)["traces"]} for e in found]


def test_runs_that_are_measured_differently_have_figures_of_their_own(open_page, dataset):  # noqa: F811
    runs = [of_lists("a" * 16, "ratings"), evaluated(GOOD), of_lists("b" * 16, "plays")]
    for run in runs:
        measured(run.id, rows(1.0))
    app = sound(open_page("runs.py", compare=",".join(run.id for run in runs)))
    assert drawn(app) == [{"A", "C"}, {"B"}]
    assert [one.value for one in app.subheader][:2] == ["NDCG@10", "Accuracy"]
    app = sound(open_page("runs.py", compare=f"{runs[0].id},{runs[2].id}"))
    assert drawn(app) == [{"A", "B"}]
    assert "NDCG@10" not in [one.value for one in app.subheader]


def test_a_setting_is_told_of_the_runs_alone_in_which_it_has_an_effect(open_page, dataset):  # noqa: F811
    listed_only, network = of_lists("a" * 16, "ratings", network=LIST, model="any"), of_lists("b" * 16, "plays")
    runs = [listed_only, network, evaluated(GOOD)]
    settings = open_page("runs.py", compare=",".join(run.id for run in runs)).dataframe[1].value
    assert settings["Network"].tolist()[:2] == ["None: the strongest baseline", "Chosen on validation"]
    models = settings["Pretrained model"]  # the recommender's has another label, which is not true of pictures
    assert pd.isna(models[0]) and not models[1:].isna().any()
    assert "Pretrained language model" not in settings.columns
    settings = open_page("runs.py", compare=f"{runs[0].id},{runs[1].id}").dataframe[1].value
    assert not {"Pretrained language model", "Embedding size"} & set(settings.columns)  # the network tells it


@pytest.mark.parametrize("locale", ["en-GB", "zh-CN"])
def test_runs_that_are_gone_or_another_persons_are_left_out(open_page, dataset, locale):  # noqa: F811
    mine, theirs = create(), create(owner="someone else")
    app = open_page("runs.py", locale=locale, compare=f"{mine},{theirs},00000000")
    assert len(app.dataframe[0].value) == 1
    assert open_page("runs.py", locale=locale, compare=theirs).title[0].value == say(locale[:2], "All runs")


def test_two_runs_are_compared_example_by_example_and_by_each_figure(open_page, dataset):  # noqa: F811
    good, bad = evaluated(GOOD), evaluated(BAD)
    app = sound(open_page("runs.py", compare=f"{good.id},{bad.id}"))
    [gains] = [one.value for one in app.dataframe if "Better" in one.value]
    assert gains["Metric"].tolist() == ["Accuracy", "Macro-F1"] and set(gains["Better"]) == {"A"}
    assert gains.iloc[0, 1] == "−50.0 points"
    galleries = [e for e in app.get("bidi_component") if e.proto.component_name == "casebook_gallery"]
    [shown] = [json.loads(e.proto.json)["items"] for e in galleries]
    assert len(shown) == 20 and shown[0]["note"] == "A: a · B: b"
    [kinds] = [one for one in app.button_group if (one.key or "").startswith("paired_")]
    assert kinds.value == "one"
    sound(kinds.set_value("other").run())
    assert "No matches." in [one.value for one in app.caption]


def test_runs_of_different_task_types_are_not_compared_item_by_item(open_page, dataset):  # noqa: F811
    app = sound(open_page("runs.py", compare=f"{of_lists('a' * 16, 'ratings').id},{evaluated(GOOD).id}"))
    assert not [one for one in app.button_group if (one.key or "").startswith("paired_")]
