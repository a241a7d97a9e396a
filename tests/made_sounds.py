"""Noisy tones, the pitch of which tells the class; small networks that hear them; what a run would say of them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import soundfile
from sounds import encoded, tone

from cases.base import WorkDirs
from cases.dataset import Dataset

PITCHES = {"low": 300, "middle": 900, "high": 2700}
SHORT, LONG = (0.1, 0.5), (1.6, 1.7)  # seconds; an untrained LSTM forgets what silence follows
FIGURES = {name: {"value": 0.5, "low": 0.4, "high": 0.6} for name in ("accuracy", "macro_f1")}
RESULT = {
    "data": {"train": 84, "validation": 18, "test": 18},
    "test": FIGURES,
    "references": {"majority": FIGURES, "frozen_features": FIGURES, "mfcc": FIGURES},
}


def wave(label, random, seconds, silence=0.0):
    """A tone after some and before some more of `silence` seconds."""
    sound = tone(seconds, PITCHES[label] * random.uniform(0.9, 1.1))
    before = random.uniform(0, silence) if silence else 0.0
    sound = np.pad(sound, (round(16_000 * before), round(16_000 * (silence - before))))
    return (sound + random.normal(0, 0.02, len(sound))).astype(np.float32)


def seconds(body):
    """The shortest and the longest that suit it."""
    return LONG if body == "speakers" else SHORT


def recordings(count, seed=0):
    """The files of class folders, short ones."""
    random = np.random.default_rng(seed)
    labels = [list(PITCHES)[number % 3] for number in range(count)]
    return {f"{label}/{number:03}.wav": encoded(wave(label, random, random.uniform(*SHORT)))
            for number, label in enumerate(labels)}  # fmt: skip


def write(folder, body="whisper", silence=0.0, count=120, **columns):
    """So many recordings of the lengths that suit the `body`; with what each of the samples has besides."""
    from cases.speech import reader
    from models.storage import ragged_array

    random = np.random.default_rng(0)
    made = Dataset(folder, "0123456789abcdef", "speech", "tones", tuple(sorted(PITCHES)))
    (made.folder / "files").mkdir(parents=True, exist_ok=True)
    labels = [list(PITCHES)[number % 3] for number in range(count)]
    waves = [wave(label, random, random.uniform(*seconds(body)), silence) for label in labels]
    names = [f"{number}.wav" for number in range(count)]
    for name, one in zip(names, waves, strict=True):
        soundfile.write(made.file(name), one, 16_000, subtype="FLOAT")
    kept = ragged_array.write(made.folder / reader.SOUNDS, waves)
    made.save(pd.DataFrame({"name": names, "file": names, "label": labels, "split": "", "lies": False,
                            "kept": kept.lengths, **columns}), pd.DataFrame({"name": [], "reason": []}))  # fmt: skip
    return made


def write_body(folder, kind="whisper", **larger):
    """A small network that was never trained, as its makers save one."""
    import torch

    torch.set_num_threads(1)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        BODIES[kind](folder, **larger)
    return folder


def _whisper(folder, width=32):
    from transformers import WhisperConfig, WhisperModel

    config = WhisperConfig(vocab_size=20, num_mel_bins=80, encoder_layers=2, decoder_layers=1, d_model=width,
                           encoder_attention_heads=2, decoder_attention_heads=2, encoder_ffn_dim=2 * width,
                           decoder_ffn_dim=32, pad_token_id=0, bos_token_id=1, eos_token_id=2,
                           decoder_start_token_id=1)  # fmt: skip
    WhisperModel(config).save_pretrained(folder)


def _speakers(folder):
    from cases.speech.audio.encoders.ge2e import SpeakerEncoder

    SpeakerEncoder(40, 32, 2, 24).save(folder)


SMALL = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 64}
CONVOLUTIONS = {
    "conv_dim": (32, 32, 32), "conv_kernel": (10, 8, 4), "conv_stride": (5, 8, 8), "num_feat_extract_layers": 3,
    "num_conv_pos_embeddings": 8, "num_conv_pos_embedding_groups": 2,
}  # fmt: skip


def _wav2vec2(folder):
    from transformers import Wav2Vec2Config, Wav2Vec2FeatureExtractor, Wav2Vec2ForCTC

    lively(Wav2Vec2ForCTC(Wav2Vec2Config(**SMALL, **CONVOLUTIONS, vocab_size=12))).save_pretrained(folder)
    Wav2Vec2FeatureExtractor().save_pretrained(folder)


def _hubert(folder):
    """As the larger ones are: each convolution normalises by itself, and the last thing is a normalisation."""
    from transformers import HubertConfig, HubertModel, Wav2Vec2FeatureExtractor

    config = HubertConfig(**SMALL, **CONVOLUTIONS, do_stable_layer_norm=True, feat_extract_norm="layer")
    lively(HubertModel(config)).save_pretrained(folder)
    Wav2Vec2FeatureExtractor(do_normalize=False).save_pretrained(folder)


def _ast(folder):
    from transformers import ASTConfig, ASTFeatureExtractor, ASTForAudioClassification

    config = ASTConfig(**SMALL, max_length=64, num_mel_bins=64, num_labels=5)
    lively(ASTForAudioClassification(config)).save_pretrained(folder)
    ASTFeatureExtractor(max_length=64, num_mel_bins=64, mean=-3.0, std=4.0).save_pretrained(folder)


def lively(network):
    """With weights large enough that sounds differ in what it makes of them."""
    import torch

    for name, parameter in network.named_parameters():
        if parameter.ndim > 1 and "original0" not in name:
            torch.nn.init.normal_(parameter, std=0.15)
    return network


BODIES = {"whisper": _whisper, "speakers": _speakers, "wav2vec2": _wav2vec2, "hubert": _hubert, "ast": _ast}


def build(dataset, folder, report, **chosen):
    """A trainer with a cache and a run's folder below `folder`."""
    from cases.speech import trainer
    from cases.speech.settings import Settings

    settings = Settings(**{"precision": "fp32", "epochs": 6, "batch_size": 8, **chosen})
    return trainer.build(settings, dataset, WorkDirs(folder / "run", folder / "cache"), report)


def learn(dataset, folder, report, **chosen):
    """The same, once it has trained."""
    trainer = build(dataset, folder, report, **chosen)
    trainer.fit(report)
    return trainer
