"""What is decided before a network is there: who had what, which of it is learnt from, and who is asked about it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch

from cases.base import WorkDirs
from cases.dataset import LEFT_OUT, Dataset
from cases.ranking import split
from cases.ranking.interactions import Interactions
from cases.ranking.networks import RESIDUAL
from cases.ranking.split import EvalQueries, Split
from cases.recommendation import network_choice
from cases.recommendation.settings import Settings
from cases.splits import asked
from models.progress import ProgressReporter
from models.training import device


@dataclass(frozen=True, eq=False)
class RankingContext:
    """`division`: of all interactions into what is learnt from, validated and tested on."""

    settings: Settings
    dataset: Dataset
    place: WorkDirs
    division: Split

    @property
    def history(self) -> Interactions:
        return self.division.whole

    @cached_property
    def train(self) -> Interactions:
        return self.division.of("train")

    @cached_property
    def validation(self) -> EvalQueries:
        return self.division.asked("validation", split.MOST_VALIDATED, self.settings.seed)

    @cached_property
    def test(self) -> EvalQueries:
        if self.dataset.sealed:
            raise ValueError("The test part of these data is sealed.")
        return self.division.asked("test", split.MOST_TESTED, self.settings.seed)

    @property
    def ordered(self) -> bool:
        """Whether it is known what came after what."""
        return self.division.how != split.DRAWN

    def min_users(self, network: str | None) -> int:
        """From how many users on an item's own vector counts in full. With a list beside it, which says little of rare
        items, it does from the first."""
        found = 1 if network == RESIDUAL else network_choice.threshold(self.train.counts)
        return self.settings.id_embedding_min_users or found

    @cached_property
    def titles(self) -> np.ndarray:
        """(items,)"""
        return self.dataset.samples["label"].to_numpy()

    @property
    def gone(self) -> np.ndarray:
        """(items,) which a person left out."""
        return (self.dataset.samples["split"] == LEFT_OUT).to_numpy()


def prepare(
    settings: Settings, dataset: Dataset, place: WorkDirs, report: ProgressReporter, division: Split | None = None
) -> RankingContext:
    """Divide the interactions by the settings and seed all chance; says how they were divided.

    `division`: another one than the settings ask for.

    Raises:
        InputError: nobody is left to be asked about in some part.
    """
    torch.manual_seed(settings.seed)
    device.set_tf32(device.pick(), settings.precision)
    if division is None:
        division = split.divide(Interactions.open(dataset, settings.min_rating), **asked(settings))
    for note in split.told(division):
        report.note(note["message"], **note["args"])
    return RankingContext(settings, dataset, place, division)
