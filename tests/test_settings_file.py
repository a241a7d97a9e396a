"""Settings leave as a file and come back from one: in the page, and on the command line."""

from __future__ import annotations

import argparse
import io
import json

import pytest
from opened_pages import create, dataset, image_page, open_page, said, sound  # noqa: F401  fixtures of the pages

import cases
from cases.settings import as_json, knobs
from models.errors import InputError
from runs import arguments, run_record, settings_file
from runs.store import kept_settings

FIELD, KEY = "image_recognition_settings_file_", "image_recognition_{}_"


def changed(case):
    """Settings of which every number is another than the default, as far as it may be."""
    usual = as_json(case.Settings())
    told = {name: knob.low + 1 if knob.low + 1 <= knob.high else knob.high
            for name, (_field, knob) in knobs(case.Settings).items() if knob.low is not None}  # fmt: skip
    told |= {name: 0.2 for name in ("validation", "test") if name in usual}
    return case.Settings(**{**usual, **told})


@pytest.mark.parametrize("name", cases.NAMES)
def test_what_is_exported_comes_back_whole_also_on_the_command_line(name, tmp_path):
    case = cases.get(name)
    settings = changed(case)
    content = settings_file.write(case, settings)
    every = as_json(settings)
    assert settings_file.read(case, content, "mine.json") == {one: every[one] for one in knobs(case.Settings)}
    (tmp_path / "mine.json").write_bytes(content)
    like = arguments.like(argparse.Namespace(like=tmp_path / "mine.json"))
    asked = argparse.Namespace(case=name, set=[], model=None, seed=None)
    assert arguments.settings(asked, like) == settings


def file(case="image_recognition", **settings):
    return json.dumps({"case": case, "settings": settings, "edits": {"3": "b"}}).encode()


def test_names_of_earlier_versions_are_understood_and_what_belongs_to_other_data_is_left_out():
    case = cases.get("image_recognition")
    read = settings_file.read(case, file(loss="focal", focus=3.0, probes=[70000]), "run.json")
    assert (read["focal_gamma"], read["loss"], "probes" in read) == (3.0, "focal", False)


@pytest.mark.parametrize(("content", "told"), [
    (b"epochs: 3", "is not the record of a run"), (b"[]", "is not the record of a run"),
    (b'{"settings": {}}', "is not the record of a run"), (b" " * (settings_file.MOST + 1), "is too large"),
    (file("speech"), "settings of another case"), (file(layers=3), "“layers” was given as “3”"),
    (file(epochs=0), "“epochs” was given as “0”"), (file(epochs="many"), "“epochs” was given as “many”"),
    (file(mode="all"), "“mode” was given as “all”"), 
    (file(learning_rate=float("nan")), "learning_rate|is not the record"),
    (file(focus=1.0, focal_gamma=2.0), "“focus” was given"),
])  # fmt: skip
def test_what_cannot_be_is_refused_with_what_to_do(content, told):
    with pytest.raises(InputError, match=told) as refused:
        settings_file.read(cases.get("image_recognition"), content, "mine.json")
    assert refused.value.expected and refused.value.remedy


def test_an_option_that_makes_no_sense_in_the_task_is_refused():
    deaf = file("speech", task="transcribe", model="ge2e-speaker-encoder")
    with pytest.raises(InputError, match="“model” was given as “ge2e-speaker-encoder”"):
        settings_file.read(cases.get("speech"), deaf, "mine.json")


def imported(app, content, name="mine.json"):
    return app.file_uploader(key=FIELD).upload(name, io.BytesIO(content).getvalue(), "application/json").run()


def test_a_file_fills_the_form_and_is_kept_and_a_wrong_one_changes_nothing(open_page, dataset):  # noqa: F811
    app = image_page(open_page, data="d1")
    sound(imported(app, file(mode="lora", epochs=7, learning_rate=0.003, test=0.25)))
    fields = {name: app.number_input(key=KEY.format(name)).value for name in ("epochs", "learning_rate")}
    assert fields == {"epochs": 7, "learning_rate": 0.003}
    assert app.selectbox(key=KEY.format("mode")).value == "lora"
    assert app.number_input(key="image_recognition_split_test_").value == 0.25
    assert app.success[-1].value == "Settings imported from “mine\\.json”."
    kept = kept_settings.of("local", "d1")
    assert kept["epochs"] == 7
    sound(imported(app, file(epochs=0), "other.json"))
    assert "0" in app.error[-1].value and app.number_input(key=KEY.format("epochs")).value == 7
    assert kept_settings.of("local", "d1") == kept
    again = image_page(open_page, data="d1", locale="zh-CN")  # a new session, in another language
    assert again.number_input(key=KEY.format("epochs")).value == 7


def test_the_record_of_a_run_of_unknown_case_is_read_too(tmp_path):
    path = tmp_path / "run.json"
    path.write_text('{"settings": {"epochs": 3}, "edits": {}}', "utf-8")
    assert run_record.read(path)["case"] == ""
    assert settings_file.read(cases.get("image_recognition"), path.read_bytes(), "run.json")["epochs"] == 3
