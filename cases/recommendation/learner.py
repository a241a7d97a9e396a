"""A network learns what people want next; see `cases.base.Learner`."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn
from transformers.trainer_utils import EvalPrediction

from cases import planning
from cases.base import Evaluation, Place
from cases.dataset import LEFT_OUT, Dataset
from cases.recommendation import bundle, dividing, evaluating, histories, network, portable, texts, watching
from cases.recommendation.dividing import Asked, Division
from cases.recommendation.history import History
from cases.recommendation.references import CHOSEN_BY, References
from cases.recommendation.settings import LEARNT_FROM_HISTORIES, Settings
from cases.recommendation.texts import Axes, Texts
from models import device, ranking, training
from models.metrics import Interval
from models.report import Report

MOST_VALIDATED, MOST_TESTED = 2000, 20_000  # people; of more a drawn part is asked about
LIVE = ("ndcg@10", "recall@10")
NEVER = -1e9  # what counts for everybody of an item that a person left out: nobody is shown it
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
        self.validation = self.division.asked("validation", MOST_VALIDATED, settings.seed)
        self.test = self.division.asked("test", MOST_TESTED, settings.seed)
        self.texts, self.axes, self.text = self._read_texts(report)
        torch.manual_seed(settings.seed)  # however much chance was needed before
        self.network = network.assemble(settings, self.history.items, self.text, self.history.people,
                                        self.train.of_each).to(device.pick())  # fmt: skip
        self.simple = References(self.division, self.validation, report)

    def _read_texts(self, report: Report) -> tuple[Texts | None, Axes | None, np.ndarray | None]:
        """The language model, how its vectors are turned, and the turned vectors of all items: 0 where there is no
        text."""
        if self.settings.begin != "text" or self.settings.network not in LEARNT_FROM_HISTORIES:
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

    def questions(self, asked: Asked) -> histories.Questions:
        return histories.Questions(asked, self.history.items, self.network.longest)

    def fit(self, report: Report) -> None:
        if self.settings.network in LEARNT_FROM_HISTORIES:
            ordered = self.division.how != dividing.DRAWN
            learnt = histories.Windows(self.train, self.settings.longest, ordered=ordered)
        else:
            learnt = histories.Lines(self.train)
        plan, asked = planning.of_steps(self.settings, ahead=AHEAD), self.questions(self.validation)
        watched = watching.Watched(self, report)
        training.fit(self.network, learnt, asked, plan, self.place.folder, _measure, report, watched)

    def load_best(self) -> None:
        training.load_best(self.network, self.place.folder)

    def evaluate(self, report: Report) -> Evaluation:
        evaluation, judged = evaluating.evaluate(self, report)
        self.lists = evaluating.lists(self, {"model": judged, **self.simple_on_test})
        return evaluation

    def save(self, folder: Path, result: dict[str, Any], report: Report) -> dict[str, Any]:
        return bundle.save(folder, self, result, report)

    def probe(self) -> tuple[list[Path], list[str]]:
        return evaluating.probe(self)

    @property
    def longest(self) -> int:
        """Items of a history that the portable model reads."""
        return self.settings.longest

    @cached_property
    def portable(self) -> tuple[np.ndarray, nn.Module]:
        """Of the network as it is now: (items, width + 1), see `towers.ItemTower`, and what makes a person of those
        they had."""
        network = self.network.to("cpu").eval()
        with torch.no_grad():
            vectors = network.items()[:-1].float().numpy()
        vectors[(self.dataset.samples["split"] == LEFT_OUT).to_numpy(), -1] = NEVER
        return vectors, portable.of_people(self, vectors, self.longest)

    def portable_scores(self, places: np.ndarray) -> np.ndarray:
        """(people, items) of the test part's people at these places."""
        vectors, people = self.portable
        batch = portable.given([self.test.had[place] for place in places], vectors, self.longest)
        with torch.no_grad():
            found = people(*map(torch.from_numpy, batch.values())).numpy()
        return found @ vectors[:, :-1].T + vectors[:, -1]

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


def build(settings: Settings, dataset: Dataset, place: Place, report: Report) -> Recommending:
    return Recommending(settings, dataset, place, report)
