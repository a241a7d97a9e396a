"""Which moments of a sound spoke for a class: integrated gradients on the frames, to be seen and to be heard.

For worker processes only: torch is imported with it.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from cases import explaining
from cases.base import Item
from cases.speech import cutting, data, drawing, listening
from cases.speech.answering import unread
from models import hearing, hearing_out, sounding
from models.head import Head
from models.mel import RATE


class Scores(nn.Module):
    """frames (n, frames, bands) and lengths (n,) → scores (n, classes) that are 0 on average.

    Only how a score differs from the others tells classes apart; what all of them gain together is no reason.
    """

    def __init__(self, body: nn.Module, head: Head) -> None:
        super().__init__()
        self.body, self.head = body.eval().requires_grad_(False), head.requires_grad_(False)

    def forward(self, frames: Tensor, lengths: Tensor) -> Tensor:
        scores = self.head(self.body(frames, lengths))
        return scores - scores.mean(1, keepdim=True)


class Listener:
    """What a saved bundle says of sounds, and why."""

    def __init__(self, bundle: Path) -> None:
        activation = json.loads((bundle / "preprocessing.json").read_text("utf-8"))["activation"]
        self.labels = json.loads((bundle / "labels.json").read_text("utf-8"))
        self.ears = hearing.load(bundle / "body")
        self.network = Scores(sounding.load_body(bundle / "body"), explaining.head_of(bundle, activation))

    def frames(self, wave: np.ndarray) -> Tensor:
        return torch.from_numpy(self.ears.frames(wave))

    def shares(self, wave: np.ndarray) -> np.ndarray:
        """(classes,)"""
        frames = self.frames(wave)[None]
        with torch.no_grad():
            return self.network(frames, torch.tensor([frames.shape[1]]))[0].softmax(0).numpy()

    def says(self, wave: np.ndarray) -> tuple[str, float]:
        shares = self.shares(wave)
        return self.labels[int(shares.argmax())], float(shares.max())

    def weights(self, wave: np.ndarray, target: int) -> np.ndarray:
        """(moments,) of a hundredth of a second each, -1 to 1."""
        spoke = hearing_out.attribute(self.network, self.frames(wave), target)
        return hearing_out.smoothed(spoke.numpy(), len(wave))


def explain(bundle: Path, item: Item, folder: Path) -> dict[str, Any]:
    """See `Case.explain`: the sound as it was heard, then what spoke for the class named, and for the label.

    Besides, sounds: the names of the files without `.wav`, the whole, and for each class that is explained the sound
    with only the parts that mattered and without them; stretches, where those parts are, in seconds; said, what the
    model says of each of the sounds; seconds, how long the sound is; and unheard, how much longer it goes on.
    """
    wave, seconds = _heard(item)
    listener = Listener(bundle)
    shares = listener.shares(wave)
    asked = explaining.wanted(listener.labels, shares, item.truth)
    waves, spans = {"heard": wave}, {}
    (folder / "heard.webp").write_bytes(drawing.large(wave))
    for name, number in asked.items():
        weights = listener.weights(wave, number)
        chosen = hearing_out.mattering(weights)
        waves[f"{name}-only"], waves[f"{name}-without"] = cutting.apart(wave, chosen)
        spans[name] = cutting.stretches(chosen)
        (folder / f"{name}.webp").write_bytes(drawing.large(wave, weights))
    for name, one in waves.items():
        (folder / f"{name}.wav").write_bytes(data.wav(one))
    return {
        **explaining.told(listener.labels, shares, item.truth),
        "pictures": ["heard", *asked],
        "sounds": list(waves),
        "stretches": spans,
        "said": {name: listener.says(one) for name, one in waves.items()},
        "seconds": len(wave) / RATE,
        "unheard": max(seconds - len(wave) / RATE, 0.0),
    }


def _heard(item: Item) -> tuple[np.ndarray, float]:
    """What the model hears of it, and the seconds of the whole."""
    if item.file is None:
        row = item.dataset.samples.loc[item.row]
        return np.array(data.sounds(item.dataset)[item.row]), float(row.get("seconds", 0.0))
    facts, wave = listening.heard(item.file)
    if isinstance(wave, str):
        raise unread(wave)
    return wave, facts["seconds"]
