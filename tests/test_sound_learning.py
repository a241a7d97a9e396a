"""A pretrained network that hears learns a person's labels, by the same steps as pictures and texts do."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
import torch
from sounds import shared, tone

from cases.base import Part, Place
from cases.dataset import Dataset
from cases.speech import data
from cases.speech.learner import build
from cases.speech.settings import Settings
from models import ragged
from models.report import QUIET

PITCHES = {"low": 300, "middle": 900, "high": 2700}
SECONDS = {"whisper": (0.1, 0.5), "speakers": (1.6, 1.7)}  # an untrained LSTM forgets what silence follows
MODES = ("head", "last_blocks", "lora", "full")


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    """The folders of two networks that were never trained, small ones of each kind."""
    from safetensors.torch import save_file
    from transformers import WhisperConfig, WhisperModel

    from models.speakers import SpeakerEncoder

    whisper, speakers = tmp_path_factory.mktemp("whisper"), tmp_path_factory.mktemp("speakers")
    with torch.random.fork_rng():
        torch.manual_seed(0)
        config = WhisperConfig(vocab_size=20, num_mel_bins=80, encoder_layers=2, decoder_layers=1, d_model=32,
                               encoder_attention_heads=2, decoder_attention_heads=2, encoder_ffn_dim=64,
                               decoder_ffn_dim=32, pad_token_id=0, bos_token_id=1, eos_token_id=2,
                               decoder_start_token_id=1)  # fmt: skip
        WhisperModel(config).save_pretrained(whisper)
        sizes = {"num_mel_bins": 40, "hidden_size": 32, "num_hidden_layers": 2, "embedding_size": 24}
        save_file(SpeakerEncoder(*sizes.values()).state_dict(), speakers / "model.safetensors")
    (speakers / "config.json").write_text(json.dumps({"model_type": "ge2e_speaker_encoder", **sizes}))
    return {"whisper": whisper, "speakers": speakers}


@pytest.fixture
def learn(tiny, tmp_path):
    def learning(body="whisper", **chosen):
        settings = Settings(**{"model": str(tiny[body]), "precision": "fp32", "epochs": 6, "batch_size": 8, **chosen})
        dataset = tones(tmp_path / "data", *SECONDS[body])
        learner = build(settings, dataset, Place(tmp_path / "run", tmp_path / "cache"), QUIET)
        learner.fit(QUIET)
        return learner

    return learning


def tones(folder, shortest, longest):
    """120 noisy tones, the pitch of which tells the class."""
    random = np.random.default_rng(0)
    made = Dataset(folder, "0123456789abcdef", "speech", "tones", tuple(sorted(PITCHES)))
    made.folder.mkdir()
    labels = [list(PITCHES)[number % 3] for number in range(120)]
    pitches = [PITCHES[label] * random.uniform(0.8, 1.25) for label in labels]
    waves = [tone(random.uniform(shortest, longest), pitch) for pitch in pitches]
    kept = ragged.write(made.folder / data.SOUNDS, (wave + random.normal(0, 0.05, len(wave)) for wave in waves))
    made.save(pd.DataFrame({"name": [f"{n}.wav" for n in range(120)], "file": "", "label": labels, "split": "",
                            "kept": kept.lengths}), pd.DataFrame({"name": [], "reason": []}))  # fmt: skip
    return made


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("body", ["whisper", "speakers"])
def test_sounds_are_learnt_in_every_mode(learn, tiny, body, mode):
    from models.sounding import load_body

    learner = learn(body, mode=mode, learning_rate=0.005)
    told = learner.evaluate(QUIET)
    assert told.metrics["accuracy"]["low"] > 1 / 3, told.metrics  # so many by chance
    assert list(learner.counts.values()) == [84, 18, 18] and len(told.predictions) == 18
    before, after = load_body(tiny[body]).state_dict(), learner.network.body.state_dict()
    moved = {name for name in before if not torch.equal(before[name], after[name].cpu())}
    assert bool(moved) == (mode != "head")
    assert "encoder.embed_positions.weight" not in moved
    if mode == "last_blocks":
        assert moved <= {name for names in learner.network.body.blocks()[-2:] for name in names}


@pytest.mark.parametrize("body", ["whisper", "speakers"])
def test_what_the_head_learns_from_is_what_the_network_computes(learn, body):
    learner = learn(body)
    rows = np.array([3, 41, 17])
    batch = learner.items.batches(np.arange(120)).__getitems__(rows.tolist())
    learner.network.eval()
    with torch.no_grad():
        computed = learner.network.features(batch["frames"], batch["lengths"])
    assert np.allclose(learner.features.open()[rows], computed.numpy(), atol=1e-4)


def test_a_batch_is_filled_to_its_longest_sound_only(learn):
    learner = learn()
    lengths = learner.items.waves.lengths
    short = np.argsort(lengths)[:5]
    frames = learner.items.batches(np.arange(120)).__getitems__(short.tolist())["frames"]
    assert frames.shape == (5, 2 * (-(-lengths[short].max() // 320) + 50) + 2, 80)


@pytest.mark.parametrize(
    ("name", "model", "classes", "least"),
    [("spk_fsdd_digits", "whisper-tiny.en", 10, 0.9), ("spk_fsdd_speaker", "ge2e-speaker-encoder", 6, 0.95)],
)
def test_two_hundred_real_recordings_are_enough(text_model, tmp_path, name, model, classes, least):
    (tmp_path / "data").mkdir()
    read = data.read([Part(shared(name) / "test.zip", "test.zip")], tmp_path / "data", "digest", QUIET)
    settings = Settings(model=str(text_model(model)), test=0.3)
    learner = build(settings, read, Place(tmp_path / "run", tmp_path / "cache"), QUIET)
    learner.fit(QUIET)
    told = learner.evaluate(QUIET)
    assert (len(read.classes), len(told.predictions)) == (classes, 90)
    assert told.metrics["accuracy"]["value"] >= least, told.metrics
