"""The items that were chosen, a page at a time, and the one that is looked at closely."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import streamlit as st

from cases.dataset import LEFT_OUT, Dataset
from pages import modalities, task_types
from pages.components import inspection
from pages.components.items import Entry
from pages.shared import layout, neighbours, owner, selection, session, vocabulary
from pages.shared.i18n import _, listed
from pages.shared.text import plain
from pages.steps.check import changes, distribution, findings, pins
from pages.task_types import item_detail, selected_items
from pages.task_types.data_report import DataReport
from runs.store import edits

PAGE = 60


def gallery(checked: DataReport) -> None:
    """Draw the items that were chosen, a page at a time; nothing where none were."""
    kind, which = selection.chosen()
    rows = _rows(checked, kind, which)
    layout.scroll_to("" if rows is None else f"{kind}:{which}", key=f"{checked.case.name}_reveal")
    if rows is None:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**{_title(checked, kind, which)}** · {len(rows):,}")
        st.space("stretch")
        if len(rows) > 1:
            selected_items.toggle(f"{checked.case.name}_items")
        st.button(
            _("Close"),
            key=f"{checked.case.name}_close",
            icon=":material/close:",
            type="tertiary",
            on_click=selection.leave,
        )
    if not len(rows):
        st.caption(_("None left."))
        return
    key = f"{checked.case.name}_items"
    pages = -(-len(rows) // PAGE)
    page = st.pagination(pages, key=f"{key}_page_{kind}_{which}_{pages}") if pages > 1 else 1
    shown = rows[(page - 1) * PAGE : page * PAGE]
    neighbours.draw(key, rows)
    above = st.container()  # what can be done with a selection is seen without scrolling past the list
    entries = [_entry(checked, int(row), kind, which) for row in shown]
    modalities.of(checked.case.name).listed(
        checked.dataset, entries, key=key, chosen=selection.looked_at(),
        on_picked=lambda: open_from(checked, rows, key), several=selected_items.several(key, shown),
    )  # fmt: skip
    chosen, pinned = selected_items.rows(key, rows), task_types.of(checked.dataset).pinned
    parts = {row: str(checked.parts[row]) for row in chosen}
    with above:
        selected_items.bar(
            selected_items.Selection(key, checked.dataset, parts, chosen),
            more=pins.button_for_all if pinned else lambda _rows: None,
        )


def open_from(checked: DataReport, rows: Sequence[int], key: str) -> None:
    """Look at the one that was picked in the gallery `key`, which shows some of these rows; as a callback."""
    neighbours.open_from(f"{checked.case.name}_items", rows)
    selection.look_at(session.told(key, "picked"))


def closer(checked: DataReport) -> None:
    """The item that the address names, in a dialog."""
    if selection.looked_at() is None:
        return

    @st.dialog(_("Example details"), width=960, on_dismiss=lambda: selection.look_at(None))
    def look() -> None:
        row, now = selection.looked_at(), edits.current(owner.current(), checked.dataset.digest)
        dataset = Dataset.open(checked.dataset.folder, now).meant_as(checked.dataset.task_type)
        if row not in dataset.samples.index:
            st.caption(_("Example not found."))
            return
        shown = neighbours.of(f"{checked.case.name}_items", row)
        neighbours.buttons(shown, row, key="look_step", go=selection.look_at)
        screens = task_types.of(dataset)
        item_detail.show(dataset, row, screens.editor, key=f"check_{row}", told=_told(checked, row),
                         part=str(checked.parts[row]), corrected=lambda: _go_on(shown, row))  # fmt: skip
        with st.container(horizontal=True):
            if screens.pinned:
                pins.button(row, left_out=dataset.samples.at[row, "split"] == LEFT_OUT)
            if now:
                st.button(_("Undo last change"), key="look_undo", icon=":material/undo:", on_click=edits.undo,
                          args=(owner.current(), checked.dataset.digest))  # fmt: skip
        inspection.offer_entry(checked.case, dataset, row)

    look()


def _go_on(shown: Sequence[int], row: int) -> None:
    """To the next one; the last one stays."""
    if (following := neighbours.after(shown, row)) is not None:
        selection.look_at(following)


def _rows(checked: DataReport, kind: str, which: str) -> np.ndarray | list[int] | None:
    found = {"found": findings.rows, "size": distribution.rows}.get(kind)
    if found:
        return found(checked, which)
    if kind == "changed":
        return changes.rows(checked)
    return task_types.of(checked.dataset).check.rows(checked, kind, which)


def _title(checked: DataReport, kind: str, which: str) -> str:
    titles = {
        "straddling": _("Duplicates across splits"), "contradicting": findings.contradicting(checked),
        "same": _("Exact duplicates"), "alike": _("Near-duplicates"),
    }  # fmt: skip
    if kind == "found":
        own = {found.name: _(found.title) for found in checked.findings}
        return (titles | own).get(which, "")
    if kind == "size":
        return _("Examples of this size")
    return _("Changed") if kind == "changed" else plain(which)


def _entry(checked: DataReport, row: int, kind: str, which: str) -> Entry:
    sample = checked.dataset.samples.loc[row]
    name, label = vocabulary.item(str(sample["name"]).rsplit("/", 1)[-1]), str(sample["label"])
    if sample["split"] == LEFT_OUT:
        return Entry(row, label, _("excluded"), "bad")
    if label != checked.dataset.came[row]:
        return Entry(row, label, _(task_types.of(checked.dataset).changed), "good")
    if kind != "found":
        return Entry(row, name if kind == "class" else label)
    group = findings.group(checked, which, row)
    return Entry(row, label, " · ".join(filter(None, [group, part(checked.parts[row])])))


def part(name: str) -> str:
    return {"train": _("Training"), "validation": _("Validation"), "test": _("Test")}.get(name, "")


def _told(checked: DataReport, row: int) -> list[str]:
    sample = checked.dataset.samples.loc[row]
    told = []
    told += distribution.told(checked, sample)
    if name := part(checked.parts[row]):
        told.append(_("Split: {part}", part=name))
    told += [
        _("{found}: {advice}", found=_(found.title), advice=_(found.advice))
        for found in checked.findings
        if row in found.rows
    ]
    for group in checked.alike:
        if row in group:
            names = [
                plain(vocabulary.item(str(checked.dataset.samples.at[other, "name"])))
                for other in group[:6]
                if other != row
            ]
            told.append(_("Duplicates: {names}", names=listed(names)))
    return told
