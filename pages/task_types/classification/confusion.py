"""Classes: which are told apart, which are confused, and the items behind every number."""

from __future__ import annotations

from typing import Any

import numpy as np
import streamlit as st

from models.evaluation import metrics
from models.evaluation.predictions import Predictions
from pages.components import plot
from pages.components.items import addresses
from pages.shared import session
from pages.shared.i18n import _, count, numbered, together
from pages.shared.text import bold, plain
from pages.task_types import figures, state
from pages.task_types.classification import item_browser
from pages.task_types.classification.item_browser import Viewed

WHOLE = 40  # classes up to which the matrix is shown whole
SOME = 25  # of more classes, so many are shown at a time
PAIRS = 12
BESIDE = 18  # items that are shown at a time beside the matrix
EXAMPLES = 3  # items that are shown of a cell under the pointer
NARROW = 430  # pixels of a matrix that leaves room beside it


def show(viewed: Viewed) -> None:
    outcome, key = viewed.outcome.of("test"), viewed.run.id
    counts = metrics.confusion(outcome.labels, outcome.predicted, len(outcome.classes))
    numbers = _numbers(counts, outcome.classes, key)
    cells, share = counts[np.ix_(numbers, numbers)], session.held(f"matrix_as_{key}", str) == "share"
    narrow = figures.matrix_width(cells, share=share) <= NARROW
    whole, behind = st.columns([5, 4], gap="large") if narrow else (st.container(), st.container())
    items: plot.Shown = {"address": addresses(viewed.dataset), "rows": _examples(outcome)}
    with whole:
        _matrix(cells, outcome.classes, numbers, key, items)
        if others := len(counts) - len(numbers):
            st.caption(together(
                count("{n} other class is not shown: choose it above.",
                      "{n} other classes are not shown: choose them above.", others),
                _("Predictions as these are not counted in the matrix; the table below has all classes."),
            ))  # fmt: skip
    with behind:
        label, said = _choose(outcome.classes, key)
        if label is None and said is None:
            _pairs(counts, outcome.classes, key, items)
        else:
            _items_of(viewed, outcome, label, said)
    _table(outcome)


def _examples(outcome: Predictions) -> dict[str, list[int]]:
    """Cell → rows of the surest items in it."""
    order = np.argsort(-outcome.confidence, kind="stable")
    found: dict[str, list[int]] = {}
    for place in order:
        rows = found.setdefault(f"{outcome.labels[place]}-{outcome.predicted[place]}", [])
        if len(rows) < EXAMPLES:
            rows.append(int(outcome.rows[place]))
    return found


def _matrix(cells: np.ndarray, classes: tuple[str, ...], numbers: list[int], key: str, items: plot.Shown) -> None:
    share = st.segmented_control(
        _("Cell values"), ["counts", "share"], required=True, default="counts", key=f"matrix_as_{key}",
        format_func={"counts": _("Counts"), "share": _("Row percentages")}.get, label_visibility="collapsed",
        wrap=True,
    )  # fmt: skip
    figures.matrix(
        cells, [classes[n] for n in numbers], numbers, share=share == "share", items=items,
        key=f"matrix_{key}", on_picked=lambda: state.put("cell", session.told(f"matrix_{key}", "picked")),
    )  # fmt: skip
    st.caption(_("Rows are labels, columns predictions. Click a cell or a bar to see its examples."))


def _numbers(counts: np.ndarray, classes: tuple[str, ...], key: str) -> list[int]:
    """The classes to show: all, or of many those that are confused most, or those that are chosen."""
    if len(classes) <= WHOLE:
        return list(range(len(classes)))
    wrong = counts.sum(0) + counts.sum(1) - 2 * counts.diagonal()
    worst = np.argsort(-wrong, kind="stable")[:SOME].tolist()
    chosen = st.multiselect(
        _("Classes shown"), range(len(classes)), format_func=classes.__getitem__, key=f"matrix_of_{key}",
        max_selections=WHOLE, placeholder=_("The {n} most confused; choose others here", n=len(worst)),
    )  # fmt: skip
    return chosen or worst


def _pairs(counts: np.ndarray, classes: tuple[str, ...], key: str, items: plot.Shown) -> None:
    wrong = counts - np.diag(counts.diagonal())
    cells = [cell for cell in worst(wrong, PAIRS) if wrong[cell]]
    if not cells:
        return
    st.markdown(bold(_("Top confusions")))
    figures.pairs(
        [f"{figures.short(classes[a], 16)} → {figures.short(classes[b], 16)}" for a, b in cells],
        [int(wrong[cell]) for cell in cells], [f"{a}-{b}" for a, b in cells],
        key=f"pairs_{key}", items=items, on_picked=lambda: state.put("cell", session.told(f"pairs_{key}", "picked")),
    )  # fmt: skip


