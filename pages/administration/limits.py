"""What everyone may use, and what one person may."""

from __future__ import annotations

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages.shared import presses
from pages.shared.i18n import _
from pages.shared.text import plain
from runs import outages
from runs.identity import people
from runs.limits import allowances
from runs.limits.allowances import EVERYONE, GB, Allowance
from runs.store import agents


def show() -> None:
    names = {EVERYONE: _("Everyone"), **{person.id: plain(person.name) for person in people.everyone()}}
    whom = st.selectbox(_("For whom"), list(names), format_func=names.get, key="limits_for") or EVERYONE
    said = allowances.said(whom)
    st.caption(
        _("Leave a field empty for no limit.") if whom == EVERYONE
        else _("Leave a field empty to use the limit for everyone.")
    )  # fmt: skip
    if whom == EVERYONE:
        st.button(
            _("Suggest limits for a class"), key="limits_suggested", icon=":material/school:", on_click=_suggest,
            help=_("From the number of people, the free disk space and the machines. You can change them below."),
        )  # fmt: skip
    empty = _empty(whom)
    with st.form(f"limits_{whom}", border=False):
        left, right = st.columns(2)
        storage = _field(left, "storage", _("Storage (GB)"), said.storage and said.storage / GB, whom, empty)
        upload = _field(right, "upload", _("One file (GB)"), said.upload and said.upload / GB, whom, empty)
        at_once = _field(left, "at_once", _("Runs at once, waiting ones included"), said.at_once, whom, empty, step=1.0)
        hours = _field(right, "hours", _("Hours of computing a day"), said.hours, whom, empty)
        pressed = f"limits_save_{whom}"
        st.form_submit_button(_("Save"), type="primary", on_click=presses.note, args=(pressed,))
        if press := presses.of(pressed):
            press.over = True
            allowances.allow(whom, Allowance(
                storage=None if storage is None else round(storage * GB),
                upload=None if upload is None else round(upload * GB),
                at_once=None if at_once is None else round(at_once), hours=hours,
            ))  # fmt: skip
            st.toast(_("Saved."))


def _suggest() -> None:
    """Set them at once, and show them in the fields."""
    slots = sum(one.slots.get("training", 0) for one in agents.alive())
    found = allowances.suggested(len(people.everyone()), max(0, outages.free()), slots)
    allowances.allow(EVERYONE, found)
    shown = {"storage": found.storage and found.storage / GB, "upload": found.upload and found.upload / GB,
             "at_once": found.at_once, "hours": found.hours}  # fmt: skip
    for name, value in shown.items():
        st.session_state[f"limit_{name}_"] = None if value is None else float(value)
    st.toast(_("Saved."))


def _empty(whom: str) -> dict[str, str]:
    """What an empty field stands for, by its name."""
    usual = Allowance() if whom == EVERYONE else allowances.said(EVERYONE)
    known = {
        "storage": _bytes(usual.storage),
        "upload": _bytes(usual.upload),
        "at_once": usual.at_once, "hours": None if usual.hours is None else f"{usual.hours:g}",
    }  # fmt: skip
    told = {name: _("no limit") if value is None else str(value) for name, value in known.items()}
    if whom == EVERYONE:
        return told
    return {name: _("as for everyone: {limit}", limit=limit) for name, limit in told.items()}


def _bytes(limit: int | None) -> str | None:
    return None if limit is None else f"{limit / GB:g} GB"


def _field(
    place: DeltaGenerator,
    name: str,
    label: str,
    value: float | None,
    whom: str,
    empty: dict[str, str],
    step: float = 0.5,
) -> float | None:
    return place.number_input(
        label, min_value=0.0, value=None if value is None else float(value), step=step,
        format="%.0f" if step == 1.0 else "%.2f", key=f"limit_{name}_{whom}", placeholder=empty[name],
    )  # fmt: skip
