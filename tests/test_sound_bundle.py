"""What leaves a training on sounds stands alone, says what the network says, and takes no more room than it must."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from functools import cache
from importlib import import_module
from pathlib import Path

import made_sounds
import numpy as np
import onnx
import plain_features
import pytest
import soundfile
import torch
from made_sounds import RESULT
from sounds import sweep, tone

from cases.speech import CASE, decoder, predict
from cases.speech.audio import features
from cases.speech.audio.features import WhisperFeatures, padded
from models.onnx import runtime
from models.progress import QUIET

FILES = {"whisper": "whisper", "speakers": "ge2e", "wav2vec2": "wav2vec2", "ast": "ast"}
KINDS = pytest.mark.parametrize("kind", FILES)

CONVOLUTIONS = {"conv_kernel": [10, 3, 3, 3, 3, 2, 2], "conv_stride": [5, 2, 2, 2, 2, 2, 2]}  # of wav2vec2-base


@pytest.fixture(scope="module")
def left(sound_bodies, seen_sounds, tmp_path_factory):
    """The trainer of a kind of body by some settings, its bundle and what is known of it; they are not to be
    changed."""

    @cache
    def kept(kind, chosen):
        folder = tmp_path_factory.mktemp(f"left_{kind}")
        tones = made_sounds.write(folder / "data", kind)
        shutil.copytree(seen_sounds(kind), folder / "cache")
        settings = {"model": str(sound_bodies[kind]), "epochs": 2, "learning_rate": 0.005, **dict(chosen)}
        trainer = made_sounds.learn(tones, folder, QUIET, **settings)
        return trainer, folder / "bundle", trainer.save(folder / "bundle", RESULT, QUIET)

    return lambda kind="whisper", **chosen: kept(kind, tuple(sorted(chosen.items())))


HEAD, LORA, FULL = ({"mode": mode} for mode in ("head", "lora", "full"))
HIDDEN = {"mode": "head", "hidden": 8, "activation": "gelu"}


@pytest.mark.parametrize(
    ("kind", "chosen"),
    [(kind, chosen) for kind in ("whisper", "speakers") for chosen in (HEAD, HIDDEN, LORA, FULL)]
    + [("wav2vec2", HEAD), ("wav2vec2", LORA), ("hubert", FULL), ("ast", HEAD), ("ast", FULL)],
)
def test_a_bundle_says_what_the_network_says(left, kind, chosen):
    trainer, bundle, known = left(kind, **chosen)
    tested = trainer.tested
    found = tested.compare(predict.predict(predict.load(bundle), tested.given))
    assert found.items == 18 and not found.wrong and found.largest < 1e-4
    assert (known["onnx"]["items"], known["onnx"]["same"]) == (18, 18 - len(known["onnx"]["close"]))
    assert known["onnx"]["largest_difference"] < 1e-4
    assert json.loads((bundle / "metrics.json").read_text())["onnx"] == known["onnx"]


CONFIGS = {
    "whisper": {"num_mel_bins": 80}, "ge2e_speaker_encoder": {"num_mel_bins": 40},
    "wav2vec2": CONVOLUTIONS, "hubert": CONVOLUTIONS, "audio-spectrogram-transformer": {"num_mel_bins": 128},
}  # fmt: skip
PLAIN = {
    "whisper": lambda wave, normalised: plain_features.whisper_frames(wave, 80),
    "ge2e_speaker_encoder": lambda wave, normalised: plain_features.voice_frames(wave, 40),
    "audio-spectrogram-transformer": lambda wave, normalised: plain_features.kaldi_frames(wave, 128),
    **dict.fromkeys(
        ("wav2vec2", "hubert"),
        lambda wave, normalised: plain_features.samples(wave, CONVOLUTIONS, {"do_normalize": normalised}),
    ),
}


@pytest.mark.parametrize("kind", CONFIGS)
@pytest.mark.parametrize("samples", [1, 160, 5000, 30_000, 41_234, 480_000])
def test_the_features_of_a_sound_are_those_of_the_plain_formulas(kind, samples):
    wave = sweep(samples)
    for normalised in (True, False):
        made = features.extractor({"model_type": kind, **CONFIGS[kind]}, {"do_normalize": normalised}).frames(wave)
        expected = PLAIN[kind](wave, normalised)
        assert made.shape == expected.shape and np.abs(made - expected).max() < 1e-6


@KINDS
def test_features_and_encoder_that_leave_with_a_model_are_those_it_learnt_from(learnt_sounds, kind):
    bundle, encoder = learnt_sounds(kind), import_module(f"cases.speech.audio.encoders.{FILES[kind]}")
    assert (bundle / "features.py").read_bytes() == Path(features.__file__).read_bytes()
    assert (bundle / "encoder.py").read_bytes() == Path(encoder.__file__).read_bytes()


@pytest.mark.parametrize(("rate", "form"), [(8000, "WAV"), (44_100, "FLAC"), (16_000, "OGG"), (48_000, "MP3")])
def test_the_script_reads_a_file_as_the_case_does(tmp_path, rate, form):
    file = tmp_path / f"a.{form.lower()}"
    soundfile.write(file, np.stack([tone(0.7, 440, rate), tone(0.7, 900, rate)], 1), rate, format=form)
    ours = decoder.heard(file)[1]
    assert predict.decode(file).shape == ours.shape and np.abs(predict.decode(file) - ours).max() < 1e-5


@KINDS
def test_the_script_works_without_casebook(learnt_sounds, tmp_path, kind):
    away = shutil.copytree(learnt_sounds(kind), tmp_path / "away")
    files = [tmp_path / "low.wav", tmp_path / "high.wav"]
    for file, hertz in zip(files, (300, 2700), strict=True):
        soundfile.write(file, tone(made_sounds.seconds(kind)[1], hertz), 16_000)
    expected = CASE.tasks[0].predict(away, files)
    ran = subprocess.run(
        [sys.executable, away / "predict.py", "low.wav", "high.wav"], cwd=tmp_path, capture_output=True, text=True
    )
    assert [line.split("\t")[:2] for line in ran.stdout.splitlines()] == [
        ["low.wav", expected[0]], ["high.wav", expected[1]]], ran.stderr  # fmt: skip


def test_whispers_encoder_loads_by_the_standard_loader_and_is_what_was_trained(left):
    from transformers.models.whisper.modeling_whisper import WhisperEncoder

    trainer, bundle, _ = left(mode="full")
    body, told = WhisperEncoder.from_pretrained(bundle / "body", output_loading_info=True)
    assert not told["missing_keys"] and not told["unexpected_keys"]
    for name, value in trainer.network.body.encoder.state_dict().items():
        assert torch.equal(body.state_dict()[name], value), name


@KINDS
def test_the_body_of_a_bundle_can_be_fine_tuned_again(left, kind):
    from cases.speech.audio import encoders, extractors

    trainer, bundle, _ = left(kind, mode="full")
    again, frames = encoders.load_body(bundle / "body"), trainer.items.extractor.frames(tone(1.7))
    batch = {name: torch.from_numpy(array) for name, array in padded([frames]).items()}
    with torch.no_grad():
        assert torch.equal(again.eval()(**batch), trainer.network.body(**batch))
    assert extractors.load(bundle / "body") == trainer.items.extractor


def test_a_body_that_stayed_as_it_was_is_on_the_disk_once_and_without_its_decoder(left, tmp_path):
    trainer, bundle, _ = left(mode="head")
    trainer.save(tmp_path / "again", RESULT, QUIET)
    one, other = (folder / "body/model.safetensors" for folder in (bundle, tmp_path / "again"))
    assert os.path.samefile(one, other)
    with (bundle / "body/model.safetensors").open("rb") as file:
        assert b"decoder" not in file.read(20_000)


def test_a_kept_body_that_was_damaged_is_written_again_before_it_is_shared(learn_sounds, tmp_path):
    trainer = learn_sounds("whisper", epochs=1)
    trainer.save(tmp_path / "bundle", RESULT, QUIET)
    (kept,) = (tmp_path / "cache/bodies").glob("*/model.safetensors")
    whole = kept.read_bytes()
    kept.unlink()  # the bundle's is another name of it
    kept.write_bytes(whole[:-40] + bytes(40))
    trainer.save(tmp_path / "again", RESULT, QUIET)
    assert (tmp_path / "again/body/model.safetensors").read_bytes() == whole


@pytest.mark.parametrize("mode", ["head", "lora"])
def test_the_onnx_file_reads_the_weights_of_the_body_and_takes_any_length(left, mode):
    _, bundle, _ = left(mode=mode)
    inside = [tensor for tensor in onnx.load(bundle / runtime.FILE, load_external_data=False).graph.initializer
              if len(tensor.raw_data) > 1024 and ".head." not in tensor.name]  # fmt: skip
    assert not inside
    model, extractor = runtime.load(bundle / runtime.FILE), WhisperFeatures(80)
    long, short = extractor.frames(tone(30.0, 900)), extractor.frames(tone(0.1, 300))
    together, alone = model(padded([long, short])), model(padded([short]))
    assert np.allclose(together.sum(1), 1, atol=1e-5) and np.allclose(together[1], alone[0], atol=1e-5)


@KINDS
def test_the_card_says_what_a_stranger_must_know_and_its_lines_work(learnt_sounds, tmp_path, kind):
    bundle = shutil.copytree(learnt_sounds(kind), tmp_path / "bundle")
    known, card = json.loads((bundle / "metrics.json").read_text()), (bundle / "README.md").read_text("utf-8")
    for told in (
        "A classifier of recordings into 3 classes: high, low, middle.", "| licence of its weights | not stated",
        "84 recordings to train, 18 to validate, 18 to test", "| high | 40 |", "\n    pip install torch ",
        "| logistic regression on MFCC statistics | 0.500 (0.400 to 0.600) |",
        f"| ONNX file | same label on {known['onnx']['same']} of 18 test recordings",
    ):  # fmt: skip
        assert told in card, told
    assert ("WhisperEncoder" in card, "AutoModel" in card) == (kind == "whisper", kind in ("wav2vec2", "ast"))
    soundfile.write(bundle / "recording.wav", tone(2.0, 2700), 16_000)
    lines = [line.strip() for line in card.splitlines() if line.startswith("    ")][2:5]
    program = "\n".join([*lines, "import sys", "assert 'torch' not in sys.modules", "print(probabilities.shape)"])
    ran = subprocess.run([sys.executable, "-c", program], cwd=bundle, capture_output=True, text=True)
    assert (ran.returncode, ran.stdout) == (0, "(1, 3)\n"), ran.stderr


def test_of_a_recording_whose_header_lies_the_script_is_given_what_was_heard(learn_sounds):
    trainer = learn_sounds(epochs=1)
    rows = trainer.context.rows["test"][:2]
    trainer.context.dataset.samples.loc[rows[0], "lies"] = True
    written, as_brought = trainer.items.given(rows)
    assert Path(as_brought) == trainer.context.dataset.file(f"{rows[1]}.wav").resolve()
    assert np.array_equal(predict.decode(written), trainer.items.waves[rows[0]])
