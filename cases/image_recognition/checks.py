"""What is worth knowing of some pictures before they are learnt from."""

from __future__ import annotations

import numpy as np

from cases.base import Finding
from cases.dataset import LEFT_OUT, Dataset
from models.errors import N_

TINY, VAST, LONG, FLAT = 32, 25_000_000, 4, 3  # pixels a side, pixels, sides, standard deviation of the pixels


def findings(dataset: Dataset) -> list[Finding]:
    """Those that were found; data read by an earlier version may lack a fact."""
    samples = dataset.samples
    if "contrast" not in samples:
        return []
    width, height = samples["width"].astype("int64"), samples["height"].astype("int64")
    shorter, longer = np.minimum(width, height), np.maximum(width, height)
    kinds = (
        ("flat", samples["contrast"] < FLAT, N_("Single-colour pictures"),
         N_("They carry no information for training.")),
        ("tiny", shorter < TINY, N_("Smaller than 32 pixels"),
         N_("They are enlarged and hold little detail.")),
        ("vast", width * height > VAST, N_("More than 25 million pixels"),
         N_("They are used as they are. Smaller pictures work as well and load faster.")),
        ("long", longer > LONG * shorter, N_("Aspect ratio above 4:1"),
         N_("Only the central square is used.")),
        ("frames", samples["frames"] > 1, N_("Animated or multi-page pictures"),
         N_("Only the first frame or page is used.")),
    )  # fmt: skip
    kept = samples["split"] != LEFT_OUT
    return [
        Finding(name, title, advice, np.flatnonzero(found & kept)) for name, found, title, advice in kinds
        if (found & kept).any()
    ]  # fmt: skip
