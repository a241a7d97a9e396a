"""How items are divided into training, validation and test: what is said of it, and what is missing."""

from __future__ import annotations

import streamlit as st

from cases import splits
from models.errors import InputError
from pages.shared.i18n import _, listed
from pages.shared.text import themed
from pages.task_types.data_report import DataReport

COLOURS = {"train": themed(0), "validation": themed(3), "test": themed(2)}  # told apart also without red and green
FEW_TESTED = 20  # items below which the final figure says little


def told(checked: DataReport, how: str) -> None:
    """How the data are divided; `how`, a message id, where no part came with them."""
    came = set(checked.dataset.as_read["split"].unique())
    given = [name for name in ("train", "validation", "test") if name in came]
    names = {"train": _("Training"), "validation": _("Validation"), "test": _("Test")}
    if checked.dataset.before is not None:
        st.caption(_("While these settings are unchanged, existing examples keep their split. New examples are split "
                     "in the same proportions; duplicates join their originals."))  # fmt: skip
    if given:
        parts = listed(names[name] for name in given)
        st.caption(
            _("Split given by the data: {parts}. No examples are added to a given validation or test set.", parts=parts)
        )
    else:
        st.caption(_(how))


def problem(checked: DataReport) -> InputError | None:
    """That a part is empty."""
    try:
        splits.require_parts(checked.parts, checked.dataset.task_type)
    except InputError as error:
        return error
    return None


def sizes(checked: DataReport) -> dict[str, int]:
    """How many are in each part."""
    counted = checked.kept["part"].value_counts()
    return {part: int(counted.get(part, 0)) for part in ("train", "validation", "test")}


def rough(checked: DataReport) -> list[str]:
    """That there are few to test on, where that is so."""
    if (n := sizes(checked)["test"]) >= FEW_TESTED:
        return []
    return [_("Only {n} test examples: the final metric will be imprecise. Add data or raise the test fraction.", n=n)]
