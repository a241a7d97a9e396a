"""Transcripts for `benchmarks.on_gpu`: the height of a tone is to be written, as a word of three tokens."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import torch
from torch import nn

from benchmarks.on_gpu_material import Material, Stock, divided, found, labels, past_readers
from benchmarks.on_gpu_sounds import KNOWN, Spectrograms, sizes, waves, whisper, whisper_config


def prepare(folder: Path, cache: Path, tiny: bool, _size: str = "") -> Material:
    past_readers()
    from cases.speech.audio.augment import AudioAugment
    from cases.speech.audio.features import WhisperFeatures
    from cases.speech.transcription import whisper as pretrained
    from cases.speech.transcription.seq2seq import SpokenTexts, WhisperSeq2Seq

    weights = found(cache, *KNOWN)
    rules = pretrained.load(weights[0], None).rules if weights else SimpleNamespace(prefix=(2, 3), end=1)

    def build() -> nn.Module:
        body = pretrained.load(weights[0], None).network.model if weights else whisper(tiny)
        extractor = WhisperFeatures(body.config.num_mel_bins)
        disturb = AudioAugment(scale=extractor.scale, tail=extractor.tail, noise=True, shift=True, masks=True)
        return WhisperSeq2Seq(body, rules.prefix, disturb)

    items, batch = sizes(tiny)
    heard, extractor = waves(folder, items), WhisperFeatures(80)
    tokens = [[100 + 3 * label, 101 + 3 * label, 102 + 3 * label, rules.end] for label in labels(items).tolist()]
    learnt, held = divided(items)

    def stock() -> Stock:
        model = _generating(weights[0] if weights else None, tiny)
        chosen = Spectrograms(heard, learnt, 80, lambda row: torch.tensor([*rules.prefix[1:], *tokens[row]]))
        return Stock(model, model.model, chosen, torch.utils.data.default_collate)

    training, validation = (SpokenTexts(extractor, heard, tokens, rows) for rows in (learnt, held))
    return Material(weights[1] if weights else "random Whisper", build, training, validation, batch, stock)


def _generating(weights: Path | None, tiny: bool) -> nn.Module:
    from transformers import WhisperForConditionalGeneration

    if weights:
        return WhisperForConditionalGeneration.from_pretrained(weights, dtype=torch.float32)
    return WhisperForConditionalGeneration(whisper_config(tiny))
