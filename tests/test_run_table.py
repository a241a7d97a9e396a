"""The table of all runs: its rows, its columns, and what is done from it."""

from __future__ import annotations

from compared_runs import GOOD, RUNS, evaluated
from opened_pages import RESULT, create, dataset, open_page, said, sound  # noqa: F401  fixtures of the pages
from told import given, tell

import cases
from cases.settings import as_json
from pages.components import run_table
from runs.store import preferences, records


def listed(app):
    return [row["id"] for row in given(app, RUNS)["rows"]]


def test_a_row_has_all_by_which_runs_are_told_apart(open_page, dataset):  # noqa: F811
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


def test_columns_are_chosen_and_kept_for_the_person_alone(open_page, dataset):  # noqa: F811
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


def test_a_name_tags_and_notes_are_changed_in_the_table(open_page, dataset):  # noqa: F811
    run = create("done", result=RESULT)
    app = open_page("runs.py")
    change = {"run": run, "name": "**my** best", "tags": "final, 论文，final", "note": " for the book "}
    sound(tell(app, RUNS, "changed", change))
    [row] = given(app, RUNS)["rows"]
    assert (row["name"], row["tags"], row["note"]) == ("**my** best", ["final", "论文"], "for the book")
    sound(tell(app, RUNS, "changed", {**change, "tags": 7}))
    assert records.run(run, "local").tags == ["final", "论文"]


def test_a_run_is_opened_from_the_table(open_page, dataset):  # noqa: F811
    run = create("done", result=RESULT)
    app = sound(tell(open_page("runs.py"), RUNS, "opened", run))
    assert app.query_params["run"] == run and app.title[0].value == "noise"


def test_a_clone_is_a_draft_with_the_same_settings_and_data(open_page, dataset):  # noqa: F811
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


def test_deleting_asks_first_and_takes_only_what_is_ones_own(open_page, dataset):  # noqa: F811
    mine, kept, theirs = create(), create(), create(owner="someone else")
    app = open_page("runs.py")
    sound(tell(app, RUNS, "deleted", f"{mine},{theirs}"))
    assert records.run(mine, "local")
    sound(app.button(key="runs_really_delete").click().run())
    assert listed(app) == [kept] and records.run(mine, "local") is None
    assert records.run(theirs, "someone else")


def test_who_has_no_runs_is_led_to_the_case_studies(open_page):  # noqa: F811
    app = open_page("runs.py")
    assert "You have no runs yet." in said(app)
    assert [link.proto.label for link in app.get("page_link")] == ["Choose a case study"]
