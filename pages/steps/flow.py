"""The page of a case: its seven steps in their order, below a header that stays at the top."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import streamlit as st

from cases.base import Case
from pages.components import run_list
from pages.shared.i18n import _
from pages.shared.upload_options import UploadOptions
from pages.steps import check, data, evaluate, export, model, predict, run_header, train
from runs.store.records import Run


def show(
    case: Case, introduction: str, options: UploadOptions, *, after_predict: Callable[[Run], None] | None = None
) -> None:
    """Draw the page.

    Args:
        introduction: what this case is for, in a sentence or two; stands where nothing was brought yet.
        options: how data are brought.
        after_predict: draws what this case alone offers beside trying the model.
    """
    run = train.chosen(case)
    top = st.container()
    header = st.container(key="run_header")
    if run:
        with st.container():
            train.reason(case, run)
    dataset, split = data.choose(case, run, options), None
    if not dataset and not run and "read" not in st.query_params:
        run_list.earlier(case)
    if dataset:
        dataset, split = check.show(case, dataset, run)
        model.choose(case, dataset, run, split)
    if run:
        own = [after_predict] if after_predict else []
        for draw in (partial(train.show, case), evaluate.show, predict.show, *own, export.show, train.deletion):
            with st.container():  # in a place of its own: where a step comes or goes, the next is not drawn twice
                draw(run)
    if not dataset and not run:
        with top:
            st.title(_(case.title), anchor=False)
            st.markdown(introduction)
    with header:
        run_header.show(case, dataset, run, ready=split is not None)
