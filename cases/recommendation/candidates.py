"""Trains the networks that are tried, and tells what could be kept with each."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn
from transformers.trainer_utils import EvalPrediction

from cases.ranking.networks import CHOSEN, RESIDUAL
from cases.recommendation import batches, model_choice, monitored, network, network_choice
from cases.recommendation.baselines import CHOSEN_BY, Baselines, Simple, Whole
from cases.recommendation.context import RankingContext
from cases.recommendation.item_texts import TextStart
from cases.recommendation.leave_out import LeaveOut
from cases.recommendation.model_choice import Kept
from cases.recommendation.network_choice import Candidate
from cases.recommendation.residual_batches import Residuals
from cases.recommendation.scorer_evaluation import judge
from cases.training import config
from models.evaluation import ranking
from models.progress import ProgressReporter
from models.training import device, trainer

LIVE = ("ndcg@10", "recall@10")
AHEAD = 0.1  # of the steps, in which the learning rate rises


class CandidateTraining:
    """Trains any candidate on the same data, beside the same simple methods.

    Args:
        start: from which the vectors of items may start.
        disliked: of each user the items that are negatives; None where none are told apart.
    """

    def __init__(
        self, context: RankingContext, start: TextStart | None, simple: Baselines, disliked: list[np.ndarray] | None
    ) -> None:
        self.context, self.settings, self.start, self.simple = context, context.settings, start, simple
        self.disliked = disliked

    def assemble(self, candidate: Candidate) -> nn.Module:
        """The network before it learns, on the device."""
        torch.manual_seed(self.settings.seed)  # however much chance was needed before
        text = self.start.vectors if self.start and candidate.begin == "text" else None
        context = self.context
        factor = self._sharp.factor if candidate.network == RESIDUAL else 1.0
        made = network.assemble(self.settings, candidate.network, text, context.train, ordered=context.ordered,
                                min_users=context.min_users(candidate.network), factor=factor)  # fmt: skip
        return made.to(device.pick())

    @property
    def plan(self) -> trainer.TrainingConfig:
        return config.of_steps(self.settings, ahead=AHEAD)

    def score(self, candidate: Candidate, folder: Path, report: ProgressReporter) -> float:
        """What a short training of it in `folder` reaches on the validation part."""
        model = self.assemble(candidate)
        folder.mkdir(parents=True, exist_ok=True)
        plan = self.plan
        short = replace(plan, epochs=min(network_choice.EPOCHS, plan.epochs))
        self.train(model, candidate, short, folder, report)
        if self.is_open(candidate):
            _kept, tried = self.weigh(model, candidate, report)
            return max(value for name, value in tried.items() if name != self.simple.strongest)
        asked, items = self.context.validation, self.context.history.items
        judged = judge(asked, items, model_choice.by_network(model, asked, items), report)
        return float(judged.metrics[CHOSEN_BY].mean())

    def listed(self, candidate: Candidate) -> Whole | None:
        """The list that it corrects; None where it corrects none."""
        return self.corrected.whole if candidate.network == RESIDUAL else None

    def train(
        self, model: nn.Module, candidate: Candidate, plan: trainer.TrainingConfig, folder: Path,
        report: ProgressReporter, watched: monitored.Watched | None = None,
    ) -> None:  # fmt: skip
        """Leave its best epoch in `model` and in `folder`."""
        context = self.context
        learnt = batches.learnt(candidate.network, context.train, self.settings.max_history, ordered=context.ordered,
                                disliked=self.disliked)  # fmt: skip
        listed = self.listed(candidate)
        if listed is not None and isinstance(learnt, batches.Windows):
            learnt = Residuals(learnt, self._leave_out)
        asked = batches.Questions(context.validation, context.history.items, model.longest, listed)
        trainer.fit(model, learnt, asked, plan, folder, _measure, report, watched)

    def is_open(self, candidate: Candidate) -> bool:
        """Whether something else than the network may be kept."""
        return self.settings.network == CHOSEN or candidate.network == RESIDUAL

    def weigh(self, model: nn.Module, candidate: Candidate, report: ProgressReporter) -> tuple[Kept, dict[str, float]]:
        """What is kept with this network, and what each that could be reaches."""
        name, asked = self.simple.strongest, self.context.validation
        listed, corrected = self.simple.all[name].whole, self.listed(candidate)
        if corrected is None:
            return model_choice.decide(model, name, listed, asked, CHOSEN_BY, report)
        base = (self.simple.corrected, corrected)
        return model_choice.decide_residual(model, base, name, listed, asked, CHOSEN_BY, report)

    @property
    def corrected(self) -> Simple:
        """The list that a residual network begins with."""
        return self.simple.all[self.simple.corrected]

    @cached_property
    def _leave_out(self) -> LeaveOut:
        base: Any = self.corrected
        return LeaveOut(base.strongest, base.weighing, self.context.train)

    @cached_property
    def _sharp(self) -> Whole:
        return model_choice.sharpened(self.corrected.whole, self.context.validation)


def _measure(outcome: EvalPrediction) -> dict[str, float]:
    """Of all that were asked about; the network's logits are the places of what they wanted."""
    ranks = np.where(outcome.label_ids >= 0, outcome.predictions, -1)
    told = ranking.by_person(ranks)
    return {name: float(told[name].mean()) for name in LIVE}
