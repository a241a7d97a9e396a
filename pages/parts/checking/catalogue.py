"""Items of a catalogue: who has how many, what most have, and how what they had is divided."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from cases.dataset import LEFT_OUT, Dataset
from cases.recommendation import dividing, measuring
from cases.recommendation.dividing import Division
from cases.recommendation.history import History
from cases.recommendation.measuring import Facts
from models.errors import InputError
from pages.parts import plot
from pages.parts.charts import ACCENT, escaped
from pages.parts.checking import view
from pages.parts.checking.facts import Checked
from pages.parts.language import _, count, together

MOST_BARS = 25
FEW_TESTED = 50  # users below which the final figure says little
LATER = 0.5  # share of what is learnt from that lies after the first test; then it is worth a word


def parts(dataset: Dataset, values: dict[str, Any]) -> pd.Series:
    """An item is in every part, or left out; it is what users had of them that is divided."""
    return dataset.samples["split"].where(dataset.samples["split"] == LEFT_OUT, "")


def title() -> str:
    return _("Most chosen")


def figures(checked: Checked) -> dict[str, int]:
    found = _facts(checked)
    return {_("Items to recommend"): len(checked.kept), _("Users"): found.people, _("Interactions"): found.lines}


def table(checked: Checked) -> None:
    """How it is divided; nothing where it cannot be."""
    division = _divided(checked)
    if isinstance(division, InputError):
        return
    names = {"train": _("Training"), "validation": _("Validation"), "test": _("Test")}
    asked = {part: len(division.asked(part).people) for part in names if part != "train"}
    st.dataframe({_("Part"): list(names.values()), _("Interactions"): [f"{division.sizes[part]:,}" for part in names],
                  _("Users asked about"): [f"{asked[part]:,}" if part in asked else "–" for part in names]},
                 hide_index=True)  # fmt: skip


def told(checked: Checked) -> None:
    division = _divided(checked)
    if not isinstance(division, InputError):
        notes = [(note["message"], note["args"]) for note in dividing.told(division)]
        st.caption(together(*(_(message, **args) for message, args in notes), _leak(division)))


def problem(checked: Checked) -> InputError | None:
    """What is missing before it can be trained on."""
    division = _divided(checked)
    return division if isinstance(division, InputError) else None


def ready(checked: Checked) -> None:
    """Say that it is ready, and what is weak about it."""
    division = _divided(checked)
    found, asked = _facts(checked), len(division.asked("test").people)
    st.success(
        _("Ready: {people:,} users had {lines:,} of {items:,} items; {train:,} to train, {validation:,} to validate, "
          "{test:,} to test.", people=found.people, lines=found.lines, items=found.items, **division.sizes),
        icon=":material/check_circle:",
    )  # fmt: skip
    st.caption(together(*_spread(found)))
    if asked < FEW_TESTED:
        st.caption(_("Only {n} users to test on: the final figure will be rough.", n=asked))


def show(checked: Checked) -> None:
    """What most users have, and how many have how much; a bar opens the item."""
    samples = checked.kept.sort_values("people", ascending=False, kind="stable").head(MOST_BARS)
    key = f"{checked.case.name}_most"
    ticks = [escaped(name if len(name) <= 32 else f"{name[:31]}…") for name in samples["label"]]
    trace = {
        "type": "bar", "orientation": "h", "y": list(range(len(samples))), "x": samples["people"].tolist(),
        "customdata": [str(row) for row in samples.index], "marker": {"color": ACCENT}, "hoverinfo": "text",
        "hovertext": [f"{escaped(name)}: {n:,}" for name, n in zip(samples["label"], samples["people"], strict=True)],
    }  # fmt: skip
    layout = {
        "bargap": 0.3, "margin": {"l": 8, "r": 16, "t": 8, "b": 28}, "xaxis": {"fixedrange": True},
        "yaxis": {"tickvals": list(range(len(ticks))), "ticktext": ticks, "autorange": "reversed", "fixedrange": True,
                  "showgrid": False, "ticks": ""},
    }  # fmt: skip
    st.caption(_("What most users have. Click a bar to look at the item."))
    plot.show([trace], layout, key=key, height=50 + 24 * len(samples), alt=_("The items that most users have"),
              on_picked=lambda: view.look_at(st.session_state[key]["picked"]))  # fmt: skip
    _activity(checked)


def _activity(checked: Checked) -> None:
    """How many users have how many items, on a scale of doublings."""
    history = _history(checked.dataset, checked.values.get("least"))
    many = np.bincount(history.user, minlength=history.people)
    many = many[many > 0]
    if not len(many):
        return
    edges = 2 ** np.arange(int(np.log2(many.min())), int(np.log2(many.max())) + 2)
    counts = np.histogram(many, edges)[0]
    names = [f"{low}–{high - 1}" if high - low > 1 else str(low) for low, high in pairwise(edges.tolist())]
    st.caption(_("How many items users have."))
    trace = {"type": "bar", "x": names, "y": counts.tolist(), "marker": {"color": ACCENT}, "hoverinfo": "x+y"}
    layout = {"margin": {"l": 8, "r": 16, "t": 8, "b": 28}, "bargap": 0.2, "yaxis": {"fixedrange": True},
              "xaxis": {"type": "category", "fixedrange": True}}  # fmt: skip
    plot.show([trace], layout, key=f"{checked.case.name}_activity", height=220, alt=_("How many items users have"))


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


def _facts(checked: Checked) -> Facts:
    history = _history(checked.dataset, checked.values.get("least"))
    return _measured(checked.dataset.folder, _edited(checked.dataset), checked.values.get("least"), len(history.user))


def _edited(dataset: Dataset) -> frozenset[int]:
    return frozenset(row for row, label in dataset.edits.items() if label is None)


def _history(dataset: Dataset, least: float | None) -> History:
    return _opened(dataset.folder, _edited(dataset), least)


def _divided(checked: Checked) -> Division | InputError:
    values = checked.values
    asked = tuple(sorted((name, values[name]) for name in ("split", "validation", "test", "seed")))
    return _division(checked.dataset.folder, _edited(checked.dataset), values["least"], asked)


@lru_cache(maxsize=4)
def _opened(folder: Path, gone: frozenset[int], least: float | None) -> History:
    return History.open(Dataset.open(folder, dict.fromkeys(gone)), least)


@lru_cache(maxsize=4)
def _measured(folder: Path, gone: frozenset[int], least: float | None, _lines: int) -> Facts:
    history = _opened(folder, gone, least)
    return measuring.facts(history.user, history.item, history.time, history.items - len(gone))


@lru_cache(maxsize=4)
def _division(folder: Path, gone: frozenset[int], least: float | None, asked: tuple[Any, ...]) -> Division | InputError:
    try:
        return dividing.divide(_opened(folder, gone, least), **dict(asked))
    except InputError as error:
        return error
