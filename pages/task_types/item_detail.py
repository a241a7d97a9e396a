"""One item looked at closely: what it is, and its label mended in place."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

import streamlit as st

from cases.dataset import LEFT_OUT, Dataset
from pages import modalities
from pages.shared import owner, session, vocabulary
from pages.shared.i18n import _
from pages.shared.text import plain
from pages.task_types import label_review
from pages.task_types.base import Editor
from runs.store import edits
from runs.uploads.class_names import cleaned

KEEP, TAKE, EXCLUDE = "K", "S", "X"  # keys
DONE = "item_done"  # in the session: what was done to an item, to be said once


def show(
    dataset: Dataset, row: int, editor: Editor, *, key: str, told: Sequence[str] = (), suggested: str | None = None,
    drawn: bool = True, part: str = "", corrected: Callable[[], None] = lambda: None, review: bool = False,
) -> None:  # fmt: skip
    """The item beside what can be changed about it.

    Args:
        dataset: as it is now, with the edits of its owner.
        editor: that of the task type.
        drawn: False where the item itself is shown already.
        told: further lines of Markdown about it.
        suggested: a label that it may have; taking it is one click, unless it is in the test part.
        part: the one it is in; what is in the test part is changed only on second thought.
        corrected: called once its label was changed or confirmed, or it was left out: the next one may come.
        review: whether its label is looked at a second time: it can be confirmed, and each decision has a key.
    """
    if done := session.held(DONE, str):
        st.toast(done, icon=":material/check:")
    st.session_state.pop(DONE, None)
    modality = modalities.of(dataset.case)
    beside = drawn and not modality.wide
    itself, beside_it = st.columns(2, gap="medium") if beside else (st.container(), st.container())
    if drawn:
        with itself:
            modality.large(dataset, row, key="closer_item")  # the same for all: the keyboard stays in it
    with beside_it:
        st.markdown("  \n".join([*_state(dataset, row, editor), *told]))
        if session.held(_asked(key), tuple):
            _second_thought(dataset, row, key, suggested, corrected)
        else:
            _mend(dataset, row, editor, key, suggested, part, corrected, review)


def _state(dataset: Dataset, row: int, editor: Editor) -> list[str]:
    now, came = dataset.samples.loc[row], plain(str(dataset.came[row]))
    label = plain(str(now["label"]))
    lines = [plain(vocabulary.item(str(now["name"]))), _(editor.said, label=label)]
    if now["split"] == LEFT_OUT:
        lines.append(_("Excluded from the next training."))
    elif label != came:
        lines.append(_(editor.came, label=came, text=came))
    return lines


def _mend(
    dataset: Dataset, row: int, editor: Editor, key: str, suggested: str | None, part: str,
    corrected: Callable[[], None], review: bool,
) -> None:  # fmt: skip
    now = dataset.samples.loc[row]
    gone, came = now["split"] == LEFT_OUT, str(dataset.came[row])

    def change(label: str | None) -> None:
        if part == "test":
            st.session_state[_asked(key)] = (label,)
        else:
            _edit(dataset, row, label)
            _told(dataset, row, label)
            corrected()

    def take(kind: Literal["secondary", "tertiary"]) -> None:
        if suggested and suggested != now["label"] and not gone:
            st.button(_(editor.take, label=plain(suggested)), key=f"{key}_take", icon=":material/edit:", type=kind,
                      on_click=change, args=(suggested,), shortcut=TAKE if review else None)  # fmt: skip

    with st.container(horizontal=True, vertical_alignment="bottom"):
        if review and not gone:
            _keep(dataset, row, key, corrected)
        if part != "test":
            take("secondary")
        if not gone:
            st.button(_("Exclude"), key=f"{key}_out", icon=":material/block:", on_click=change, args=(None,),
                      shortcut=EXCLUDE if review else None)  # fmt: skip
        if dataset.edits.get(row, came) != came:
            st.button(_("Reset"), key=f"{key}_back", icon=":material/undo:", on_click=_edit, args=(dataset, row, came))
    choice = f"{key}_label_{row}_{now['label']}"
    if not gone:
        editor.field(dataset, row, key=choice, on_change=lambda: _choose(change, choice))
    if part == "test":  # what all runs are measured by is changed last, and never because a model says so
        take("tertiary")


def _keep(dataset: Dataset, row: int, key: str, corrected: Callable[[], None]) -> None:
    """Confirm the label as it is, or ask about it again."""

    def keep() -> None:
        label_review.keep(dataset, [row])
        st.session_state[DONE] = _("{name}: label confirmed", name=_name(dataset, row))
        corrected()

    if row in label_review.confirmed(dataset):
        st.button(_("Label confirmed: revoke"), key=f"{key}_unkeep", icon=":material/undo:",
                  on_click=label_review.revoke, args=(dataset, [row]))  # fmt: skip
    else:
        st.button(_("Keep label"), key=f"{key}_keep", icon=":material/check:", on_click=keep, shortcut=KEEP)


def _choose(change: Callable[[str | None], None], choice: str) -> None:
    if label := cleaned(session.held(choice, str, "")):
        change(label)


def _asked(key: str) -> str:
    """Where the change that waits for a second thought is kept, as a tuple of the new label."""
    return f"{key}_asked"


def _second_thought(dataset: Dataset, row: int, key: str, suggested: str | None, corrected: Callable[[], None]) -> None:
    """The change of a test item, once more."""
    (label,) = session.held(_asked(key), tuple)
    with st.container(border=True):
        if label and label == suggested:
            st.markdown(_("This label is the model’s own prediction. With it the model measures itself, and the score "
                          "means less."))  # fmt: skip
        st.markdown(_("**This is a test example.** Test labels measure every run. Changing them to match predictions "
                      "raises the metric, not the quality of the model. Correct only what you would correct without "
                      "seeing the prediction. Later results report every change."))  # fmt: skip
        with st.container(horizontal=True):
            sure = _("Exclude test example") if label is None else _(
                "Change test label to “{label}”", label=plain(label))  # fmt: skip
            st.button(sure, key=f"{key}_sure", icon=":material/warning:", on_click=_settle,
                      args=(dataset, row, key, label, corrected))  # fmt: skip
            st.button(_("Cancel"), key=f"{key}_cancel", type="tertiary", on_click=st.session_state.pop,
                      args=(_asked(key), None))  # fmt: skip


def _settle(dataset: Dataset, row: int, key: str, label: str | None, corrected: Callable[[], None]) -> None:
    st.session_state.pop(_asked(key), None)
    _edit(dataset, row, label)
    _told(dataset, row, label)
    corrected()


def _told(dataset: Dataset, row: int, label: str | None) -> None:
    """The next one is on the screen by now, and says what became of this one: a callback must draw nothing."""
    name = _name(dataset, row)
    st.session_state[DONE] = (
        _("Excluded: {name}", name=name)
        if label is None
        else _("{name}: label is now “{label}”", name=name, label=plain(label))
    )


def _name(dataset: Dataset, row: int) -> str:
    return plain(vocabulary.item(str(dataset.as_read.at[row, "name"]).rsplit("/", 1)[-1]))


def _edit(dataset: Dataset, row: int, label: str | None) -> None:
    edits.add(owner.current(), dataset.digest, row, label)
