"""What a batch of predictions is least certain of, as a table with small pictures, before all of it is downloaded."""

from __future__ import annotations

from typing import Any

import streamlit as st

from pages.shared import vocabulary
from pages.shared.i18n import _
from pages.shared.text import bold, percent
from runs.jobs import doubts
from runs.store.records import Run

SEEN, LINE = 72, 36  # pixels of a row, with a picture and without
HEIGHT = 460  # pixels at most; the rest is scrolled to


def show(run: Run, job: Run, *, threshold: float | None = None) -> None:
    """Draw the least certain of a finished `job` of this run; nothing of an older job.

    `threshold`: the probability from which on an answer counts as sure; None where there is no such thing.
    """
    rows = doubts.of(job.id)
    if not rows:
        return
    below = [threshold is not None and one["answers"][0][1] < threshold for one in rows]
    verdict = {_("Verdict"): [_("not sure") if unsure else "" for unsure in below]} if any(below) else {}
    columns = _columns(run, rows, verdict)
    seen = any(one["picture"] for one in rows)
    row_height, shares = SEEN if seen else LINE, {name for name, cells in columns.items() if _is_share(cells)}
    st.markdown(bold(_("Least confident first")))
    st.dataframe(
        columns, hide_index=True, width="stretch", row_height=row_height, key=f"doubts_{job.id}",
        height=min(HEIGHT, LINE + 2 + row_height * len(rows)),
        column_config={"": st.column_config.ImageColumn("", width=SEEN + 16, pinned=True)} | {
            name: st.column_config.ProgressColumn(name, format="%.1f%%", min_value=0, max_value=100, width=120)
            for name in shares},
    )  # fmt: skip
    total = job.result["items"]
    shown = _("The {n:,} least confident of {total:,}. The CSV file contains all.", n=len(rows), total=total)
    told = [shown] if total > len(rows) else []
    if threshold is not None and any(below):
        told.append(_("Not sure: the highest probability is below the confidence threshold of {least}.",
                      least=percent(threshold)))  # fmt: skip
    if told:
        st.caption("  \n".join(told))


def _columns(run: Run, rows: list[dict[str, Any]], verdict: dict[str, list[Any]]) -> dict[str, list[Any]]:
    """Title → cells: picture, name, what was given, the `verdict`, and each answer beside its probability."""
    task_type = vocabulary.task_of(run).task_type
    name, *answers = task_type.columns[:-1]
    found: dict[str, list[Any]] = {}
    if any(one["picture"] for one in rows):
        found[""] = [one["picture"] for one in rows]
    found[_(name)] = [vocabulary.item(one["name"]) for one in rows]
    if any(one["given"] for one in rows):
        found[_(task_type.given)] = [one["given"] for one in rows]
    found |= verdict
    most = max(len(one["answers"]) for one in rows)  # no column that no row fills
    for place in range(min(most, len(answers) // 2)):
        some = [one["answers"][place] if place < len(one["answers"]) else ("", None) for one in rows]
        found[_(answers[2 * place])] = [label for label, _share in some]
        found[_(answers[2 * place + 1])] = [share and 100 * share for _label, share in some]
    return found


def _is_share(cells: list[Any]) -> bool:
    return any(isinstance(cell, float) for cell in cells)
