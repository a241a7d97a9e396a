"""What one network, as it is at the time, writes of the recordings of a data set."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from cases.speech.transcription.greedy_decoder import DecodedText
from cases.speech.transcription.whisper import Transcriber
from models.progress import ProgressReporter
from models.storage import checksums
from models.storage.ragged_array import RaggedArray
from models.training import monitored


@dataclass(frozen=True)
class Scribe:
    """`asked` is told of progress where nobody else is, and whether to stop."""

    transcriber: Transcriber
    waves: RaggedArray
    device: torch.device
    asked: ProgressReporter

    def written(
        self, rows: np.ndarray, report: ProgressReporter | None = None, told: str = "transcripts"
    ) -> list[DecodedText]:
        """In 32 bits, as everyone computes who has the bundle; the network's modes are left as they are."""
        self.transcriber.network.to(self.device)
        with monitored.undisturbed(self.transcriber.network):
            return self.transcriber.every([self.waves[row] for row in rows], report or self.asked, told=told)

    def texts(self, rows: np.ndarray, report: ProgressReporter | None = None) -> dict[int, str]:
        """Row → text."""
        written = self.written(rows, report)
        return {row: self.transcriber.text(one.tokens) for row, one in zip(rows.tolist(), written, strict=True)}

    def kept(self, rows: np.ndarray, path: Path, report: ProgressReporter) -> dict[int, str]:
        """The same of a network that never changes: what it wrote before is in the file `path`."""
        known = json.loads(path.read_text("utf-8")) if checksums.intact(path) else {}
        missing = np.array([row for row in rows.tolist() if str(row) not in known], int)
        if len(missing):
            known |= {str(row): text for row, text in self.texts(missing, report).items()}
            path.parent.mkdir(parents=True, exist_ok=True)
            partial = path.with_suffix(f".{os.getpid()}")
            partial.write_text(json.dumps(known, ensure_ascii=False), "utf-8")
            checksums.settle(partial, path)
        return {row: known[str(row)] for row in rows.tolist()}
