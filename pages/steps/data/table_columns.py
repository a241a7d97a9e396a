"""How tables were understood: the first lines, what each column was taken for and why, and the choice of others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from typing import Any

import pandas as pd
import streamlit as st

from cases.base import Case
from cases.ingest.tables import ENCODING
from cases.ingest.tables.encoding import IN_DOUBT
from cases.ingest.tables.encoding_detector import CHOICES
from cases.ingest.tables.previews import Column, Preview
from pages.shared import presses
from pages.shared.i18n import _, count, together
from pages.shared.layout import abreast
from pages.shared.text import plain

MOST_ABREAST = 4  # fields; in more columns their words are cut off
MOST = 3  # tables that are shown; the columns of all can be chosen
MOST_NOTES = 5  # that are read at once; what can be refused is among them


def show(
    case: Case, notes: Sequence[Mapping[str, Any]], seen: Sequence[Preview], key: str, *, folded: bool = False
) -> dict[str, str] | None:
    """The columns that a person chose in place of others, once they want to read again.

    Args:
        notes: messages and their arguments; of what is said in them a person may refuse what has a `refusal`, which is
            to choose its `columns`.
        seen: the tables that are shown.
        folded: the tables could be read, so that their lines and the choice of columns are one click away.
    """
    if in_doubt(seen):
        return _asked(seen, key)
    _told(notes, key)
    offered = {note["refusal"]: note["columns"] for note in reversed(notes) if "refusal" in note}
    for number, (refusal, columns) in enumerate(offered.items()):  # of several tables with one question the first
        st.button(_(refusal), key=f"{key}_refused_{number}" if number else f"{key}_refused", icon=":material/refresh:",
                  on_click=presses.note, args=(f"{key}_refused", columns))  # fmt: skip
    if press := presses.of(f"{key}_refused"):
        press.over = True
        return press.what
    if not seen:
        return None
    with st.expander(_("First lines and columns"), key=f"{key}_fold") if folded else nullcontext():
        return _choice(case, seen, key)


def _choice(case: Case, seen: Sequence[Preview], key: str) -> dict[str, str] | None:
    """The first lines of the tables, and other columns to read them by."""
    for one in seen[:MOST]:
        _lines(case, one)
    several = _("Your choice applies to all tables.") if len(seen) > 1 else ""
    st.markdown(together(_("Not right? Choose the columns and import again."), several))
    changed = _encoding(seen, key) | _others(case, seen, key)
    st.button(_("Import again"), key=f"{key}_again", icon=":material/refresh:", disabled=not changed,
              on_click=presses.note, args=(f"{key}_again",))  # fmt: skip
    return _once(key, changed)


def _once(key: str, changed: dict[str, str]) -> dict[str, str] | None:
    """What is to be read by, once the button was pressed and there is anything."""
    press = presses.of(f"{key}_again")
    if press is None or not changed:
        return None
    press.over = True
    return changed


def in_doubt(seen: Sequence[Preview]) -> bool:
    """Whether the encoding of one of them cannot be told."""
    return any(one.error and one.error["found"] == IN_DOUBT for one in seen)


def _asked(seen: Sequence[Preview], key: str) -> dict[str, str] | None:
    """The encoding alone: until it is known columns and lines say nothing."""
    chosen = _encoding(seen, key)
    st.button(_("Use this encoding"), key=f"{key}_again", icon=":material/check:", type="primary",
              disabled=not chosen, on_click=presses.note, args=(f"{key}_again",))  # fmt: skip
    return _once(key, chosen)


def _encoding(seen: Sequence[Preview], key: str) -> dict[str, str]:
    """The choice of an encoding, with what it makes of the first lines; returns it where it is not how they were read.

    One goes for all tables that do not say it themselves. Where it is in doubt none is chosen beforehand: a guess
    beside a highlighted button would be taken.
    """
    open_ = [one for one in seen if one.encoding]
    if not open_:
        return {}
    first, options = open_[0], [name for name in CHOICES if any(name in one.samples for one in open_)]
    told = first.encoding in options and not in_doubt(seen)
    chosen = st.selectbox(
        _("Encoding"), options, index=options.index(first.encoding) if told else None,
        format_func=lambda name: _(CHOICES[name]), key=f"{key}_encoding", placeholder=_("Choose an encoding"),
        help=_("Character encoding of “{table}”. Choose the one that shows the lines below correctly.",
               table=plain(first.table)),
    )  # fmt: skip
    for one in open_[:MOST] if chosen else ():
        st.code(
            "\n".join(one.samples.get(chosen, ())) or _("This encoding cannot decode these lines."),
            language=None,
            wrap_lines=True,
        )
    return {ENCODING: chosen} if chosen and (in_doubt(seen) or chosen != first.encoding) else {}


def _told(notes: Sequence[Mapping[str, Any]], key: str) -> None:
    """What was understood, all of it where it is short."""
    ordered = sorted(notes, key=lambda note: "refusal" not in note) if len(notes) > MOST_NOTES else notes
    lines = [f"- {sentence(note['message'], note['args'])}" for note in ordered]
    st.markdown("\n".join(lines[:MOST_NOTES]))
    if rest := lines[MOST_NOTES:]:
        with st.expander(count("{n} more detail", "{n} more details", len(rest)), key=f"{key}_rest"):
            st.markdown("\n".join(rest))


def sentence(message: str, args: Mapping[str, Any]) -> str:
    """Return the text of a note; cells and names from the table are escaped."""
    return _(message, **{name: plain(value) if isinstance(value, str) else value for name, value in args.items()})


def _lines(case: Case, one: Preview) -> None:
    titles = {str(at): _title(case, column) for at, column in enumerate(one.columns)}
    st.dataframe(pd.DataFrame(one.lines, columns=list(titles)), hide_index=True, column_config=titles)
    total = count("{n} line", "{n} lines", one.total)
    st.caption(_("First lines of “{table}”, {lines} in total.", table=plain(one.table), lines=total))


def _title(case: Case, column: Column) -> str:
    return f"{column.name} → {_(case.columns[column.role])}" if column.role else column.name


def _others(case: Case, seen: Sequence[Preview], key: str) -> dict[str, str]:
    """A field for each thing that a column may be chosen for; returns the columns that were changed, "" for none."""
    names = list(dict.fromkeys(column.name for one in seen for column in one.columns))
    changed = {}
    for place, (role, title) in abreast(list(case.columns.items()), min(len(case.columns), MOST_ABREAST)):
        none = "" if role in case.optional else None
        now = next((column.name for one in seen for column in one.columns if column.role == role), none)
        options = ["", *names] if role in case.optional else names
        chosen = place.selectbox(
            _(title), options, index=None if now is None else options.index(now), placeholder=_("No column"),
            format_func=lambda name: name or _("No column"), key=f"{key}_{role}",
        )  # fmt: skip
        if chosen not in (None, now):
            changed[role] = chosen
    return changed
