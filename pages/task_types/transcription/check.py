"""Transcripts: their words, how often each is said, and the recordings in which one is."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from cases import repeats
from cases.base import Finding
from cases.dataset import SPLITS, Dataset
from cases.splits import assign
from models.errors import N_, InputError
from models.text import languages
from pages.components import plot
from pages.components.items import Entry
from pages.shared import selection, session
from pages.shared.i18n import _, count, labelled, numbered
from pages.shared.text import ACCENT, escaped
from pages.task_types import division
from pages.task_types.data_report import DataReport, Weak
from runs.store import datasets

MOST_BARS = 20
MANY = 0.1  # share of the test recordings whose sentences are trained on from which its result is untrue
WORD = re.compile(r"[\u3400-\u9fff]|[^\W\u3400-\u9fff]+(?:['’][^\W\u3400-\u9fff]+)*")  # Chinese signs stand alone


def parts(dataset: Dataset, values: dict[str, Any]) -> pd.Series:
    return assign(dataset, **values)


def told(checked: DataReport) -> None:
    """Say that recordings are divided by chance, unless parts came with the data."""
    division.told(checked, N_("Random split."))


def title(checked: DataReport) -> str:
    return _("Characters") if _unspaced(checked) else _("Words")


def _unspaced(checked: DataReport) -> bool:
    """Whether what is counted are characters, for the language has no spaces between words."""
    found = languages.find(checked.kept["label"].fillna("").tolist())
    return bool(found) and found[0].language in languages.UNSPACED


def mosaic(checked: DataReport, most: int) -> list[Entry]:
    """The first recordings with their transcripts."""
    return [Entry(int(row), str(label)) for row, label in checked.kept["label"].head(most).items()]


def figures(checked: DataReport) -> dict[str, int]:
    counted = _counted(checked.kept["label"])
    different = _("Distinct characters") if _unspaced(checked) else _("Distinct words")
    return {_("Examples"): len(checked.kept), title(checked): counted.total(), different: len(counted)}


def amounts(dataset: Dataset) -> dict[str, int]:
    return {"transcripts": datasets.asked_about(dataset) - dataset.left_out}


def amount(what: str, n: int) -> str:
    """One of `amounts` in words."""
    return count("{n} transcribed recording", "{n} transcribed recordings", n)


def table(checked: DataReport) -> None:
    """Draw recordings, words and minutes of each part as a table."""
    names = {"train": _("Training"), "validation": _("Validation"), "test": _("Test")}
    parts = [checked.kept[checked.kept["part"] == part] for part in names]
    st.dataframe({
        _("Split"): list(names.values()),
        _("Recordings"): [len(part) for part in parts],
        title(checked): [_counted(part["label"]).total() for part in parts],
        _("Minutes"): [round(float(part["seconds"].sum()) / 60, 1) for part in parts],
    }, hide_index=True)  # fmt: skip


def show(checked: DataReport) -> None:
    counted = _counted(checked.kept["label"])
    names, key = sorted(counted), f"{checked.case.name}_word"
    kind, which = selection.chosen()
    st.session_state[key] = which if kind == "word" and which in counted else None
    st.selectbox(
        _("Browse by word"), names, key=key, index=None,
        format_func=lambda name: numbered(name, counted[name]), placeholder=_("Choose a word or click a bar"),
        on_change=lambda: selection.choose("word", session.among(key, names)),
    )  # fmt: skip
    most, bars = counted.most_common(MOST_BARS), f"{checked.case.name}_words"
    trace = {
        "type": "bar", "orientation": "h", "y": list(range(len(most))), "x": [n for _word, n in most],
        "customdata": [word for word, _n in most], "marker": {"color": ACCENT}, "hoverinfo": "text",
        "hovertext": [labelled(escaped(word), f"{n:,}") for word, n in most],
    }  # fmt: skip
    layout = {
        "bargap": 0.3, "margin": {"l": 8, "r": 16, "t": 8, "b": 28}, "xaxis": {"fixedrange": True},
        "yaxis": {"tickvals": list(range(len(most))), "ticktext": [escaped(word) for word, _n in most],
                  "autorange": "reversed", "fixedrange": True, "showgrid": False, "ticks": ""},
    }  # fmt: skip
    plot.show([trace], layout, key=bars, height=50 + 24 * len(most), alt=_("Most frequent words"),
              on_picked=lambda: selection.choose("word", session.told(bars, "picked")))  # fmt: skip


def rows(checked: DataReport, kind: str, which: str) -> np.ndarray | None:
    """Recordings in which a word is said."""
    if kind != "word":
        return None
    said = checked.kept["label"].map(lambda text: which in _words(text))
    return checked.kept.index[said.to_numpy(bool)].to_numpy()


def _counted(texts: pd.Series) -> Counter[str]:
    return Counter(word for text in texts for word in _words(text))


def _words(text: str) -> list[str]:
    return WORD.findall(str(text).lower())


def problem(checked: DataReport) -> InputError | None:
    """What is missing before it can be trained on."""
    if checked.kept.empty:
        return InputError(
            found=N_("Everything is excluded."), expected=N_("Recordings with transcripts are needed."),
            remedy=N_("Restore excluded examples, or correct labels."),
        )  # fmt: skip
    return division.problem(checked)


def leaks(checked: DataReport) -> list[Finding]:
    """Sentences of the test that are in the training data, too: the error rate tells little of others."""
    samples, division = checked.dataset.samples, checked.parts.to_numpy()
    tested, learnt = (np.flatnonzero(division == part) for part in ("test", "train"))
    said = repeats.sentences(samples["label"]).to_numpy(object)
    shared = (set(said[tested]) & set(said[learnt])) - {""}
    if not shared:
        return []
    within = np.array([text in shared for text in said], bool)
    n, strays = int(within[tested].sum()), learnt[within[learnt]]
    return [Finding(
        "sentences", N_("Same sentences in training and test"),
        N_("{n} of {of} test recordings have a sentence of the training data. The error rate holds for these "
           "sentences, not for new ones."),
        np.concatenate([tested[within[tested]], strays]), leak=True, sure=n >= MANY * len(tested),
        args={"n": n, "of": len(tested)}, **_mended(checked, said, strays, len(learnt)),
    )]  # fmt: skip


def _mended(checked: DataReport, said: np.ndarray, strays: np.ndarray, learnt: int) -> dict[str, Any]:
    """What keeps sentences apart: a test part of the data stays as it is; else three of them are needed."""
    if (checked.dataset.as_read["split"] == "test").any():
        return {"strays": strays} if len(strays) < learnt else {}
    if len(set(said) - {""}) < len(SPLITS):
        return {}
    return {"settings": {"group_by": repeats.TRANSCRIPT}, "mend": N_("Keep same sentences together")}


def sizes(checked: DataReport) -> dict[str, int]:
    return division.sizes(checked)


def counted(checked: DataReport) -> str:
    """Say in a sentence how many recordings and minutes there are in each part."""
    minutes = float(checked.kept["seconds"].sum()) / 60
    return _(
        "{n:,} transcribed recordings, {minutes:.1f} minutes in total; {train:,} training, {validation:,} validation, "
        "{test:,} test.",
        n=len(checked.kept),
        minutes=minutes,
        **division.sizes(checked),
    )


def notes(checked: DataReport) -> list[str]:
    return division.rough(checked)


def offered(dataset: Dataset) -> dict[str, list[str]]:
    return {}


def weak(checked: DataReport) -> list[Weak]:
    return []
