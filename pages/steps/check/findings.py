"""What was found: copies, contradictions, what straddles the split, and what the case itself looks for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import streamlit as st

from cases import duplicates
from cases.base import Finding
from cases.near_duplicates import APPROXIMATE
from cases.settings import default, knobs
from pages import task_types
from pages.shared import owner, selection, vocabulary
from pages.shared.i18n import _, labelled, listed, numbered, shown
from pages.shared.text import plain
from pages.steps.check import split_shares
from pages.task_types.data_report import DataReport
from runs.store import edits


@dataclass(frozen=True)
class Mend:
    """A button: its words, and the rows it leaves out or the settings it changes."""

    words: str
    rows: Sequence[int] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Line:
    """One thing that was found; `n` says how many are concerned, "" where that says nothing. A `serious` one would
    make the result of a training untrue; what is `worth` knowing before it stands in front too, without a warning."""

    name: str
    title: str
    n: str
    advice: str
    mends: tuple[Mend, ...] = ()
    serious: bool = False
    worth: bool = False


def show(checked: DataReport) -> None:
    found = lines(checked)
    for line in found:
        with st.container(border=True, gap="small"):
            brief(checked, line)
    if not found:
        st.markdown(_("No issues found, and no duplicates."))
    for note in checked.dataset.notes:
        if note["message"] == APPROXIMATE:
            st.caption(_(note["message"], **note["args"]))


def brief(checked: DataReport, line: Line, *, place: str = "") -> None:
    """One line with its buttons; `place` as in `buttons`."""
    icon = ":yellow[:material/error:]" if line.serious else ":material/info:"
    st.markdown(f"{icon} {told(line)}")
    buttons(checked, line, place=place)


def told(line: Line) -> str:
    return " · ".join(filter(None, (f"**{line.title}**", line.n))) + f"  \n:small[{line.advice}]"


def buttons(checked: DataReport, line: Line, *, place: str = "") -> None:
    """`place`: tells the same buttons apart where they stand twice."""
    with st.container(horizontal=True, gap="small"):
        for number, mend in enumerate(line.mends):
            if mend.settings:
                st.button(mend.words, key=f"{place}mend_{line.name}_{number}", icon=":material/call_split:",
                          on_click=split_shares.mend, args=(checked, mend.settings))  # fmt: skip
            elif len(mend.rows):
                st.button(numbered(mend.words, len(mend.rows)), key=f"{place}mend_{line.name}_{number}",
                          icon=":material/block:", on_click=_leave_out, args=(checked, mend.rows))  # fmt: skip
        if line.n:
            st.button(_("Show examples"), key=f"{place}show_{line.name}", icon=":material/visibility:", type="tertiary",
                      on_click=selection.choose, args=("found", line.name))  # fmt: skip


def show_fixed(checked: DataReport) -> None:
    """List the findings that the settings of the split fix, each with a button that undoes it. Without this line, a
    finding would vanish when its button is pressed."""
    known = knobs(checked.case.Settings)
    for found in _all(checked):
        before = {name: default(known[name][0]) for name in found.settings}
        if found.mended(checked.values) and before != found.settings:
            told = listed(labelled(_(known[name][1].label), plain(vocabulary.setting_value(known[name][1], value)))
                          for name, value in found.settings.items())  # fmt: skip
            with st.container(horizontal=True, vertical_alignment="center", gap="small"):
                st.markdown(f":green[:material/check:] **{_(found.title)}** · "
                            + _("Handled by the data split ({settings}).", settings=told), width="content")  # fmt: skip
                st.button(_("Undo"), key=f"unmend_{found.name}", icon=":material/undo:", type="tertiary",
                          on_click=split_shares.mend, args=(checked, before))  # fmt: skip


def lines(checked: DataReport) -> list[Line]:
    """What was found, the serious first, then what is worth knowing."""
    found = [*_of_copies(checked), *map(_line, _others(checked))]
    return sorted(found, key=lambda line: (not line.serious, not line.worth))


def _of_copies(checked: DataReport) -> Iterator[Line]:
    if found := checked.straddling:
        yield Line("straddling", _("Duplicates across splits"), _groups(found),
                   _("Data leakage: duplicates of training examples make the test overstate generalisation."),
                   (Mend(_("Exclude from training"), duplicates.strays(found, checked.parts)),
                    Mend(_("Deduplicate"), _surplus(checked, found))), serious=True)  # fmt: skip
    if found := checked.contradicting:
        yield Line("contradicting", contradicting(checked), _groups(found),
                   _("At least one label is wrong. Correct it, or exclude all."),
                   (Mend(_("Exclude all"), np.concatenate(found).tolist()),), serious=True)  # fmt: skip
    if found := checked.same:
        yield Line("same", _("Exact duplicates"), _groups(found),
                   _("Duplicates weigh more in training but add no information."),
                   (Mend(_("Deduplicate"), _surplus(checked, found)),))  # fmt: skip
    if _more_than_exact(checked):
        yield Line("alike", _("Duplicates and near-duplicates"), _groups(checked.alike), _(checked.case.near_copies),
                   (Mend(_("Deduplicate"), _surplus(checked, checked.alike)),))  # fmt: skip


def _others(checked: DataReport) -> list[Finding]:
    """What the division gives away, and what the case looks for; without what the settings mend."""
    return [one for one in _all(checked) if not one.mended(checked.values)]


def _all(checked: DataReport) -> list[Finding]:
    return [*task_types.of(checked.dataset).check.leaks(checked), *checked.findings]


def _line(found: Finding) -> Line:
    n = f"{len(found.rows):,}" if len(found.rows) else ""
    return Line(found.name, _(found.title), n, _(found.advice, **shown(found.args)), _mends(found),
                serious=found.leak and found.sure, worth=found.leak and not found.sure)  # fmt: skip


def _mends(found: Finding) -> tuple[Mend, ...]:
    if found.settings:
        return (Mend(_(found.mend), settings=found.settings),)
    if found.strays is not None:
        return (Mend(_("Exclude from training"), found.strays.tolist()),)
    if found.leak:
        return ()
    if found.surplus is not None:
        return (Mend(_("Deduplicate"), found.surplus.tolist()),)
    return (Mend(_("Exclude"), found.rows.tolist()),)


def contradicting(checked: DataReport) -> str:
    return _(task_types.of(checked.dataset).copies)


def _surplus(checked: DataReport, groups: list[np.ndarray]) -> list[int]:
    """All but one of each group; which of different labels is right is not decided in passing."""
    agreeing = set(np.concatenate([[], *checked.agreeing]).astype(int).tolist())
    return duplicates.surplus([rows for rows in groups if int(rows[0]) in agreeing], checked.parts)


def count(checked: DataReport) -> int:
    """How many lines there are."""
    return len(lines(checked))


def _more_than_exact(checked: DataReport) -> bool:
    return sum(map(len, checked.alike)) > sum(map(len, checked.same))


def rows(checked: DataReport, name: str) -> np.ndarray | None:
    """Those of one line, copies beside each other; None where there is no such line."""
    if name in ("straddling", "contradicting", "same", "alike"):
        return np.concatenate([[], *getattr(checked, name)]).astype(int)
    return next((found.rows for found in _others(checked) if found.name == name), None)


def group(checked: DataReport, name: str, row: int) -> str:
    """Return the group of a row in the finding `name`; "" if it has none."""
    return next((found.groups.get(row, "") for found in checked.findings if found.name == name), "")


def _groups(groups: list[np.ndarray]) -> str:
    """How many are concerned, and in how many groups."""
    n = sum(map(len, groups))
    if len(groups) == 1:
        return _("{n:,} in one group", n=n)
    return _("{n:,} in {groups:,} groups", n=n, groups=len(groups))


def _leave_out(checked: DataReport, gone: Sequence[int]) -> None:
    edits.add_all(owner.current(), checked.dataset.digest, dict.fromkeys(gone))
