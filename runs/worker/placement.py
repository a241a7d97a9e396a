"""Which graphics card a training gets: one or several whole ones, or room on one beside others.

Runs are placed in the order of the queue. One that does not fit keeps its turn and none goes before it, so that small
runs, which always find room, cannot keep a large one waiting for ever: the cards empty until it fits.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from models.environment import number
from runs.kinds import KINDS
from runs.store.records import Run

MOST = "CASEBOOK_RUNS_PER_CARD"  # environment; 1: nobody shares a card
LARGE, ON_LARGE = (
    22 * 1024,
    3,
)  # MB from which a card is shared where nothing is set (24 GB as they are sold), by how many
RESERVE = 0.1  # of a card's memory: estimates err, and predictions and explanations use the same cards


@dataclass(frozen=True)
class Card:
    """`memory`: MB, all it has. `used`: MB, by anyone; None where the driver does not tell. `most`: runs at once."""

    memory: int
    used: int | None = None
    most: int = 1


@dataclass(frozen=True)
class Demand:
    """`memory`: MB of one card, which others may use as well; None: whole cards, `cards` of them."""

    cards: int = 1
    memory: int | None = None


@dataclass(frozen=True)
class Placed:
    """A run at work: `slot` is its card, or the first of several side by side."""

    slot: int
    demand: Demand


def cards(told: Sequence[Mapping[str, Any]]) -> list[Card]:
    """Those of `runs.machine.gpu_use`."""
    return [Card(gpu["memory"], gpu.get("used"), _most(gpu["memory"])) for gpu in told]


def _most(memory: int) -> int:
    return int(number(MOST, ON_LARGE if memory >= LARGE else 1, least=1))


def demand(run: Run) -> Demand:
    """A run whose memory is not known, of several processes, or whose process has died, gets whole cards."""
    died = run.attempt - (run.status == "running") > 0
    return Demand(run.processes, None if died or run.processes > 1 else run.gpu_memory)


def corrected(known: int | None, taken: int | None, *, validated: bool) -> int | None:
    """MB that a run needs, by what it has taken of its card until now (None: it uses none): never less than was known,
    and nothing before an epoch has shown the most of a step, a validation and a checkpoint."""
    if taken is None or (known is None and not validated):
        return known
    return max(known or 0, taken)


def at_work(runs: Sequence[Run]) -> list[Placed]:
    """The trainings among what runs on a host."""
    return [Placed(run.slot or 0, demand(run)) for run in runs if KINDS[run.kind].lane == "training"]


def place(wanted: Demand, here: Sequence[Placed], there: Sequence[Card]) -> int | None:
    """The slot of a run beside those that are `here`; None where it has to wait.

    Whole cards come from the smallest gap that is wide enough; who wants more cards than there are takes all. A shared
    card is the one with most room. An empty one takes any run, however much it is said to need: alone a run takes what
    it is given.
    """
    empty = [slot for slot in open_slots(here, there) if not _on(slot, here, there)]
    if wanted.memory is None:
        wide = [gap for gap in _gaps(empty) if len(gap) >= min(wanted.cards, len(there))]
        return min(wide, key=len)[0] if wide else None
    rooms = {slot: _room(slot, here, there) for slot in open_slots(here, there)}
    fitting = [slot for slot, room in rooms.items() if slot in empty or wanted.memory <= room]
    return max(fitting, key=lambda slot: rooms[slot], default=None)


def open_slots(here: Sequence[Placed], there: Sequence[Card]) -> list[int]:
    """Cards that are empty, or shared by fewer runs than they may be."""
    found = []
    for slot, card in enumerate(there):
        runs = _on(slot, here, there)
        if not runs or (len(runs) < card.most and all(run.demand.memory is not None for run in runs)):
            found.append(slot)
    return found


def _on(slot: int, here: Sequence[Placed], there: Sequence[Card]) -> list[Placed]:
    return [run for run in here if 0 <= slot - run.slot < min(run.demand.cards, len(there))]


def _room(slot: int, here: Sequence[Placed], there: Sequence[Card]) -> float:
    """MB that may be given away: what runs are said to need counts, and what is used, whichever is more."""
    card = there[slot]
    promised = sum(run.demand.memory or 0 for run in _on(slot, here, there))
    return card.memory * (1 - RESERVE) - max(promised, card.used or 0)


def _gaps(slots: Sequence[int]) -> list[list[int]]:
    """Slots side by side, each as long as it goes."""
    found: list[list[int]] = []
    for slot in slots:
        if found and found[-1][-1] == slot - 1:
            found[-1].append(slot)
        else:
            found.append([slot])
    return found
