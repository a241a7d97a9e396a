"""Demo: what a shared model does, how good it is, and a try; for who has the link, and nothing else."""

from __future__ import annotations

import streamlit as st

from pages import link, task_types
from pages.components import relabeled_note, repeated_note
from pages.shared import vocabulary
from pages.shared.i18n import _, listed
from pages.shared.text import plain
from pages.task_types import leak_note, verdict
from runs import integrity
from runs.inference import client, lanes
from runs.results import predictions
from runs.store import shares
from runs.store.records import Run
from runs.store.shares import Share

MOST_CLASSES = 30  # named in the first sentence


def show() -> None:
    if (found := link.opened(shares.run_of, _("Model demo"))) is None:
        return
    share, run = found
    client.wake(lanes.VISITORS)
    _about(share, run)
    _try(share, run)
    _how_good(run)


def _about(share: Share, run: Run) -> None:
    outcome = predictions.of(run)
    classes = outcome.classes if outcome else ()
    link.headline(share, run)
    if outcome is None and integrity.of_answers(run.id):  # which classes there are is not known
        return
    named = listed(map(plain, classes[:MOST_CLASSES])) + (" …" if len(classes) > MOST_CLASSES else "")
    st.markdown(_(vocabulary.task_of(run).promise, n=len(classes), classes=named))


def _try(share: Share, run: Run) -> None:
    task_types.of_run(run).predict.visit(run, share)
    st.caption(_("Your input is not stored."))


def _how_good(run: Run) -> None:
    st.subheader(_("Test results"), anchor=False)
    task_types.of_run(run).evaluation.promised(run)
    st.markdown(verdict.simply(run))
    relabeled_note.show(run)
    repeated_note.show(run, task_types.of_run(run).repeated)
    for sentence in leak_note.told(run):
        st.markdown(f":yellow[:material/error:] {sentence}")


show()
