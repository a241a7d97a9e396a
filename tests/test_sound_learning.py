"""A pretrained network that hears learns a person's labels, by the same steps as pictures and texts do."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from sounds import shared

from cases.base import UploadedFile, WorkDirs
from cases.speech import reader
from cases.speech.settings import Settings
from cases.speech.trainer import build
from models.progress import QUIET

MODES = ("head", "last_blocks", "lora", "full")


@pytest.mark.parametrize(
    ("body", "mode"),
    [(body, mode) for body in ("whisper", "speakers") for mode in MODES]
    + [("wav2vec2", "full"), ("wav2vec2", "lora"), ("hubert", "last_blocks"), ("ast", "lora"), ("ast", "last_blocks")],
)
def test_sounds_are_learnt_in_every_mode(learn_sounds, sound_bodies, body, mode):
    from cases.speech.audio.encoders import load_body

    more = {"epochs": 15} if mode == "head" else {"augmentation": "none", "epochs": 12}
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


@pytest.mark.parametrize("body", ["whisper", "speakers", "wav2vec2", "hubert", "ast"])
def test_what_the_head_learns_from_is_what_the_network_computes(learn_sounds, body):
    trainer = learn_sounds(body, epochs=1)
    rows = np.array([3, 41, 17])
    batch = trainer.items.batches(np.arange(120)).__getitems__(rows.tolist())
    trainer.network.eval()
    with torch.no_grad():
        computed = trainer.network.features(batch["frames"], batch["lengths"])
    assert np.allclose(trainer.features.open()[rows], computed.numpy(), atol=1e-4)


def test_a_batch_is_filled_to_its_longest_sound_only(learn_sounds):
    trainer = learn_sounds(epochs=1)
    lengths = trainer.items.waves.lengths
    short = np.argsort(lengths)[:5]
    frames = trainer.items.batches(np.arange(120)).__getitems__(short.tolist())["frames"]
    assert frames.shape == (5, 2 * (-(-lengths[short].max() // 320) + 50) + 2, 80)


@pytest.mark.parametrize(
    ("name", "model", "classes", "least"),
    [("spk_fsdd_digits", "whisper-tiny.en", 10, 0.9), ("spk_fsdd_speaker", "ge2e-speaker-encoder", 6, 0.95)],
)
def test_two_hundred_real_recordings_are_enough(text_model, tmp_path, name, model, classes, least):
    (tmp_path / "data").mkdir()
    read = reader.read([UploadedFile(shared(name) / "test.zip", "test.zip")], tmp_path / "data", "digest", QUIET)
    settings = Settings(model=str(text_model(model)), test=0.3)
    trainer = build(settings, read, WorkDirs(tmp_path / "run", tmp_path / "cache"), QUIET)
    trainer.fit(QUIET)
    told = trainer.evaluate(QUIET)
    assert (len(read.classes), len(told.predictions)) == (classes, 90)
    assert told.metrics["accuracy"]["value"] >= least, told.metrics


@pytest.mark.parametrize("body", ["whisper", "speakers", "wav2vec2", "ast"])
def test_training_hears_each_sound_anew_and_evaluation_as_it_is(learn_sounds, body):
    trainer = learn_sounds(body, mode="full", epochs=1)
    batch = trainer.items.batches(np.arange(120)).__getitems__([0, 1, 2])
    with torch.no_grad():
        trainer.network.train()
        one, other = (trainer.network(**batch)["logits"] for _ in range(2))
        trainer.network.eval()
        plain, again = (trainer.network(**batch)["logits"] for _ in range(2))
    assert not torch.equal(one, other) and torch.equal(plain, again)
