"""What was found: copies, contradictions, what straddles the split, and what the case itself looks for."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import streamlit as st

from cases import copies
from cases.base import Finding
from pages.parts import owner
from pages.parts.checking import view
from pages.parts.checking.facts import Checked
from pages.parts.language import _, numbered
from runs import edits

Mend = tuple[str, Sequence[int]]  # the words of a button, and the rows it leaves out


def show(checked: Checked) -> None:
    if found := checked.straddling:
        _line(checked, "straddling", _("Copies in different parts"), _groups(found),
              _("The model would be tested on what it was trained on, and look better than it is."),
              (_("Leave the copies out of training"), copies.strays(found, checked.parts)),
              (_("Keep one of each"), _surplus(checked, found)), bad=True)  # fmt: skip
    if found := checked.contradicting:
        _line(checked, "contradicting", contradicting(checked), _groups(found),
              _("At least one is wrong. Open them and change it, or leave all of them out."),
              (_("Leave all of them out"), np.concatenate(found).tolist()), bad=True)  # fmt: skip
    if found := checked.same:
        _line(checked, "same", _("Exact copies"), _groups(found),
              _("They count more than others without showing anything new."),
              (_("Keep one of each"), _surplus(checked, found)))  # fmt: skip
    if _more_than_exact(checked):
        _line(checked, "alike", _("Near copies, exact ones included"), _groups(checked.alike),
              _(checked.case.near_copies), (_("Keep one of each"), _surplus(checked, checked.alike)))  # fmt: skip
    for found in checked.findings:
        _line(checked, found.name, _(found.title), f"{len(found.rows):,}", _(found.advice), _mend(found))
    if not count(checked):
        st.markdown(_("Nothing stands out: no copies, and nothing odd about any of them."))


def _mend(found: Finding) -> Mend:
    if found.surplus is None:
        return _("Leave them out"), found.rows.tolist()
    return _("Keep one of each"), found.surplus.tolist()


def contradicting(checked: Checked) -> str:
    if checked.dataset.targets == "texts":
        return _("The same recording with different transcripts")
    return _("Copies under different labels")


def _surplus(checked: Checked, groups: list[np.ndarray]) -> list[int]:
    """All but one of each group; which of different labels is right is not decided in passing."""
    agreeing = set(np.concatenate([[], *checked.agreeing]).astype(int).tolist())
    return copies.surplus([rows for rows in groups if int(rows[0]) in agreeing], checked.parts)


def count(checked: Checked) -> int:
    """How many lines there are."""
    of_copies = (checked.straddling, checked.contradicting, checked.same, _more_than_exact(checked))
    return sum(map(bool, of_copies)) + len(checked.findings)


def _more_than_exact(checked: Checked) -> bool:
    return sum(map(len, checked.alike)) > sum(map(len, checked.same))


def rows(checked: Checked, name: str) -> np.ndarray | None:
    """Those of one line, copies beside each other; None where there is no such line."""
    if name in ("straddling", "contradicting", "same", "alike"):
        return np.concatenate([[], *getattr(checked, name)]).astype(int)
    return next((found.rows for found in checked.findings if found.name == name), None)


def _groups(groups: list[np.ndarray]) -> str:
    """How many are concerned, and in how many groups."""
    n = sum(map(len, groups))
    if len(groups) == 1:
        return _("{n:,} of one another", n=n)
    return _("{n:,} in {groups:,} groups", n=n, groups=len(groups))


def _line(checked: Checked, name: str, title: str, n: str, advice: str, *mends: Mend, bad: bool = False) -> None:
    with st.container(border=True, gap="small"):
        icon = ":orange[:material/error:]" if bad else ":material/info:"
        st.markdown(f"{icon} **{title}** · {n}  \n:small[{advice}]")
        with st.container(horizontal=True, gap="small"):
            st.button(_("Show them"), key=f"show_{name}", icon=":material/visibility:", on_click=view.choose,
                      args=("found", name))  # fmt: skip
            for number, (words, gone) in enumerate(mends):
                if not len(gone):
                    continue
                st.button(numbered(words, len(gone)), key=f"mend_{name}_{number}", icon=":material/block:",
                          on_click=_leave_out, args=(checked, gone))  # fmt: skip


def _leave_out(checked: Checked, gone: Sequence[int]) -> None:
    edits.add_all(owner.current(), checked.dataset.digest, dict.fromkeys(gone))
