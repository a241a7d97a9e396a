"""The baselines of every classifier; a case may have more of its own."""

from __future__ import annotations

from cases.base import Baseline
from cases.classification.conditions import HEAD_ONLY
from models.errors import N_

PROBE = Baseline(
    "frozen_features",
    N_("Linear probe"),
    N_("the linear probe"),
    N_("Linear probe: logistic regression on the feature vectors of the frozen pretrained network."),
    dash="dash",
    lay=N_(
        "The linear probe keeps the pretrained network as it is and only learns which of its features mean which class."
    ),
    simple=False,
    reached_by=HEAD_ONLY,
)
MAJORITY = Baseline(
    "majority",
    N_("Majority class"),
    N_("the majority class"),
    N_("Majority class: always predicts the most frequent training class."),
    dash="dot",
    lay=N_("The majority class is always the most frequent class, whatever the input."),
)
