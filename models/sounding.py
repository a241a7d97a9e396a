"""A vector for each sound, from a pretrained network that hears."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
import torch
from torch import Tensor

from models import ast_body, speakers, wave_body, whisper_body
from models.errors import N_, InputError
from models.hearing import Ears, padded
from models.report import Report
from models.tokenising import alike

AT_ONCE = 16_000  # what a batch may cost (see `Ears`); more is no quicker on a processor
LOADERS = {
    "whisper": whisper_body.load, "ge2e_speaker_encoder": speakers.load, "wav2vec2": wave_body.load,
    "hubert": wave_body.load, "audio-spectrogram-transformer": ast_body.load,
}  # fmt: skip


class Body(Protocol):
    """A network that hears; `width` is that of its vectors."""

    width: int

    def __call__(self, frames: Tensor, lengths: Tensor) -> Tensor: ...
    def blocks(self) -> list[list[str]]: ...
    def save(self, folder: Path) -> None:
        """As `load_body` takes it."""


def load_body(folder: Path) -> Body:
    """The pretrained network in 32 bits.

    Raises:
        InputError: the folder holds no network that hears.
    """
    kind = json.loads((folder / "config.json").read_text("utf-8")).get("model_type")
    try:
        return LOADERS[kind](folder)
    except (RuntimeError, KeyError, ValueError, OSError) as error:
        raise InputError(
            found=N_("The model in “{folder}” could not be built ({cause})."),
            expected=N_(
                "A Whisper, wav2vec2, HuBERT or AST model of the transformers library is needed, or the packaged "
                "speaker encoder."
            ),
            remedy=N_("Choose another model."),
            folder=folder.name,
            cause=str(error).splitlines()[0][:200],
        ) from error


def vectors(body: Body, ears: Ears, waves: Sequence[np.ndarray], *, bf16: bool, report: Report) -> np.ndarray:
    """(sounds, width) float32 in the order of `waves`; computed in batches of like length."""
    body.eval()
    where = next(body.parameters()).device
    found = np.empty((len(waves), body.width), np.float32)
    for rows in alike([ears.cost(len(wave)) for wave in waves], AT_ONCE):
        report.check()
        heard = padded([ears.frames(waves[row]) for row in rows])
        batch = {name: torch.from_numpy(array).to(where) for name, array in heard.items()}
        with torch.no_grad(), torch.autocast(where.type, torch.bfloat16, enabled=bf16):
            found[rows] = body(**batch).cpu().numpy()
    return found
