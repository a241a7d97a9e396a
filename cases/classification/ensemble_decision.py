"""Whether a second model answers together with the network, judged on examples that neither was fitted to."""

from __future__ import annotations

import numpy as np

from cases.classification import ensemble, network_scores, out_of_fold
from cases.classification.conditions import is_linear_probe
from cases.classification.ensemble import Ensemble, Judgement
from cases.classification.hyperparameters import ALONE
from cases.classification.model_inputs import ModelInputs
from cases.classification.network_scores import Answers
from cases.classification.out_of_fold import FoldAnswers
from cases.training.context import TrainingContext
from models.evaluation.predictions import OUT_OF_FOLD
from models.heads.head import ProbeConfig
from models.progress import ProgressReporter
from models.storage.array_cache import ArrayCache


def decide(
    context: TrainingContext,
    items: ModelInputs,
    features: ArrayCache,
    hold: ProbeConfig,
    report: ProgressReporter,
    *,
    final: bool,
    answers: Answers | None = None,
) -> tuple[Judgement | None, FoldAnswers | None]:
    """See `cases.classification.ensemble`; None where there is no second model, or none is wanted. Where both answer
    together, `items` have the ensemble from then on. Also returns what both told out of fold, where that was asked.

    Args:
        features: what the frozen body made of every sample.
        hold: how a linear probe on them is held back.
        final: the head was fitted to the validation part too, and so is the second model.
        answers: what the network was asked before.
    """
    second = items.second
    if second is None or second.way == ALONE:
        return None, None
    rows, labels = context.rows, context.labels
    learnt = np.sort(np.concatenate([rows["train"], rows["validation"]])) if final else rows["train"]
    member, told = None, None
    if is_linear_probe(vars(context.settings)):  # all examples tell more than those of the validation part
        told = out_of_fold.both(context, features, hold, second, report)
        judgement = ensemble.judge(second.way, OUT_OF_FOLD, told.scores, told.beside, told.labels)
    else:
        member, some = second.fit(learnt), rows["validation"]
        scores = network_scores.of_validation(context, items, features, report, answers)
        judgement = ensemble.judge(second.way, "validation", scores, member.probabilities(some), labels[some])
    if judgement.taken:
        items.ensemble = Ensemble(member or second.fit(learnt), judgement.factor)
    report.note(second.messages[judgement.part, judgement.outcome], **vars(judgement))
    return judgement, told
