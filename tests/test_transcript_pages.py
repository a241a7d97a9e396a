"""The pages of speech that is written down: data, a run, its evaluation, labels to review, comparison, report, demo."""

from __future__ import annotations

import base64
import io
import json
import re

import numpy as np
import pandas as pd
import pytest
import reported
import soundfile
from evaluation_page import said, starting
from opened_pages import sound
from test_sound_pages import open_page  # noqa: F401  the fixture
from told import given
from transcribed_runs import button, chinese, dataset, evaluated, run

from cases.task_types import TRANSCRIPTION
from pages.shared import vocabulary
from runs import paths
from runs.jobs import data_import
from runs.results import paired_transcripts, test_examples, transcripts
from runs.store import confirmed_labels, edits, records

__all__ = ["chinese", "dataset", "run"]  # fixtures

VIEWS = ("texts", "words", "labels", "overview", "curve")


def surprised(made, rows, parts, heard):
    """Keep with a run that these recordings have surprising transcripts, the first most, and `heard` of them."""
    every = np.arange(24)
    surprise = np.zeros(24)
    surprise[rows] = np.arange(len(rows), 0, -1)
    pd.DataFrame({"id": every, "part": parts, "loss": 0.1 + surprise, "surprise": surprise,
                  "heard": [heard if row in rows else "" for row in every]}).to_parquet(
        paths.run(made) / transcripts.LOSSES)  # fmt: skip


def tour(app, run):
    """The page with each view of the evaluation, as clicks on their names show them."""
    for see in VIEWS:
        app = sound(app.segmented_control(key=f"see_{run.id}").set_value(see).run())
        assert app.session_state[f"see_{run.id}"] == see
        yield app


WHY = {
    "en-GB": "Not offered for transcription: fine-tuning a speech model takes long, and a curve needs it ten times.",
    "zh-CN": "转写任务不提供学习曲线：微调语音模型耗时很长，而一条曲线需要微调十次。",
}


@pytest.mark.parametrize("locale", WHY)
def test_every_view_of_an_evaluation_opens_in_both_languages_and_says_why_there_is_no_curve(open_page, run, locale):  # noqa: F811
    app = open_page(locale=locale, run=run.id, see="words")
    assert app.session_state[f"see_{run.id}"] == "words"
    *_, app = tour(app, run)
    assert WHY[locale] in said(app) and not [one for one in app.button if (one.key or "").startswith("curve_")]


def test_the_figure_is_told_beside_the_untouched_model_and_the_worst_recordings_are_heard_first(open_page, run):  # noqa: F811
    app = open_page(run=run.id)
    hero = given(app, "casebook_hero")
    assert (hero["value"], hero["name"]) == ("8.3%", "Word error rate (WER)")
    assert hero["of"] == "24 test recordings, never used in training"
    assert starting(app, "**Better than every baseline** on the test set. Training paid off.")
    assert starting(app, "ONNX check: same text as the model on **23 of 24** test recordings.")
    assert starting(app, "Two tokens are almost equally probable, so the text differs: 03")
    [worst] = [json.loads(e.proto.json)["recordings"] for e in app.get("bidi_component")
               if e.proto.component_name == "casebook_recordings" and "worst" in e.proto.id]  # fmt: skip
    assert sorted(one["id"] for one in worst) == ["0", "1", "2"]
    assert all(one["sound"] and one["pairs"] for one in worst)
    app = sound(button(app, "Recordings with errors (3)").click().run())
    assert app.session_state[f"see_{run.id}"] == "texts"


@pytest.mark.parametrize(("share", "told"), [
    (0.0, ("Kept: the **pretrained model**.", "More recordings usually help.")),
    (0.5, ("Kept: weights **halfway between start and end**", "Training paid off.")),
    (1.0, ("Kept: the **end** of fine-tuning", "Training paid off.")),
    (None, ("**Worse than the model before fine\\-tuning** on the test set.", "made the model worse.")),
])  # fmt: skip
def test_which_weights_were_kept_is_said_and_where_training_did_harm(open_page, dataset, share, told):  # noqa: F811
    labels, what = dataset.samples["label"].tolist(), ["what"] * 24
    heard, before = (labels if share else what), (labels if share is None else what)
    made = evaluated(dataset, heard, before, {"trained": {"share": share}} if share is not None else None)
    assert any(told[0] in text and told[1] in text for text in said(open_page(run=made.id)))


