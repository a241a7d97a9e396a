"""Lessons that rank items for users: what their arms may change, and what is measured of the lists."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from models.errors import N_
from models.lessons.kind import LessonKind

POPULARITY, ITEM_KNN, CONTENT, NETWORK = "popularity", "item_knn", "content", "network"
RANKERS = (POPULARITY, ITEM_KNN, CONTENT, NETWORK)
NETWORKS = ("towers", "attention")  # those that know a user by the history alone, for held-out users are new
MEASURES = ("hit@10", "ndcg@10", "recall@10", "tail_hit", "coverage", "top_share", "mean_popularity", "new_hit",
            "new_share")  # fmt: skip


@dataclass(frozen=True)
class RankingOptions:
    """What an arm changes in the data; as they stand, all are left as they are.

    Attributes:
        history: of each held-out user at most so many interactions are known, the latest; -1 for all.
        new: which share of the items is new: nobody's training data have them.
    """

    history: int = -1
    new: float = 0.0

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> RankingOptions:
        """
        Raises:
            ValueError: there is no such option, or it cannot have this value.
        """
        if unknown := set(told) - {one.name for one in fields(cls)}:
            raise ValueError(f"There are no such data options: {', '.join(sorted(unknown))}.")
        made = cls(**told)
        if not 0 <= made.new < 1 or made.history < -1:
            raise ValueError("`new` is a share from 0 to below 1, and `history` a number of interactions.")
        return made


@dataclass(frozen=True)
class RankerOptions:
    """What ranks the items.

    Attributes:
        ranker: one of `RANKERS`; the network is that of the settings.
        penalty: scores are divided by the popularity of an item to this power; 0 leaves them.
    """

    ranker: str = NETWORK
    penalty: float = 0.0

    def __post_init__(self) -> None:
        if self.ranker not in RANKERS:
            raise ValueError(f"A ranker is one of {', '.join(RANKERS)}, not {self.ranker!r}.")

    def epochs(self, settings: Mapping[str, Any]) -> int:
        """See `models.lessons.kind.ArmModel`.

        Raises:
            ValueError: the network cannot rank for users who were not trained on.
        """
        if self.ranker != NETWORK:
            return 0
        if settings["network"] not in NETWORKS:
            raise ValueError(f"The network of a lesson is one of {', '.join(NETWORKS)}, not {settings['network']!r}.")
        return int(settings["epochs"])


RANKINGS = LessonKind(
    data=RankingOptions,
    model=RankerOptions,
    measures=MEASURES,
    curves=("train_loss", *MEASURES),
    plain={"network": "towers", "begin": "nothing", "schedule": "constant"},
    base={"network": "towers", "begin": "nothing"},  # texts are read when an arm asks for them
    ready=N_("Preparing data"),
    arm=N_("Ranking"),
    items=N_("Interactions"),
    judged=N_("Judged on {n} held-out users; the test part was not used."),
    unfit=N_("Nothing here suits this lesson yet. Import interactions of users first."),
)
