"""Data sets of histories that hand out whole batches, by the names that the networks' forward takes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

import numpy as np
import torch

if TYPE_CHECKING:
    from cases.ranking.interactions import Interactions
    from cases.ranking.split import EvalQueries

MOST_DISLIKED = 20  # items of a person that are compared at once with those they liked


class ScoringList(Protocol):
    """A list, with all its weights or with those that leave."""

    def scores(self, had: Sequence[np.ndarray]) -> np.ndarray:
        """(people, items) float32, from what each had, the earliest first."""


class Windows(torch.utils.data.Dataset):
    """Stretches of at most `longest` items of everybody's history, each with the item after each of its items."""

    def __init__(
        self, history: Interactions, longest: int, *, ordered: bool, disliked: Sequence[np.ndarray] | None = None
    ) -> None:
        """
        Args:
            ordered: it is known which item came after which. Else a history is a set: which of it stand together in a
                stretch, and in which order, is drawn anew each time, so that the order of the file teaches nothing.
            disliked: person → items of theirs of which some are drawn each time, to score lower than what they liked.
        """
        self.items, self.longest, self.ordered, self.disliked = history.items, longest, ordered, disliked
        self.cuts = [cut for some in history.of_each for cut in _cuts(len(some), longest)]
        self.sets = [some for some in history.of_each for _ in _cuts(len(some), longest)]
        self.people = [person for person, some in enumerate(history.of_each) for _ in _cuts(len(some), longest)]

    def __len__(self) -> int:
        return len(self.cuts)

    @property
    def lengths(self) -> np.ndarray:
        """(pieces,) items"""
        return np.array([cut.stop - cut.start for cut in self.cuts])

    def __getitems__(self, picks: list[int]) -> dict[str, torch.Tensor]:
        return self.asking(picks, [piece for _before, piece in self.stretches(picks)])

    def stretches(self, picks: list[int]) -> list[tuple[np.ndarray, np.ndarray]]:
        """The items that each person has before a stretch, and the stretch; of a set, the items beside it."""
        found = []
        for some, cut in ((self.sets[pick], self.cuts[pick]) for pick in picks):
            if self.ordered:
                found.append((some[: cut.start], some[cut]))
            else:
                drawn, many = some[torch.randperm(len(some)).numpy()], cut.stop - cut.start
                found.append((drawn[many:], drawn[:many]))
        return found

    def asking(self, picks: list[int], pieces: list[np.ndarray]) -> dict[str, torch.Tensor]:
        """The batch of these stretches."""
        history = filled([piece[:-1] for piece in pieces], self.items)
        given = {"history": history, "labels": filled([piece[1:] for piece in pieces], -1)}
        if self.disliked is not None:
            low = [_drawn(self.disliked[self.people[pick]], MOST_DISLIKED) for pick in picks]
            given["low"] = filled(low, self.items)
        return given


class Lines(torch.utils.data.Dataset):
    """A person and an item they have, each line by itself."""

    def __init__(self, history: Interactions) -> None:
        self.history = history

    def __len__(self) -> int:
        return len(self.history.user)

    def __getitems__(self, picks: list[int]) -> dict[str, torch.Tensor]:
        users, items = self.history.user[picks], self.history.item[picks]
        return {"users": torch.from_numpy(users).long(), "labels": torch.from_numpy(items).long()}


def learnt(
    network: str, history: Interactions, longest: int, *, ordered: bool, disliked: Sequence[np.ndarray] | None = None
) -> Lines | Windows:
    """What the network of this name learns from; see `Windows`. One that corrects a list is given more, see
    `residual_batches.Residuals`."""
    if network == "factors":
        return Lines(history)
    return Windows(history, longest, ordered=ordered, disliked=disliked)


class Questions(torch.utils.data.Dataset):
    """What people are asked about who are looked at: which items come first that they have not `seen`."""

    def __init__(self, asked: EvalQueries, items: int, longest: int, listed: ScoringList | None = None) -> None:
        """`listed`: a list whose scores the network adds to its own."""
        self.asked, self.items, self.longest, self.listed = asked, items, longest, listed

    def __len__(self) -> int:
        return len(self.asked.people)

    def __getitems__(self, picks: list[int]) -> dict[str, torch.Tensor]:
        had = [self.asked.had[pick] for pick in picks]
        base = {} if self.listed is None else {"base": torch.from_numpy(self.listed.scores(had))}
        return {
            **base,
            "history": filled([some[-self.longest :] for some in had], self.items),
            "users": torch.from_numpy(self.asked.people[picks]).long(),
            "seen": filled([self.asked.seen[pick] for pick in picks], self.items),
            "labels": torch.from_numpy(self.asked.wanted[picks]),
        }


def filled(some: Sequence[np.ndarray], fill: int) -> torch.Tensor:
    """(rows, longest) int64, filled at the beginning, so that what is newest stands at the end."""
    table = np.full((len(some), max(map(len, some))), fill, np.int64)
    for row, one in enumerate(some):
        table[row, table.shape[1] - len(one) :] = one
    return torch.from_numpy(table)


def _drawn(some: np.ndarray, many: int) -> np.ndarray:
    return some[torch.randperm(len(some))[:many].numpy()]


def _cuts(many: int, longest: int) -> list[slice]:
    """Where to cut so many items into pieces of `longest` + 1 from the newest on, so that each item but the first is
    asked for once."""
    return [slice(max(0, end - longest - 1), end) for end in range(many, 1, -longest)]
