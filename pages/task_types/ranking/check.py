"""Items of a catalogue: how many users had how much, and how that is divided."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st
from pyarrow import parquet

from cases.base import Finding
from cases.dataset import LEFT_OUT, Dataset
from cases.ranking import split
from cases.ranking.interactions import FILE, USERS
from cases.ranking.stats import Facts
from models.errors import N_, InputError
from pages.components.items import Entry
from pages.shared.i18n import _, count, together
from pages.shared.text import unbroken
from pages.task_types.data_report import DataReport, Weak
from pages.task_types.ranking import check_charts, split_figure
from pages.task_types.ranking.check_facts import divided, facts, history, positive, steps

FEW_TESTED = 50  # users below which the final figure says little


def parts(dataset: Dataset, values: dict[str, Any]) -> pd.Series:
    """An item is in every part, or left out; it is what users had of them that is divided."""
    return dataset.samples["split"].where(dataset.samples["split"] == LEFT_OUT, "")


def offered(dataset: Dataset) -> dict[str, list[str]]:
    return {"min_rating": steps(dataset)}


def title(checked: DataReport) -> str:
    return _("Overview")


def mosaic(checked: DataReport, most: int) -> list[Entry]:
    """The most popular, with how many users have each."""
    people = checked.dataset.samples["people"]
    rows = checked.case.examples(checked.dataset, most)
    return [Entry(row, "", count("{n} user", "{n} users", int(people[row]))) for row in rows]


def figures(checked: DataReport) -> dict[str, int]:
    found, all_count = facts(checked), positive(checked)[0] is None
    people = _("Users") if all_count else _("Users with positive interactions")  # fewer than the data set names
    lines = _("Interactions") if all_count else _("Positive interactions")
    return {_("Items to recommend"): len(checked.kept), people: found.people, lines: found.lines}


def amounts(dataset: Dataset) -> dict[str, int]:
    files = {"users": USERS, "items": "samples.parquet", "interactions": FILE}
    found = {what: parquet.read_metadata(dataset.folder / file).num_rows for what, file in files.items()}
    return {**found, "items": found["items"] - dataset.left_out}


def amount(what: str, n: int) -> str:
    """One of `amounts` in words."""
    told = {
        "users": lambda: count("{n} user", "{n} users", n),
        "items": lambda: count("{n} item", "{n} items", n),
        "interactions": lambda: count("{n} interaction", "{n} interactions", n),
    }
    return told[what]()


def table(checked: DataReport) -> None:
    """How it is divided, in numbers and as a drawing; nothing where it cannot be."""
    division = divided(checked)
    if isinstance(division, InputError):
        return
    names = {"train": _("Training"), "validation": _("Validation"), "test": _("Test")}
    asked = {part: len(division.asked(part).people) for part in names if part != "train"}
    st.dataframe({_("Split"): list(names.values()), _("Interactions"): [f"{division.sizes[part]:,}" for part in names],
                  _("Evaluated users"): [f"{asked[part]:,}" if part in asked else "–" for part in names]},
                 hide_index=True)  # fmt: skip
    split_figure.draw(checked)


def told(checked: DataReport) -> None:
    division = divided(checked)
    if not isinstance(division, InputError):
        notes = [(note["message"], note["args"]) for note in split.told(division)]
        st.caption(together(_positive(checked), *(_(message, **args) for message, args in notes)))


def problem(checked: DataReport) -> InputError | None:
    """What is missing before it can be trained on."""
    if checked.kept.empty:
        return InputError(found=N_("Everything is excluded."), expected=N_("Items to recommend are needed."),
                          remedy=N_("Restore excluded items."))  # fmt: skip
    division = divided(checked)
    return division if isinstance(division, InputError) else None


def leaks(checked: DataReport) -> list[Finding]:
    division = divided(checked)
    return [] if isinstance(division, InputError) else split.leak(division)


def sizes(checked: DataReport) -> dict[str, int]:
    return divided(checked).sizes


def counted(checked: DataReport) -> str:
    found = facts(checked)
    return _("{lines:,} interactions of {people:,} users with {items:,} items; {train:,} training, {validation:,} "
             "validation, {test:,} test.", people=found.people, lines=found.lines, items=found.items,
             **sizes(checked))  # fmt: skip


def notes(checked: DataReport) -> list[str]:
    """List what is worth saying of the interactions: what counts as positive, how they spread, too few test users."""
    told = [together(_positive(checked), _without(checked), *_spread(facts(checked)))]
    asked = len(divided(checked).asked("test").people)
    if asked < FEW_TESTED:
        told.append(_("Only {n} test users: the final metrics will be imprecise.", n=asked))
    return told


def weak(checked: DataReport) -> list[Weak]:
    return []


def show(checked: DataReport) -> None:
    check_charts.most_chosen(checked)
    check_charts.activity(checked)


def rows(checked: DataReport, kind: str, which: str) -> np.ndarray | None:
    """None: a bar opens its one item."""
    return None


def _spread(found: Facts) -> list[str]:
    told = [_("Density of the interaction matrix: {share:.2%}. Largest non-empty k-core: k = {k}, where every user and "
              "every item has at least {k} interactions.", share=found.density, k=found.core)]  # fmt: skip
    if not np.isnan(found.first):
        told.append(_("Interactions from {first} to {last}.", first=_day(found.first), last=_day(found.last)))
    if found.lonely_people:
        told.append(count("{n} user with a single interaction, used for training.",
                          "{n} users with a single interaction, used for training.", found.lonely_people))  # fmt: skip
    if found.unknown_items:
        told.append(count("{n} item without positive interactions (cold start).",
                          "{n} items without positive interactions (cold start).", found.unknown_items))  # fmt: skip
    return told


def _without(checked: DataReport) -> str:
    """How many users have rated all they had too low; "" where none."""
    if positive(checked)[0] is None:
        return ""
    had = history(checked.dataset, checked.values.get("min_rating"))
    n = had.people - facts(checked).people
    return count("{n} user without positive interactions.", "{n} users without positive interactions.", n) if n else ""


def _positive(checked: DataReport) -> str:
    """From which rating on an interaction counts as positive; "" where all do."""
    bar, low = positive(checked)
    if bar is None:
        return ""
    return _("Ratings of {bar:g} or more are positives. Items rated lower ({low:,} interactions) are not recommended "
             "again. Change the minimum rating in the split settings.", bar=bar, low=low)  # fmt: skip


def _day(seconds: float) -> str:
    if seconds < 1e8:  # a place in an order, not a time
        return f"{seconds:g}"
    return unbroken(f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d}")
