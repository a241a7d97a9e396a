"""Whether a second model answers together with the network, judged on examples that neither was fitted to."""

from __future__ import annotations

import numpy as np

from cases.classification import ensemble, evaluation
from cases.classification.conditions import FEW_VALIDATED, is_linear_probe
from cases.classification.ensemble import Ensemble, Judgement
from cases.classification.hyperparameters import ALONE
from cases.classification.model_inputs import ModelInputs
from cases.training.context import TrainingContext
from models.evaluation.predictions import OUT_OF_FOLD
from models.heads.head import ProbeConfig
from models.progress import ProgressReporter
from models.storage.array_cache import ArrayCache


def decide(
    context: TrainingContext, items: ModelInputs, features: ArrayCache, hold: ProbeConfig, report: ProgressReporter,
    *, final: bool,
) -> Judgement | None:  # fmt: skip
    """See `cases.classification.ensemble`; None where there is no second model, or none is wanted. Where both answer
    together, `items` have the ensemble from then on.

    Args:
        features: what the frozen body made of every sample.
        hold: how a linear probe on them is held back.
        final: the head was fitted to the validation part too, so both are judged out of fold.
    """
    second = items.second
    if second is None or second.way == ALONE:
        return None
    rows = context.rows
    member = second.fit(rows["train"]) if not final else None
    linear = is_linear_probe(vars(context.settings))
    if member is None or (linear and len(rows["validation"]) < FEW_VALIDATED):
        told = evaluation.both_out_of_fold(context, features, hold, second, report)
        judgement = ensemble.judge(second.way, OUT_OF_FOLD, *told)
    else:
        some = rows["validation"]
        scores = evaluation.scores_of_network(context, items, features, some, report)
        judgement = ensemble.judge(second.way, "validation", scores, member.probabilities(some), context.labels[some])
    if judgement.taken:
        member = member or second.fit(np.sort(np.concatenate([rows["train"], rows["validation"]])))
        items.ensemble = Ensemble(member, judgement.factor)
    report.note(second.told[judgement.taken], **vars(judgement))
    return judgement
