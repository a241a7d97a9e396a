"""Speech that is written down: what tables say, what a small Whisper learns, also of Chinese, and what leaves then."""

from __future__ import annotations

import json
from pathlib import Path

import made_speech
import numpy as np
import pytest
import torch
from sounds import encoded

import cases
from cases import tasks
from cases.base import Prediction, UploadedFile, WorkDirs
from cases.dataset import Dataset
from cases.speech import checks
from cases.speech.transcription import label_losses, predict, whisper
from cases.speech.transcription.seq2seq import SpokenTexts
from cases.speech.transcription.whisper_onnx import OnnxDecoder, OnnxEncoder
from cases.task_types import CLASSIFICATION, TRANSCRIPTION
from models.errors import InputError
from models.progress import QUIET, NullReporter
from models.storage import checksums
from models.training.cost_estimate import CostEstimate

pytestmark = pytest.mark.slow

CASE = cases.get("speech")


class Listening(NullReporter):
    def __init__(self):
        self.rows, self.notes = [], []

    def metrics(self, split, step, values):
        self.rows.append((split, dict(values)))

    def note(self, message, **args):
        self.notes.append(message.format(**args))


@pytest.fixture(scope="module")
def scribe(tmp_path_factory):
    return made_speech.write_body(tmp_path_factory.mktemp("scribe"))


@pytest.fixture
def read(part, tmp_path):
    """What is read from a zip with a table of this content beside its recordings, or from the made one."""

    def reading(content=None, report=QUIET, **columns):
        (tmp_path / "data").mkdir(exist_ok=True)
        given = part("speech.zip", content or made_speech.archive())
        return CASE.read([given], WorkDirs(tmp_path / "data", tmp_path), "0123456789abcdef", report, columns)

    return reading


@pytest.fixture(scope="module")
def learnt(scribe, tmp_path_factory):
    """A trainer that knows the words by their tones, what it reported, and its bundle; not to be changed."""
    folder, report = tmp_path_factory.mktemp("learnt"), Listening()
    (folder / "data").mkdir()
    (folder / "speech.zip").write_bytes(made_speech.archive(40))
    place = WorkDirs(folder / "data", folder)
    dataset = CASE.read([UploadedFile(folder / "speech.zip", "speech.zip")], place, "0123456789abcdef", QUIET)
    trainer = made_speech.learn(dataset, folder, scribe, report, epochs=10, learning_rate=0.02)
    evaluation = trainer.evaluate(report)
    data = {**trainer.counts, "set_aside": 0}
    told = {"data": data, "test": evaluation.metrics, "references": trainer.references}
    known = trainer.save(folder / "bundle", told, report)
    return trainer, report, evaluation, known, folder / "bundle"


def test_a_column_of_transcripts_makes_the_data_texts(read, part, tmp_path):
    dataset = read()
    assert dataset.task_type == TRANSCRIPTION and Dataset.open(dataset.folder).task_type == TRANSCRIPTION
    assert dataset.samples["label"].str.split().str.len().isin([1, 2]).all()
    told = [note["message"] for note in dataset.notes]
    assert "“{table}”: column “{column}” detected as transcript from its name." in told
    assert tasks.fitting(CASE, dataset).name == "transcribe"
    for asked, task in (("auto", "transcribe"), ("label", "label")):
        assert tasks.decided(CASE, dataset, {"task": asked}) == {"task": task}
    [seen] = CASE.preview([part("speech.zip", made_speech.archive())], tmp_path, {}, QUIET)
    assert [(column.name, column.role) for column in seen.columns] == [("file", "file"), ("transcript", "transcript")]


@pytest.mark.parametrize(("heading", "chosen", "task_type"), [
    ("file,label", {}, CLASSIFICATION), ("file,remarks", {"transcript": "remarks"}, TRANSCRIPTION),
    ("file,transcript", {"label": "transcript"}, CLASSIFICATION),
])  # fmt: skip
def test_a_column_holds_classes_by_its_name_or_what_was_chosen_in_place_of_the_guess(read, heading, chosen, task_type):
    assert read(made_speech.archive(heading=heading), **chosen).task_type == task_type


def test_odd_transcripts_are_found(read):
    dataset = read()
    changed = Dataset.open(dataset.folder, {0: "…", 1: "word " * 200})
    found = {one.name: one.rows.tolist() for one in checks.findings(changed)}
    assert (found["wordless"], found["wordy"], found["hurried"]) == ([0], [1], [1])
    assert "wordless" not in {one.name for one in checks.findings(changed.meant_as(CLASSIFICATION))}


