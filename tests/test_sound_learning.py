"""A pretrained network that hears learns a person's labels; what leaves stands alone and says what the network says."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import zipfile
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
from sounds import shared, sweep, tone

from cases.base import UploadedFile, WorkDirs
from cases.speech import CASE, decoder, predict, reader
from cases.speech.audio import encoders, extractors, features
from cases.speech.audio.encoders import load_body
from cases.speech.audio.features import WhisperFeatures, padded
from cases.speech.settings import Settings
from cases.speech.trainer import build
from models.onnx import runtime
from models.progress import QUIET

MODES = {"whisper": "full", "speakers": "lora", "wav2vec2": "full", "hubert": "last_blocks", "ast": "lora"}


@pytest.mark.parametrize(("body", "mode"), [("whisper", "head"), *MODES.items()])
def test_sounds_are_learnt_in_every_mode(learn_sounds, sound_bodies, body, mode):
    more = {"epochs": 15} if mode == "head" else {"augmentation": "none", "epochs": 6}
    trainer = learn_sounds(body, mode=mode, learning_rate=0.01, **more)
    told = trainer.evaluate(QUIET)
    assert told.metrics["accuracy"]["low"] > 1 / 3, told.metrics  # so many by chance
    assert list(trainer.counts.values()) == [84, 18, 18] and len(told.predictions) == 18
    before, after = load_body(sound_bodies[body]).state_dict(), trainer.network.body.state_dict()
    moved = {name for name in before if not torch.equal(before[name], after[name].cpu())}
    assert ("share" in trainer.trained) == (mode != "head")
    assert bool(moved) == (trainer.trained.get("share", 0) > 0)  # else the start was as good
    assert not [name for name in moved if "embed_positions" in name or "feature_extractor" in name]
    if mode == "last_blocks":
        assert moved <= {name for names in trainer.network.body.blocks()[-2:] for name in names}


@pytest.mark.parametrize("body", MODES)
def test_the_head_learns_from_what_the_network_computes_and_training_hears_each_sound_anew(learn_sounds, body):
    trainer = learn_sounds(body, epochs=1)
    rows = [3, 41, 17]
    batch = trainer.items.batches(np.arange(120)).__getitems__(rows)
    with torch.no_grad():
        trainer.network.eval()
        computed = trainer.network.features(batch["frames"], batch["lengths"])
        plain, again = (trainer.network(**batch)["logits"] for _ in range(2))
        trainer.network.train()
        one, other = (trainer.network(**batch)["logits"] for _ in range(2))
    assert np.allclose(trainer.features.open()[rows], computed.numpy(), atol=1e-4)
    assert torch.equal(plain, again) and not torch.equal(one, other)
    if body == "whisper":  # a batch is filled to its longest sound only
        lengths = trainer.items.waves.lengths
        short = np.argsort(lengths)[:5]
        frames = trainer.items.batches(np.arange(120)).__getitems__(short.tolist())["frames"]
        assert frames.shape == (5, 2 * (-(-lengths[short].max() // 320) + 50) + 2, 80)


@pytest.mark.parametrize(
    ("name", "model", "classes", "least"),
    [("spk_fsdd_digits", "whisper-tiny.en", 10, 0.85), ("spk_fsdd_speaker", "ge2e-speaker-encoder", 6, 0.9)],
)
def test_a_hundred_real_recordings_are_enough(text_model, zip_of, tmp_path, name, model, classes, least):
    with zipfile.ZipFile(shared(name) / "test.zip") as archive:
        some = {one: archive.read(one) for one in sorted(archive.namelist())[::3] if one.endswith(".wav")}
    (tmp_path / "data").mkdir()
    part = UploadedFile(zip_of(tmp_path / "some.zip", some), "some.zip")
    read = reader.read([part], tmp_path / "data", "digest", QUIET)
    settings = Settings(model=str(text_model(model)), test=0.4, validation=0.1)
    trainer = build(settings, read, WorkDirs(tmp_path / "run", tmp_path / "cache"), QUIET)
    trainer.fit(QUIET)
    told = trainer.evaluate(QUIET)
    assert len(read.classes) == classes and len(told.predictions) >= 30
    assert told.metrics["accuracy"]["value"] >= least, told.metrics


FILES = {"whisper": "whisper", "speakers": "ge2e", "wav2vec2": "wav2vec2", "ast": "ast"}
KINDS = pytest.mark.parametrize("kind", FILES)

CONVOLUTIONS = {"conv_kernel": [10, 3, 3, 3, 3, 2, 2], "conv_stride": [5, 2, 2, 2, 2, 2, 2]}  # of wav2vec2-base
LEFT = {  # how the bundle of each kind came to be
    "whisper": {"mode": "full"}, "speakers": {"mode": "lora"}, "wav2vec2": {"mode": "lora"},
    "hubert": {"mode": "head"}, "ast": {"mode": "full"},
}  # fmt: skip
HIDDEN = {"mode": "head", "hidden": 8, "activation": "gelu"}


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

    return lambda kind="whisper", **chosen: kept(kind, tuple(sorted((chosen or LEFT[kind]).items())))


@pytest.mark.parametrize(("kind", "chosen"), [*LEFT.items(), ("whisper", HIDDEN)])
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


@pytest.mark.parametrize(("rate", "form"), [(8000, "WAV"), (44_100, "FLAC"), (16_000, "OGG"), (48_000, "MP3")])
def test_the_script_reads_a_file_as_the_case_does(tmp_path, rate, form):
    file = tmp_path / f"a.{form.lower()}"
    soundfile.write(file, np.stack([tone(0.7, 440, rate), tone(0.7, 900, rate)], 1), rate, format=form)
    ours = decoder.heard(file)[1]
    assert predict.decode(file).shape == ours.shape and np.abs(predict.decode(file) - ours).max() < 1e-5


# The libraries are loaded once: each script then runs in a process of its own, with its folder in front, as by itself.
SCRIPTS = """
import os, runpy, sys, torch, safetensors.torch, soundfile, soxr, transformers
for bundle in sys.argv[1:]:
    if not (child := os.fork()):
        sys.path[0], sys.argv = bundle, [f"{bundle}/predict.py", "low.wav", "high.wav"]
        runpy.run_path(sys.argv[0], run_name="__main__")
        assert not {"cases", "models", "runs"} & {*sys.modules}
        sys.stdout.flush()
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
"""


def test_the_scripts_work_without_casebook(learnt_sounds, tmp_path):
    program = tmp_path / "scripts.py"
    program.write_text(SCRIPTS)
    bundles = [shutil.copytree(learnt_sounds(kind), tmp_path / kind) for kind in FILES]
    files = [tmp_path / "low.wav", tmp_path / "high.wav"]
    for file, hertz in zip(files, (300, 2700), strict=True):
        soundfile.write(file, tone(made_sounds.LONG[0], hertz), 16_000)
    expected = [label for bundle in bundles for label in CASE.tasks[0].predict(bundle, files)]
    ran = subprocess.run([sys.executable, program, *bundles], cwd=tmp_path, capture_output=True, text=True)
    told = [line.split("\t")[:2] for line in ran.stdout.splitlines()]
    assert told == [[files[n % 2].name, label] for n, label in enumerate(expected)], ran.stderr


def test_whispers_encoder_loads_by_the_standard_loader_and_is_what_was_trained(left):
    from transformers.models.whisper.modeling_whisper import WhisperEncoder

    trainer, bundle, _ = left()
    body, told = WhisperEncoder.from_pretrained(bundle / "body", output_loading_info=True)
    assert not told["missing_keys"] and not told["unexpected_keys"]
    for name, value in trainer.network.body.encoder.state_dict().items():
        assert torch.equal(body.state_dict()[name], value), name


@KINDS
def test_a_bundle_holds_the_code_it_learnt_from_and_a_body_that_can_be_fine_tuned_again(left, kind):
    trainer, bundle, _ = left(kind)
    encoder = import_module(f"cases.speech.audio.encoders.{FILES[kind]}")
    for name, module in {"features.py": features, "encoder.py": encoder}.items():
        assert (bundle / name).read_bytes() == Path(module.__file__).read_bytes()
    again, frames = encoders.load_body(bundle / "body"), trainer.items.extractor.frames(tone(1.7))
    batch = {name: torch.from_numpy(array) for name, array in padded([frames]).items()}
    with torch.no_grad():
        assert torch.equal(again.eval()(**batch), trainer.network.body(**batch))
    assert extractors.load(bundle / "body") == trainer.items.extractor


def test_a_body_that_stayed_as_it_was_is_on_the_disk_once_without_its_decoder_and_mended_where_damaged(left, tmp_path):
    trainer, bundle, _ = left(**HIDDEN)
    trainer.save(tmp_path / "again", RESULT, QUIET)
    one, other = (folder / "body/model.safetensors" for folder in (bundle, tmp_path / "again"))
    assert os.path.samefile(one, other)
    with one.open("rb") as file:
        assert b"decoder" not in file.read(20_000)
    (kept,) = (trainer.context.place.cache / "bodies").glob("*/model.safetensors")
    whole = kept.read_bytes()
    kept.unlink()  # the bundle's is another name of it
    kept.write_bytes(whole[:-40] + bytes(40))
    trainer.save(tmp_path / "mended", RESULT, QUIET)
    assert (tmp_path / "mended/body/model.safetensors").read_bytes() == whole


@pytest.mark.parametrize("chosen", [HIDDEN, LEFT["whisper"]], ids=["head", "full"])
def test_the_onnx_file_reads_the_weights_of_the_body_and_takes_any_length(left, chosen):
    _, bundle, _ = left(**chosen)
    inside = [tensor for tensor in onnx.load(bundle / runtime.FILE, load_external_data=False).graph.initializer
              if len(tensor.raw_data) > 1024 and ".head." not in tensor.name]  # fmt: skip
    assert not inside
    model, extractor = runtime.load(bundle / runtime.FILE), WhisperFeatures(80)
    long, short = extractor.frames(tone(30.0, 900)), extractor.frames(tone(0.1, 300))
    together, alone = model(padded([long, short])), model(padded([short]))
    assert np.allclose(together.sum(1), 1, atol=1e-5) and np.allclose(together[1], alone[0], atol=1e-5)


@KINDS
def test_the_card_says_what_a_stranger_must_know(left, kind):
    _, bundle, known = left(kind)
    card = (bundle / "README.md").read_text("utf-8")
    for told in (
        "A classifier of recordings into 3 classes: high, low, middle.", "| licence of its weights | not stated",
        "84 recordings to train, 18 to validate, 18 to test", "| high | 40 |", "\n    pip install torch ",
        "| logistic regression on MFCC statistics | 0.500 (0.400 to 0.600) |",
        f"| ONNX file | same label on {known['onnx']['same']} of 18 test recordings",
    ):  # fmt: skip
        assert told in card, told
    assert ("WhisperEncoder" in card, "AutoModel" in card) == (kind == "whisper", kind in ("wav2vec2", "ast"))


def test_the_lines_of_the_card_work(learnt_sounds, tmp_path):
    bundle = shutil.copytree(learnt_sounds("whisper"), tmp_path / "bundle")
    soundfile.write(bundle / "recording.wav", tone(2.0, 2700), 16_000)
    card = (bundle / "README.md").read_text("utf-8")
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