def test_the_worst_come_first_words_can_be_sought_and_recordings_to_try_are_named_by_what_is_said(run):
    table = transcripts.of(run)
    assert sorted(table.index[:3].tolist()) == [0, 1, 2] and table["right"].tolist()[3:] == [True] * 21
    (said_, heard, n), *_others = transcripts.confusions(table)
    assert heard in ("hello", None) and n >= 1
    assert set(transcripts.holding(table, (said_, heard)).index) <= {0, 1, 2}
    rows = test_examples.rows(run)
    assert len(rows) == 12 and set(rows.values()) <= set(table["label"])


def test_a_transcript_is_corrected_in_place(open_page, run):  # noqa: F811
    app = open_page(run=run.id, see="texts", item="0")
    [field] = [one for one in app.text_area if not one.key.startswith(("share_", "report_"))]
    assert field.value == transcripts.of(run).at[0, "label"]
    field.set_value("quite another").run()
    sound(button(app, "Change test label to “quite another”").click().run())
    assert edits.current("local", "d1") == {0: "quite another"}


@pytest.mark.slow
def test_surprising_transcripts_are_heard_one_by_one_kept_corrected_or_left_out(open_page, run, dataset):  # noqa: F811
    assert "Nothing left to review here." in said(open_page(run=run.id, see="labels"))  # it is older than the losses
    tested, parts = paths.run(run.id) / "predictions.parquet", np.where(np.arange(24) < 3, "test", "train")
    pd.read_parquet(tested).query("id < 3").to_parquet(tested)
    surprised(run.id, [5, 2, 9], parts, "quite another")
    app = open_page(run=run.id, see="labels")
    [which] = [one for one in app.get("button_group") if one.key == f"labels_{run.id}"]
    assert [option.content for option in which.proto.options] == ["All (3)", "Training and validation (2)", "Test (1)",
                                                                  "Confirmed (0)"]  # fmt: skip
    app = sound(app.button(key=f"review_{run.id}_all").click().run())
    assert "3 labels left to review" in said(app) and any("Transcript: **" in text for text in said(app))
    assert app.button(key="step_-1").disabled and "1 of 3" in said(app)
    app = sound(app.button(key="step_1").click().run())
    assert app.query_params["item"] == "2" and "2 of 3" in said(app)
    app = sound(app.button(key="step_-1").click().run())
    app = sound(app.button(key=f"closer_{run.id}_5_take").click().run())
    assert edits.current("local", "d1") == {5: "quite another"} and "2 labels left to review" in said(app)
    app = sound(app.button(key=f"closer_{run.id}_2_keep").click().run())
    app = sound(app.button(key=f"closer_{run.id}_9_out").click().run())
    assert [one.value for one in app.success if "decided" in one.value] == ["Every label in this list is decided."]
    assert confirmed_labels.current("local", "d1") == {2: dataset.samples.at[2, "label"]}
    assert edits.current("local", "d1") == {5: "quite another", 9: None}
    app = open_page(run=run.id, see="labels")
    [which] = [one for one in app.get("button_group") if one.key == f"labels_{run.id}"]
    app.session_state[f"confirmed_list_{run.id}_rows"] = [2]
    app = sound(which.set_value("confirmed").run())
    assert not [one for one in app.button if one.key == f"confirmed_list_{run.id}_suggested"]  # it is a test transcript
    app = sound(app.button(key=f"confirmed_list_{run.id}_exclude").click().run())
    assert 2 not in edits.current("local", "d1") and starting(app, "1 of them is a test example")