def worst(wrong: np.ndarray, most: int) -> list[tuple[int, int]]:
    """(label, prediction) of the largest cells of (classes, classes) counts, the largest first."""
    order = np.argsort(-wrong, axis=None, kind="stable")[:most]
    return [(int(a), int(b)) for a, b in zip(*np.unravel_index(order, wrong.shape), strict=True)]


def _items_of(viewed: Viewed, outcome: Predictions, label: int | None, said: int | None) -> None:
    """Those of a cell, a row or a column of the matrix, the surest first."""
    matches = np.ones(len(outcome.rows), bool)
    for wanted, numbers in ((label, outcome.labels), (said, outcome.predicted)):
        if wanted is not None:
            matches &= numbers == wanted
    found = np.flatnonzero(matches)
    found = found[np.argsort(-outcome.confidence[found], kind="stable")]
    st.markdown(f"{bold(_title(outcome.classes, label, said))} · {len(found):,}")
    item_browser.gallery(Viewed(viewed.run, outcome, viewed.dataset), found, name=f"cell_{label}_{said}", page=BESIDE)


def _choose(classes: tuple[str, ...], key: str) -> tuple[int | None, int | None]:
    """The cell in the address; the two fields follow it and change it."""
    names = (f"cell_label_{key}", f"cell_said_{key}")
    for name, number in zip(names, state.cell(), strict=True):
        st.session_state[name] = number if number is not None and number < len(classes) else None
    chosen = lambda: tuple(session.among(name, range(len(classes))) for name in names)  # noqa: E731
    columns = st.columns(2)
    for column, name, title in zip(columns, names, (_("Label"), _("Predicted")), strict=True):
        column.selectbox(
            title, range(len(classes)), format_func=classes.__getitem__, key=name, index=None,
            placeholder=_("Any class"), on_change=lambda: state.put_cell(*chosen()),
        )  # fmt: skip
    return chosen()


def _title(classes: tuple[str, ...], label: int | None, said: int | None) -> str:
    if said is None:
        return _("Labelled “{label}”", label=plain(classes[label]))
    if label is None:
        return _("Predicted as “{said}”", said=plain(classes[said]))
    if label == said:
        return _("“{label}”, predicted correctly", label=plain(classes[label]))
    return _("“{label}”, predicted as “{said}”", label=plain(classes[label]), said=plain(classes[said]))


def _table(outcome: Predictions) -> None:
    classes = outcome.classes
    st.markdown(bold(numbered(_("Metrics by class"), len(classes))))
    found = metrics.per_class(outcome.labels, outcome.predicted, len(classes))
    bounds = metrics.per_class_intervals(outcome.labels, outcome.predicted, len(classes))
    numbers: dict[str, Any] = {"class": list(classes)}
    for name, (low, high) in bounds.items():
        numbers |= {name: (100 * found[name]).round(1), f"{name}_interval": _intervals(low, high)}
    percent = {"format": "%.1f%%", "min_value": 0, "max_value": 100}
    interval = st.column_config.TextColumn(_("95% interval"), help=_("Wilson; equal counts have equal intervals."))
    st.dataframe(
        {**numbers, "support": found["support"]}, hide_index=True, height=min(38 + 35 * len(classes), 420),
        alt=_("Precision, recall, F1 and test examples per class"),
        column_config={
            "class": st.column_config.TextColumn(_("Class"), pinned=True),
            "precision": st.column_config.ProgressColumn(
                _("Precision"), help=_("Of the examples predicted as this class, the share that belongs to "
                                          "it."), **percent),
            "recall": st.column_config.ProgressColumn(
                _("Recall"), help=_("Of the examples of this class, the share predicted correctly."), **percent),
            "f1": st.column_config.ProgressColumn(
                "F1", help=_("Harmonic mean of precision and recall."), **percent),
            **{f"{name}_interval": interval for name in bounds},
            "support": st.column_config.NumberColumn(
                _("Test examples"), help=_("With few examples the other metrics are imprecise.")),
        },
    )  # fmt: skip


def _intervals(low: np.ndarray, high: np.ndarray) -> list[str]:
    """As they stand beside a percentage: 72.9–93.6."""
    return [f"{100 * one:.1f}–{100 * other:.1f}" for one, other in zip(low, high, strict=True)]
