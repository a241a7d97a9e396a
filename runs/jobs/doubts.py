"""Of a batch of predictions those that the model is least certain of: the page shows them before the table."""

from __future__ import annotations

import base64
import heapq
import json
from pathlib import Path
from typing import Any

from cases.base import Case, Prediction
from cases.ingest.archives import Member
from models.storage import checksums
from runs.store import folders

FILE = "doubts.json"
MOST = 60  # things
MOST_SHOWN = 300  # characters of a text


class Doubted:
    """Keeps the things of whose first answer the model is least certain; of equal ones those that came first."""

    def __init__(self, given: bool) -> None:
        """`given`: what was asked about is short enough to be read, and told with the answer."""
        self.given, self.added = given, 0
        self.some: list[tuple[float, int, Member, Prediction]] = []

    def add(self, member: Member, answer: Prediction) -> None:
        if not answer.probabilities:
            return
        self.added += 1
        heapq.heappush(self.some, (-answer.probabilities[0], -self.added, member, answer))
        if len(self.some) > MOST:
            heapq.heappop(self.some)

    def told(self, case: Case, answers: int) -> list[dict[str, Any]]:
        """The least certain first: name, given, picture (an address that holds it, or "") and so many of the answers,
        as pairs of a label and its probability."""
        found = []
        for _certainty, _turn, member, answer in sorted(self.some, reverse=True):
            seen = case.pictured(member.file)
            found.append({
                "name": member.name,
                "given": member.text[:MOST_SHOWN] if self.given else "",
                "picture": f"data:image/webp;base64,{base64.b64encode(seen).decode()}" if seen else "",
                "answers": [*zip(answer.labels, answer.probabilities, strict=True)][:answers],
            })  # fmt: skip
        return found


def write(folder: Path, told: list[dict[str, Any]]) -> None:
    partial = folder / f"{FILE}.partial"
    partial.write_text(json.dumps(told, ensure_ascii=False), "utf-8")
    checksums.settle(partial, folder / FILE)


def of(job: str) -> list[dict[str, Any]]:
    """As `Doubted.told` has them; [] of an older job, or where the file is damaged."""
    path = folders.run(job) / FILE
    return json.loads(path.read_text("utf-8")) if path.exists() and checksums.intact(path) else []
