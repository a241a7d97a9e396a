"""What is removed after a while: the rules, and what each would remove now, before it does."""

from __future__ import annotations

import streamlit as st

from models.errors import InputError
from pages.shared import i18n, presses, sign_in, vocabulary
from pages.shared.i18n import _, count
from runs.retention import rules, settled

USUAL = 30.0  # days after which it is told what could be freed where there is no rule


def show() -> None:
    st.subheader(_("Automatic clean-up"), anchor=False)
    st.fragment(_rules)()


def _rules() -> None:
    if not sign_in.hosts():  # no longer: the fragment runs without the page that asked before
        st.rerun()
    st.caption(_("An empty field keeps everything. What an open link or a data set needs is never removed."))
    try:
        fixed, known = rules.told(), settled.days()
    except InputError as error:  # the environment names a rule that there is not, and none is followed
        st.error(i18n.of(error))
        return
    wanted = {rule: days for rule, days in known.items() if rule in fixed}  # which may be taken back some day
    for rule, label in _labels().items():
        days = _days(rule, label, fixed.get(rule), known.get(rule))
        if days is not None and rule not in fixed:
            wanted[rule] = days
    if wanted != known:
        st.warning(_("Not saved yet. Until then the rules from before hold."), icon=":material/warning:")
    elif when := settled.next_time():
        st.caption(_("Next removal: {when}", when=vocabulary.when(when)))
    st.button(_("Save"), key="retention_save", type="primary", on_click=presses.note, args=("retention",))
    if press := presses.of("retention"):
        press.over = True
        settled.settle(wanted)
        st.rerun()


def _labels() -> dict[str, str]:
    """The rules in the order in which they cost least."""
    return {
        "drafts": _("Uploads never imported"), "links": _("Links that have ended"),
        "failed": _("Files of failed runs"), "stopped": _("Checkpoints of stopped runs"),
        "backups": _("Backups, but never the newest"), "runs": _("Whole runs, with their models"),
    }  # fmt: skip


def _days(rule: str, label: str, fixed: float | None, known: float | None) -> float | None:
    """Draw one rule; the days after which it removes, None for never."""
    field, would = st.columns([2, 3], vertical_alignment="bottom")
    days = field.number_input(
        _("{rule} (days)", rule=label), value=known if fixed is None else fixed, key=f"retention_{rule}",
        min_value=min(1.0, fixed or 1.0), step=1.0, format="%g", placeholder=_("keep"), disabled=fixed is not None,
        help=_("Days after which they are removed.") if fixed is None
        else _("Days. {variable} sets this rule.", variable=f"`{rules.VARIABLE}`"),
    )  # fmt: skip
    found = [one.leftover.bytes for one in rules.found({rule: USUAL if days is None else days})]
    what = " · ".join(
        [count("{n} thing", "{n} things", len(found)), *([vocabulary.size(sum(found))] if any(found) else [])]
    )
    if not found:
        told = _("Nothing to remove now.")
    elif days is None:
        told = _("Older than {n} days: {what}", n=f"{USUAL:g}", what=what)
    else:
        told = _("Would be removed now: {what}", what=what)
    would.caption(told)
    return days
