"""New names for whole classes: what 0 and 1 mean, said once for everyone who sees the model."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from pages.shared import owner, session
from pages.shared.i18n import _
from pages.shared.text import plain
from pages.task_types.data_report import DataReport
from runs.store import confirmed_labels, edits
from runs.uploads.class_names import cleaned

MOST = 200  # classes that are named in one form
LONGEST = 100  # characters of a name


def note(checked: DataReport) -> list[str]:
    """That all names are numbers, which say nothing to visitors; nothing where one is none."""
    names = [str(label) for label in checked.counts.index]
    if not all(name.isdecimal() for name in names):
        return []
    return [_("The classes are numbers. Visitors cannot know what they mean: rename the classes below.")]


def offer(checked: DataReport) -> None:
    """Draw the button that opens the form, and the form where it is open."""
    asked = _asked(checked)
    st.button(_("Rename classes"), key=f"{checked.case.name}_rename", icon=":material/edit:",
              on_click=lambda: session.put(asked, True))  # fmt: skip
    if session.held(asked, bool):
        _dialog(checked)


def _asked(checked: DataReport) -> str:
    """Where it is kept that the form is open."""
    return f"{checked.case.name}_renaming"


def _dialog(checked: DataReport) -> None:
    asked, labels = _asked(checked), [str(label) for label in checked.counts.index[:MOST]]
    keys = {label: f"{asked}_{number}_{len(checked.dataset.edits)}" for number, label in enumerate(labels)}

    @st.dialog(_("Rename classes"), on_dismiss=lambda: session.put(asked, False))
    def ask() -> None:
        st.markdown(_("The model answers with these names. Labels and split stay as they are. Runs keep the names that "
                      "they were trained with."))  # fmt: skip
        with st.form(f"{asked}_form", border=False):
            for label, key in keys.items():
                st.text_input(plain(label), label, max_chars=LONGEST, key=key)
            if len(labels) < len(checked.counts):
                st.caption(_("The {n} largest classes.", n=len(labels)))
            done = st.form_submit_button(_("Rename"), type="primary", on_click=_rename, args=(checked, keys))
        names = _typed(keys)
        if twice := _twice(checked, names):
            problem = _("Two classes cannot both be called “{name}”. To merge two, select the examples of one and "
                        "correct their labels.", name=plain(twice))  # fmt: skip
            st.error(problem, icon=":material/error:")
        elif done:
            st.rerun()

    ask()


def _typed(keys: Mapping[str, str]) -> dict[str, str]:
    """Class → its new name, of those that got another one."""
    typed = {label: cleaned(session.held(key, str, label)) for label, key in keys.items()}
    return {label: name for label, name in typed.items() if name and name != label}


def _twice(checked: DataReport, names: Mapping[str, str]) -> str:
    """A name that two classes would have; "" where there is none."""
    now = [names.get(label, label) for label in map(str, checked.dataset.classes)]
    return next((name for name in now if now.count(name) > 1), "")


def _rename(checked: DataReport, keys: Mapping[str, str]) -> None:
    """As a callback; nothing where two classes would have one name."""
    dataset, names = checked.dataset, _typed(keys)
    if _twice(checked, names):
        return
    edits.add_all(owner.current(), dataset.digest, dataset.renaming(names))
    kept = confirmed_labels.current(owner.current(), dataset.digest)
    renamed = {row: names[label] for row, label in kept.items() if label in names}
    confirmed_labels.add(owner.current(), dataset.digest, renamed)
    session.put(_asked(checked), False)