def test_of_a_model_that_is_not_known_yet_the_diagram_is_said_to_come_later(open_page, dataset):  # noqa: F811
    later = "The diagram appears once the model has been inspected."
    app = open_page(data="d1")
    assert later not in said(app)
    app.session_state["speech_model_"] = "somebody/whisper-of-their-own"
    assert later in said(sound(app.run()))


def test_what_normalisation_changed_and_what_is_spelling_only_stands_beside_the_figure(open_page, dataset):  # noqa: F811
    labels = dataset.samples["label"].tolist()
    run = evaluated(dataset, [f"({text.upper()})" for text in labels], ["what"] * 24, language="en")
    app = open_page(run=run.id)
    assert given(app, "casebook_hero")["value"] == "0.0%" and starting(app, "Before normalisation: 100.0%.")
    assert starting(app, "Substituted, deleted and inserted words divided by the words spoken. Capitals, punctuation "
                         "and brackets are ignored; what stands in brackets counts. Numbers are compared by "
                         "value (fifteen, 15).")  # fmt: skip


def test_a_run_measured_by_former_rules_keeps_their_name_and_is_compared_by_the_present_ones(
    open_page, dataset, run  # noqa: F811
):  # fmt: skip
    labels = dataset.samples["label"].tolist()
    figures = {"wer": {"value": 1.0, "low": 0.9, "high": 1.0}, "cer": {"value": 1.0, "low": 0.9, "high": 1.0}}
    told = {"normalisation": None, "test": figures}  # nothing was left of the texts
    former = evaluated(dataset, [f"({text})" for text in labels], ["what"] * 24, told)
    answers = paths.run(former.id) / "predictions.parquet"
    pd.read_parquet(answers).assign(plain_predicted="", wrong=1, right=False).to_parquet(answers)
    app = open_page(run=former.id)
    assert given(app, "casebook_hero")["name"] == "WER by Whisper’s normalisation"
    assert starting(app, "Substituted, deleted and inserted words divided by the words spoken. Measured by Whisper’s")
    rows = {row["id"]: (row["metric"], row["figure"]) for row in given(open_page("runs.py"), "casebook_runs")["rows"]}
    assert rows[former.id][0] == "WER by Whisper’s normalisation"
    assert rows[run.id] == ("Word error rate (WER)", "8.3%")
    app = sound(open_page("runs.py", compare=f"{run.id},{former.id}"))
    results = app.dataframe[0].value
    assert results["WER by Whisper’s normalisation"].fillna("").tolist() == ["", "100.0% (90.0–100.0)"]
    assert results["Word error rate (WER)"].isna().tolist() == [False, True]
    assert starting(app, "**B** against **A** on 24 test examples: 0 correct only in A, 3 only in B.")


@pytest.mark.slow
@pytest.mark.parametrize("locale", ["en-GB", "zh-CN"])
def test_chinese_is_told_in_characters_everywhere(open_page, chinese, locale):  # noqa: F811
    labels = chinese.samples["label"].tolist()
    run = evaluated(chinese, ["高" if n < 6 else text for n, text in enumerate(labels)], ["天"] * 24, language="zh")
    for app in tour(open_page(locale=locale, run=run.id), run):
        told, hero = " ".join(said(app)), given(app, "casebook_hero")
        assert hero["name"] == ("Character error rate (CER)" if locale == "en-GB" else "字符错误率（CER）")
        assert "spoken words" not in told and "个词" not in told.replace("词元", "")
        assert {one.label for one in app.metric} & {"Word error rate (WER)", "Unnormalised WER"} == set()


@pytest.mark.parametrize("locale", ["en-GB", "zh-CN"])
def test_a_report_sounds_only_where_its_owner_ticked_that(run, locale):
    if locale == "en-GB":
        assert "audio" not in reported.read(reported.made(run.id, "speech.py", locale)).tags
    found = reported.read(content := reported.made(run.id, "speech.py", locale, examples=True))
    assert found.tags.count("audio") == found.tags.count("img") == 3 and "del" in found.tags
    sound = re.search(r"data:audio/mpeg;base64,([^\"]+)", content)[1]
    wave, rate = soundfile.read(io.BytesIO(base64.b64decode(sound)))
    assert rate == 16_000 and len(wave) > 1000 and np.abs(wave).max() > 0.01


