"""A run on the page of its case, in every state in which a person finds it, and what its buttons do."""

from __future__ import annotations

import pytest
from opened_pages import ERROR, RESULT, create, dataset, headers, image_page, open_page, said, sound
from told import given

import cases
from cases.settings import as_json
from runs.language import say
from runs.store import dataset_deletion, queue, records

__all__ = ["dataset", "open_page"]  # fixtures


def test_a_run_that_failed_says_why_and_what_to_do_before_anything_else_of_it(open_page, dataset):
    run = create("failed", error={**ERROR, "args": {"part": "validation"}})
    app = image_page(open_page, run=run, locale="zh-CN")
    assert app.error[0].value.startswith("“验证”部分没有分到样本。") and "**请增加样本" in app.error[0].value
    kinds = [one.type for one in app.main if one.type in ("header", "error", "bidi_component")]
    assert app.button(key=f"resume_{run}").proto.type == "secondary"  # as it is, it would only fail again
    assert app.button(key=f"repair_{run}").label == say("zh", "Change the settings")
    again = create("failed", error={**ERROR, "resumable": True})
    assert image_page(open_page, run=again).button(key=f"resume_{again}").proto.type == "primary"
    assert kinds.index("error") < kinds.index("bidi_component", len(kinds) - 1 - kinds[::-1].index("header"))


@pytest.mark.parametrize(("repair", "label"), [
    ({"step": "check"}, "Check the data"), ({"halved": ["batch_size"]}, "Start again: Batch size 16"),
    ({"settings": {"learning_rate": 1e-4, "of another case": 1}}, "Start again: Learning rate 1e-4"),
])  # fmt: skip
def test_what_puts_a_failed_run_right_is_a_button(open_page, dataset, repair, label):
    run = create("failed", error={**ERROR, "repair": repair})
    app = image_page(open_page, run=run)
    button = app.button(key=f"repair_{run}")
    assert (button.label, button.proto.type) == (label, "primary")
    sound(button.click().run())
    new, *before = records.run_list("local")
    if label.startswith("Start"):
        [setting] = {"batch_size", "learning_rate"} & set(
            [*repair, *repair.get("halved", []), *repair.get("settings", {})]
        )
        assert new.settings[setting] == {"batch_size": 16, "learning_rate": 1e-4}[setting]
        assert (new.dataset, app.query_params["run"]) == ("d1", new.id) and [one.id for one in before] == [run]
    else:
        assert app.session_state["going_to_step"]["step"] == 2 and not before


def test_a_run_whose_data_were_deleted_is_shown_without_asking_for_them(open_page, dataset):
    run = create("done", result=RESULT)
    dataset_deletion.remove("local", "d1")
    app = image_page(open_page, run=run)
    assert app.info[0].value == "The data of this run was deleted. Its model and metrics remain."
    assert headers(app) == ["1 · Data", "4 · Fine-tune", "5 · Evaluate", "6 · Try", "7 · Export & share"]
    assert "Recent data sets" not in [s.value for s in app.subheader]


def test_a_run_that_is_done_opens_with_its_result(open_page, dataset):
    for status in ("done", "stopped"):
        run = create("done", result=RESULT) if status == "done" else create("stopped")
        if status == "stopped":
            keeping = records.create_run("local", "keep", "image_recognition", "noise", subject=run, dataset="d1")
            told = [one.text for one in image_page(open_page, run=run).get("progress")]
            assert any(text.startswith("Evaluating and exporting the model.") for text in told)
            queue.keep_result(run, "stopped", result=RESULT)
            queue.end(keeping, "done")
        app = image_page(open_page, run=run)
        assert given(app, "casebook_hero")["value"] == "87.5%"
        assert [text for text in said(app) if "**87.5%**" in text] == [":small[Accuracy] **87.5%**"]  # in the header
        assert app.header[0].value == "5 · Evaluate"  # what comes before is folded
        assert headers(app)[-3:] == ["5 · Evaluate", "6 · Try", "7 · Export & share"]
    app = sound(app.button(key=f"discard_{run}").click().run())
    assert app.button(key=f"discard_really_{run}").label == "Delete permanently"  # it asks first
    assert records.run(run, "local").stop is None


def test_the_form_starts_a_run_with_what_was_changed(open_page, dataset):
    app = image_page(open_page, data="d1")
    app.selectbox(key="image_recognition_mode_").select("full")
    app.number_input(key="image_recognition_epochs_").set_value(7)
    app.number_input(key="image_recognition_learning_rate_").set_value(0.003)
    [start] = [button for button in app.button if button.label == "Start fine-tuning"]
    sound(start.click().run())
    [run] = records.run_list("local")
    expected = cases.get("image_recognition").Settings(mode="full", epochs=7, learning_rate=0.003)
    assert (run.settings, run.dataset, run.status) == (as_json(expected), "d1", "queued")
    assert app.query_params["run"] == run.id and "data" not in app.query_params


@pytest.mark.parametrize(
    ("status", "buttons", "sections"),
    [("queued", {"stop"}, 4), ("running", {"stop"}, 5), ("failed", {"resume", "repair"}, 4), ("stopped", {"resume"}, 4),
     ("done", {"header_share", "next_larger", "next_search", "report_make"}, 7)],
)  # fmt: skip
def test_a_run_is_shown_in_every_state(open_page, dataset, status, buttons, sections):
    ended = {"done": {"result": RESULT}, "failed": {"error": ERROR}}.get(status, {})
    run = create(status, **ended)
    app = image_page(open_page, run=run, locale="zh-CN" if sections > 4 else "en-GB")
    assert len(headers(app)) == sections
    keys = {button.key for button in app.button if button.key and button.key.endswith(run)}
    assert keys - {f"worst_all_{run}"} == {f"{name}_{run}" for name in (*buttons, "discard")}
    assert app.main.button[-1].key == f"discard_{run}"  # below all else
    assert len(app.error) == (status == "failed")


def test_the_buttons_of_a_run_change_it(open_page, dataset):
    run = create("running")
    app = image_page(open_page, run=run)
    assert given(app, "casebook_live")["words"]  # its curves are drawn meanwhile
    sound(app.button(key=f"stop_{run}").click().run())
    assert records.run(run, "local").stop == "stop"
    assert f"stop_{run}" not in {button.key for button in app.button}
    queue.end(run, "stopped")
    sound(app.run())
    sound(app.button(key=f"resume_{run}").click().run())
    assert (records.run(run, "local").status, records.run(run, "local").stop) == ("queued", None)


@pytest.mark.parametrize("who", ["nobody", "someone else"])
def test_a_run_that_is_not_there_for_this_owner_is_said_to_be_none(open_page, dataset, who):
    run = create("done", owner=who, result=RESULT) if who != "nobody" else "00000000"
    app = image_page(open_page, run=run)
    assert app.warning[0].value == "There is no such run."
    assert headers(app) == ["1 · Data"]
