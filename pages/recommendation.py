"""Recommendation: from what users had to what they may want next."""

from __future__ import annotations

import streamlit as st

import cases
from pages.parts import bring, check, evaluation, keep, model, run_list, training, try_it
from pages.parts.bring.drop import Ways
from pages.parts.language import _

case = cases.get("recommendation")

st.title(_("Recommendation"), anchor=False)
st.markdown(_("A network learns from who had what which things go together, and makes everybody a list of what they "
              "may want next, with reasons. It starts from what a language model knows of the titles, so that new "
              "things find their people too."))  # fmt: skip

run = training.chosen(case)
dataset = bring.choose(
    case,
    run,
    Ways(
        items="",
        tables=".csv,.tsv,.txt,.jsonl,.ndjson,.json,.xlsx,.parquet,.dat,.data,.inter,.item",
        hint=_("A table with a line for each thing somebody had: user, item, and perhaps rating or count and time. "
               "Beside it, or in one zip with it, a table of the items with titles, genres and descriptions. "
               "MovieLens and RecBole files are read as they are."),
        collect=_("Two tables, one of what users had and one of the items, or a test file of your own"),
        begin=_("Drop the table of what users had, and the table of the items if there is one."),
        drop=_("Drop tables or an archive here"),
        drop_hint=_("Which table is which is found out from the columns."),
        example="",
        read=_("Read these tables"),
        whole=True,
    ),
)  # fmt: skip
if not dataset and not run:
    run_list.earlier(case)
if dataset:
    dataset, split = check.show(case, dataset, run)
    model.choose(case, dataset, run, split)
if run:
    training.show(case, run)
    evaluation.show(run)
    try_it.show(run)
    keep.show(run)
