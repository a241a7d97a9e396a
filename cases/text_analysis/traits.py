"""What texts are like: length, language, share of digits and of capitals, by which an evaluation is cut into slices."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from cases.base import TABLE, Trait
from cases.dataset import Dataset
from cases.text_analysis.text_stats import AT_ONCE, LANGUAGES
from models.errors import N_
from models.progress import ProgressReporter

TRAITS = {
    "characters": Trait(N_("Length in characters")),
    "tokens": Trait(N_("Length in tokens")),
    "language": Trait(N_("Language"), LANGUAGES),
    "digits": Trait(N_("Share of digits"), share=True),
    "capitals": Trait(N_("Share of capital letters"), share=True),
    "marks": Trait(N_("Share of punctuation and symbols"), share=True),
}
ROUNDED = 4  # decimals that are kept


def traits_of(dataset: Dataset, answers: pd.DataFrame, cache: Path, report: ProgressReporter) -> pd.DataFrame:
    """See `Case.traits_of`."""
    samples = dataset.samples.loc[answers.index]
    shares = []
    for place, text in enumerate(samples["text"]):
        if place % AT_ONCE == 0:
            report.check()
            report.progress("traits", place, len(samples))
        shares.append(_shares(text))
    report.progress("traits", len(samples), len(samples))
    measured = pd.DataFrame(shares, index=samples.index, columns=["digits", "capitals", "marks"])
    told = dataset.metadata.loc[samples.index].astype(str).add_prefix(TABLE)
    return samples[["characters", "tokens", "language"]].join(measured).join(told)


def _shares(text: str) -> tuple[float, float, float]:
    """Of its characters without blanks those that are digits, capitals, and neither letters nor digits."""
    seen = [character for character in text if not character.isspace()]
    counts = (
        sum(map(str.isdigit, seen)),
        sum(map(str.isupper, seen)),
        sum(not character.isalnum() for character in seen),
    )
    digits, capitals, marks = (round(count / max(len(seen), 1), ROUNDED) for count in counts)
    return digits, capitals, marks
