"""Items of a catalogue: how many users had how much, and how that is divided."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st
from pyarrow import parquet

from cases.dataset import LEFT_OUT, Dataset
from cases.recommendation import dividing
from cases.recommendation.dividing import Division
from cases.recommendation.history import FILE, USERS
from cases.recommendation.measuring import Facts
from models.errors import InputError
from pages.parts.checking import catalogue_charts, catalogue_division
from pages.parts.checking.catalogue_facts import divided, facts
from pages.parts.checking.facts import Checked
from pages.parts.language import _, count, together

FEW_TESTED = 50  # users below which the final figure says little
LATER = 0.01  # share of what is learnt from that lies after the first test; from here on it is worth a word


def parts(dataset: Dataset, values: dict[str, Any]) -> pd.Series:
    """An item is in every part, or left out; it is what users had of them that is divided."""
    return dataset.samples["split"].where(dataset.samples["split"] == LEFT_OUT, "")


def title() -> str:
    return _("Most chosen")


def figures(checked: Checked) -> dict[str, int]:
    found = facts(checked)
    return {_("Items to recommend"): len(checked.kept), _("Users"): found.people, _("Interactions"): found.lines}


def amounts(dataset: Dataset) -> dict[str, int]:
    files = {"users": USERS, "items": "samples.parquet", "interactions": FILE}
    return {what: parquet.read_metadata(dataset.folder / file).num_rows for what, file in files.items()}


def table(checked: Checked) -> None:
    """How it is divided, in numbers and as a drawing; nothing where it cannot be."""
    division = divided(checked)
    if isinstance(division, InputError):
        return
    names = {"train": _("Training"), "validation": _("Validation"), "test": _("Test")}
    asked = {part: len(division.asked(part).people) for part in names if part != "train"}
    st.dataframe({_("Part"): list(names.values()), _("Interactions"): [f"{division.sizes[part]:,}" for part in names],
                  _("Users asked about"): [f"{asked[part]:,}" if part in asked else "–" for part in names]},
                 hide_index=True)  # fmt: skip
    catalogue_division.draw(checked)


def told(checked: Checked) -> None:
    division = divided(checked)
    if not isinstance(division, InputError):
        notes = [(note["message"], note["args"]) for note in dividing.told(division)]
        st.caption(together(*(_(message, **args) for message, args in notes), _leak(division)))


def problem(checked: Checked) -> InputError | None:
    """What is missing before it can be trained on."""
    division = divided(checked)
    return division if isinstance(division, InputError) else None


def ready(checked: Checked) -> None:
    """Say that it is ready, and what is weak about it."""
    division = divided(checked)
    found, asked = facts(checked), len(division.asked("test").people)
    st.success(
        _("Ready: {people:,} users had {lines:,} of {items:,} items; {train:,} to train, {validation:,} to validate, "
          "{test:,} to test.", people=found.people, lines=found.lines, items=found.items, **division.sizes),
        icon=":material/check_circle:",
    )  # fmt: skip
    st.caption(together(*_spread(found)))
    if asked < FEW_TESTED:
        st.caption(_("Only {n} users to test on: the final figure will be rough.", n=asked))


def show(checked: Checked) -> None:
    catalogue_charts.most_chosen(checked)
    catalogue_charts.activity(checked)


def _spread(found: Facts) -> list[str]:
    told = [_("Of all pairs of a user and an item {share:.2%} are known; the {k}-core is the largest that holds "
              "something.", share=found.density, k=found.core)]  # fmt: skip
    if not np.isnan(found.first):
        told.append(_("From {first} to {last}.", first=_day(found.first), last=_day(found.last)))
    if found.lonely_people:
        told.append(count("{n} user has a single item and is only learnt from.",
                          "{n} users have a single item and are only learnt from.", found.lonely_people))  # fmt: skip
    if found.unknown_items:
        told.append(count("{n} item nobody has yet.", "{n} items nobody has yet.", found.unknown_items))
    return told


def _leak(division: Division) -> str:
    """That other people's later choices are learnt from, where that is so."""
    if not division.whole.timed or division.how != dividing.LAST:
        return ""
    first = division.of("test").time.min()
    share = float((division.of("train").time > first).mean())
    if share < LATER:
        return ""
    return _("{share:.0%} of what is learnt from lies after the first test, so the model knows some of what became "
             "popular later. “One moment for all” rules that out.", share=share)  # fmt: skip


def _day(seconds: float) -> str:
    if seconds < 1e8:  # a place in an order, not a time
        return f"{seconds:g}"
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d}"
