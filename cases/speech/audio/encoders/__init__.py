"""A vector for each sound, from a pretrained network that hears."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
from torch import Tensor, nn

from cases.speech.audio.encoders import ast, ge2e, wav2vec2, whisper
from cases.speech.audio.features import FeatureExtractor, padded
from models.errors import N_
from models.memory import Growth
from models.pretrained import model_folder
from models.progress import ProgressReporter
from models.training import feature_batches, length_bucketing

AT_ONCE = 16_000  # what a batch may cost (see `FeatureExtractor`); more is no quicker on a processor
# The model type that config.json names → the module whose `load` reads it from a folder. It leaves with a model, so it
# may import nothing of Casebook but `features`.
KINDS = {
    "whisper": whisper, "ge2e_speaker_encoder": ge2e, "wav2vec2": wav2vec2, "hubert": wav2vec2,
    "audio-spectrogram-transformer": ast,
}  # fmt: skip
NEEDED = N_("A Whisper, wav2vec2, HuBERT or AST model from the transformers library is needed, or the packaged speaker "
            "encoder.")  # fmt: skip


class Encoder(Protocol):
    """A network that hears, an `nn.Module`; `width` is that of its vectors."""

    width: int

    def eval(self) -> Any: ...
    def parameters(self) -> Iterator[nn.Parameter]: ...
    def named_parameters(self) -> Iterator[tuple[str, nn.Parameter]]: ...

    def __call__(self, frames: Tensor, lengths: Tensor) -> Tensor: ...
    def blocks(self) -> list[list[str]]: ...
    def save(self, folder: Path) -> None:
        """As `load_body` takes it."""


def load_body(folder: Path) -> Encoder:
    """The pretrained network in 32 bits.

    Raises:
        InputError: the folder holds no network that hears.
    """
    with model_folder.building(folder, NEEDED):
        kind = json.loads((folder / "config.json").read_text("utf-8")).get("model_type")
        return KINDS[kind].load(folder)


def source(kind: str) -> Path:
    """The file that reads networks of this model type."""
    return Path(str(KINDS[kind].__file__))


def vectors(
    body: Encoder, extractor: FeatureExtractor, waves: Sequence[np.ndarray], *, bf16: bool, report: ProgressReporter,
    growth: Growth | None = None, vary: Callable[[int, np.ndarray], np.ndarray] = lambda _place, frames: frames,
) -> np.ndarray:  # fmt: skip
    """(sounds, width) float32 in the order of `waves`; computed in batches of like length. `growth`: of what a batch
    may cost, where several calls follow one another; else each begins with what is quick. `vary`: place and frames of a
    sound → the frames to see in their place, as many."""
    body.eval()
    where = next(body.parameters()).device

    def compute(rows: np.ndarray) -> np.ndarray:
        report.check()
        heard = padded([vary(row, extractor.frames(waves[row])) for row in rows.tolist()])
        batch = {name: torch.from_numpy(array).to(where) for name, array in heard.items()}
        with torch.no_grad(), torch.autocast(where.type, torch.bfloat16, enabled=bf16):
            return body(**batch).cpu().numpy()

    costs = [extractor.cost(len(wave)) for wave in waves]
    growth = growth or feature_batches.growth(where, AT_ONCE, report)
    return length_bucketing.computed(costs, AT_ONCE, body.width, compute, report, growth)
