"""A network learns what people want next; see `cases.base.Trainer`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from cases import settings as case_settings
from cases.base import Evaluation, EvaluationPart, Validation, WorkDirs
from cases.base.parts import MAP, completed
from cases.dataset import Dataset
from cases.ranking.networks import RESIDUAL
from cases.recommendation import (
    bundle,
    export,
    item_texts,
    learning_curve,
    model_choice,
    monitored,
    network_choice,
    portable,
)
from cases.recommendation import evaluation as recommendation_evaluation
from cases.recommendation.baselines import CHOSEN_BY, Baselines, Simple
from cases.recommendation.candidates import LIVE, CandidateTraining
from cases.recommendation.context import RankingContext, prepare
from cases.recommendation.item_texts import TextStart
from cases.recommendation.item_weights import ItemList
from cases.recommendation.lesson_arm import RankingArms
from cases.recommendation.lesson_data import RankingData
from cases.recommendation.model_choice import Kept, told
from cases.recommendation.network_choice import Candidate
from cases.recommendation.portable import Portable
from cases.recommendation.scorer_evaluation import judge
from cases.recommendation.settings import TAUGHT, Settings
from cases.recommendation.trained import TrainedRecommender
from cases.training.proof import ProofItems
from models.errors import N_
from models.evaluation import ranking
from models.evaluation.learning_curve import LearningCurve
from models.evaluation.metrics import Interval
from models.progress import QUIET, Checking, ProgressReporter
from models.training import checkpoints, device, trainer


@dataclass(frozen=True, eq=False)
class Beginning:
    """What the vectors of items may start from, and which networks are tried."""

    start: TextStart | None
    candidates: list[Candidate]

    @classmethod
    def of(cls, context: RankingContext, report: ProgressReporter) -> Beginning:
        """As the settings have it."""
        start = item_texts.start(context.dataset, context.settings, context.place, report)
        return cls(start, network_choice.candidates(context.settings, written=start is not None,
                                                    ordered=context.ordered))  # fmt: skip


class RecommenderTrainer:
    """A network over divided data, and what it is compared with."""

    def __init__(self, context: RankingContext, report: ProgressReporter, beginning: Beginning | None = None) -> None:
        """`beginning`: another one than the settings ask for."""
        self.context, self.settings, self.counts = context, context.settings, context.division.sizes
        beginning = beginning or Beginning.of(context, report)
        self.start, self.candidates = beginning.start, beginning.candidates
        disliked = self._read_disliked(report)
        self.simple = Baselines(context.division, context.validation, report)
        self.training = CandidateTraining(context, self.start, self.simple, disliked)
        self.chosen = self._best_so_far()
        self.network = self.training.assemble(self.chosen) if self.chosen else None
        self.kept = Kept(model_choice.NETWORK, self.network, 1.0, None) if self.network else self._list_alone()
        self.failures: dict[str, Exception] = {}
        self.tried: dict[str, float] = {}  # what each that could be kept reached on the validation part

    def _best_so_far(self) -> Candidate | None:
        """What an earlier attempt went on with, else what is tried first."""
        known = network_choice.tried(self.context.place.folder)
        if set(self.candidates) <= set(known):
            return max(self.candidates, key=known.__getitem__, default=None)
        return self.candidates[0] if self.candidates else None

    def _list_alone(self) -> Kept:
        name = self.simple.strongest
        return model_choice.alone(name, self.simple.all[name].whole, self.context.validation)

    def _read_disliked(self, report: ProgressReporter) -> list[np.ndarray] | None:
        if self.settings.disliked != TAUGHT or not self.candidates:
            return None
        disliked = self.context.division.disliked
        if disliked is None:
            report.note(N_("No rating is below the minimum, so there are no negatives."))
        return disliked

    @cached_property
    def references(self) -> dict[str, dict[str, Interval]]:
        return {name: ranking.intervals(judged.metrics) for name, judged in self.simple_on_test.items()}

    @cached_property
    def simple_on_test(self) -> dict[str, Any]:
        return self.simple.judged(self.context.test)

    @property
    def live_references(self) -> dict[str, float]:
        judged = self.simple.judged(self.context.validation)
        return {name: float(one.metrics[CHOSEN_BY].mean()) for name, one in judged.items()}

    def fit(self, report: ProgressReporter) -> None:
        if not self.candidates:
            return report.metrics("validation", 0, {"epoch": 0.0, **_live(self.simple.all[self.kept.name])})
        chosen = network_choice.choose(self.candidates, self.context.place.folder, self.training.score, report)
        model = self.training.assemble(chosen)
        self.chosen, self.network = chosen, model
        if len(self.candidates) > 1:
            report.note(network_choice.TAKEN[chosen.begin, chosen.network])
        context, settings = self.context, self.settings
        if chosen.network == RESIDUAL:  # what it begins with is its epoch 0
            report.metrics("validation", 0, {"epoch": 0.0, **_live(self.training.corrected)})
        watched = monitored.Watched(context.validation, context.titles, model.longest, pinned=settings.probes,
                                    seed=settings.seed, listed=self.training.listed(chosen))  # fmt: skip
        self.training.train(model, chosen, self.training.plan, context.place.folder, report, watched)
        self._decide(report)

    def load_best(self) -> checkpoints.Kept:
        kept = trainer.load_best(self.network, self.context.place.folder)
        self._decide(QUIET)
        return kept

    def _decide(self, report: ProgressReporter) -> None:
        """Only where the person left open what is kept, or the network corrects a list, may it be something else."""
        if self.chosen is None or self.network is None or not self.training.is_open(self.chosen):
            self.kept = Kept(model_choice.NETWORK, self.network, 1.0, None)
            return
        self.kept, self.tried = self.training.weigh(self.network, self.chosen, report)
        message, figures = told(self.kept, self.tried, self.simple.strongest)
        report.note(message, **figures)

    def validate(self, report: ProgressReporter) -> Validation:
        asked, items = self.context.validation, self.context.history.items
        judged = judge(asked, items, self.kept.scores(asked, items), Checking(report))
        return Validation(asked.people, judged.metrics[CHOSEN_BY])

    def evaluate(self, report: ProgressReporter) -> Evaluation:
        context = self.context
        scores = self.kept.scores(context.test, context.history.items)
        evaluation, judged = recommendation_evaluation.evaluate(context.test, context.titles, scores, report)
        lists = recommendation_evaluation.lists({"model": judged, **self.simple_on_test}, context.train)
        more = {"lists": lists, "kept": self.kept.name, "tried": self.tried, **self._alone(report)}
        if self.kept.network is not None and self.chosen is not None:
            more["chosen"] = asdict(self.chosen)
        return completed(replace(evaluation, validation=self._validated(report), more=more), self.parts, report)

    @property
    def parts(self) -> Sequence[EvaluationPart]:
        return (EvaluationPart(MAP, self._add_map),)

    def _add_map(self, evaluation: Evaluation, report: ProgressReporter) -> Evaluation:
        report.check()
        drawn = recommendation_evaluation.item_map(self.portable, self.context.train.counts)
        return replace(evaluation, item_map=drawn)

    def _alone(self, report: ProgressReporter) -> dict[str, dict[str, Interval]]:
        """What the network reaches on the test part without the list that it is joined with; nothing of one that starts
        from a list, which is never alone."""
        kept, items = self.kept, self.context.history.items
        if kept.network is None or kept.listed is None or model_choice.NETWORK not in self.tried:
            return {}
        judged = judge(self.context.test, items, model_choice.by_network(kept.network, self.context.test, items),
                       Checking(report))  # fmt: skip
        return {"alone": ranking.intervals(judged.metrics)}

    def _validated(self, report: ProgressReporter) -> dict[str, float]:
        asked, items = self.context.validation, self.context.history.items
        value = self.tried.get(self.kept.name)
        if value is None:  # there was nothing to choose from
            judged = judge(asked, items, self.kept.scores(asked, items), Checking(report))
            value = float(judged.metrics[CHOSEN_BY].mean())
        return {"value": value, "items": len(asked.people)}

    def save(self, folder: Path, result: dict[str, Any], report: ProgressReporter) -> dict[str, Any]:
        return bundle.save(folder, self._leaving, result, report)

    def learning_curve(self, result: Mapping[str, Any], report: ProgressReporter) -> LearningCurve:
        """See `cases.base.LearningCurveTrainer`."""
        candidates = [Candidate(**result["chosen"])] if "chosen" in result else []

        def fit(context: RankingContext, report: ProgressReporter) -> Portable:
            again = RecommenderTrainer(context, report, Beginning(self.start, candidates))
            again.fit(report)
            return again.portable

        return learning_curve.measure(self.context, fit, report)

    def lesson_arms(self) -> RankingArms:
        """See `cases.base.LessonTrainer`."""
        context = self.context
        wanted = replace(self.settings, begin="text")

        def text() -> np.ndarray | None:
            start = item_texts.start(context.dataset, wanted, context.place, QUIET)
            return start.vectors if start else None

        known = context.division.of("train", "validation")
        return RankingArms(RankingData(known.of_each, known.items, ordered=context.ordered, text=text))

    @cached_property
    def tested(self) -> ProofItems:
        ids = self.context.dataset.samples["name"].tolist()
        return export.tested(self.portable, self.context.test, ids, self.settings.seed)

    def prove(self, folder: Path, report: ProgressReporter) -> dict[str, Any]:
        """Nothing more: the script reads the ONNX files."""
        return {}

    def describe(self, folder: Path, result: dict[str, Any]) -> None:
        bundle.describe(folder, self._leaving, result)

    @cached_property
    def _leaving(self) -> TrainedRecommender:
        by_text = self.kept.network is not None and self.chosen is not None and self.chosen.begin == "text"
        return TrainedRecommender(
            self.context, self.kept, self.portable, network=self.chosen, compared=bool(self.tried),
            start=self.start if by_text else None, beside=self._beside(), used=self.used, tested=self.tested,
        )  # fmt: skip

    def _beside(self) -> ItemList:
        """Item-kNN as it was evaluated, with the strongest neighbours of each item."""
        simple, counts = self.simple.all[recommendation_evaluation.BESIDE], self.context.train.counts
        return ItemList.strongest(simple.weighing.columns, counts, np.zeros(len(counts), np.float32), simple.decay,
                                  recommendation_evaluation.MOST_BESIDE)  # fmt: skip

    @cached_property
    def portable(self) -> Portable:
        """What is kept, as it is now and as it leaves."""
        return portable.of(self.kept, self.context.train, self.context.gone, self.settings.max_history)

    @property
    def used(self) -> dict[str, Any]:
        network = self.chosen.network if self.chosen else None
        return {**case_settings.used(self.settings), "id_embedding_min_users": self.context.min_users(network)}

    @property
    def trained(self) -> dict[str, Any]:
        return checkpoints.trained(self.context.place.folder)

    @property
    def edited(self) -> dict[str, dict[str, int]]:
        """Nothing: what is changed by hand are titles, and items that go; what users chose stays as it came."""
        return {}

    @property
    def note(self) -> dict[str, Any]:
        return device.note(device.pick(), bf16=self.settings.precision == "bf16")


def _live(simple: Simple) -> dict[str, float]:
    return {name: float(simple.judged.metrics[name].mean()) for name in LIVE}


def build(settings: Settings, dataset: Dataset, place: WorkDirs, report: ProgressReporter) -> RecommenderTrainer:
    return RecommenderTrainer(prepare(settings, dataset, place, report), report)
