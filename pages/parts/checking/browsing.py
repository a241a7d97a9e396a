"""The items that were chosen, a page at a time, and the one that is looked at closely."""

from __future__ import annotations

import numpy as np
import streamlit as st

from cases.dataset import LEFT_OUT, Dataset
from pages.parts import item_detail, items, neighbours, owner, reveal, words
from pages.parts.charts import plain
from pages.parts.checking import changes, findings, pins, spread, texts, view
from pages.parts.checking.facts import Checked
from pages.parts.items import Entry
from pages.parts.language import _, listed
from runs import edits

PAGE = 60


def gallery(checked: Checked) -> None:
    kind, which = view.chosen()
    rows = _rows(checked, kind, which)
    reveal.here("" if rows is None else f"{kind}:{which}", key=f"{checked.case.name}_reveal")
    if rows is None:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**{_title(checked, kind, which)}** · {len(rows):,}")
        st.space("stretch")
        st.button(
            _("Close"), key=f"{checked.case.name}_close", icon=":material/close:", type="tertiary", on_click=view.leave
        )
    if not len(rows):
        st.caption(_("There are none left."))
        return
    key = f"{checked.case.name}_items"
    pages = -(-len(rows) // PAGE)
    page = st.pagination(pages, key=f"{key}_page_{kind}_{which}_{pages}") if pages > 1 else 1
    shown = rows[(page - 1) * PAGE : page * PAGE]
    st.session_state[f"{key}_shown"] = [int(row) for row in shown]
    items.show(
        checked.dataset, [_entry(checked, int(row), kind) for row in shown], key=key, chosen=view.looked_at(),
        on_picked=lambda: view.look_at(st.session_state[key]["picked"]),
    )  # fmt: skip


def closer(checked: Checked) -> None:
    """The item that the address names, in a dialog."""
    if view.looked_at() is None:
        return

    @st.dialog(_("A closer look"), width="large", on_dismiss=lambda: view.look_at(None))
    def look() -> None:
        row, now = view.looked_at(), edits.current(owner.current(), checked.dataset.digest)
        dataset = Dataset.open(checked.dataset.folder, now).meant_as(checked.dataset.targets)
        if row not in dataset.samples.index:
            st.caption(_("There is no such item."))
            return
        shown = st.session_state.get(f"{checked.case.name}_items_shown", ())
        neighbours.show(shown, row, key="look_step", go=view.look_at)
        item_detail.show(dataset, row, key=f"check_{row}", told=_told(checked, row), part=str(checked.parts[row]))
        with st.container(horizontal=True):
            if dataset.targets != "items":  # users are watched, not items
                pins.button(row, left_out=dataset.samples.at[row, "split"] == LEFT_OUT)
            if now:
                st.button(_("Undo the last change"), key="look_undo", icon=":material/undo:", on_click=edits.undo,
                          args=(owner.current(), checked.dataset.digest))  # fmt: skip

    look()


def _rows(checked: Checked, kind: str, which: str) -> np.ndarray | list[int] | None:
    samples = checked.dataset.samples
    if kind == "class":
        return np.flatnonzero(samples["label"] == which)
    found = {"found": findings.rows, "size": spread.rows, "word": texts.rows}.get(kind)
    if found:
        return found(checked, which)
    return changes.rows(checked) if kind == "changed" else None


def _title(checked: Checked, kind: str, which: str) -> str:
    titles = {
        "straddling": _("Copies in different parts"), "contradicting": findings.contradicting(checked),
        "same": _("Exact copies"), "alike": _("Near copies"),
    }  # fmt: skip
    if kind == "found":
        own = {found.name: _(found.title) for found in checked.findings}
        return (titles | own).get(which, "")
    if kind == "size":
        return _("Of this size")
    return _("Changed") if kind == "changed" else plain(which)


def _entry(checked: Checked, row: int, kind: str) -> Entry:
    sample = checked.dataset.samples.loc[row]
    name, label = words.item(str(sample["name"]).rsplit("/", 1)[-1]), str(sample["label"])
    if sample["split"] == LEFT_OUT:
        return Entry(row, label, _("left out"), "bad")
    if label != checked.dataset.as_read.at[row, "label"]:
        changed = {"classes": _("label changed"), "texts": _("transcript changed"), "items": _("title changed")}
        changed = changed[checked.dataset.targets]
        return Entry(row, label, changed, "good")
    return Entry(row, name if kind == "class" else label, part(checked.parts[row]) if kind == "found" else "")


def part(name: str) -> str:
    return {"train": _("Training"), "validation": _("Validation"), "test": _("Test")}.get(name, "")


def _told(checked: Checked, row: int) -> list[str]:
    sample = checked.dataset.samples.loc[row]
    told = []
    told += spread.told(checked, sample)
    if name := part(checked.parts[row]):
        told.append(_("Part: {part}", part=name))
    told += [
        _("{found}: {advice}", found=_(found.title), advice=_(found.advice))
        for found in checked.findings
        if row in found.rows
    ]
    for group in checked.alike:
        if row in group:
            names = [
                plain(words.item(str(checked.dataset.samples.at[other, "name"]))) for other in group[:6] if other != row
            ]
            told.append(_("It has copies: {names}", names=listed(names)))
    return told
