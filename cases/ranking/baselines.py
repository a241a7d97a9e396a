"""The baseline of every list of items; a case may have more of its own."""

from __future__ import annotations

from cases.base import Baseline
from models.errors import N_

LISTED = "listed"  # where a model's list stands beside others: that of the baseline that its network is added to
POPULARITY = Baseline(
    "popularity",
    N_("Popularity"),
    N_("popularity"),
    N_("Popularity: recommends the most popular items to everyone."),
    dash="dot",
    lay=N_("Popularity recommends the most popular items to everyone."),
)
