"""A pretrained network that hears learns a person's labels; what leaves stands alone and says what the network says."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from functools import cache
from importlib import import_module
from itertools import product
from pathlib import Path

import made_sounds
import numpy as np
import onnx
import pytest
import soundfile
import torch
from made_sounds import RESULT
from sounds import encoded, said, tone

from cases.base import UploadedFile, WorkDirs
from cases.speech import predict, reader
from cases.speech.audio import encoders, extractors, features
from cases.speech.audio.encoders import load_body
from cases.speech.audio.features import WhisperFeatures, padded
from cases.speech.settings import Settings
from cases.speech.spoken_commands import ENGLISH, VOICES
from cases.speech.trainer import build
from models.onnx import runtime
from models.progress import QUIET

MODES = {"whisper": "full", "speakers": "lora", "wav2vec2": "full", "hubert": "last_blocks", "ast": "lora"}


@pytest.mark.slow
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


@pytest.mark.slow
@pytest.mark.parametrize(
    ("model", "label", "classes", "least"),
    [("whisper-tiny.en", "{1}", 10, 0.85), ("ge2e-speaker-encoder", "{0}", 12, 0.75)],
)
def test_a_hundred_spoken_words_are_enough(text_model, zip_of, tmp_path, model, label, classes, least):
    orders = list(product(VOICES["train"][::2], ENGLISH.commands))
    some = {f"{label.format(*order)}/{'_'.join(order)}.wav": encoded(sound)
            for order, sound in zip(orders, said(orders), strict=True)}  # fmt: skip
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


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "chosen"), [*LEFT.items(), ("whisper", HIDDEN)])
def test_a_bundle_says_what_the_network_says(left, kind, chosen):
    trainer, bundle, known = left(kind, **chosen)
    tested = trainer.tested
    found = tested.compare(predict.predict(predict.load(bundle), tested.given))
    assert found.items == 18 and not found.wrong and found.largest < 1e-4
    assert (known["onnx"]["items"], known["onnx"]["same"]) == (18, 18 - len(known["onnx"]["close"]))
    assert known["onnx"]["largest_difference"] < 1e-4
    assert json.loads((bundle / "metrics.json").read_text())["onnx"] == known["onnx"]


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


@pytest.mark.slow
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
