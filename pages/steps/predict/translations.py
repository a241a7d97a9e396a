"""One language teaches another: what a model learnt in one, asked for in the other."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Protocol

import streamlit as st

from cases.base import Prediction
from models.errors import InputError
from models.pretrained import catalog
from pages.shared import i18n, presses, session
from pages.shared.i18n import _, together
from pages.shared.text import plain
from runs.inference import client
from runs.store.records import Run

BOTH = {"zh", "en"}
LABELS = tuple[str, ...]


class Translation(Protocol):
    """A sentence in both languages, which praises or blames."""

    zh: str
    en: str
    praise: bool


@dataclass(frozen=True)
class Lesson:
    """`meaning`: the labels of a model → whether each stands for praise; None where they do not tell."""

    pairs: Sequence[Translation]
    meaning: Callable[[Collection[str]], Mapping[str, bool] | None]


def show(run: Run, lesson: Lesson) -> None:
    """For runs that can be asked and whose pretrained model has read both languages."""
    known = catalog.find(run.settings["model"])
    if not (run.result and run.result.get("onnx") and known and BOTH.issubset(known.languages)):
        return
    folder = st.expander(_("Cross-lingual transfer"), icon=":material/translate:",
                         key=f"languages_{run.id}", on_change="rerun")  # fmt: skip
    with folder:
        if folder.open:
            st.fragment(teach)(run, lesson)


def teach(run: Run, lesson: Lesson) -> None:
    """A fragment: an answer runs nothing else of the page."""
    st.markdown(
        _("The pretrained encoder maps a sentence and its translation to similar embeddings. Fine-tuning in one "
          "language therefore often transfers to others, without examples in them.")
    )  # fmt: skip
    try:
        zh, en, labels = _asked(run, lesson.pairs)
    except InputError as error:
        st.error(i18n.of(error), icon=":material/error:")
        return
    meant = lesson.meaning(labels)
    st.markdown(_told(lesson.pairs, zh, en, meant))
    _table(lesson.pairs, zh, en, meant)
    _own(run)


def _asked(run: Run, pairs: Sequence[Translation]) -> tuple[LABELS, LABELS, LABELS]:
    """What the model says of the Chinese sentences, of the English ones, and all its labels; asked once a session.

    Raises:
        InputError: the model is gone.
    """
    key = f"translations_{run.id}"
    said = session.held(key, tuple)
    if said is None:
        with st.spinner(_("Predicting the sentences.")):
            answers = client.of_texts(run, [t.zh for t in pairs] + [t.en for t in pairs])
        best = tuple(answer.labels[0] for answer in answers)
        said = best[: len(pairs)], best[len(pairs) :], answers[0].labels
        st.session_state[key] = said
    return said


def _told(pairs: Sequence[Translation], zh: LABELS, en: LABELS, meant: Mapping[str, bool] | None) -> str:
    n = len(pairs)
    same = sum(one == other for one, other in zip(zh, en, strict=True))
    alike = _("Same prediction for a sentence and its translation: **{same} of {n}**.", same=same, n=n)
    if meant is None:
        return alike
    right = [sum(meant[label] == t.praise for label, t in zip(said, pairs, strict=True)) for said in (zh, en)]
    counted = _("Predicted correctly: **{zh} of {n}** Chinese and **{en} of {n}** English sentences.",
                n=n, zh=right[0], en=right[1])  # fmt: skip
    return together(counted, alike)


def _table(pairs: Sequence[Translation], zh: LABELS, en: LABELS, meant: Mapping[str, bool] | None) -> None:
    columns = {"zh": [t.zh for t in pairs], "zh_said": list(zh), "en": [t.en for t in pairs],
               "en_said": list(en)}  # fmt: skip
    wide, narrow = partial(st.column_config.Column, width=230), partial(st.column_config.Column, width=90)
    titles = {"zh": wide(_("Chinese")), "zh_said": narrow(_("Prediction")), "en": wide(_("English")),
              "en_said": narrow(_("Prediction")), "meant": narrow(_("Label"))}  # fmt: skip
    if meant is not None:
        named = {praise: label for label, praise in meant.items()}
        columns["meant"] = [named[t.praise] for t in pairs]
    st.dataframe(columns, hide_index=True, column_config=titles, height=280)


def _own(run: Run) -> None:
    with st.form(f"translation_{run.id}", border=False):
        sides = st.columns(2)
        one = sides[0].text_input(_("Your sentence"), max_chars=1000)
        other = sides[1].text_input(_("Its translation"), max_chars=1000)
        pressed = f"translation_{run.id}"
        st.form_submit_button(_("Predict both"), on_click=presses.note, args=(pressed,))
        if (press := presses.of(pressed)) and one.strip() and other.strip():
            press.over = True
            try:
                answers = client.of_texts(run, [one, other])
            except InputError as error:
                st.error(i18n.of(error), icon=":material/error:")
                return
            for side, answer in zip(sides, answers, strict=True):
                side.markdown(_answer(answer))


def _answer(answer: Prediction | InputError) -> str:
    if isinstance(answer, InputError):
        return i18n.of(answer)
    return f"**{plain(answer.labels[0])}** {answer.probabilities[0]:.0%}"
