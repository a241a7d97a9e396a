"""Two runs on the same recordings: the reference and what each wrote, word by word; see `base.CompareView`."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from models.evaluation import resampling
from models.evaluation.metrics import NORMALISATION, Interval
from pages import modalities
from pages.components import word_diff
from pages.components.items import Entry
from pages.shared import vocabulary
from pages.shared.i18n import _, together
from pages.task_types.run_pair import RunPair
from pages.task_types.transcription import evaluation
from runs.results import paired_transcripts

PAGE = 20  # recordings at a time


def differences(pair: RunPair) -> dict[str, Interval]:
    """The error rate that is told first: of words, or of characters where the language has no spaces."""
    table = paired_transcripts.of(pair.one, pair.other)
    if table is None:
        return {}
    said = table["said"].to_numpy()
    one, other = (resampling.ratio_of(table[f"{name}_wrong"].to_numpy(), said) for name in ("one", "other"))
    return {vocabulary.task_of(pair.one).metric: resampling.difference(other, one, len(table))}


def items(pair: RunPair) -> None:
    """Recordings to be heard beside the reference and both transcripts, those that differ most first."""
    table, viewed = paired_transcripts.of(pair.one, pair.other), evaluation.open_for(pair.one)
    if table is None or viewed is None:
        st.caption(_("The recordings are no longer on the server."))
        return
    chosen = _chosen(pair, table)
    if chosen.empty:
        st.caption(_("No matches."))
        return
    pages = -(-len(chosen) // PAGE)
    turned = st.pagination(pages, key=f"paired_page_{pair.key}_{pages}") if pages > 1 else 1
    shown = chosen.iloc[(turned - 1) * PAGE : turned * PAGE]
    former = not all((run.result or {}).get(NORMALISATION) for run in (pair.one, pair.other))
    st.caption(together(
        _("Largest difference between the two transcripts first."), word_diff.explained(),
        _("Texts of earlier runs are compared by the present normalisation here.") if former else "",
    ))  # fmt: skip
    modalities.of(pair.one.case).listed(
        viewed.dataset, [_entry(pair, int(row), line) for row, line in shown.iterrows()], key=f"paired_list_{pair.key}"
    )


def _chosen(pair: RunPair, table: pd.DataFrame) -> pd.DataFrame:
    (one, other), gap = pair.letters, table["one_wrong"] - table["other_wrong"]
    some = {"apart": table["apart"] > 0, "one": gap < 0, "other": gap > 0, "all": gap.notna()}
    counts = {name: int(mask.sum()) for name, mask in some.items()}
    titles = {"apart": _("Different ({n:,})", n=counts["apart"]),
              "one": _("{one} better ({n:,})", one=one, n=counts["one"]),
              "other": _("{one} better ({n:,})", one=other, n=counts["other"]),
              "all": _("All ({n:,})", n=counts["all"])}  # fmt: skip
    kind = st.segmented_control(_("Filter"), list(titles), format_func=titles.get, default="apart", required=True,
                                wrap=True, key=f"paired_{pair.key}", label_visibility="collapsed")  # fmt: skip
    return table[some[kind]]


def _entry(pair: RunPair, row: int, line: pd.Series) -> Entry:
    one, other = pair.letters
    note = _("wrong: {one} {a}, {other} {b}, of {n}", n=line["said"], one=one, a=line["one_wrong"],
             other=other, b=line["other_wrong"])  # fmt: skip
    return Entry(row, line["label"], note, versions=((one, line["one_pairs"]), (other, line["other_pairs"])))
