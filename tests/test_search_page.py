"""Find the best on the page: how it begins, what it shows while it tries, and what each trial is as a run."""

from __future__ import annotations

import time
from dataclasses import asdict, replace

import numpy as np
import pytest
from opened_pages import create, dataset, image_page, open_page, said, sound  # noqa: F401  fixtures
from told import given

import cases
from cases.base import Validation
from cases.settings import as_json
from pages.shared import durations, vocabulary
from pages.steps.search import start, told
from runs import paths
from runs.search import choice, journal
from runs.search.journal import DONE, PRUNED, RUNNING, SLOW, Journal, Trial
from runs.store import lifecycle, queue, records

CASE = "image_recognition"
SETTINGS = as_json(cases.get(CASE).Settings())


def button(app, label):
    return next(one for one in app.button if one.label == label)


def child(search, status="stopped"):
    made = records.create_run("local", "fine_tune", CASE, "noise", dataset="d1", settings=SETTINGS, parent=search,
                              purpose=journal.PURPOSE)  # fmt: skip
    queue.claim_here(made)
    if status != "running":
        queue.end(made, status)
    return made


def tried(search, mode, value, state=DONE, run="", **more):
    shown = {"model": "efficientnet_lite0", "mode": mode, "learning_rate": 5e-4 if mode == "head" else 1e-4}
    low, high = (None, None) if value is None else (value - 0.1, min(1.0, value + 0.1))
    return Trial(run, f"efficientnet_lite0 {mode}", shown, {}, state, seconds=12.0, epochs=8.0, value=value, low=low,
                 high=high, items=40, **more)  # fmt: skip


@pytest.fixture
def search(dataset):  # noqa: F811
    """A search at work: the default is done, one trial lags, one runs and one would take too long."""
    identity = journal.begin("local", CASE, "noise", "d1", SETTINGS, 600, {})
    queue.claim_here(identity)
    best, behind, now = child(identity), child(identity), child(identity, "running")
    for run in (best, behind):
        choice.keep(paths.run(run), [Validation(np.arange(40), np.ones(40))])
        (paths.run(run) / "trained.safetensors").write_bytes(b"weights")
    known = Journal(600, SETTINGS, 120.0, (
        tried(identity, "head", 0.9, run=best), tried(identity, "last_blocks", 0.7, PRUNED, behind),
        tried(identity, "lora", None, RUNNING, now), tried(identity, "full", None, SLOW),
    ), best)  # fmt: skip
    queue.beat(identity, facts={"search": asdict(known)}, phase="training")
    return records.run(identity, "local")


@pytest.mark.parametrize("locale, word", [("en-GB", "Search"), ("zh-CN", "搜索")])
def test_a_search_is_named_as_one_where_its_run_is(open_page, search, locale, word):  # noqa: F811
    app = image_page(open_page, run=search.id, locale=locale)
    assert any(text.endswith(f"{word}]") for text in said(app)), said(app)
    assert vocabulary.what(records.run(child(search.id), "local"))[0] != "Search"


def test_what_is_at_work_has_taken_the_time_since_it_began(search):
    began = time.time() - 300
    at_work = replace(search, pid=1, pid_started=began, started=began)
    assert durations.of(at_work) == "5 min"
    trial = replace(records.run(child(search.id, "running"), "local"), started=began)
    assert durations.of(trial) == "5 min"


def test_a_search_begins_beside_the_start_with_the_time_that_was_chosen(open_page, dataset):  # noqa: F811
    app = image_page(open_page, data="d1")
    assert [start.within(one) for one in start.TIMES]
    times = app.selectbox(key=f"{CASE}__search_time")
    assert times.options == ["within 2 min", "within 10 min", "within 60 min", "within one night (8 h)"]
    assert times.value == 600
    sound(times.set_value(120).run())
    sound(button(app, "Find the best").click().run())
    [run] = records.run_list("local")
    assert (run.kind, run.status, journal.of(run).seconds) == ("search", "queued", 120)
    assert journal.of(run).base == run.settings
    assert app.query_params["run"] == run.id


