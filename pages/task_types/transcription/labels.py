"""Transcripts worth a second look: those that surprise the model most, one by one or many at once."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from pages import modalities
from pages.components.items import Entry
from pages.shared.i18n import _, together
from pages.task_types import label_review, selected_items, state
from pages.task_types.selected_items import Selection
from pages.task_types.transcription import views
from pages.task_types.transcription.views import Viewed
from runs.results import transcripts

PAGE = 30


def waiting(viewed: Viewed) -> pd.DataFrame:
    """See `transcripts.surprising`; without those that somebody has decided on since the run."""
    found = transcripts.surprising(viewed.run)
    return found[~found.index.isin(viewed.settled)]


def show(viewed: Viewed) -> None:
    found, kept = waiting(viewed), sorted(label_review.confirmed(viewed.dataset))
    tested = found["part"] == "test"
    titles = {
        "all": _("All ({n:,})", n=len(found)),
        "learnt": _("Training and validation ({n:,})", n=int((~tested).sum())),
        "test": _("Test ({n:,})", n=int(tested.sum())),
        "confirmed": _("Confirmed ({n:,})", n=len(kept)),
    }  # fmt: skip
    chosen = st.segmented_control(
        _("Filter"), list(titles), required=True, default="all", format_func=titles.get, wrap=True,
        key=f"labels_{viewed.run.id}", label_visibility="collapsed",
    )  # fmt: skip
    if chosen == "confirmed":
        st.caption(_("Labels you reviewed and kept. They are not suggested again while they stay unchanged."))
        _listing(viewed, [_kept(viewed, row) for row in kept], "confirmed", {})
        return
    some = {"all": found, "learnt": found[~tested], "test": found[tested]}[chosen]
    st.caption(together(_("Transcripts with a far higher loss per token than usual in their split, most surprising "
                          "first."), _("The model has seen the training transcripts, so it may miss errors there."),
                        _("Suggestions can be wrong too, so check before you correct.")))  # fmt: skip
    rows = [int(row) for row in some.index]
    label_review.start(rows, name=views.list_name(viewed), key=f"review_{viewed.run.id}_{chosen}")
    parts = {row: str(part) for row, part in zip(rows, some["part"], strict=True)}
    _listing(viewed, [_entry(viewed, row, line) for row, line in some.iterrows()], f"surprising_{chosen}", parts)


def _entry(viewed: Viewed, row: int, line: pd.Series) -> Entry:
    loss = _("loss per token {loss:.2f}", loss=line["loss"])
    label = str(viewed.dataset.samples.at[row, "label"])
    return Entry(int(row), label, _("{share} · test", share=loss) if line["part"] == "test" else loss, "bad")


def _kept(viewed: Viewed, row: int) -> Entry:
    return Entry(row, str(viewed.dataset.samples.at[row, "label"]))


def _listing(viewed: Viewed, entries: list[Entry], name: str, parts: dict[int, str]) -> None:
    key = f"{name}_list_{viewed.run.id}"
    if not entries:
        st.caption(_("Nothing left to review here."))
        selected_items.bar(Selection(key, viewed.dataset, {}, []))
        return
    pages = -(-len(entries) // PAGE)
    turned = st.pagination(pages, key=f"{key}_page_{pages}") if pages > 1 else 1
    shown, rows = entries[(turned - 1) * PAGE : turned * PAGE], [entry.row for entry in entries]
    here = [entry.row for entry in shown]
    if len(here) > 1:
        selected_items.toggle(key)
    above = st.container()
    modalities.of(viewed.run.case).listed(
        viewed.dataset, shown, key=key, chosen=state.item(), several=selected_items.several(key, here),
        on_picked=lambda: views.open_from(viewed, rows, key),
    )  # fmt: skip
    heard = transcripts.surprising(viewed.run)["heard"]
    suggested = {row: text for row, text in heard.items() if text}
    with above:
        selected_items.bar(Selection(key, viewed.dataset, parts, selected_items.rows(key, rows), suggested))
