"""What is chosen in steps 2 and 3 is there whenever the page is: after a reload, in another language or session."""

from __future__ import annotations

import pytest
from opened_pages import create, dataset, image_page, open_page, said, sound  # noqa: F401  fixtures

import cases
from cases.base import UploadedFile
from cases.settings import as_json
from cases.stored_settings import usable
from models.progress import NullReporter
from runs.jobs import data_import
from runs.store import dataset_deletion, dataset_rows, kept_settings, lifecycle, records

DATABASES = ("sqlite", "postgres")  # on each

KEY = "image_recognition_{}_"
SPLIT = "image_recognition_split_{}_"


def chosen(app):
    fields = {name: app.selectbox(key=KEY.format(name)).value for name in ("mode", "loss")}
    fields |= {name: app.number_input(key=KEY.format(name)).value for name in ("epochs", "rank", "learning_rate")}
    model = app.session_state[KEY.format("model")]
    return {**fields, "model": model, "test": app.number_input(key=SPLIT.format("test")).value}


MINE = {"mode": "lora", "loss": "focal", "epochs": 7, "rank": 4, "learning_rate": 0.003, "model": "timm/resnet18",
        "test": 0.25}  # fmt: skip


@pytest.fixture
def changed(open_page, dataset):  # noqa: F811
    """A page whose fields say what `MINE` does."""
    app = image_page(open_page, data="d1")
    app.selectbox(key=KEY.format("mode")).select(MINE["mode"])
    sound(app.selectbox(key=KEY.format("loss")).select(MINE["loss"]).run())
    for name in ("epochs", "rank", "learning_rate"):
        app.number_input(key=KEY.format(name)).set_value(MINE[name])
    app.number_input(key=SPLIT.format("test")).set_value(MINE["test"])
    app.text_input(key=f"typed_{KEY.format('model')}").set_value(MINE["model"])
    sound(app.run())
    assert chosen(app) == MINE
    return app


@pytest.mark.parametrize("locale", ["en-GB", "zh-CN"])
def test_choices_survive_a_reload_also_in_another_language(changed, open_page, locale):  # noqa: F811
    again = image_page(open_page, data="d1", locale=locale)
    assert chosen(again) == MINE
    assert again.text_input(key=f"typed_{KEY.format('model')}").value == MINE["model"]


def test_choices_stay_where_the_language_is_switched(changed):
    sound(changed.selectbox(key="language").select("zh").run())
    assert chosen(changed) == MINE


def test_choices_stay_where_another_page_is_opened(changed):
    sound(changed.switch_page("home.py").run())
    changed.query_params["data"] = "d1"
    assert chosen(sound(changed.switch_page("image_recognition.py").run())) == MINE


def test_an_empty_field_stays_empty(changed, open_page):  # noqa: F811
    sound(changed.number_input(key=KEY.format("epochs")).set_value(None).run())
    assert chosen(image_page(open_page, data="d1")) == {**MINE, "epochs": None}


def test_other_data_begin_with_their_own(changed, pictures, zip_of, tmp_path):
    archive = zip_of(tmp_path / "other.zip", pictures(5))
    data_import.into_dataset("image_recognition", [UploadedFile(archive, "other.zip")], "d2", NullReporter())
    dataset_rows.add("local", "d2", "image_recognition", "other", sample=False)
    usual = {"mode": "head", "loss": "cross_entropy", "epochs": None, "rank": 8, "learning_rate": None,
             "model": "efficientnet_lite0", "test": 0.15}  # fmt: skip
    changed.query_params["data"] = "d2"
    assert chosen(sound(changed.run())) == usual
    changed.query_params["data"] = "d1"
    assert chosen(sound(changed.run())) == MINE


def test_what_was_changed_is_said_and_one_click_takes_it_back(changed, open_page):  # noqa: F811
    [told] = [text for text in said(changed) if text.startswith("Changed: ")]
    assert "Learning rate 3e\\-3" in told and "LoRA rank 4" in told
    sound(changed.button(key="image_recognition_reset_").click().run())
    assert chosen(changed)["mode"] == "head"
    assert not [text for text in said(changed) if text.startswith("Changed: ")]
    again = image_page(open_page, data="d1")
    assert chosen(again) == chosen(changed)


