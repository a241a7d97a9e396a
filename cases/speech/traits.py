"""What recordings are like: length, loudness, speaker, sample rate, silence and clipping, by which an evaluation is cut
into slices. All of it was measured when they were read."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from cases.base import TABLE, Trait
from cases.dataset import Dataset
from models.errors import N_
from models.progress import ProgressReporter

TRAITS = {
    "seconds": Trait(N_("Length in seconds")),
    "loudness": Trait(N_("Loudness in dB")),
    "silence": Trait(N_("Share of silence"), share=True),
    "clipped": Trait(N_("Share of clipped samples"), share=True),
    "speaker": Trait(N_("Speaker")),
    "rate": Trait(N_("Sample rate in Hz")),
    "channels": Trait(N_("Channels")),
}
FAINTEST = 1e-5  # of full scale: 100 dB below it


def traits_of(dataset: Dataset, answers: pd.DataFrame, cache: Path, report: ProgressReporter) -> pd.DataFrame:
    """See `Case.traits_of`."""
    samples = dataset.samples.loc[answers.index]
    report.progress("traits", len(samples), len(samples))
    loudness = 20 * np.log10(np.maximum(samples["rms"].to_numpy(), FAINTEST))
    told = dataset.metadata.loc[samples.index].astype(str).add_prefix(TABLE)
    return pd.DataFrame({
        "seconds": samples["seconds"].round(2), "loudness": loudness.round(1), "silence": samples["silence"].round(4),
        "clipped": samples["clipped"].round(4), "speaker": samples["speaker"].fillna(""), "rate": samples["rate"],
        "channels": samples["channels"],
    }).join(told)  # fmt: skip