def test_the_halves_compute_what_transformers_does(scribe):
    network = whisper.load(scribe).network.eval()
    frames, tokens = torch.randn(2, 200, 80), torch.randint(0, 12, (2, 5))
    with torch.no_grad():
        whole = network(input_features=frames.transpose(1, 2), decoder_input_ids=tokens).logits
        write = OnnxDecoder(network)
        heard, past = OnnxEncoder(network)(frames), write.start(2)
        for place in range(5):
            scores, past = write(tokens[:, place : place + 1], past, heard)
            torch.testing.assert_close(scores, whole[:, place], atol=1e-5, rtol=1e-4)


def test_it_learns_to_write_and_says_how_far_it_has_come(learnt):
    trainer, report, evaluation, _known, _bundle = learnt
    start, *told = [values for split, values in report.rows if split == "validation"]
    assert start == {"epoch": 0, **trainer.judge.rates(*trainer._beside(trainer.watched, trainer.before))}
    assert all({"loss", "wer", "cer"} <= set(values) for values in told) and told[-1]["loss"] < told[0]["loss"]
    assert set(evaluation.metrics) == set(trainer.references["untouched"]) == {
        "wer", "cer", "raw_wer", "raw_cer", "spelling",
    }  # fmt: skip
    always_one = 2 / 3  # at the least the rate of who writes down one of the three words whatever was said
    assert evaluation.metrics["wer"]["value"] < always_one < 1 < trainer.references["untouched"]["wer"]["value"]
    assert set(trainer.live_references) == {"untouched"}
    assert trainer.note["language"] == "en"
    best = min(told, key=lambda one: one["loss"])
    assert trainer.trained["share"] == 1  # clearly better than it began
    assert evaluation.validation == {"value": best["wer"], "items": len(trainer.watched)}
    table = evaluation.predictions
    assert (table["right"] == (table["plain_label"] == table["plain_predicted"])).all()


def test_a_transcript_that_does_not_fit_its_recording_surprises_the_model(learnt):
    trainer, _, evaluation, *_ = learnt
    table = evaluation.losses
    assert sorted(table["id"]) == sorted(np.concatenate(list(trainer.context.rows.values())))
    assert set(table["part"]) == {"train", "validation", "test"}
    assert ((table["surprise"] > 0) == (table["heard"] != "")).all()
    rows, tokens = trainer.context.rows["train"], list(trainer.texts.tokens)
    row = int(rows[0])
    tokens[row] = next(tokens[other] for other in rows if trainer.texts.said[other] != trainer.texts.said[row])
    asked = SpokenTexts(trainer.transcriber.extractor, trainer.waves, tokens, rows)
    wrong = label_losses.losses(trainer.network, asked, {"train": rows}, trainer.context.device, QUIET).set_index("id")
    assert wrong["loss"].idxmax() == row == wrong["surprise"].idxmax()


def says_the_same(trainer, bundle):
    """Test recordings that two ways to open the bundle answer as the evaluation did, and these answers."""
    tested = trainer.tested
    written = [trainer.transcriber.text(one.tokens) for one in trainer.written_of_test]
    for opened in (predict.load(bundle), predict.load_onnx(bundle)):
        found = tested.compare(predict.predict(opened, tested.given))
        assert found.items == len(written) and not found.wrong
    return [Path(file) for file in tested.given], written


def test_a_bundle_writes_the_same_with_and_without_torch(learnt):
    from transformers import WhisperForConditionalGeneration

    trainer, _report, evaluation, known, bundle = learnt
    files, expected = says_the_same(trainer, bundle)
    table = evaluation.predictions.set_index("id")
    count = trainer.counts["test"]
    assert known["onnx"] == {"items": count, "same": count, "close": [], "of": count}
    answers = CASE.tasks[1].predictor(bundle)(files, show=True)
    assert [answer.labels for answer in answers] == [(text,) for text in expected]
    assert answers[0].probabilities[0] == pytest.approx(table["confidence"].iloc[0], abs=1e-3)
    assert answers[0].shown.startswith("data:image/webp;base64,") and answers[0].moments == ()
    names = {path.name for path in bundle.iterdir()} - {"body"}
    assert names == {"README.md", "README.zh-CN.md", "predict.py", "settings.json", "preprocessing.json",
                     "metrics.json", "features.py", "greedy_decoder.py", "hearing.onnx", "writing.onnx"}  # fmt: skip
    network, told = WhisperForConditionalGeneration.from_pretrained(bundle / "body", output_loading_info=True)
    assert not told["missing_keys"] and network.generation_config.begin_suppress_tokens == [0]
    body = {path.name for path in (bundle / "body").iterdir()} - {"tokenizer_config.json", "special_tokens_map.json"}
    assert body == {"config.json", "model.safetensors", "tokenizer.json", "generation_config.json",
                    "preprocessor_config.json"}  # fmt: skip


