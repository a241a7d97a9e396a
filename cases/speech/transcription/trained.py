"""A Whisper that has learnt to write a person's recordings down, as it leaves for a bundle."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from cases.speech.transcription.whisper import Transcriber
from cases.training.context import TrainingContext
from cases.training.proof import ProofItems


@dataclass(frozen=True, eq=False)
class TrainedTranscriber:
    """`weights`: the folder of the pretrained model; `language` as `en`; `script` of Chinese characters, else "";
    `tested`: recordings of the test part, with what the network in memory writes of each."""

    context: TrainingContext
    transcriber: Transcriber
    weights: Path
    language: str
    script: str
    tested: ProofItems
