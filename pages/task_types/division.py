"""How items are divided into training, validation and test: what is said of it, and what is missing."""

from __future__ import annotations

import streamlit as st

from cases import splits
from cases.groups import COPIES
from cases.settings import knobs
from models.errors import InputError
from pages.shared import vocabulary
from pages.shared.i18n import _, listed, shown, together
from pages.shared.text import plain, themed
from pages.task_types.data_report import DataReport

COLOURS = {"train": themed(0), "validation": themed(3), "test": themed(2)}  # told apart also without red and green
FEW_TESTED = 20  # items below which the final figure says little


def told(checked: DataReport, how: str) -> None:
    """How the data are divided; `how`, a message id, where no part came with them."""
    by, came = checked.values.get("group_by", COPIES), set(checked.dataset.as_read["split"].unique())
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
    elif by == COPIES:
        kept = _("Known duplicates stay together: no test example, nor a known copy of one, is trained on.")
        st.caption(together(_(how), kept))
    else:
        group = plain(vocabulary.setting_value(knobs(checked.case.Settings)["group_by"][1], by))
        st.caption(_("Split by group ({group}): all examples of a group are in the same part, and so are known "
                     "duplicates.", group=group))  # fmt: skip
    for found in checked.findings:
        if found.limits(checked.values):
            st.caption(_(found.outcome, **shown(found.args)))


def problem(checked: DataReport) -> InputError | None:
    """That a part is empty."""
    try:
        splits.require_parts(checked.parts, checked.dataset.task_type, samples=checked.dataset.samples)
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
