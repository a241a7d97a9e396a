"""Which network is trained: a few are tried for some epochs each, and the best on the validation part is taken."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from cases.ranking.networks import CHOSEN, FIRST, LEARNT_FROM_HISTORIES, LIST, RESIDUAL
from cases.recommendation.settings import Settings
from models.errors import N_
from models.progress import NullReporter, ProgressReporter

EPOCHS = 3  # of each that is tried
FILE = "tried.json"  # in the run's folder: what each reached, so that going on tries none again
TIMES = 3
MOST_KNOWN = 30  # users; from so many on an item's own vector tells enough, however many others have more


@dataclass(frozen=True)
class Candidate:
    network: str
    begin: str


def candidates(settings: Settings, *, written: bool, ordered: bool) -> list[Candidate]:
    """Those that the settings leave open, likeliest first; none where a list is asked for.

    `written`: there are texts to start from. `ordered`: it is known what came after what; else a sequence model has
    nothing to learn.
    """
    if settings.network == LIST:
        return []
    begins = ["text", "nothing"] if settings.begin == CHOSEN else [settings.begin]
    if not written or settings.network not in (CHOSEN, *LEARNT_FROM_HISTORIES):
        begins = ["nothing"]
    if settings.network != CHOSEN:
        return [Candidate(settings.network, begin) for begin in begins]
    some = [Candidate(FIRST["network"], begin) for begin in begins]
    return [*some, Candidate("attention", begins[0])] if ordered and settings.width % settings.heads == 0 else some


def threshold(counts: np.ndarray) -> int:
    """From how many users on an item's own vector counts in full: three times as many as the median item has.

    Lower, and items that few have are ranked by what those few say, which buries them; higher, and hardly any item may
    speak for itself. `counts` (items,): how many users have each.
    """
    there = counts[counts > 0]
    return int(np.clip(TIMES * np.median(there), 1, MOST_KNOWN)) if len(there) else 1


def tried(folder: Path) -> dict[Candidate, float]:
    """What each reached that was tried in an earlier attempt."""
    path = folder / FILE
    known = json.loads(path.read_text("utf-8")) if path.exists() else []
    return {Candidate(one["network"], one["begin"]): one["value"] for one in known}


def choose(
    some: Sequence[Candidate],
    folder: Path,
    learn: Callable[[Candidate, Path, ProgressReporter], float],
    report: ProgressReporter,
) -> Candidate:
    """The best of `some` on the validation part; a single one need not be tried.

    `learn` trains one for `EPOCHS`, keeping its checkpoints in the folder it is given, and says what it reached.
    """
    if len(some) == 1:
        return some[0]
    known = tried(folder)
    for number, one in enumerate(some):
        if one in known:
            continue
        own = folder / f"tried-{number}"
        known[one] = learn(one, own, Beside(report, number, len(some)))
        _keep(known, folder)
        shutil.rmtree(own, ignore_errors=True)
    return max(some, key=known.__getitem__)


def _keep(known: dict[Candidate, float], folder: Path) -> None:
    partial = folder / f"{FILE}.partial"
    partial.parent.mkdir(parents=True, exist_ok=True)
    partial.write_text(json.dumps([{**asdict(one), "value": value} for one, value in known.items()]), "utf-8")
    partial.replace(folder / FILE)


class Beside(NullReporter):
    """How far it is, and a wish to stop; the curves belong to the network that is kept."""

    def __init__(self, report: ProgressReporter, number: int, count: int) -> None:
        self.report, self.number, self.count = report, number, count

    def progress(self, what: str, done: int, total: int, **more: Any) -> None:
        self.report.progress("candidates", self.number * total + done, self.count * total)

    def note(self, message: str, **args: Any) -> None:
        self.report.note(message, **args)

    def flush(self) -> None:
        self.report.flush()

    def check(self) -> None:
        self.report.check()


TAKEN = {
    ("text", RESIDUAL): N_("Residual two towers with text embeddings did best on validation after short trials; they "
                           "are trained in full."),
    ("nothing", RESIDUAL): N_("Residual two towers with random embeddings did best on validation after short trials; "
                              "they are trained in full."),
    ("text", "towers"): N_("Two towers with text embeddings did best on validation after short trials; they are "
                           "trained in full."),
    ("nothing", "towers"): N_("Two towers with random embeddings did best on validation after short trials; they are "
                              "trained in full."),
    ("text", "attention"): N_("The sequence model with text embeddings did best on validation after short trials; it "
                              "is trained in full."),
    ("nothing", "attention"): N_("The sequence model with random embeddings did best on validation after short trials; "
                                 "it is trained in full."),
}  # fmt: skip
