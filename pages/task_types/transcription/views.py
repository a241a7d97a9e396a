"""Recordings beside what was said and what was written: the worst, those with a mistake of one kind, one at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import pandas as pd
import streamlit as st

from cases.dataset import Dataset
from pages import modalities
from pages.components import inspection, word_diff
from pages.components.items import Entry
from pages.shared import neighbours, session, vocabulary
from pages.shared.i18n import _, count, together
from pages.shared.text import bold, plain
from pages.task_types import item_detail, label_review, state
from pages.task_types.figures import pairs
from pages.task_types.transcription.editor import EDITOR
from runs.api.numbers import whole
from runs.results import transcripts
from runs.store.records import Run

PAGE = 30
MOST_PAIRS = 15


@dataclass(frozen=True)
class Viewed:
    """`table` as `runs.results.transcripts.of` gives it."""

    run: Run
    dataset: Dataset
    table: pd.DataFrame

    @cached_property
    def settled(self) -> set[int]:
        """See `label_review.decided`."""
        return label_review.decided(self.run, self.dataset)


def texts(viewed: Viewed) -> None:
    """The worst first; only those with some words, or of a kind, where that is asked for."""
    key, table = f"texts_{viewed.run.id}", viewed.table
    kinds = {"wrong": _("With errors ({n:,})", n=int((~table["right"]).sum())), "all": _("All ({n:,})", n=len(table)),
             "better": _("Improved ({n:,})", n=int(_changed(table, 1).sum())),
             "worse": _("Worsened ({n:,})", n=int(_changed(table, -1).sum()))}  # fmt: skip
    kind = st.segmented_control(_("Filter"), list(kinds), format_func=kinds.get, default="wrong", required=True,
                                wrap=True, key=f"{key}_kind", label_visibility="collapsed")  # fmt: skip
    sought = st.text_input(_("Contains words"), key=f"{key}_sought", placeholder=_("Type a word"), width=320)
    chosen = {"wrong": ~table["right"], "all": table["right"].notna(), "better": _changed(table, 1),
              "worse": _changed(table, -1)}[kind]  # fmt: skip
    written = table["plain_label"] + "\n" + table["plain_predicted"]
    if _unspaced(viewed.run):
        written = written.str.replace(" ", "")  # which the comparison puts between characters
    for name in sought.lower().split():
        chosen &= written.str.contains(name, regex=False)
    st.caption(together(_("Most errors first."), word_diff.explained()))
    gallery(viewed, table[chosen], "texts")


def _changed(table: pd.DataFrame, sign: int) -> pd.Series:
    return sign * (table["wrong_before"] - table["wrong"]) > 0


def words(viewed: Viewed) -> None:
    """Draw the commonest confusions, and the recordings with the one that was clicked."""
    found = transcripts.confusions(viewed.table)
    if not found:
        st.markdown(_("All test recordings are transcribed without errors."))
        return
    st.caption(_("Most frequent of {n:,} error types: spoken → transcribed. Click a bar to play the "
                 "recordings.", n=len(found)))  # fmt: skip
    key, shown = f"words_{viewed.run.id}", found[:MOST_PAIRS]
    names = [f"{said or '+'} → {heard or '−'}" for said, heard, _n in shown]
    pairs(names, [n for *_pair, n in shown], [str(number) for number in range(len(shown))], key=key,
          on_picked=lambda: state.put("cell", session.told(key, "picked")))  # fmt: skip
    asked = whole(state.get("cell"))
    if asked is not None and asked < len(shown):
        said, heard, _n = shown[asked]
        st.markdown(bold(plain(names[asked])))
        gallery(viewed, transcripts.holding(viewed.table, (said, heard)), "words")


def gallery(viewed: Viewed, table: pd.DataFrame, name: str) -> None:
    """Recordings of `table`, some at a time; a click opens one."""
    key = f"{name}_list_{viewed.run.id}"
    if table.empty:
        st.caption(_("No matches."))
        return
    pages = -(-len(table) // PAGE)
    turned = st.pagination(pages, key=f"{key}_page_{pages}") if pages > 1 else 1
    rows = [int(row) for row in table.index]
    neighbours.draw(list_name(viewed), rows)
    listing(viewed, table.iloc[(turned - 1) * PAGE : turned * PAGE], name, rows)


def listing(viewed: Viewed, shown: pd.DataFrame, name: str, rows: Sequence[int]) -> None:
    """Recordings in one element; a click beside its button opens one, and the closer look goes through these `rows`."""
    key = f"{name}_list_{viewed.run.id}"
    modalities.of(viewed.run.case).listed(
        viewed.dataset, [_entry(viewed, int(row), line) for row, line in shown.iterrows()], key=key,
        chosen=state.item(), on_picked=lambda: open_from(viewed, rows, key),
    )  # fmt: skip


def open_from(viewed: Viewed, rows: Sequence[int], key: str) -> None:
    neighbours.open_from(list_name(viewed), rows)
    state.put("item", session.told(key, "picked"))


def _entry(viewed: Viewed, row: int, line: pd.Series) -> Entry:
    said = len(line["plain_label"].split())
    mended = viewed.dataset.edits.get(row) != viewed.run.edits.get(str(row))
    note = _("changed since run") if mended else _("{wrong} of {n} wrong", wrong=line["wrong"], n=said)
    return Entry(row, line["label"], note, "good" if line["right"] else "bad", tuple(line["pairs"]))


def _unspaced(run: Run) -> bool:
    """Whether characters are compared, for the language has no spaces between words."""
    return vocabulary.task_of(run).metric == "cer"


def wrong(run: Run, n: int) -> str:
    """How many words of a recording are wrong, or characters."""
    if _unspaced(run):
        return count("{n} wrong character.", "{n} wrong characters.", n)
    return count("{n} wrong word.", "{n} wrong words.", n)


def list_name(viewed: Viewed) -> str:
    """Of the list that the closer look goes through."""
    return f"shown_{viewed.run.id}"


def closer(viewed: Viewed | None, row: int | None) -> None:
    """Draw one recording with its transcript and what each model wrote."""
    if viewed is None or row is None or row not in viewed.dataset.samples.index:
        st.caption(_("Example not found."))
        return
    shown = neighbours.of(list_name(viewed), row)
    neighbours.buttons(shown, row, key="step", go=_look_at)
    if label_review.is_open():
        label_review.left(shown, viewed.settled)
    if row in viewed.table.index:
        _tested(viewed, row, shown)
    else:
        _learnt(viewed, row, shown)


def _learnt(viewed: Viewed, row: int, shown: Sequence[int]) -> None:
    """A recording of the training or validation part: nothing is known of it but how surprising its transcript is."""
    modalities.of(viewed.run.case).large(viewed.dataset, row, key=f"closer_sound_{row}")
    found = transcripts.surprising(viewed.run)
    heard = str(found["heard"].get(row, ""))
    told = [_("Prediction: **{text}**", text=plain(heard))] if heard else []
    item_detail.show(viewed.dataset, row, EDITOR, key=f"closer_{viewed.run.id}_{row}", told=told,
                     suggested=heard or None, drawn=False, part=str(found["part"].get(row, "")),
                     corrected=lambda: _go_on(viewed, shown, row), review=label_review.is_open())  # fmt: skip


def _tested(viewed: Viewed, row: int, shown: Sequence[int]) -> None:
    line = viewed.table.loc[row]
    modalities.of(viewed.run.case).large(viewed.dataset, row, key=f"closer_sound_{row}", pairs=line["pairs"])
    st.caption(word_diff.explained())
    told = [
        _("Prediction: **{text}**", text=plain(line["predicted"]) or _("nothing")),
        _("Before fine-tuning: {text}", text=plain(line["before"]) or _("nothing")),
        wrong(viewed.run, int(line["wrong"])),
    ]
    suggested = None if line["right"] else line["predicted"]
    item_detail.show(viewed.dataset, row, EDITOR, key=f"closer_{viewed.run.id}_{row}", told=told, suggested=suggested,
                     drawn=False, part="test", corrected=lambda: _go_on(viewed, shown, row),
                     review=label_review.is_open())  # fmt: skip
    inspection.offer(viewed.run, f"row{row}", place="closer", row=row)


def _look_at(row: int) -> None:
    state.put("item", str(row))


def _go_on(viewed: Viewed, shown: Sequence[int], row: int) -> None:
    review = label_review.is_open()
    following = label_review.after(shown, row, viewed.settled) if review else neighbours.after(shown, row)
    if following is not None:
        _look_at(following)
