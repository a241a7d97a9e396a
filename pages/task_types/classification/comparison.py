"""What changed from an earlier run on the same data: which answers, and by how much."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import streamlit as st

from cases import class_renames
from models.evaluation import metrics
from pages.components import relabeled_note
from pages.shared import owner, vocabulary
from pages.shared.i18n import _
from pages.shared.text import bold, plain
from pages.task_types.classification import item_browser
from pages.task_types.classification.item_browser import Viewed
from runs.results import paired_runs, predictions
from runs.store import datasets, records
from runs.store.records import Run


def show(viewed: Viewed) -> None:
    run = viewed.run
    others = {one.id: one for one in _others(run)}
    if not others:
        return
    st.markdown(bold(_("Compare runs")))
    usual = next(
        (one.id for one in others.values() if one.settings == run.settings and one.created < run.created), None
    )
    chosen = st.selectbox(
        _("Other run"), list(others), index=list(others).index(usual) if usual else None, key=f"other_{run.id}",
        format_func=lambda name: _name(others[name], run), placeholder=_("Choose a run"),
    )  # fmt: skip
    if chosen:
        _changes(viewed, others[chosen])


def _others(run: Run) -> list[Run]:
    """Evaluated runs on the same data or other versions of them, the newest first."""
    runs = [one for one in records.run_list(owner.current(), case=run.case) if one.id != run.id]
    return [one for one in runs if paired_runs.comparable(one, run) and predictions.of(one)]


def _name(other: Run, run: Run) -> str:
    differs = _of_rows(other) != _of_rows(run)
    version = [vocabulary.data(other)] if other.dataset != run.dataset else []
    told = [
        vocabulary.title(other),
        *version,
        vocabulary.when(other.created),
        *([_("different labels")] if differs else []),
    ]
    return " · ".join(told)


def _of_rows(run: Run) -> dict[int, str | None]:
    """The corrections of single examples; those of whole classes are names."""
    return {row: label for row, label in datasets.edits_of(run).items() if not class_renames.is_class(row)}


def _changes(viewed: Viewed, against: Run) -> None:
    mine, other = viewed.outcome.of("test"), predictions.of(against)
    common, here, there = np.intersect1d(mine.rows, other.of("test").rows, return_indices=True)
    known = common < paired_runs.comparable(viewed.run, against)
    common, here, there = common[known], here[known], there[known]
    if not len(common):
        st.caption(_("The two runs share no test examples."))
        return
    if against.dataset != viewed.run.dataset:
        st.caption(_("Test sets differ: {mine} ({n:,} examples) here, {theirs} ({m:,}) there. Only examples in both "
                     "are compared.", mine=plain(vocabulary.data(viewed.run)), n=len(mine.rows),
                     theirs=plain(vocabulary.data(against)), m=len(other.of("test").rows)))  # fmt: skip
    names = np.array(mine.classes, object)
    renamed = paired_runs.renamed(against, viewed.run)
    theirs_now = np.array([renamed.get(name, name) for name in other.classes], object)
    said_there, said_here = theirs_now[other.of("test").predicted[there]], names[mine.predicted[here]]
    before, now = said_there == names[mine.labels[here]], mine.right[here]
    st.markdown(
        _("Accuracy on the {n:,} shared test examples, by this run's labels: **{before:.1%}** there, **{now:.1%}** "
          "here.", n=len(common), before=before.mean(), now=now.mean())
    )  # fmt: skip
    if changes := relabeled_note.counted(viewed.run):
        st.caption(_("In this run {changes}; both runs are scored accordingly.", changes=changes))
    gained, lost = here[now & ~before], here[before & ~now]
    neither = here[~now & ~before & (said_there != said_here)]
    if len(gained) + len(lost):
        chance = metrics.sign_test(len(gained), len(lost))
        st.caption(
            _("The difference is significant (p = {p:.3f}).", p=chance) if chance < 0.05
            else _("The difference is not significant (p = {p:.2f}).", p=chance)
        )  # fmt: skip
    mended = _relabelled(viewed, against, renamed)
    titles = {"gained": _("Correct only here ({n})", n=len(gained)), "lost": _("Correct only there ({n})", n=len(lost)),
              "neither": _("Both wrong, differently ({n:,})", n=len(neither)),
              "mended": _("Labels changed ({n})", n=len(mended))}  # fmt: skip
    chosen = st.segmented_control(_("Which examples"), list(titles), format_func=titles.get, wrap=True,
                                  key=f"changes_{viewed.run.id}", label_visibility="collapsed")  # fmt: skip
    if chosen == "mended":
        item_browser.listing(viewed, [item_browser.entry_of(viewed, row) for row in mended], name="changes_mended")
    elif chosen:
        places = {"gained": gained, "lost": lost, "neither": neither}[chosen]
        item_browser.gallery(Viewed(viewed.run, mine, viewed.dataset), places, name=f"changes_{chosen}")


def _relabelled(viewed: Viewed, other: Run, renamed: Mapping[str, str]) -> list[int]:
    """Rows whose label is not the same in the two runs, in whichever part they are; `renamed`: class there → here."""
    if viewed.run.edits == other.edits:
        return []
    here, there = (datasets.of_run(run) for run in (viewed.run, other))
    if here is None or there is None:
        return []
    touched = {*here.edits, *there.edits} & {*here.samples.index} & {*there.samples.index}
    one, two = (dataset.samples["label"] for dataset in (here, there))
    return [row for row in sorted(touched) if one[row] != renamed.get(two[row], two[row])]
