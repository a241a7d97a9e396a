"""The baselines of every classifier; a case may have more of its own."""

from __future__ import annotations

from cases.base import Baseline
from models.errors import N_

PROBE = Baseline(
    "frozen_features",
    N_("Linear probe"),
    N_("the linear probe"),
    N_("Linear probe: logistic regression on the feature vectors of the frozen pretrained network."),
    dash="dash",
)
MAJORITY = Baseline(
    "majority",
    N_("Majority class"),
    N_("the majority class"),
    N_("Majority class: always predicts the most frequent training class."),
    dash="dot",
)
