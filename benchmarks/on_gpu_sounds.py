"""Sounds for `benchmarks.on_gpu`: tones of a height for each class, under noise; a second at most."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from benchmarks.on_gpu_material import CLASSES, Material, Stock, accuracy, divided, found, labels, past_readers
from benchmarks.on_gpu_stock import Classifier
from models.heads.head import Head
from models.storage import ragged_array
from models.training.losses import Loss

KNOWN = ("whisper-base", "whisper-tiny.en")
RATE = 16_000


def prepare(folder: Path, cache: Path, tiny: bool, _size: str = "") -> Material:
    items, batch = sizes(tiny)
    return of_waves(waves(folder, items), cache, batch, tiny=tiny)


def of_waves(heard: ragged_array.RaggedArray, cache: Path, batch: int, *, tiny: bool) -> Material:
    """`heard`: sounds at `RATE`, of classes as `labels` has them; `tiny`: small layers where no weights are found"""
    past_readers()
    from cases.speech.audio import encoders, extractors
    from cases.speech.audio.augment import AudioAugment
    from cases.speech.audio.batches import SoundBatches
    from cases.speech.audio.encoders.whisper import WhisperAudioEncoder
    from cases.speech.audio.features import WhisperFeatures
    from cases.speech.network import SoundNetwork

    weights = found(cache, *KNOWN)
    extractor = extractors.load(weights[0]) if weights else WhisperFeatures(80)

    def body() -> nn.Module:
        if weights:
            return encoders.load_body(weights[0])
        return WhisperAudioEncoder(whisper(tiny).get_encoder())

    def build() -> nn.Module:
        pretrained = body()
        head = Head(pretrained.width, CLASSES, hidden=0, activation="relu", dropout=0.1)
        disturb = AudioAugment(scale=extractor.scale, tail=extractor.tail, noise=True, shift=True, masks=True)
        return SoundNetwork(pretrained, head, Loss("cross_entropy", np.ones(CLASSES)), disturb)

    known = labels(len(heard))

    def of(rows: np.ndarray) -> SoundBatches:
        return SoundBatches(extractor, heard, known, rows)

    learnt, held = divided(len(heard))

    def stock() -> Stock:
        pretrained = Whole(body().encoder)
        chosen = Spectrograms(heard, learnt, extractor.bands, lambda row: int(known[row]))
        width = pretrained.encoder.config.d_model
        return Stock(Classifier(pretrained, width), pretrained, chosen, torch.utils.data.default_collate)

    name = weights[1] if weights else "random Whisper"
    return Material(name, build, of(learnt), of(held), batch, stock, of, accuracy)


def sizes(tiny: bool) -> tuple[int, int]:
    """Items, and those of a batch."""
    return (16, 4) if tiny else (1024, 32)


def waves(folder: Path, items: int) -> ragged_array.RaggedArray:
    random = np.random.default_rng(0)

    def wave(label: int) -> np.ndarray:
        times = np.arange(int(random.uniform(0.75, 1.0) * RATE)) / RATE
        tone = np.sin(2 * np.pi * (300 + 250 * label) * times * random.uniform(0.97, 1.03))
        return (0.3 * tone + random.normal(0, 0.1, len(times))).astype(np.float32)

    return ragged_array.write(folder / "sounds.float32", (wave(label) for label in labels(items)))


def whisper_config(tiny: bool) -> Any:
    """Of a Whisper base, or of a tiny one."""
    from transformers import WhisperConfig

    width, layers = (64, 2) if tiny else (512, 6)
    return WhisperConfig(vocab_size=2000 if tiny else 51_865, num_mel_bins=80, d_model=width, encoder_layers=layers,
                         decoder_layers=layers, encoder_attention_heads=max(2, width // 64), max_source_positions=1500,
                         decoder_attention_heads=max(2, width // 64), encoder_ffn_dim=4 * width,
                         decoder_ffn_dim=4 * width, pad_token_id=0, bos_token_id=1, eos_token_id=1,
                         decoder_start_token_id=2, suppress_tokens=None, begin_suppress_tokens=None)  # fmt: skip


def whisper(tiny: bool) -> nn.Module:
    from transformers import WhisperModel

    return WhisperModel(whisper_config(tiny))


class Whole(nn.Module):
    """Spectrograms of 30 seconds → the mean over all positions (batch, width), as the example has it."""

    def __init__(self, encoder: nn.Module) -> None:
        super().__init__()
        self.encoder = encoder

    def forward(self, input_features: torch.Tensor) -> torch.Tensor:
        return self.encoder(input_features).last_hidden_state.mean(1)


class Spectrograms(torch.utils.data.Dataset):
    """As the example of transformers gives them: a spectrogram of 30 seconds, made anew each time it is taken."""

    def __init__(
        self, heard: ragged_array.RaggedArray, rows: np.ndarray, bands: int, label: Callable[[int], Any]
    ) -> None:
        from transformers import WhisperFeatureExtractor

        self.heard, self.rows, self.label = heard, rows, label
        self.extract = WhisperFeatureExtractor(feature_size=bands)

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, row: int) -> dict[str, Any]:
        at = int(self.rows[row])
        given = self.extract(self.heard[at], sampling_rate=RATE, return_tensors="pt").input_features[0]
        return {"input_features": given, "labels": self.label(at)}
