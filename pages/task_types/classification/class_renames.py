"""New names for whole classes: what 0 and 1 mean, said once for everyone who sees the model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import streamlit as st

from pages.shared import owner, session
from pages.shared.i18n import _, count, listed
from pages.shared.text import plain
from pages.task_types.data_report import DataReport
from runs.results import predictions, relabeled
from runs.store import confirmed_labels, dataset_rows, datasets, edits
from runs.store.records import Run
from runs.uploads.class_names import cleaned

MOST = 200  # classes that are named in one form
LONGEST = 100  # characters of a name
NAMED = 3  # classes that a sentence names
FITTING, HEIGHT = 5, 420  # so many fields are seen at once, in so many pixels


def note(checked: DataReport) -> list[str]:
    """That all names are numbers, which say nothing to visitors; nothing where one is none."""
    if not are_numbers([str(label) for label in checked.counts.index]):
        return []
    told = _("The classes are numbers. Where a number stands for something else, visitors cannot know it: rename the "
             "classes under “Explore data”, “Classes”.")  # fmt: skip
    return [told]


def before_sharing(run: Run) -> str:
    """That visitors will not understand the names that the model knows; "" where nothing is to be said."""
    outcome, row = predictions.of(run), dataset_rows.by_id(str(run.dataset), run.owner)
    if outcome is None:
        return ""
    dataset = datasets.opened(row, edits.current(run.owner, row.id)) if row else None
    if dataset and (n := len(relabeled.renamed(run, dataset))):
        return count("{n} class was renamed since this run: visitors still read the name from before. Retrain first.",
                     "{n} classes were renamed since this run: visitors still read the names from before. Retrain "
                     "first.", n)  # fmt: skip
    if are_numbers(outcome.classes):
        names = listed(plain(name) for name in outcome.classes[:NAMED])
        return _("Visitors will read the class names {names}. Where these numbers stand for something else, rename the "
                 "classes in step 2 and retrain.", names=names)  # fmt: skip
    return ""


def are_numbers(names: Sequence[str]) -> bool:
    """Whether none of the names says anything."""
    return all(name.isdecimal() for name in names)


def offer(checked: DataReport) -> None:
    """Draw the button that opens the form, and the form where it is open."""
    asked = _asked(checked)
    if done := session.held(_done(checked), str):
        st.toast(done, icon=":material/check:")
        st.session_state.pop(_done(checked))
    st.button(_("Rename classes"), key=f"{checked.case.name}_rename", icon=":material/edit:",
              on_click=lambda: session.put(asked, True))  # fmt: skip
    if session.held(asked, bool):
        _dialog(checked)


def _asked(checked: DataReport) -> str:
    """Where it is kept that the form is open."""
    return f"{checked.case.name}_renaming"


def _done(checked: DataReport) -> str:
    """Where it is kept what was done, to be said once: a callback must draw nothing."""
    return f"{checked.case.name}_classes_renamed"


def _dialog(checked: DataReport) -> None:
    asked, labels = _asked(checked), [str(label) for label in checked.dataset.classes[:MOST]]
    keys = {label: f"{asked}_{number}_{len(checked.dataset.edits)}" for number, label in enumerate(labels)}

    @st.dialog(_("Rename classes"), on_dismiss=lambda: session.put(asked, False))
    def ask() -> None:
        st.markdown(_("The next model answers with these names. No label counts as corrected, and the split stays. "
                      "Models that are trained already keep their names."))  # fmt: skip
        with st.form(f"{asked}_form", border=False):
            with st.container(height=HEIGHT if len(labels) > FITTING else "content", border=False):
                for label, key in keys.items():
                    st.text_input(plain(label), label, max_chars=LONGEST, key=key)
            if len(labels) < len(checked.dataset.classes):
                st.caption(_("The first {n} classes.", n=len(labels)))
            st.form_submit_button(_("Rename"), type="primary", on_click=_rename, args=(checked, keys))
        names = _typed(keys)
        if twice := _twice(checked, names):
            problem = _("Two classes cannot both be called “{name}”. To merge two, select the examples of one and "
                        "correct their labels.", name=plain(twice))  # fmt: skip
            st.error(problem, icon=":material/error:")

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
    if names:
        told = count("{n} class renamed", "{n} classes renamed", len(names))
        st.session_state[_done(checked)] = _("{told}. Train for a model with the new names.", told=told)
    session.put(_asked(checked), False)
    st.rerun()
