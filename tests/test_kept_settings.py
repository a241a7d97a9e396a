"""What is chosen in steps 2 and 3 is there whenever the page is, leaves as a file and comes back from one."""

from __future__ import annotations

import argparse
import json

import pytest
from opened_pages import create, dataset, opened, said, sound  # noqa: F401  a fixture

import cases
from cases.base import UploadedFile
from cases.settings import as_json, knobs
from models.errors import InputError
from models.progress import NullReporter
from runs import arguments, run_record, settings_file
from runs.jobs import data_import
from runs.store import dataset_deletion, dataset_rows, kept_settings, lifecycle, records

CASE, PAGE = cases.get("image_recognition"), "image_recognition.py"
KEY, SPLIT = "image_recognition_{}_", "image_recognition_split_test_"
MINE = {"mode": "lora", "loss": "focal", "epochs": 7, "rank": 4, "learning_rate": 0.003, "model": "timm/resnet18",
        "test": 0.25}  # fmt: skip
USUAL = {"mode": "head", "loss": "cross_entropy", "epochs": None, "rank": 8, "learning_rate": None,
         "model": "efficientnet_lite0", "test": 0.15}  # fmt: skip
on_each_database = pytest.mark.parametrize("database_url", ("sqlite", "postgres"), indirect=True)


def chosen(app):
    fields = {name: app.selectbox(key=KEY.format(name)).value for name in ("mode", "loss")}
    fields |= {name: app.number_input(key=KEY.format(name)).value for name in ("epochs", "rank", "learning_rate")}
    return {**fields, "model": app.session_state[KEY.format("model")], "test": app.number_input(key=SPLIT).value}


@pytest.fixture
def changed(dataset):  # noqa: F811
    """A page whose fields say what `MINE` does."""
    app = opened(PAGE, data="d1")
    app.selectbox(key=KEY.format("mode")).select(MINE["mode"])
    sound(app.selectbox(key=KEY.format("loss")).select(MINE["loss"]).run())
    for name in ("epochs", "rank", "learning_rate"):
        app.number_input(key=KEY.format(name)).set_value(MINE[name])
    app.number_input(key=SPLIT).set_value(MINE["test"])
    app.text_input(key=f"typed_{KEY.format('model')}").set_value(MINE["model"])
    sound(app.run())
    assert chosen(app) == MINE
    return app


@on_each_database
def test_choices_survive_a_reload_in_another_language(changed):
    again = opened(PAGE, "zh-CN", data="d1")
    assert chosen(again) == MINE
    assert again.text_input(key=f"typed_{KEY.format('model')}").value == MINE["model"]


def test_choices_stay_where_the_language_the_page_or_the_data_are_switched(changed, pictures, zip_of, tmp_path):
    sound(changed.switch_page("home.py").run())
    changed.query_params["data"] = "d1"
    assert chosen(sound(changed.switch_page(PAGE).run())) == MINE
    archive = zip_of(tmp_path / "other.zip", pictures(5))
    data_import.into_dataset(CASE.name, [UploadedFile(archive, "other.zip")], "d2", NullReporter())
    dataset_rows.add("local", "d2", CASE.name, "other", sample=False)
    for data, fields in (("d2", USUAL), ("d1", MINE)):
        changed.query_params["data"] = data
        assert chosen(sound(changed.run())) == fields
    sound(changed.number_input(key=KEY.format("epochs")).set_value(None).run())
    assert chosen(opened(PAGE, data="d1")) == {**MINE, "epochs": None}
    sound(changed.selectbox(key="language").select("zh").run())
    assert chosen(changed) == {**MINE, "epochs": None}


def test_what_was_changed_is_said_and_one_click_takes_it_back_but_for_the_split_of_the_step_before(changed):
    def told(app):
        return [text for text in said(app) if text.startswith("Changed: ")]

    [once] = told(changed)
    assert "Learning rate 3e\\-3" in once and "LoRA rank 4" in once and "Test fraction" not in once
    assert [text for text in said(changed) if text.startswith("Changed in step 2: Test fraction 0\\.25")]
    sound(changed.button(key="image_recognition_reset_").click().run())
    assert chosen(changed) == {**USUAL, "test": 0.25} and kept_settings.of("local", "d1") == {"test": 0.25}
    again = opened(PAGE, data="d1")
    assert chosen(again) == chosen(changed) and not told(changed) and not told(again)
    assert "image_recognition_reset_" not in {one.key for one in again.button}
    assert [text for text in said(again) if text.startswith("Changed in step 2: ")]


def test_a_changed_setting_that_has_no_effect_beside_the_others_is_said_unless_its_field_shows_it_off(dataset):  # noqa: F811
    kept_settings.keep("local", "d1", {"mode": "full", "rank": 4, "final_fit": "cross_validated"})
    [told] = [text for text in said(opened(PAGE, data="d1")) if text.startswith("Changed: ")]
    assert "LoRA rank 4" in told and "Final fit" not in told


