"""A few people watched while a network learns: what it would show them, and where it puts what they wanted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import nn

from cases.ranking.split import EvalQueries
from cases.recommendation.batches import Questions, ScoringList
from cases.recommendation.network import scores_of
from models.evaluation import ranking
from models.training.monitored import MOST, TOLD, undisturbed

LATEST = 3  # of what somebody had, that are told


class Watched:
    """See `models.training.trainer.fit`: of the validation part first those that the settings name, then drawn ones."""

    def __init__(
        self,
        asked: EvalQueries,
        titles: np.ndarray,
        longest: int,
        *,
        pinned: Sequence[int],
        seed: int,
        listed: ScoringList | None = None,
    ) -> None:
        """
        Args:
            asked: about whom the validation part asks, `pinned` and others among them.
            titles: (items,)
            longest: items of a history that the network reads.
            listed: as in `Questions`.
        """
        places = _places(asked.people, pinned, seed)
        had = [asked.had[place] for place in places]
        self.asked = EvalQueries(
            asked.people[places], had, asked.wanted[places], [asked.seen[place] for place in places]
        )
        self.questions = Questions(self.asked, len(titles), longest, listed)
        self.titles = titles

    def __call__(self, network: nn.Module) -> dict[str, Any]:
        """Of each person the latest they had, the item they wanted (row, label), the first of the list with their
        shares, and how near the top of the list what was wanted stands: 1 for the first place, less further down (its
        part of NDCG)."""
        where = next(network.parameters()).device
        batch = {
            name: one.to(where) for name, one in self.questions.__getitems__([*range(len(self.questions))]).items()
        }
        with undisturbed(network), torch.no_grad():
            ranks = network(**batch)["logits"].cpu().numpy()
            shares = _shares(network, batch)
        for row, seen in enumerate(self.asked.seen):
            shares[row, seen] = 0.0
        best = ranking.best(shares, TOLD)
        told = []
        for place, person in enumerate(self.asked.people.tolist()):
            item = int(self.asked.wanted[place, 0])
            top = [[self.titles[i], round(float(shares[place, i]), 4)] for i in best[place]]
            right = round(1 / float(np.log2(ranks[place, 0] + 2)), 4)
            had = [self.titles[i] for i in self.asked.had[place][: -LATEST - 1 : -1]]
            told.append({"row": item, "person": person, "part": "validation", "had": had, "label": self.titles[item],
                         "top": top, "right": right})  # fmt: skip
        return {"items": told}


def _shares(network: nn.Module, batch: dict[str, torch.Tensor]) -> np.ndarray:
    return scores_of(network, batch).softmax(1).nan_to_num().cpu().numpy()


def _places(people: np.ndarray, pinned: Sequence[int], seed: int) -> np.ndarray:
    """Where in `people` those stand who are watched: the pinned in the order of their pins, then drawn ones."""
    place_of = {person: place for place, person in enumerate(people.tolist())}
    wanted = [place_of[person] for person in dict.fromkeys(pinned) if person in place_of][:MOST]
    drawn = np.random.default_rng(seed).permutation(len(people))
    return np.array([*wanted, *np.sort(drawn[~np.isin(drawn, wanted)][: MOST - len(wanted)])], dtype=int)
