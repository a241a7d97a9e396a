"""How many items a frozen body sees at once: on a processor as many as are quick, on a card as many as it holds.

A card that is given too few waits for the next ones. How many it holds is found by trying: twice as many each time,
until its memory runs out.
"""

from __future__ import annotations

import torch

from models.memory import Growth
from models.progress import ProgressReporter

FIRST, MOST = 8, 64  # times what is quick on a processor: what is tried first, and what keeps every card busy
STRETCH = 8  # times as many items from which batches of like length are made


def growth(where: torch.device, quick: int, report: ProgressReporter) -> Growth | None:
    """`quick`: what a processor computes at once, in any unit; None where that is best."""
    return Growth(FIRST * quick, MOST * quick, report) if where.type == "cuda" else None


def first(where: torch.device, quick: int) -> int:
    """What a body sees at once at first."""
    return FIRST * quick if where.type == "cuda" else quick


def most(where: torch.device, quick: int) -> int:
    """What a body sees at once at most."""
    return MOST * quick if where.type == "cuda" else quick


def stretch(where: torch.device, items: int) -> int:
    """Items from which batches of like length are made; `items` on a processor."""
    return STRETCH * items if where.type == "cuda" else items