def test_a_long_recording_is_answered_with_times(learnt, tmp_path):
    *_, bundle = learnt
    sound = made_speech.spoken(["low"] * 80, np.random.default_rng(0))
    (tmp_path / "long.wav").write_bytes(encoded(sound))
    [answer] = CASE.tasks[1].predictor(bundle)([tmp_path / "long.wav"])
    assert isinstance(answer, Prediction) and len(answer.moments) == 2
    assert answer.moments[0].start == 0 and answer.moments[0].stop == answer.moments[1].start
    assert answer.moments[1].stop == pytest.approx(len(sound) / 16_000)
    assert answer.labels == (" ".join(moment.label for moment in answer.moments if moment.label),)


def test_what_a_model_knew_stays_where_training_does_not_clearly_help(read, scribe, tmp_path):
    before, report = whisper.load(scribe).network.state_dict(), Listening()
    trainer = made_speech.learn(read(), tmp_path, scribe, report, epochs=1, learning_rate=1e-6)
    after = trainer.transcriber.network.state_dict()
    assert all(torch.equal(before[name], after[name].cpu()) for name in before)
    assert trainer.trained["share"] == 0 and report.notes[-1].startswith("The pretrained model was kept:")


def test_the_untouched_model_is_asked_once_for_the_same_data_unless_what_it_said_is_damaged(read, scribe, tmp_path):
    dataset = read()
    first = made_speech.begin(dataset, tmp_path, scribe).before
    [kept] = (tmp_path / "cache/features").rglob("*-texts.json")
    (tmp_path / "other").write_text(json.dumps(dict.fromkeys(json.loads(kept.read_text("utf-8")), "low")), "utf-8")
    checksums.settle(tmp_path / "other", kept)
    assert made_speech.begin(dataset, tmp_path, scribe).before == dict.fromkeys(first, "low")
    kept.write_text("{", "utf-8")
    assert made_speech.begin(dataset, tmp_path, scribe).before == first


def test_data_without_a_word_or_in_a_language_the_network_lacks_are_refused_before_it_learns(read, scribe, tmp_path):
    silent = Dataset.open(read().folder, dict.fromkeys(range(40), "…"))
    with pytest.raises(InputError, match="No recordings are left in the “train” split"):
        made_speech.learn(silent, tmp_path, scribe)
    asked = made_speech.begin(Dataset.open(silent.folder), tmp_path, scribe).context.rows["test"]
    untested = Dataset.open(silent.folder, dict.fromkeys(asked.tolist(), "…"))
    with pytest.raises(InputError, match="No recordings are left in the “test” split"):
        made_speech.begin(untested, tmp_path, scribe)
    (tmp_path / "data").rename(tmp_path / "silent")
    chinese = read(made_speech.archive(words=("高", "低", "中")))
    with pytest.raises(InputError, match=r"100% of the data is in Chinese\..*Choose a model that supports it\."):
        made_speech.learn(chinese, tmp_path / "other", scribe, epochs=1)


def test_what_a_run_takes_is_measured_with_writing_and_packing(read, scribe, tmp_path):
    folder = tmp_path / "profile"
    folder.mkdir()
    settings = CASE.Settings(task="transcribe", model=str(scribe), mode="full", batch_size=4, precision="fp32")
    result = CASE.tasks[1].profile(settings, read(), WorkDirs(folder, tmp_path / "cache"), QUIET)
    pace = CostEstimate(**result["pace"])
    assert all(value >= 0 for value in vars(pace).values()) and json.loads(json.dumps(result)) == result
    assert min(pace.build, pace.prepare, pace.item + pace.step, pace.evaluate, pace.pack, pace.packed) > 0
    assert sorted(path.name for path in folder.iterdir()) == sorted(name for some in result["views"] for name in some)


@pytest.fixture(scope="module")
def chinese(tmp_path_factory):
    """A trainer of a network of two languages that knows Chinese signs by their tones, and its bundle."""
    folder = tmp_path_factory.mktemp("chinese")
    body = made_speech.write_body(folder / "whisper", tongues=True, signs="高低中開开")
    (folder / "data").mkdir()
    (folder / "speech.zip").write_bytes(made_speech.archive(60, words=("高", "开", "中"), between=""))
    place = WorkDirs(folder / "data", folder)
    dataset = CASE.read([UploadedFile(folder / "speech.zip", "speech.zip")], place, "0123456789abcdef", QUIET)
    trainer = made_speech.learn(dataset, folder, body, epochs=8, learning_rate=0.02)
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
