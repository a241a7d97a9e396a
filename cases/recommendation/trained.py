"""A recommender that has learnt, as it leaves for a bundle."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cases.recommendation.context import RankingContext
from cases.recommendation.item_texts import TextStart
from cases.recommendation.item_weights import ItemList
from cases.recommendation.model_choice import Kept
from cases.recommendation.network_choice import Candidate
from cases.recommendation.portable import Portable
from cases.training.proof import ProofItems


@dataclass(frozen=True, eq=False)
class TrainedRecommender:
    """`kept`: the model that was kept, as it is in memory, and `portable` the same as it leaves.

    `network`: which one was trained, None where none was; `compared`: validation chose between it and a list.
    `start`: by what items are placed, where what is kept places them by their text.
    `beside`: the baseline whose lists stand beside the model's where it is tried. `used`: see `cases.base.Trainer`.
    `tested`: people of the test part, with what torch recommends to each.
    """

    context: RankingContext
    kept: Kept
    portable: Portable
    network: Candidate | None
    compared: bool
    start: TextStart | None
    beside: ItemList
    used: Mapping[str, Any]
    tested: ProofItems
