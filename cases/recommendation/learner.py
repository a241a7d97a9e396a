"""A network learns what people want next; see `cases.base.Learner`."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn
from transformers.trainer_utils import EvalPrediction

from cases import planning
from cases import settings as case_settings
from cases.base import Evaluation, Place
from cases.dataset import LEFT_OUT, Dataset
from cases.recommendation import (
    bundle,
    dividing,
    evaluating,
    histories,
    keeping,
    network,
    portable,
    texts,
    trying,
    watching,
)
from cases.recommendation.dividing import Division
from cases.recommendation.history import History
from cases.recommendation.judging import judge
from cases.recommendation.keeping import Kept, told
from cases.recommendation.portable import Portable
from cases.recommendation.references import CHOSEN_BY, References
from cases.recommendation.settings import CHOSEN, Settings, tried_first
from cases.recommendation.texts import Axes, Texts
from cases.recommendation.trying import Candidate
from models import checkpoints, device, ranking, training
from models.errors import N_
from models.metrics import Interval
from models.report import QUIET, Report

LIVE = ("ndcg@10", "recall@10")
AHEAD = 0.1  # of the steps, in which the learning rate rises


class Recommending:
    """A division of the data, a network over it, and what it is compared with."""

    def __init__(
        self, settings: Settings, dataset: Dataset, place: Place, report: Report, division: Division | None = None
    ) -> None:
        """`division`: another one than the settings ask for."""
        torch.manual_seed(settings.seed)
        self.settings, self.dataset, self.place = settings, dataset, place
        self.history = History.open(dataset, settings.least)
        shares = {"validation": settings.validation, "test": settings.test}
        self.division = division or dividing.divide(self.history, split=settings.split, seed=settings.seed, **shares)
        for note in dividing.told(self.division):
            report.note(note["message"], **note["args"])
        self.train = self.division.of("train")
        self.counts = self.division.sizes
        self.validation = self.division.asked("validation", dividing.MOST_VALIDATED, settings.seed)
        self.test = self.division.asked("test", dividing.MOST_TESTED, settings.seed)
        self.ordered = self.division.how != dividing.DRAWN
        self.known = settings.known or trying.threshold(self.train.counts)
        self.texts, self.axes, self.text = self._read_texts(report)
        self.candidates = trying.candidates(settings, written=self.texts is not None, ordered=self.ordered)
        self.simple = References(self.division, self.validation, report)
        self._take(self._best_so_far())
        self.kept = Kept(keeping.NETWORK, self.network, 1.0, None) if self.network else self._list_alone()
        self.tried: dict[str, float] = {}  # what each that could be kept reached on the validation part

    def _best_so_far(self) -> Candidate | None:
        """What an earlier attempt went on with, else what is tried first."""
        known = trying.tried(self.place.folder)
        if set(self.candidates) <= set(known):
            return max(self.candidates, key=known.__getitem__, default=None)
        return self.candidates[0] if self.candidates else None

    def _take(self, chosen: Candidate | None) -> None:
        self.chosen = chosen
        self.network = self._assembled(chosen).to(device.pick()) if chosen else None

    def _assembled(self, candidate: Candidate) -> nn.Module:
        torch.manual_seed(self.settings.seed)  # however much chance was needed before
        text = self.text if candidate.begin == "text" else None
        return network.assemble(self.settings, candidate.network, text, self.train, known=self.known,
                                ordered=self.ordered)  # fmt: skip

    def _list_alone(self) -> Kept:
        name = self.simple.strongest
        return keeping.alone(name, self.simple.all[name].whole, self.validation)

    def _read_texts(self, report: Report) -> tuple[Texts | None, Axes | None, np.ndarray | None]:
        """The language model, how its vectors are turned, and the turned vectors of all items: 0 where there is no
        text."""
        if tried_first(vars(self.settings))["begin"] != "text":
            return None, None, None
        if not any(texts.texts(self.dataset.samples)):
            report.note(texts.NOTHING_WRITTEN)
            return None, None, None
        read = texts.of_items(self.dataset, self.settings, self.place, report)
        axes = texts.find_axes(read.vectors[read.there], self.settings.directions)
        if not axes.axes.size:
            report.note(texts.NOTHING_WRITTEN)
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
    def reads_texts(self) -> bool:
        """Whether what is kept places items by their text."""
        return self.kept.network is not None and self.chosen.begin == "text"

    def fit(self, report: Report) -> None:
        if not self.candidates:
            values = {name: self.simple.all[self.kept.name].judged.metrics[name].mean() for name in LIVE}
            return report.metrics("validation", 0, {"epoch": 0.0, **{name: float(one) for name, one in values.items()}})
        self._take(trying.choose(self.candidates, self.place.folder, self._try, report))
        if len(self.candidates) > 1:
            report.note(TAKEN[self.chosen.begin, self.chosen.network])
        watched = watching.Watched(self, report)
        self._train(self.network, self.chosen, self._plan(), self.place.folder, report, watched)
        self._decide(report)

    def load_best(self) -> checkpoints.Kept:
        kept = training.load_best(self.network, self.place.folder)
        self._decide(QUIET)
        return kept

    def _plan(self) -> training.Plan:
        return planning.of_steps(self.settings, ahead=AHEAD)

    def _try(self, candidate: Candidate, folder: Path, report: Report) -> float:
        model = self._assembled(candidate).to(device.pick())
        folder.mkdir(parents=True, exist_ok=True)
        plan = self._plan()
        short = replace(plan, epochs=min(trying.EPOCHS, plan.epochs))
        self._train(model, candidate, short, folder, report)
        items = self.history.items
        judged = judge(self.validation, items, keeping.by_network(model, self.validation, items), report)
        return float(judged.metrics[CHOSEN_BY].mean())

    def _train(self, model: nn.Module, candidate: Candidate, plan: training.Plan, folder: Path, report: Report,
               watched: watching.Watched | None = None) -> None:  # fmt: skip
        learnt = (histories.Lines(self.train) if candidate.network == "factors" else
                  histories.Windows(self.train, self.settings.longest, ordered=self.ordered))  # fmt: skip
        asked = histories.Questions(self.validation, self.history.items, model.longest)
        training.fit(model, learnt, asked, plan, folder, _measure, report, watched)

    def _decide(self, report: Report) -> None:
        """Only where the person left open what is kept may it be something else than the network."""
        if self.settings.network != CHOSEN:
            self.kept = Kept(keeping.NETWORK, self.network, 1.0, None)
            return
        name = self.simple.strongest
        listed = self.simple.all[name].whole
        self.kept, self.tried = keeping.decide(self.network, name, listed, self.validation, CHOSEN_BY, report)
        message, figures = told(self.kept, self.tried, name)
        report.note(message, **figures)

    def evaluate(self, report: Report) -> Evaluation:
        evaluation, judged = evaluating.evaluate(self, report)
        self.lists = evaluating.lists(self, {"model": judged, **self.simple_on_test})
        return evaluation

    def save(self, folder: Path, result: dict[str, Any], report: Report) -> dict[str, Any]:
        return bundle.save(folder, self, result, report)

    def probe(self) -> tuple[list[Path], list[str]]:
        return evaluating.probe(self)

    @cached_property
    def portable(self) -> Portable:
        """What is kept, as it is now and as it leaves."""
        gone = (self.dataset.samples["split"] == LEFT_OUT).to_numpy()
        return portable.of(self.kept, self.train, gone, self.settings.longest)

    @property
    def used(self) -> dict[str, Any]:
        return {**case_settings.used(self.settings), "known": self.known}

    @property
    def trained(self) -> dict[str, Any]:
        return checkpoints.trained(self.place.folder)

    @property
    def edited(self) -> dict[str, dict[str, int]]:
        """Nothing: what is changed by hand are titles, and items that go; what users chose stays as it came."""
        return {}

    @property
    def note(self) -> dict[str, Any]:
        bf16 = self.settings.precision == "bf16"
        return {
            "device": device.describe(device.pick()),
            "precision": "bf16" if bf16 else "fp32",
            "threads": torch.get_num_threads(),
        }


def _measure(outcome: EvalPrediction) -> dict[str, float]:
    """Of all that were asked about; the network's logits are the places of what they wanted."""
    ranks = np.where(outcome.label_ids >= 0, outcome.predictions, -1)
    told = ranking.by_person(ranks)
    return {name: float(told[name].mean()) for name in LIVE}


TAKEN = {
    ("text", "towers"): N_("Tried for a few epochs each, two towers that start from the items' text did best on "
                           "validation; they are trained now."),
    ("nothing", "towers"): N_("Tried for a few epochs each, two towers that start from random embeddings did best on "
                              "validation; they are trained now."),
    ("text", "attention"): N_("Tried for a few epochs each, the sequence model did best on validation; it is trained "
                              "now, from the items' text."),
    ("nothing", "attention"): N_("Tried for a few epochs each, the sequence model did best on validation; it is "
                                 "trained now, from random embeddings."),
}  # fmt: skip


def build(settings: Settings, dataset: Dataset, place: Place, report: Report) -> Recommending:
    return Recommending(settings, dataset, place, report)
