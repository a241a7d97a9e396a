"""A Whisper that has learnt to write a person's recordings down, as it leaves for a bundle."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from cases.speech.transcription.greedy_decoder import DecodedText
from cases.speech.transcription.whisper import Transcriber
from cases.training.context import TrainingContext
from models.storage.ragged_array import RaggedArray


@dataclass(frozen=True, eq=False)
class Tested:
    """The recordings of the test part: their `names`, their `waves` (samples,) at 16 kHz, and what the network in
    memory writes of each."""

    names: Sequence[str]
    waves: Sequence[np.ndarray]
    written: Sequence[DecodedText]

    @classmethod
    def of(cls, context: TrainingContext, waves: RaggedArray, written: Sequence[DecodedText]) -> Tested:
        """`waves`: of every sample."""
        rows = context.rows["test"].tolist()
        names = context.dataset.samples["name"]
        return cls([str(names[row]) for row in rows], [waves[row] for row in rows], written)


@dataclass(frozen=True, eq=False)
class TrainedTranscriber:
    """`weights`: the folder of the pretrained model; `language` as `en`; `script` of Chinese characters, else ""."""

    context: TrainingContext
    transcriber: Transcriber
    weights: Path
    language: str
    script: str
    tested: Tested
