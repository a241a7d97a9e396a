"""Speech in Chinese that is written down: its prompt, its characters, and no spaces."""

from __future__ import annotations

import json

import made_speech
import numpy as np
import pytest
from sounds import encoded
from test_transcripts import says_the_same

import cases
from cases.base import WorkDirs
from models.progress import QUIET

CASE = cases.get("speech")


@pytest.fixture(scope="module")
def chinese(tmp_path_factory):
    """A trainer of a network of two languages that knows Chinese signs by their tones, and its bundle."""
    from cases.base import UploadedFile

    folder = tmp_path_factory.mktemp("chinese")
    body = made_speech.write_body(folder / "whisper", tongues=True, signs="高低中開开")
    (folder / "data").mkdir()
    (folder / "speech.zip").write_bytes(made_speech.archive(60, words=("高", "开", "中"), between=""))
    place = WorkDirs(folder / "data", folder)
    dataset = CASE.read([UploadedFile(folder / "speech.zip", "speech.zip")], place, "0123456789abcdef", QUIET)
    trainer = made_speech.learn(dataset, folder, body, epochs=16, learning_rate=0.01)
    evaluation = trainer.evaluate(QUIET)
    told = {"data": {**trainer.counts, "set_aside": 0}, "test": evaluation.metrics, "references": trainer.references}
    known = trainer.save(folder / "bundle", told, QUIET)
    return trainer, evaluation, known, folder / "bundle"


def test_chinese_is_learnt_with_its_prompt_and_without_a_space_before_it(chinese):
    trainer, evaluation, *_ = chinese
    assert (trainer.note["language"], trainer.note["script"]) == ("zh", "simplified")
    prefix = (made_speech.START, made_speech.CHINESE, made_speech.TASK, made_speech.SILENT)
    assert trainer.transcriber.rules.prefix == prefix and trainer.network.prefix.tolist() == list(prefix)
    assert trainer.texts.tokens[0][:-1] == [made_speech.signs(trainer.texts.said[0][0])]  # no space, no unknown word
    assert evaluation.metrics["cer"]["value"] < 0.5
    watched = trainer.judge.rates(*trainer._beside(trainer.watched, trainer.before))
    assert trainer.live_references == {"untouched": watched["cer"]}


def test_what_is_written_comes_in_the_characters_of_the_transcripts(chinese):
    trainer, *_ = chinese
    assert trainer.transcriber.text([made_speech.signs("開"), made_speech.signs("高")]) == "开高"
    assert trainer.transcriber.tokenizer.decode([made_speech.signs("開")]) == "開"


def test_a_bundle_writes_chinese_with_and_without_torch(chinese):
    trainer, _evaluation, known, bundle = chinese
    files, expected = says_the_same(trainer, bundle)
    assert [answer.labels[0] for answer in CASE.tasks[1].predictor(bundle)(files)] == expected
    assert known["onnx"]["same"] == trainer.counts["test"]
    stated = json.loads((bundle / "body/generation_config.json").read_text("utf-8"))
    assert (stated["language"], stated["task"], stated["is_multilingual"]) == ("zh", "transcribe", True)
    how = json.loads((bundle / "preprocessing.json").read_text("utf-8"))
    assert (how["language"], how["script"]) == ("zh", "simplified") and len(how["replaced"][0]) > 1000
    card = (bundle / "README.md").read_text("utf-8")
    assert "language: Chinese, simplified characters" in card
    assert "| test character error rate (CER) |" in card and "(WER)" not in card


def test_the_parts_of_a_long_chinese_recording_are_joined_without_spaces(chinese, tmp_path):
    *_, bundle = chinese
    (tmp_path / "long.wav").write_bytes(encoded(made_speech.spoken(["low"] * 80, np.random.default_rng(0))))
    [answer] = CASE.tasks[1].predictor(bundle)([tmp_path / "long.wav"])
    assert len(answer.moments) == 2 and " " not in answer.labels[0]
