"""Many runs as one dense table: sorted, filtered and chosen in the browser, opened by a click, changed in place."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypedDict

import streamlit as st

from pages.shared.assets import read, script
from pages.shared.i18n import _, current

if TYPE_CHECKING:
    from streamlit.components.v2.bidi_component import ComponentResult


class Row(TypedDict):
    """A run; the texts are shown as they are, never as markup."""

    id: str
    address: str  # relative to the page, for a window of its own
    picture: str  # address of a picture of its data; "" where they are gone
    icon: str  # stands there where no picture comes: a name of Streamlit's icon font
    name: str
    tags: list[str]
    note: str
    case: str
    data: str
    model: str
    part: str  # which part of the model is trained
    state: str  # as the store has it
    status: str  # the same in words
    metric: str
    figure: str  # "" while there is none, as is the next
    interval: str
    caution: str  # what is to be known of the figure; "" for nothing
    value: float | None  # by which it is sorted, as are the next two
    seconds: float
    created: float
    time: str
    when: str
    validated: float | None  # the headline metric on the validation part
    validated_said: str
    tested: int | None  # test examples
    tested_said: str
    clonable: bool  # its data are still there


OPTIONAL = ("figure", "case", "data", "model", "seconds", "created", "validated", "tested")  # can be left out
USUAL = OPTIONAL[:6]

_component = st.components.v2.component(
    "casebook_runs",
    html=read(__file__, "table.html"),
    css=read(__file__, "table.css", "narrow.css"),
    js=script(__file__, "cells.js", "columns.js", "editor.js", "order.js", "table.js"),
)


def show(
    rows: Sequence[Row | dict[str, Any]],
    *,
    key: str,
    most: int,
    columns: Sequence[str],
    settings: Mapping[str, str],
    on_changed: Callable[[], None],
    on_columns: Callable[[], None],
) -> ComponentResult:
    """Draw the table.

    Args:
        most: as many can be compared at once.
        on_changed: finds in `session.told(key, "changed", dict)` the `run`, and its `name`, `tags` and `note` as they
            were typed.
        columns: those of `OPTIONAL` and `settings` that are shown.
        settings: name of a further column → its title; a row that has it has a number under the name, and under the
            name and `_said` how that is written.
        on_columns: finds in `session.told(key, "columns")` those that are shown from now on, with commas.

    The result says, for one run of the page, what was asked for: `opened` and `cloned` hold the id of a run, `compared`
    and `deleted` several with commas.
    """
    ignore = lambda: None  # noqa: E731
    return _component(
        key=key, data={"rows": list(rows), "most": most, "columns": list(columns), "settings": list(settings),
              "words": _words(most) | settings, "language": current()},
        on_changed_change=on_changed, on_opened_change=ignore, on_cloned_change=ignore, on_compared_change=ignore,
        on_deleted_change=ignore, on_columns_change=on_columns,
    )  # fmt: skip


def _words(most: int) -> dict[str, str]:
    return {
        "table": _("All runs"), "filter": _("Filter by name, case, model or tag"), "sort": _("Sort by"),
        "shown": _("{n} of {total} runs"), "none": _("No run matches the filter."), "clear": _("Clear filter"),
        "more": _("Show more"), "compare": _("Compare ({n})"), "delete": _("Delete ({n})"),
        "hint": _("Select two or more runs to compare them."),
        "too_many": _("At most {n} runs can be compared at once.", n=most),
        "all": _("Select all"), "select": _("Select {name}"), "edit": _("Edit {name}"),
        "name": _("Run"), "case": _("Case"), "data": _("Data"), "model": _("Model"),
        "figure": _("Result"), "seconds": _("Time"), "created": _("Created"),
        "columns": _("Columns"), "validated": _("Validation"), "tested": _("Test examples"),
        "title": _("Name"), "tags": _("Tags"), "commas": _("Separated by commas"), "note": _("Notes"),
        "save": _("Save"), "cancel": _("Cancel"), "clone": _("Clone"), "remove": _("Delete"),
        "clone_help": _("A draft with the same settings and data"),
    }  # fmt: skip
