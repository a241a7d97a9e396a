"""The learning curve of a recommender: the model that a run chose, fitted anew to the histories of ever more users.

Parts are drawn of the users, each with all they had. A share of the interactions would thin every history instead: half
of them leave a quarter of the pairs that a list counts, and those who are asked about would be known less well, too. It
would tell what longer histories bring, mixed with what more data bring.

Whoever is judged is not learnt from at any size, and is asked the same each time: the items they have are given, as a
new user gives them, and what they wanted in the validation part is looked for (strong generalisation, Liang et al.
2018, "Variational autoencoders for collaborative filtering"). The penalty, the best epoch and what is joined to the
network are chosen anew for each size, on the validation part of the users who are learnt from.

With five folds each part is drawn once a fold, which is seven trainings of the model altogether; three draws would be
fourteen.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from cases.ranking.split import EvalQueries
from cases.recommendation.baselines import CHOSEN_BY
from cases.recommendation.context import RankingContext
from cases.recommendation.portable import Portable
from cases.recommendation.scorer_evaluation import judge
from models.evaluation import learning_curve
from models.evaluation.learning_curve import DRAWS, OF_RANKING, SHARES, LearningCurve
from models.progress import Checking, ProgressReporter

FOLDS = 5
ENOUGH = 1000  # users who are judged in one round; of fewer everybody is, out of five folds
LEAST = 10  # users of a part who have something to learn from, and as many on whom its model is validated

Fit = Callable[[RankingContext, ProgressReporter], Portable]


def measure(context: RankingContext, fit: Fit, report: ProgressReporter) -> LearningCurve:
    """Fit to the histories of 10, 25, 50 and 100 % of the users.

    Args:
        fit: gives the model of a context that holds some of the users alone.
    """
    asked, random = context.validation, np.random.default_rng(0)
    judged = _judged(context)
    learnt = [_Users(context, np.setdiff1d(_known(context), asked.people[places])) for places in judged]
    used = [share for share in SHARES if share == 1 or share * min(one.fewest for one in learnt) >= LEAST]
    draws = DRAWS if len(judged) == 1 else 1
    plan = [(share, draw) for share in used for draw in range(draws if share < 1 else 1)]
    scores: dict[float, list[np.ndarray]] = {share: [] for share in used}
    done, total = 0.0, sum(share for share, _draw in plan)
    for share, _draw in plan:
        answers = []
        for places, users in zip(judged, learnt, strict=True):
            report.check()
            report.progress("curve", round(100 * done / total), 100)
            model = _fitted(context, users.drawn(share, random), fit, report)
            answers.append(_scores(model, asked.at(places), report))
            done += share / len(judged)
        scores[share].append(np.concatenate(answers))
    report.progress("curve", 100, 100)
    sizes = [round(share * float(np.mean([len(one.everybody) for one in learnt]))) for share in used]
    lines = float(np.mean([np.isin(context.train.user, one.everybody).sum() for one in learnt]))
    return learning_curve.fitted(sizes, [np.array(scores[share]) for share in used], OF_RANKING,
                                 out_of_fold=len(judged) > 1, interactions=round(lines))  # fmt: skip


class _Users:
    """Numbers of the users who may be learnt from in one round: those the model is then validated on, and others."""

    def __init__(self, context: RankingContext, everybody: np.ndarray) -> None:
        self.everybody = everybody
        self.validated = np.intersect1d(everybody, context.division.asked("validation").people)
        self.others = np.setdiff1d(everybody, self.validated)
        several = np.bincount(context.train.user, minlength=context.train.people)[everybody] > 1
        self.fewest = min(len(self.validated), int(several.sum()))  # one item alone has none that comes after it

    def drawn(self, share: float, random: np.random.Generator) -> np.ndarray:
        """So large a part of both."""
        parts = (random.permutation(some)[: round(share * len(some))] for some in (self.validated, self.others))
        return np.sort(np.concatenate([*parts]))


def _judged(context: RankingContext) -> list[np.ndarray]:
    """Of each round the places in `context.validation` of those it judges: at most a fifth of all users, who are not
    learnt from then."""
    places, fifth = np.random.default_rng(0).permutation(len(context.validation.people)), len(_known(context)) // FOLDS
    if min(len(places), fifth) >= ENOUGH:
        return [np.sort(places[:fifth])]
    return [np.sort(fold) for fold in np.array_split(places, FOLDS) if len(fold)]


def _known(context: RankingContext) -> np.ndarray:
    """Numbers of the users who have something in the training part."""
    return np.unique(context.train.user)


def _fitted(context: RankingContext, users: np.ndarray, fit: Fit, report: ProgressReporter) -> Portable:
    folder = context.place.folder / "curve"
    shutil.rmtree(folder, ignore_errors=True)  # of an attempt that was cut off
    try:
        place = replace(context.place, folder=folder)
        dataset = context.dataset.without_test()
        return fit(replace(context, dataset=dataset, place=place, division=context.division.among(users)),
                   Checking(report))  # fmt: skip
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _scores(model: Portable, asked: EvalQueries, report: ProgressReporter) -> np.ndarray:
    """(people,) the metric of each."""
    judged = judge(asked, model.items, lambda places: model.scores([asked.had[place] for place in places]),
                   Checking(report))  # fmt: skip
    return judged.metrics[CHOSEN_BY]
