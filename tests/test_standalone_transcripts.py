"""A transcriber or recommender that leaves for other programs answers as its bundle, by what its JSON tells."""

from __future__ import annotations

import json
import random

import made_items
import made_speech
import pytest
import soundfile
import torch
from safetensors import safe_open
from test_standalone import is_alone
from tokenizers import Tokenizer

import cases
from cases.base import UploadedFile, WorkDirs
from cases.recommendation.portable import ByMean
from cases.recommendation.towers import DecayedMeanTower, SASRec
from cases.speech import reader
from cases.speech.transcription import pieces, standalone_predict
from models.progress import QUIET

CASE = cases.get("speech")
TASK = CASE.tasks[1]


@pytest.fixture(scope="module")
def learnt(tmp_path_factory):
    """The data and the bundle of a small Whisper that knows words by their tones; not to be changed."""
    folder = tmp_path_factory.mktemp("speaking")
    (folder / "data").mkdir()
    (folder / "speech.zip").write_bytes(made_speech.archive(40))
    given = [UploadedFile(folder / "speech.zip", "speech.zip")]
    dataset = CASE.read(given, WorkDirs(folder / "data", folder), "0123456789abcdef", QUIET)
    body = made_speech.write_body(folder / "body", width=128)
    trainer = made_speech.learn(dataset, folder, body, epochs=3, learning_rate=0.003)
    evaluation = trainer.evaluate(QUIET)
    data = {**trainer.counts, "set_aside": 0}
    told = {"data": data, "test": evaluation.metrics, "references": trainer.references}
    trainer.save(folder / "bundle", told, QUIET)
    return dataset, folder / "bundle", evaluation


def written(learnt, folder, choice="float32"):
    dataset, bundle, _evaluation = learnt
    folder.mkdir()
    told = TASK.standalone(bundle, folder, choice, dataset, QUIET)
    assert json.loads((folder / "model.json").read_text("utf-8")) == json.loads(json.dumps(told))
    return told


def proven(learnt, folder):
    dataset, bundle, evaluation = learnt
    return TASK.prove_standalone(bundle, folder, dataset, evaluation, QUIET)


def test_a_recording_goes_in_as_samples_and_its_text_comes_out(learnt, tmp_path):
    told = written(learnt, tmp_path / "model")
    assert (told["kind"], told["modality"], told["sample_rate"], told["language"]) == (
        "transcription", "audio", 16_000, "en",
    )  # fmt: skip
    found = proven(learnt, tmp_path / "model")
    assert found["items"] == found["of"] == found["same"] == len(learnt[2].predictions) > 0
    assert found["metric"] == "wer" and found["value"] == found["value_full"]
    files = {file.name: file.stat().st_size for file in (tmp_path / "model").iterdir()
             if file.name not in ("model.json", "predict.py")}  # fmt: skip
    assert told["size"] == sum(files.values()) and set(files) == {"encoder.onnx", "decoder.onnx", "pieces.json"}
    assert all(is_alone(tmp_path / "model" / told["files"][part]) for part in ("encoder", "decoder"))
    dataset, bundle, _evaluation = learnt  # what its JSON tells is enough to write as the app does
    model, waves = standalone_predict.load(tmp_path / "model"), reader.sounds(dataset)
    recordings = [tmp_path / f"{row}.wav" for row in range(6)]
    for row, file in enumerate(recordings):
        soundfile.write(file, waves[row], 16_000, subtype="FLOAT")
    answers = TASK.predictor(bundle)(recordings)
    assert standalone_predict.predict(model, recordings) == [one.labels[0] for one in answers]


def test_eight_and_four_bits_make_it_smaller_and_leave_most_as_it_is(learnt, tmp_path):
    choices = TASK.standalone_choices(learnt[1])
    sizes = {choice: written(learnt, tmp_path / choice, choice)["size"] for choice in choices}
    assert sizes["int4"] < sizes["int8"] < 0.6 * sizes["float32"]
    found = proven(learnt, tmp_path / "int8")
    assert found["same"] >= 0.9 * found["items"]


def text(known, tokens):
    told = {"between": known.between, "replaced": ("", "")}
    return standalone_predict.text({"text": told, "pieces": known.of_token}, tokens)


def test_pieces_make_the_same_text_as_the_tokenizer(text_model):
    """Of a real Whisper, for texts in several scripts and for tokens by chance, whose bytes may be no UTF-8."""
    tokenizer = Tokenizer.from_file(str(text_model("whisper-tiny.en") / "tokenizer.json"))
    known, chance = pieces.of(tokenizer), random.Random(0)
    texts = [" It's three o'clock…", " naïve café", "今天，下雨了。", "🎉 <|endoftext|> \u0000"]
    every = [tokenizer.encode(text, add_special_tokens=False).ids for text in texts]
    every += [chance.choices(range(tokenizer.get_vocab_size()), k=chance.randrange(12)) for _ in range(300)]
    assert [text(known, tokens) for tokens in every] == [
        tokenizer.decode(tokens, skip_special_tokens=True).strip() for tokens in every
    ]  # fmt: skip


@pytest.fixture(scope="module")
def books(tmp_path_factory):
    return made_items.write(tmp_path_factory.mktemp("books") / "data")


@pytest.fixture(scope="module", params=["towers", "factors", "residual", "list"])
def ranker(request, books, text_body, tmp_path_factory):
    """A trainer and its bundle, for each kind of what may be kept."""
    folder = tmp_path_factory.mktemp(request.param)
    chosen = {"network": request.param, "model": str(text_body), "learning_rate": 0.02, "epochs": 2}
    trainer = made_items.learn(books, folder, QUIET, **chosen)
    trainer.save(folder / "run/bundle", made_items.result_of(trainer, QUIET), QUIET)
    return trainer, folder / "run/bundle"


def test_the_user_network_is_there_as_safetensors_too(ranker):
    trainer, bundle = ranker
    people, stored = trainer.portable.people, bundle / "user.safetensors"
    assert stored.exists() == (people is not None)
    if people is None:
        return
    with safe_open(stored, "pt") as file:
        told = json.loads(file.metadata()["user"])
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    assert int(told["longest"]) == trainer.portable.longest and float(told["share"]) == people.share
    assert told["network"] in (DecayedMeanTower.__name__, ByMean.__name__, SASRec.__name__)
    learnt_ones = people.people.state_dict()
    assert all(torch.equal(value, learnt_ones[f"people.{name}" if f"people.{name}" in learnt_ones else name])
               for name, value in tensors.items())  # fmt: skip
