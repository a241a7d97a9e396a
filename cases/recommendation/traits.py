"""What users are like, and what was held out of theirs: activity, popularity, genre, year and columns of the tables, by
which an evaluation is cut into slices."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from cases.base import OF_ITEM, OF_USER, Trait
from cases.dataset import Dataset
from cases.recommendation import metadata
from models.errors import N_
from models.progress import ProgressReporter

TRAITS = {
    "history": Trait(N_("History length (interactions)")),
    "popularity": Trait(N_("Popularity of the held-out items (users)")),
    "genre": Trait(N_("Genre of the held-out item")),
    "year": Trait(N_("Year of the held-out item")),
}


def traits_of(dataset: Dataset, answers: pd.DataFrame, cache: Path, report: ProgressReporter) -> pd.DataFrame:
    """See `Case.traits_of`. Of several held-out items the first tells genre, year and the columns of its table."""
    items, wanted = dataset.samples, answers["wanted"]
    people = items["people"].to_numpy()
    first = [int(some[0]) for some in wanted]
    known = items.reindex(columns=["genres", "year"]).fillna("").iloc[first]
    found = pd.DataFrame({
        "history": answers["before"].to_numpy(), "popularity": [float(people[some].mean()) for some in wanted],
        "genre": known["genres"].str.partition("|")[0].to_numpy(), "year": known["year"].to_numpy(),
    }, index=answers.index)  # fmt: skip
    told = dataset.metadata.iloc[first].astype(str).add_prefix(OF_ITEM).set_axis(answers.index)
    of_users = metadata.of_users(dataset.folder)
    report.progress("traits", len(answers), len(answers))
    if of_users is None:
        return found.join(told)
    return found.join(told).join(of_users.iloc[answers.index].astype(str).add_prefix(OF_USER))