def test_beside_a_run_its_settings_come_first_and_what_is_changed_there_stays_there(dataset):  # noqa: F811
    settings = as_json(CASE.Settings(mode="full", epochs=3)) | {"loss": "hinge", "gone": 1}  # of an earlier version
    run = records.create_run("local", "fine_tune", CASE.name, "noise", dataset="d1", settings=settings)
    kept_settings.keep("local", run, {"epochs": 5})
    kept_settings.keep("local", "d1", {"epochs": 9})
    app = opened(PAGE, run=run)
    app.session_state[f"fold_3_{run}"] = True
    sound(app.run())
    assert app.number_input(key=KEY.format("epochs") + run).value == 5
    assert [app.selectbox(key=KEY.format(name) + run).value for name in ("mode", "loss")] == ["full", "cross_entropy"]


@on_each_database
def test_what_is_kept_goes_with_its_data_or_run(dataset):  # noqa: F811
    run = create("done")
    kept_settings.keep("local", "d1", {"epochs": 5})
    kept_settings.keep("local", run, {"epochs": 6})
    kept_settings.keep("someone else", "d1", {"epochs": 7})
    dataset_deletion.remove("local", "d1")
    lifecycle.forget(run)
    assert [kept_settings.of(*key) for key in (("local", "d1"), ("local", run))] == [{}, {}]
    assert kept_settings.of("someone else", "d1") == {"epochs": 7}


# Settings leave as a file and come back from one: in the page, and on the command line.


def otherwise(case):
    """Settings of which every number is another than the default, as far as it may be."""
    usual = as_json(case.Settings())
    told = {name: knob.low + 1 if knob.low + 1 <= knob.high else knob.high
            for name, (_field, knob) in knobs(case.Settings).items() if knob.low is not None}  # fmt: skip
    told |= {name: 0.2 for name in ("validation", "test") if name in usual}
    return case.Settings(**{**usual, **told})


@pytest.mark.parametrize("name", cases.NAMES)
def test_what_is_exported_comes_back_whole_also_on_the_command_line(name, tmp_path):
    case = cases.get(name)
    settings = otherwise(case)
    content = settings_file.write(case, settings)
    every = as_json(settings)
    assert settings_file.read(case, content, "mine.json") == {one: every[one] for one in knobs(case.Settings)}
    (tmp_path / "mine.json").write_bytes(content)
    like = arguments.like(argparse.Namespace(like=tmp_path / "mine.json"))
    asked = argparse.Namespace(case=name, set=[], model=None, seed=None)
    assert arguments.settings(asked, like) == settings


def file(case="image_recognition", **settings):
    return json.dumps({"case": case, "settings": settings, "edits": {"3": "b"}}).encode()


def test_names_of_earlier_versions_and_records_of_runs_are_read_and_what_belongs_to_other_data_left_out(tmp_path):
    case = CASE
    read = settings_file.read(case, file(loss="focal", focus=3.0, probes=[70000]), "run.json")
    assert (read["focal_gamma"], read["loss"], "probes" in read) == (3.0, "focal", False)
    path = tmp_path / "run.json"  # of unknown case
    path.write_text('{"settings": {"epochs": 3}, "edits": {}}', "utf-8")
    assert run_record.read(path)["case"] == ""
    assert settings_file.read(case, path.read_bytes(), "run.json")["epochs"] == 3


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
        settings_file.read(CASE, content, "mine.json")
    assert refused.value.expected and refused.value.remedy
    deaf = file("speech", task="transcribe", model="ge2e-speaker-encoder")  # makes no sense in the task
    with pytest.raises(InputError, match="“model” was given as “ge2e-speaker-encoder”"):
        settings_file.read(cases.get("speech"), deaf, "mine.json")


def imported(app, content, name="mine.json"):
    return app.file_uploader(key=KEY.format("settings_file")).upload(name, content, "application/json").run()


def test_a_file_fills_the_form_and_is_kept_and_a_wrong_one_changes_nothing(dataset):  # noqa: F811
    app = opened(PAGE, data="d1")
    sound(imported(app, file(mode="lora", epochs=7, learning_rate=0.003, test=0.25)))
    assert [app.number_input(key=KEY.format(name)).value for name in ("epochs", "learning_rate")] == [7, 0.003]
    assert app.selectbox(key=KEY.format("mode")).value == "lora"
    assert app.number_input(key=SPLIT).value == 0.25
    kept = kept_settings.of("local", "d1")
    assert "“mine\\.json”" in app.success[-1].value and kept["epochs"] == 7
    sound(imported(app, file(epochs=0), "other.json"))
    assert "0" in app.error[-1].value and app.number_input(key=KEY.format("epochs")).value == 7
    assert kept_settings.of("local", "d1") == kept
    again = opened(PAGE, "zh-CN", data="d1")  # a new session, in another language
    assert again.number_input(key=KEY.format("epochs")).value == 7