def test_two_runs_are_compared_recording_by_recording_the_most_different_first(open_page, dataset, run):  # noqa: F811
    labels = dataset.samples["label"].tolist()
    better = evaluated(dataset, [*labels[:2], "hello", *labels[3:]], ["what"] * 24)
    table = paired_transcripts.of(run, better)
    assert (table["apart"] > 0).sum() == 2 and table["apart"].is_monotonic_decreasing
    app = sound(open_page("runs.py", compare=f"{run.id},{better.id}"))
    [listed] = [one for one in drawn_recordings(app) if any(r["versions"] for r in one)]
    assert len(listed) == 2  # of three mistakes they share one, which the first view leaves out
    [first] = [r for r in listed if r["id"] == "0"]
    assert first["title"] == labels[0] and first["sound"]
    heard = {v["name"]: [pair[1] for pair in v["pairs"]] for v in first["versions"]}
    assert heard["B"] == labels[0].split() and heard["A"] == ["hello"]
    [gains] = [one.value for one in app.dataframe if "Better" in one.value]
    assert gains["Metric"].tolist() == ["Word error rate (WER)"]


def drawn_recordings(app):
    found = [e for e in app.get("bidi_component") if e.proto.component_name == "casebook_recordings"]
    return [json.loads(e.proto.json)["recordings"] for e in found]


def started(app):
    """The run that the button starts."""
    sound(button(app, "Start fine-tuning").click().run())
    [made] = [one for one in records.run_list("local") if one.kind == "fine_tune"]
    return made


def figures(app):
    return {one.label: one.value for one in app.metric}


def parts(app):
    [mode] = [one for one in app.selectbox if one.label == "Trainable part"]
    return mode


def test_what_is_to_be_learnt_is_what_the_data_are_for_and_can_be_changed(open_page, dataset):  # noqa: F811
    app = open_page(data="d1")
    [task] = [one for one in app.button_group if one.label == "Task"]
    assert task.value == "transcribe"
    assert figures(app) == {"Examples": "24", "Words": "36", "Distinct words": "3", "Skipped": "0"}
    ready = "Ready, with the warnings above: 24 transcribed recordings, 0.3 minutes in total; 16 training,"
    assert starting(app, ready)  # sentences of the test are in the training data, too
    assert parts(app).value == "full" and parts(app).options == ["Last blocks", "LoRA", "Full fine-tuning"]

    app = sound(task.set_value("label").run())
    assert figures(app).keys() == {"Examples", "Classes", "Skipped"} and parts(app).value == "head"
    [task] = [one for one in app.button_group if one.label == "Task"]
    made = started(sound(task.set_value("transcribe").run()))
    assert (made.settings["task"], made.settings["mode"]) == ("transcribe", "full")
    assert vocabulary.task_of(made).task_type == data_import.dataset_of(made).task_type == TRANSCRIPTION


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
    assert figures(app) == {"Examples": "24", "Characters": "36", "Distinct characters": "3", "Skipped": "0"}
    assert starting(app, "“Whisper base, multilingual” was selected for the language of the transcripts.")
    app.session_state["speech_model_"] = "whisper-tiny.en"  # a click on its card
    app = sound(app.run())
    [told] = [error.value.replace("\\", "") for error in app.error]  # Markdown, in which names are shown as they are
    assert told.startswith("100% of the data is in Chinese. The model “Whisper tiny.en” supports English only.")
    assert button(app, "Start fine-tuning").disabled
    app = sound(button(app, "Use Whisper base, multilingual").click().run())
    assert not app.error and not button(app, "Start fine-tuning").disabled
    made = started(app)
    assert (made.settings["model"], made.settings["language"]) == ("whisper-base", "zh")
    assert vocabulary.task_of(made).metric == "cer"
