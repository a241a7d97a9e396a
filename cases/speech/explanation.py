"""Why a saved bundle answers so about a sound: the moments that mattered, to be seen and to be heard.

For worker processes only: torch is imported with it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from scipy.special import softmax

from cases.base import Item
from cases.classification import explanation
from cases.speech import decoder, excerpts, occlusion, reader, spectrogram_image
from cases.speech.audio import encoders, extractors
from cases.speech.audio.features import RATE
from cases.speech.predictor import unread
from models.progress import QUIET


class Listener:
    """What a saved bundle says of sounds."""

    def __init__(self, bundle: Path) -> None:
        activation = json.loads((bundle / "preprocessing.json").read_text("utf-8"))["activation"]
        self.labels = json.loads((bundle / "labels.json").read_text("utf-8"))
        self.extractor = extractors.load(bundle / "body")
        self.body = encoders.load_body(bundle / "body")
        self.head = explanation.head_of(bundle, activation)

    def scores(self, waves: Sequence[np.ndarray]) -> np.ndarray:
        """(sounds, classes), 0 on average: only how a score differs from the others tells classes apart."""
        vectors = encoders.vectors(self.body, self.extractor, waves, bf16=False, report=QUIET)
        with torch.no_grad():
            scores = self.head(torch.from_numpy(vectors)).numpy()
        return scores - scores.mean(1, keepdims=True)

    def shares(self, waves: Sequence[np.ndarray]) -> np.ndarray:
        """(sounds, classes)"""
        return softmax(self.scores(waves), 1)

    def says(self, waves: Sequence[np.ndarray]) -> list[tuple[str, float]]:
        return [(self.labels[int(shares.argmax())], float(shares.max())) for shares in self.shares(waves)]


def explain(bundle: Path, item: Item, folder: Path) -> dict[str, Any]:
    """See `Task.explain`: the sound as it was heard, then what spoke for the class named, and for the label.

    Besides, sounds: the names of the files without `.wav`, the whole, and for each class that is explained the sound
    with only the parts that mattered and without them; stretches, where those parts are, in seconds; said, what the
    model says of each of the sounds; seconds, how long the sound is; and unheard, how much longer it goes on.
    """
    wave, seconds = heard(item)
    listener = Listener(bundle)
    shares = listener.shares([wave])[0]
    asked = explanation.wanted(listener.labels, shares, item.truth)
    waves, spans = {"heard": wave}, {}
    (folder / "heard.webp").write_bytes(spectrogram_image.large(wave))
    for name, found in occlusion.find(wave, asked, listener.scores).items():
        waves[f"{name}-only"], waves[f"{name}-without"] = excerpts.apart(wave, found.chosen)
        spans[name] = excerpts.stretches(found.chosen)
        (folder / f"{name}.webp").write_bytes(spectrogram_image.large(wave, found.weights))
    for name, one in waves.items():
        (folder / f"{name}.wav").write_bytes(reader.wav(one))
    return {
        **explanation.told(listener.labels, shares, item.truth),
        "pictures": ["heard", *asked],
        "sounds": list(waves),
        "stretches": spans,
        "said": dict(zip(waves, listener.says(list(waves.values())), strict=True)),
        "seconds": len(wave) / RATE,
        "unheard": max(seconds - len(wave) / RATE, 0.0),
    }


def heard(item: Item) -> tuple[np.ndarray, float]:
    """What the model hears of it, (samples,) at 16 kHz, and the seconds of the whole."""
    if item.file is None:
        dataset, row = explanation.row_of(item)
        return np.array(reader.sounds(dataset)[row]), float(dataset.samples.loc[row].get("seconds", 0.0))
    facts, wave = decoder.heard(item.file)
    if isinstance(wave, str):
        raise unread(wave)
    return wave, facts["seconds"]
