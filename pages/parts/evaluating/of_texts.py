"""Recordings whose words are written down; see `pages.parts.evaluating.kind.Kind`."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd
import streamlit as st

import cases
from cases import tasks
from cases.dataset import Dataset
from models.errors import N_
from pages.parts import item_detail, items, marking, neighbours, owner, words
from pages.parts.charts import bold, plain
from pages.parts.evaluating import state
from pages.parts.evaluating.figures import intervals, pairs
from pages.parts.items import Entry
from pages.parts.language import _, count, together
from runs import edits, files, store, transcripts
from runs.store import Run

FEW_TESTED = 20  # recordings; below that the figure says little
PAGE = 30
MOST_PAIRS = 15


@dataclass(frozen=True)
class Viewed:
    """`table` as `runs.transcripts.of` gives it."""

    run: Run
    dataset: Dataset
    table: pd.DataFrame


def headline(run: Run) -> None:
    test, items = run.result["test"]["wer"], run.result["data"]["test"]
    told = {name: 100 * test[name] for name in ("value", "low", "high")}
    st.markdown(_("Of 100 words that are said about **{value:.1f}** come out wrong. Measured once, on {items:,} test "
                  "recordings kept out of training; with a confidence of 95 % the true figure lies between {low:.1f} "
                  "and {high:.1f}.", items=items, **told))  # fmt: skip
    st.markdown(_verdict(run))
    if items < FEW_TESTED:
        st.caption(_("So few recordings tell little. Test on more."))


def _verdict(run: Run) -> str:
    test, before = run.result["test"]["wer"], run.result["references"]["untouched"]["wer"]["value"]
    if test["high"] < before:
        return _("The untouched model gets {before:.1f} of 100 wrong: the training was worth it.", before=100 * before)
    if test["value"] <= before:
        return _("On this many recordings that cannot be told apart from the untouched model, which gets {before:.1f} "
                 "wrong. More recordings help most.", before=100 * before)  # fmt: skip
    return _("The untouched model gets only {before:.1f} wrong, so the training did harm. Look whether the transcripts "
             "are right, then try fewer epochs or a smaller learning rate.", before=100 * before)  # fmt: skip


def figures(run: Run) -> None:
    test, before = run.result["test"], run.result["references"]["untouched"]
    with st.container(horizontal=True, gap="medium"):
        for name in ("wer", "cer", "raw_wer", "raw_cer"):
            value = test[name]
            st.metric(words.metric(name), f"{value['value']:.1%}", width="content", help=together(
                _(_EXPLAINED[name]), _("95 % interval: {low:.1%} to {high:.1%}, from drawing the test recordings again "
                                       "and again (bootstrap).", low=value["low"], high=value["high"]),
                _("The untouched model: {before:.1%}.", before=before[name]["value"])))  # fmt: skip
        st.metric(_("Time"), _("{n:.0f} s", n=sum(run.result["seconds"].values())), width="content",
                  help=_("To prepare, train, evaluate and pack, over all attempts."))  # fmt: skip
        st.metric(_("Peak memory"), f"{run.result['peak_memory_mb'] / 1024:.1f} GB", width="content")
    names = [_("This model"), words.references()["untouched"]]
    intervals(names, [test["wer"], before["wer"]], key=f"references_{run.id}", metric="wer",
              alt=_("Word errors of this model beside the untouched one"))  # fmt: skip
    st.caption(_("Word errors, less is better. The untouched model is the pretrained one, asked about the same "
                 "recordings before anything was learnt."))  # fmt: skip


_EXPLAINED = {
    "wer": N_("Word error rate: the fewest words to exchange, leave out or put in, by the number of words that were "
              "said. Capitals, punctuation and the way numbers are written do not count (Whisper's own rules)."),
    "cer": N_("Character error rate: the same, character by character, so that a word that is nearly right counts "
              "little."),
    "raw_wer": N_("The word error rate of the texts as they stand, capitals and punctuation included."),
    "raw_cer": N_("The character error rate of the texts as they stand, capitals and punctuation included."),
}  # fmt: skip


def open_for(run: Run) -> Viewed | None:
    table, row = transcripts.of(run), store.dataset(run.dataset, owner.current())
    folder = files.datasets() / run.dataset
    if table is None or row is None or not (folder / "facts.json").exists():
        return None
    dataset = Dataset.open(folder, edits.current(owner.current(), run.dataset))
    return Viewed(run, tasks.seen(cases.get(run.case), dataset, run.settings), table)


def views() -> dict[str, str]:
    return {"texts": _("Recordings"), "words": _("Words"), "overview": _("Figures")}


def wait(run: Run, seen: str) -> bool:
    return False


def show(viewed: Viewed, seen: str) -> None:
    {"texts": _texts, "words": _words, "overview": lambda one: figures(one.run)}[seen](viewed)


def _texts(viewed: Viewed) -> None:
    """The worst first; only those with some words, or of a kind, where that is asked for."""
    key, table = f"texts_{viewed.run.id}", viewed.table
    kinds = {"wrong": _("With mistakes ({n:,})", n=int((~table["right"]).sum())), "all": _("All ({n:,})", n=len(table)),
             "better": _("Better than before ({n:,})", n=int(_changed(table, 1).sum())),
             "worse": _("Worse than before ({n:,})", n=int(_changed(table, -1).sum()))}  # fmt: skip
    kind = st.segmented_control(_("Which"), list(kinds), format_func=kinds.get, default="wrong", required=True,
                                wrap=True, key=f"{key}_kind", label_visibility="collapsed")  # fmt: skip
    sought = st.text_input(_("With these words"), key=f"{key}_sought", placeholder=_("Type a word"), width=320)
    chosen = {"wrong": ~table["right"], "all": table["right"].notna(), "better": _changed(table, 1),
              "worse": _changed(table, -1)}[kind]  # fmt: skip
    for name in sought.lower().split():
        chosen &= (table["plain_label"] + " " + table["plain_predicted"]).str.contains(name, regex=False)
    st.caption(together(_("The worst first."), marking.explained()))
    _gallery(viewed, table[chosen], "texts")


def _changed(table: pd.DataFrame, sign: int) -> pd.Series:
    return sign * (table["wrong_before"] - table["wrong"]) > 0


def _words(viewed: Viewed) -> None:
    found = transcripts.confusions(viewed.table)
    if not found:
        st.markdown(_("Every word of the test recordings came out right."))
        return
    st.caption(_("What went wrong most often: what was said → what was written, over {n:,} kinds of mistakes. Click a "
                 "bar to hear the recordings.", n=len(found)))  # fmt: skip
    key, shown = f"words_{viewed.run.id}", found[:MOST_PAIRS]
    names = [f"{said or '+'} → {heard or '−'}" for said, heard, _n in shown]
    pairs(names, [n for *_pair, n in shown], [str(number) for number in range(len(shown))], key=key,
          on_picked=lambda: state.put("cell", st.session_state[key]["picked"]))  # fmt: skip
    asked = state.get("cell") or ""
    if asked.isdecimal() and int(asked) < len(shown):
        said, heard, _n = shown[int(asked)]
        st.markdown(bold(plain(names[int(asked)])))
        _gallery(viewed, transcripts.holding(viewed.table, (said, heard)), "words")


def _gallery(viewed: Viewed, table: pd.DataFrame, name: str) -> None:
    key = f"{name}_list_{viewed.run.id}"
    if table.empty:
        st.caption(_("There are none."))
        return
    pages = -(-len(table) // PAGE)
    turned = st.pagination(pages, key=f"{key}_page_{pages}") if pages > 1 else 1
    shown = table.iloc[(turned - 1) * PAGE : turned * PAGE]
    st.session_state[f"shown_{viewed.run.id}"] = [int(row) for row in shown.index]
    items.show(
        viewed.dataset, [_entry(viewed, int(row), line) for row, line in shown.iterrows()], key=key,
        chosen=state.item(), on_picked=lambda: state.put("item", st.session_state[key]["picked"]),
    )  # fmt: skip


def _entry(viewed: Viewed, row: int, line: pd.Series) -> Entry:
    said = len(line["plain_label"].split())
    mended = viewed.dataset.edits.get(row) != (viewed.run.edits or {}).get(str(row))
    note = _("mended since") if mended else _("{wrong} of {n}", wrong=line["wrong"], n=said)
    return Entry(row, line["label"], note, "good" if line["right"] else "bad", tuple(line["pairs"]))


def opened(run: Run) -> None:
    if state.item() is None:
        return

    @st.dialog(_("A closer look"), width=960, on_dismiss=lambda: state.put("item", None))
    def look() -> None:
        _closer(open_for(run), state.item())

    look()


def _closer(viewed: Viewed | None, row: int | None) -> None:
    if viewed is None or row not in viewed.table.index:
        st.caption(_("There is no such item."))
        return
    neighbours.show(st.session_state.get(f"shown_{viewed.run.id}", ()), row, key="step",
                    go=lambda other: state.put("item", str(other)))  # fmt: skip
    line = viewed.table.loc[row]
    items.large(viewed.dataset, row, key=f"closer_sound_{row}", pairs=line["pairs"])
    st.caption(marking.explained())
    told = [
        _("This model writes: **{text}**", text=plain(line["predicted"]) or _("nothing")),
        _("The untouched model wrote: {text}", text=plain(line["before"]) or _("nothing")),
        count("{n} word is wrong.", "{n} words are wrong.", int(line["wrong"])),
    ]
    suggested = None if line["right"] else line["predicted"]
    item_detail.show(viewed.dataset, row, key=f"closer_{viewed.run.id}_{row}", told=told, suggested=suggested,
                     drawn=False)  # fmt: skip


def promised(run: Run) -> None:
    test, items = run.result["test"]["wer"], run.result["data"]["test"]
    told = {name: 100 * test[name] for name in ("value", "low", "high")}
    st.markdown(_("Of 100 words in recordings like those it learnt from about **{value:.1f}** come out wrong; with a "
                  "confidence of 95 % the true figure lies between {low:.1f} and {high:.1f}. Measured once, on "
                  "{items:,} recordings it had never heard. With other voices, rooms or microphones it may do worse, "
                  "and of noise it may make words.", items=items, **told))  # fmt: skip