def test_while_it_tries_the_page_tells_what_how_long_and_the_best_so_far(open_page, search):  # noqa: F811
    app = image_page(open_page, run=search.id)
    told = "\n".join([*said(app), *(one.text for one in app.get("progress"))])
    assert "Trial 3: EfficientNet-Lite0 · LoRA" in told and "8 min left" in told
    assert "Best so far" in told and "90.0%" in told
    [table] = [one.value for one in app.dataframe if "Status" in one.value]
    assert table["Status"].tolist() == ["Done", "Ended early: behind", "Running", "Waiting"]
    assert table["Accuracy (validation)"].tolist() == ["90.0% (80.0–100.0)", "70.0% (60.0–80.0)", "–", "–"]
    assert table["Trial"].tolist() == ["★ 1", "2", "3", "4"]
    assert table["Trainable part"].tolist() == ["Head only", "Last blocks", "LoRA", "Full fine-tuning"]
    assert "Pretrained model" not in table  # there is only one
    queue.end(search.id, "stopped")
    ended = image_page(open_page, run=search.id)
    [table] = [one.value for one in ended.dataframe if "Status" in one.value]
    assert table["Status"].tolist()[-1] == "Not enough time left"  # nothing is tried any more


def take_over(search, *trials):
    """The same search, the first trial of which takes over an earlier run; returns both."""
    earlier = records.run(create("done", name="first try"), "local")
    known = journal.of(search)
    first = replace(known.trials[0], known=earlier.id)
    after = tuple(trials) if trials else known.trials[1:]
    queue.beat(search.id, facts={"search": asdict(replace(known, trials=(first, *after)))})
    return records.run(search.id, "local"), earlier


@pytest.mark.parametrize("locale, words", [
    ("en-GB", "The first trial is taken over from an earlier run; its score comes next."),
    ("zh-CN", "首次试验沿用较早的运行，稍后给出得分。"),
])  # fmt: skip
def test_a_first_trial_that_is_taken_over_is_not_called_the_default(open_page, search, locale, words):  # noqa: F811
    run, _earlier = take_over(search)
    known = journal.of(run)
    waiting = replace(known, best="", trials=(replace(known.trials[0], state=RUNNING, value=None),))
    queue.beat(run.id, facts={"search": asdict(waiting)})
    assert words in said(image_page(open_page, run=run.id, locale=locale))


def test_a_search_that_finished_nothing_new_names_the_earlier_run_as_its_result(search):
    run, earlier = take_over(search, tried(search.id, "full", None, SLOW))
    found = choice.told(run)[journal.FACT]
    words = told._won(run, found)
    assert words.startswith("No new trial was finished in this time.") and words.endswith("Give the search more time.")
    assert f"the earlier run first try ({vocabulary.when(earlier.created)})" in words
    perfect = told._won(run, {**found, "best": {**found["best"], "value": 1.0}})
    assert "first try" in perfect and "time" not in perfect
    enough = "It makes no mistake on validation, so there was nothing to improve."
    alone = told._won(search, {**found, "best": {**found["best"], "value": 1.0}})
    assert alone.startswith("Only the default was tried: ") and alone.endswith(enough) and perfect.endswith(enough)
    lifecycle.discard(earlier.id, "local")
    assert "The result is that of an earlier run:" in told._won(run, found)
    run, _earlier = take_over(search, tried(search.id, "full", 0.8, run=journal.of(search).trials[1].run))
    assert told._won(run, choice.told(run)[journal.FACT]).startswith("Chosen by validation among 2 trials")


def test_the_figure_is_drawn_when_it_is_opened_and_a_line_opens_its_trial(open_page, search):  # noqa: F811
    app = image_page(open_page, run=search.id)
    assert not [one for one in app.get("bidi_component") if one.proto.component_name == "casebook_plot"]
    app.session_state[f"search_figure_{search.id}"] = True
    sound(app.run())
    known = journal.of(search)
    drawn = given(app, "casebook_plot")
    lines = [trace for trace in drawn["traces"] if trace["mode"] == "lines+markers"]
    assert [line["customdata"][0] for line in lines] == [known.trials[1].run, known.best]  # the best above
    assert lines[0]["line"]["dash"] == "dot"
    assert drawn["layout"]["xaxis"]["ticktext"] == ["Trainable part", "Learning rate", "Time", "Accuracy"]
    assert all(0 <= place <= 1 for line in lines for place in line["y"])


def test_a_trial_opens_as_a_run_that_says_it_was_not_tested_and_can_be(open_page, search):  # noqa: F811
    best = journal.of(search).best
    app = image_page(open_page, run=best)
    assert [one.value for one in app.info] == ["90\\.0% \\(80\\.0–100\\.0\\) on 40 validation examples. Done."]
    assert not {"Resume", "Delete run", "Stop, keep best"} & {one.label for one in app.button}
    sound(button(app, "Measure on the test part").click().run())
    assert records.latest("keep", best, "local").status == "queued"
    assert "Measure on the test part" not in [one.label for one in app.button]


def test_lists_know_one_run_and_say_that_it_was_a_search(open_page, search):  # noqa: F811
    app = open_page()
    cards = [one for one in said(app) if "EfficientNet" in one]
    assert len(cards) == 1 and "Search" in cards[0]
