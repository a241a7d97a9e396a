"""Labels worth a second look, of all parts: what contradicts them, one by one or many at once."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from pages.components.items import Entry
from pages.shared import owner, polling
from pages.shared.i18n import _, count, together
from pages.task_types import label_review, state
from pages.task_types.classification import item_browser
from pages.task_types.classification.item_browser import Viewed
from runs.results import label_check, label_doubts
from runs.results.label_doubts import Doubt
from runs.store import records
from runs.store.records import Run

PAGE = 20  # labels at a time


def waiting(viewed: Viewed) -> list[Doubt]:
    """Those that nobody has decided on since the run; none where the data are damaged, of which the page tells."""
    if not viewed.dataset.is_whole:
        return []
    return [doubt for doubt in viewed.doubted if doubt.row not in viewed.settled]


def tested(found: Sequence[Doubt]) -> str:
    """How many of them lie in the test part, before anybody opens them; "" where none does."""
    if not (n := sum(doubt.part == "test" for doubt in found)):
        return ""
    return count("{n} of them is a test example: a changed label changes what the score measures.",
                 "{n} of them are test examples: changed labels change what the score measures.", n)  # fmt: skip


def open_(run: Run) -> None:
    """Open this view, as a callback."""
    state.put("see", label_review.VIEW)
    st.session_state[_filter(run)] = "all"


def show(viewed: Viewed) -> None:
    if not viewed.dataset.is_whole:
        return
    found = waiting(viewed)
    groups = [
        rows for rows in label_doubts.conflicts(viewed.outcome, viewed.dataset) if not viewed.settled.issuperset(rows)
    ]
    kept = sorted(label_review.confirmed(viewed.dataset))
    learnt, tested = ([doubt for doubt in found if (doubt.part == "test") == test] for test in (False, True))
    titles = {
        "all": _("Doubtful ({n:,})", n=len(found)),
        "learnt": _("Training and validation ({n:,})", n=len(learnt)),
        "test": _("Test ({n:,})", n=len(tested)),
        "alike": _("Alike, different labels ({n:,})", n=len(groups)),
        "confirmed": _("Confirmed ({n:,})", n=len(kept)),
    }  # fmt: skip
    chosen = st.segmented_control(
        _("Filter"), list(titles), required=True, default="all", format_func=titles.get, wrap=True,
        key=_filter(viewed.run), label_visibility="collapsed",
    )  # fmt: skip
    if chosen == "alike":
        _alike(viewed, groups)
    elif chosen == "confirmed":
        st.caption(_("Labels you reviewed and kept. They are not suggested again while they stay unchanged."))
        item_browser.listing(viewed, [item_browser.entry_of(viewed, row) for row in kept], name="confirmed")
    else:
        _doubtful(viewed, {"all": found, "learnt": learnt, "test": tested}[chosen], chosen)


def _filter(run: Run) -> str:
    return f"labels_{run.id}"


def _doubtful(viewed: Viewed, found: Sequence[Doubt], chosen: str) -> None:
    told = {
        "all": _("Labels that a model not trained on them contradicts, most doubtful first: label → suggestion."),
        "learnt": _by_networks() if label_check.is_there(viewed.run) else
                  _("Judged by simple models that were fitted without these examples (out of fold). Listed where "
                    "another class is at least ten times as likely. Most doubtful first: label → suggestion."),
        "test": _("Judged by the model of this run. The test set measures every run, so correct only plainly wrong "
                  "labels. Later results report such changes."),
    }  # fmt: skip
    st.caption(together(
        told[chosen], tested(found) if chosen == "all" else "",
        _("Percentages: how probable the suggestion is, then the label; never above how often such confidence was "
          "right.") if found else "",
        _("A correct label that is hard for the model is listed, too: check before you correct."),
    ))  # fmt: skip
    offered = chosen != "test" and _can_be_more_thorough(viewed)
    with st.container(horizontal=True):
        label_review.start([doubt.row for doubt in found], name=item_browser.list_name(viewed),
                           key=f"review_{viewed.run.id}_{chosen}")  # fmt: skip
        if offered:
            _offer(viewed.run)
    names = viewed.renamed
    suggested = {doubt.row: names.get(doubt.suggested, doubt.suggested) for doubt in found if doubt.supported}
    item_browser.listing(viewed, [_entry(doubt) for doubt in found], name=f"doubtful_{chosen}", page=PAGE,
                         suggested=suggested)  # fmt: skip


def _by_networks() -> str:
    return _("Judged by simple models and by networks, all trained without these examples (out of fold). Listed where "
             "another class is at least ten times as likely. Most doubtful first: label → suggestion.")  # fmt: skip


def _can_be_more_thorough(viewed: Viewed) -> bool:
    """Whether to offer that networks judge the labels, too; shows how far that is while they are trained."""
    if viewed.outcome.out_of_fold is None or label_check.is_there(viewed.run):
        return False
    work = records.latest("label_check", viewed.run.id, owner.current())
    return not polling.stands(work, _("Training networks that judge the labels."), _("Checking was stopped."))


def _offer(run: Run) -> None:
    st.button(
        _("Check more thoroughly"), key=f"label_check_{run.id}", icon=":material/network_intelligence:",
        on_click=_begin, args=(run,),
        help=_("Trains three networks, each without a third of the examples, which it then judges. It takes several "
               "times as long as this run, and can be stopped."),
    )  # fmt: skip


def _begin(run: Run) -> None:
    records.create_run(run.owner, "label_check", run.case, run.name, subject=run.id)


def _entry(doubt: Doubt) -> Entry:
    share = _("{share}, label {own}", share=f"{doubt.share:.1%}", own=f"{doubt.own:.1%}")
    return Entry(doubt.row, f"{doubt.label} → {doubt.suggested}",
                 _("Test · {share}", share=share) if doubt.part == "test" else share, "bad")  # fmt: skip


def _alike(viewed: Viewed, groups: Sequence[tuple[int, ...]]) -> None:
    st.caption(_("Duplicates and nearest neighbours with different labels: at least one label of each group may be "
                 "wrong. Nearest: by the feature vectors of the frozen backbone."))  # fmt: skip
    rows = list(dict.fromkeys(row for group in groups for row in group))
    label_review.start(rows, name=item_browser.list_name(viewed), key=f"review_{viewed.run.id}_alike")
    labels = viewed.dataset.samples["label"]
    entries = [Entry(row, str(labels[row]), _("group {n:,}", n=number), "")
               for number, group in enumerate(groups, 1) for row in group]  # fmt: skip
    item_browser.listing(viewed, entries, name="alike", suggested={})
