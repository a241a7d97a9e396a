"""A network learns what people want next; see `cases.base.Trainer`."""

from __future__ import annotations

from dataclasses import asdict, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn
from transformers.trainer_utils import EvalPrediction

from cases import settings as case_settings
from cases.base import Evaluation, WorkDirs
from cases.dataset import LEFT_OUT, Dataset
from cases.ranking import split
from cases.ranking.interactions import Interactions
from cases.ranking.networks import CHOSEN, tried_first
from cases.ranking.split import Split
from cases.recommendation import batches, bundle, export, item_texts, model_choice, monitored, network, network_choice
from cases.recommendation import evaluation as recommendation_evaluation
from cases.recommendation.baselines import CHOSEN_BY, Baselines
from cases.recommendation.export import Portable
from cases.recommendation.item_texts import Axes, Texts
from cases.recommendation.model_choice import Kept, told
from cases.recommendation.network_choice import Candidate
from cases.recommendation.scorer_evaluation import judge
from cases.recommendation.settings import TAUGHT, Settings
from cases.splits import asked
from cases.training import config
from models.errors import N_
from models.evaluation import ranking
from models.evaluation.metrics import Interval
from models.progress import QUIET, ProgressReporter
from models.training import checkpoints, device, trainer

LIVE = ("ndcg@10", "recall@10")
AHEAD = 0.1  # of the steps, in which the learning rate rises