def test_the_split_is_the_checks_and_no_click_in_the_model_step_takes_it_back(changed, open_page):  # noqa: F811
    [told] = [text for text in said(changed) if text.startswith("Changed: ")]
    assert "Test fraction" not in told
    assert [text for text in said(changed) if text.startswith("Changed in step 2: Test fraction 0\\.25")]
    sound(changed.button(key="image_recognition_reset_").click().run())
    assert chosen(changed)["test"] == 0.25 and kept_settings.of("local", "d1") == {"test": 0.25}
    again = image_page(open_page, data="d1")
    assert chosen(again)["test"] == 0.25 and "image_recognition_reset_" not in {one.key for one in again.button}
    assert [text for text in said(again) if text.startswith("Changed in step 2: ")]


def test_beside_a_run_its_settings_come_first_and_what_is_changed_there_stays_there(open_page, dataset):  # noqa: F811
    settings = as_json(cases.get("image_recognition").Settings(mode="full", epochs=3))
    run = records.create_run("local", "fine_tune", "image_recognition", "noise", dataset="d1", settings=settings)
    kept_settings.keep("local", run, {"epochs": 5})
    kept_settings.keep("local", "d1", {"epochs": 9})
    app = image_page(open_page, run=run)
    app.session_state[f"fold_3_{run}"] = True
    sound(app.run())
    assert app.number_input(key=KEY.format("epochs") + run).value == 5
    assert app.selectbox(key=KEY.format("mode") + run).value == "full"


@pytest.mark.parametrize(
    "kept",
    [{"mode": "adaptors", "loss": 3, "epochs": "many", "rank": 10**9, "learning_rate": float("inf"), "test": -1,
      "model": None, "gone": 1, "seed": 1.5}],
)  # fmt: skip
def test_a_kept_value_that_cannot_be_chosen_falls_back_to_the_default(open_page, dataset, kept):  # noqa: F811
    kept_settings.keep("local", "d1", {**kept, "learning_rate": 1e9, "patience": 4})
    app = image_page(open_page, data="d1")
    assert chosen(app) == {"mode": "head", "loss": "cross_entropy", "epochs": None, "rank": 8, "learning_rate": None,
                           "model": "efficientnet_lite0", "test": 0.15}  # fmt: skip
    assert app.number_input(key=KEY.format("patience")).value == 4
    assert usable(cases.get("image_recognition").Settings, kept) == {}


def test_a_session_that_holds_nonsense_is_not_trusted(open_page, dataset):  # noqa: F811
    app = image_page(open_page, data="d1")
    for name, value in (("rank", 0), ("epochs", 10**9), ("model", None)):
        app.session_state[KEY.format(name)] = value
    app.session_state[SPLIT.format("test")] = 7.0
    assert chosen(sound(app.run())) == chosen(image_page(open_page, data="d1"))


def test_a_run_of_yesterday_with_options_that_are_gone_can_be_run_again(open_page, dataset):  # noqa: F811
    settings = as_json(cases.get("image_recognition").Settings(epochs=3)) | {"loss": "hinge", "gone": 1}
    run = records.create_run("local", "fine_tune", "image_recognition", "noise", dataset="d1", settings=settings)
    app = image_page(open_page, run=run)
    app.session_state[f"fold_3_{run}"] = True
    sound(app.run())
    assert app.selectbox(key=KEY.format("loss") + run).value == "cross_entropy"


def test_two_settings_that_do_not_go_together_are_shown_as_they_were_chosen():
    case = cases.get("recommendation")
    from pages.steps.model import settings_form

    begun = settings_form.initial(case, None, {"network": "attention", "width": 10, "heads": 4})
    assert (begun["width"], begun["heads"]) == (10, 4)


def test_what_is_kept_goes_with_its_data_or_run(dataset):  # noqa: F811
    run = create("done")
    kept_settings.keep("local", "d1", {"epochs": 5})
    kept_settings.keep("local", run, {"epochs": 6})
    kept_settings.keep("someone else", "d1", {"epochs": 7})
    dataset_deletion.remove("local", "d1")
    lifecycle.forget(run)
    assert [kept_settings.of(*key) for key in (("local", "d1"), ("local", run))] == [{}, {}]
    assert kept_settings.of("someone else", "d1") == {"epochs": 7}
