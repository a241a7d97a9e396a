"""What one network, as it is at the time, writes of the recordings of a data set."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from models import probing
from models.greedy import Written
from models.ragged import Ragged
from models.report import Report
from models.transcribing import Transcriber


@dataclass(frozen=True)
class Scribe:
    """`asked` is told of progress where nobody else is, and whether to stop."""

    transcriber: Transcriber
    waves: Ragged
    device: torch.device
    asked: Report

    def written(self, rows: np.ndarray, report: Report | None = None, told: str = "transcripts") -> list[Written]:
        """In 32 bits, as everyone computes who has the bundle; the network's modes are left as they are."""
        self.transcriber.network.to(self.device)
        with probing.undisturbed(self.transcriber.network):
            return self.transcriber.every([self.waves[row] for row in rows], report or self.asked, told=told)

    def texts(self, rows: np.ndarray, report: Report | None = None) -> dict[int, str]:
        """Row → text."""
        written = self.written(rows, report)
        return {row: self.transcriber.text(one.tokens) for row, one in zip(rows.tolist(), written, strict=True)}

    def kept(self, rows: np.ndarray, path: Path, report: Report) -> dict[int, str]:
        """The same of a network that never changes: what it wrote before is in the file `path`."""
        try:
            known = json.loads(path.read_text("utf-8"))
        except (FileNotFoundError, ValueError):  # it is new, or was cut off when the machine went down
            known = {}
        missing = np.array([row for row in rows.tolist() if str(row) not in known], int)
        if len(missing):
            known |= {str(row): text for row, text in self.texts(missing, report).items()}
            path.parent.mkdir(parents=True, exist_ok=True)
            partial = path.with_suffix(f".{os.getpid()}")
            partial.write_text(json.dumps(known, ensure_ascii=False), "utf-8")
            partial.replace(path)
        return {row: known[str(row)] for row in rows.tolist()}
