"""The live view of a run, with everything it says; for its owner, and for who has a link to watch it."""

from __future__ import annotations

import streamlit as st

import cases
from cases.classification.conditions import has_final_fit
from models.evaluation.metrics import is_share
from pages import modalities
from pages.components import live_metrics
from pages.shared import address, i18n, vocabulary
from pages.shared.i18n import _
from pages.shared.text import plain
from pages.steps import live_words
from runs.store import metric_rows
from runs.store.records import Run


def show(run: Run, *, metrics: str, key: str, item: str = "", name: str = "") -> None:
    """
    Args:
        metrics: the address that is asked for what is new.
        item: the address that shows an example, to which a row is added; of no use where none are told.
        name: what the run is called in notifications; "" where the reader is not told its name.
    """
    task = vocabulary.task_of(run)
    if told := vocabulary.settings(cases.get(run.case), run):
        st.caption(plain(told))
    if has_final_fit(run.settings):
        st.caption(_("The curves show training. The final model is fitted again on training and validation "
                     "data."))  # fmt: skip
    learnt = metric_rows.has_learnt(run)
    live_metrics.view(
        url=metrics,
        run=f"{run.id}-{run.created}",
        item=item,
        words=live_words.live(task, name or _("Training"), trial=bool(run.parent)),
        language=i18n.current(),
        metric=task.metric,
        baselines=[
            {"name": one.name, "title": _("{name}, validation", name=_(one.title)), "dash": one.dash}
            for one in task.baselines
        ],
        shares=is_share(task.metric),
        plotly=address.of_route("/assets/plotly.js"),
        player=player() if (player := modalities.of(run.case).player) else None,
        begun_already=run.status != "queued",
        learnt_already=learnt,
        finished_already=run.ended_already,
        nothing_learnt=run.ended_already and not learnt,
        kept=run.packed,
        trained_already=run.past_training,
        evaluated_already=bool(run.result),
        key=key,
        on_stage=lambda: None,  # the page runs again and shows what is new
    )