class RecommenderTrainer:
    """A division of the data, a network over it, and what it is compared with."""

    def __init__(
        self,
        settings: Settings,
        dataset: Dataset,
        place: WorkDirs,
        report: ProgressReporter,
        division: Split | None = None,
    ) -> None:
        """`division`: another one than the settings ask for."""
        torch.manual_seed(settings.seed)
        self.settings, self.dataset, self.place = settings, dataset, place
        self.history = Interactions.open(dataset, settings.min_rating)
        self.division = division or split.divide(self.history, **asked(settings))
        for note in split.told(self.division):
            report.note(note["message"], **note["args"])
        self.train = self.division.of("train")
        self.counts = self.division.sizes
        self.validation = self.division.asked("validation", split.MOST_VALIDATED, settings.seed)
        self.test = self.division.asked("test", split.MOST_TESTED, settings.seed)
        self.ordered = self.division.how != split.DRAWN
        self.min_users = settings.id_embedding_min_users or network_choice.threshold(self.train.counts)
        self.texts, self.axes, self.text = self._read_texts(report)
        self.candidates = network_choice.candidates(settings, written=self.texts is not None, ordered=self.ordered)
        self.disliked = self._read_disliked(report)
        self.simple = Baselines(self.division, self.validation, report)
        self.chosen = self._best_so_far()
        self.network = self._assembled(self.chosen).to(device.pick()) if self.chosen else None
        self.kept = Kept(model_choice.NETWORK, self.network, 1.0, None) if self.network else self._list_alone()
        self.tried: dict[str, float] = {}  # what each that could be kept reached on the validation part

    def _best_so_far(self) -> Candidate | None:
        """What an earlier attempt went on with, else what is tried first."""
        known = network_choice.tried(self.place.folder)
        if set(self.candidates) <= set(known):
            return max(self.candidates, key=known.__getitem__, default=None)
        return self.candidates[0] if self.candidates else None

    def _assembled(self, candidate: Candidate) -> nn.Module:
        torch.manual_seed(self.settings.seed)  # however much chance was needed before
        text = self.text if candidate.begin == "text" else None
        return network.assemble(self.settings, candidate.network, text, self.train, min_users=self.min_users,
                                ordered=self.ordered)  # fmt: skip

    def _list_alone(self) -> Kept:
        name = self.simple.strongest
        return model_choice.alone(name, self.simple.all[name].whole, self.validation)

    def _read_disliked(self, report: ProgressReporter) -> list[np.ndarray] | None:
        if self.settings.disliked != TAUGHT or not self.candidates:
            return None
        if self.division.disliked is None:
            report.note(N_("No rating is below the minimum, so there are no negatives."))
        return self.division.disliked

    def _read_texts(self, report: ProgressReporter) -> tuple[Texts | None, Axes | None, np.ndarray | None]:
        """The language model, how its vectors are turned, and the turned vectors of all items: 0 where there is no
        text."""
        if tried_first(vars(self.settings))["begin"] != "text":
            return None, None, None
        if not any(item_texts.texts(self.dataset.samples)):
            report.note(item_texts.NOTHING_WRITTEN)
            return None, None, None
        read = item_texts.of_items(self.dataset, self.settings, self.place, report)
        axes = item_texts.find_axes(read.vectors[read.there], self.settings.text_pca_dims)
        if not axes.axes.size:
            report.note(item_texts.NOTHING_WRITTEN)
            return None, None, None
        return read, axes, axes(read.vectors) * read.there[:, None]

    @cached_property
    def references(self) -> dict[str, dict[str, Interval]]:
        return {name: ranking.intervals(judged.metrics) for name, judged in self.simple_on_test.items()}

    @cached_property
    def simple_on_test(self) -> dict[str, Any]:
        return self.simple.judged(self.test)

    @property
    def live_references(self) -> dict[str, float]:
        judged = self.simple.judged(self.validation)
        return {name: float(one.metrics[CHOSEN_BY].mean()) for name, one in judged.items()}

    @property
    def read_texts(self) -> tuple[Texts, Axes] | None:
        """By what the items are placed, where what is kept places them by their text."""
        if self.kept.network is None or self.chosen is None or self.chosen.begin != "text":
            return None
        return None if self.texts is None or self.axes is None else (self.texts, self.axes)

    def fit(self, report: ProgressReporter) -> None:
        if not self.candidates:
            values = {name: self.simple.all[self.kept.name].judged.metrics[name].mean() for name in LIVE}
            return report.metrics("validation", 0, {"epoch": 0.0, **{name: float(one) for name, one in values.items()}})
        chosen = network_choice.choose(self.candidates, self.place.folder, self._try, report)
        model = self._assembled(chosen).to(device.pick())
        self.chosen, self.network = chosen, model
        if len(self.candidates) > 1:
            report.note(TAKEN[chosen.begin, chosen.network])
        watched = monitored.Watched(self, model.longest)
        self._train(model, chosen, self._plan(), self.place.folder, report, watched)
        self._decide(report)

    def load_best(self) -> checkpoints.Kept:
        kept = trainer.load_best(self.network, self.place.folder)
        self._decide(QUIET)
        return kept

    def _plan(self) -> trainer.TrainingConfig:
        return config.of_steps(self.settings, ahead=AHEAD)

    def _try(self, candidate: Candidate, folder: Path, report: ProgressReporter) -> float:
        model = self._assembled(candidate).to(device.pick())
        folder.mkdir(parents=True, exist_ok=True)
        plan = self._plan()
        short = replace(plan, epochs=min(network_choice.EPOCHS, plan.epochs))
        self._train(model, candidate, short, folder, report)
        items = self.history.items
        judged = judge(self.validation, items, model_choice.by_network(model, self.validation, items), report)
        return float(judged.metrics[CHOSEN_BY].mean())

    def _train(
        self,
        model: nn.Module,
        candidate: Candidate,
        plan: trainer.TrainingConfig,
        folder: Path,
        report: ProgressReporter,
        watched: monitored.Watched | None = None,
    ) -> None:
        learnt: batches.Lines | batches.Windows
        if candidate.network == "factors":
            learnt = batches.Lines(self.train)
        else:
            learnt = batches.Windows(
                self.train, self.settings.max_history, ordered=self.ordered, disliked=self.disliked
            )
        asked = batches.Questions(self.validation, self.history.items, model.longest)
        trainer.fit(model, learnt, asked, plan, folder, _measure, report, watched)

    def _decide(self, report: ProgressReporter) -> None:
        """Only where the person left open what is kept may it be something else than the network."""
        if self.settings.network != CHOSEN:
            self.kept = Kept(model_choice.NETWORK, self.network, 1.0, None)
            return
        name = self.simple.strongest
        listed = self.simple.all[name].whole
        self.kept, self.tried = model_choice.decide(self.network, name, listed, self.validation, CHOSEN_BY, report)
        message, figures = told(self.kept, self.tried, name)
        report.note(message, **figures)

    def evaluate(self, report: ProgressReporter) -> Evaluation:
        evaluation, judged = recommendation_evaluation.evaluate(self, report)
        lists = recommendation_evaluation.lists(self, {"model": judged, **self.simple_on_test})
        more = {"lists": lists, "kept": self.kept.name, "tried": self.tried}
        if self.kept.network is not None and self.chosen is not None:
            more["chosen"] = asdict(self.chosen)
        return replace(evaluation, more=more)

    def save(self, folder: Path, result: dict[str, Any], report: ProgressReporter) -> dict[str, Any]:
        return bundle.save(folder, self, result, report)

    def probe(self) -> tuple[list[Path], list[str]]:
        return recommendation_evaluation.probe(self)

    @cached_property
    def portable(self) -> Portable:
        """What is kept, as it is now and as it leaves."""
        gone = (self.dataset.samples["split"] == LEFT_OUT).to_numpy()
        return export.of(self.kept, self.train, gone, self.settings.max_history)

    @property
    def used(self) -> dict[str, Any]:
        return {**case_settings.used(self.settings), "id_embedding_min_users": self.min_users}

    @property
    def trained(self) -> dict[str, Any]:
        return checkpoints.trained(self.place.folder)

    @property
    def edited(self) -> dict[str, dict[str, int]]:
        """Nothing: what is changed by hand are titles, and items that go; what users chose stays as it came."""
        return {}

    @property
    def note(self) -> dict[str, Any]:
        return device.note(device.pick(), bf16=self.settings.precision == "bf16")


def _measure(outcome: EvalPrediction) -> dict[str, float]:
    """Of all that were asked about; the network's logits are the places of what they wanted."""
    ranks = np.where(outcome.label_ids >= 0, outcome.predictions, -1)
    told = ranking.by_person(ranks)
    return {name: float(told[name].mean()) for name in LIVE}


TAKEN = {
    ("text", "towers"): N_("Two towers with text embeddings did best on validation after short trials; they are "
                           "trained in full."),
    ("nothing", "towers"): N_("Two towers with random embeddings did best on validation after short trials; they are "
                              "trained in full."),
    ("text", "attention"): N_("The sequence model with text embeddings did best on validation after short trials; it "
                              "is trained in full."),
    ("nothing", "attention"): N_("The sequence model with random embeddings did best on validation after short trials; "
                                 "it is trained in full."),
}  # fmt: skip


def build(settings: Settings, dataset: Dataset, place: WorkDirs, report: ProgressReporter) -> RecommenderTrainer:
    return RecommenderTrainer(settings, dataset, place, report)
