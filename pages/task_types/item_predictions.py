"""One thing is given to a model, and its answer is drawn with what it goes back to; how many of a batch have one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from pages import modalities
from pages.components import inspection, prediction_form
from pages.components.prediction_form import Certainty
from pages.shared import owner, session
from pages.shared.i18n import _, together
from pages.shared.text import plain
from runs import tokens
from runs.inference import inputs
from runs.inference.errors import MOST_CONTENT
from runs.results import explanations, test_examples
from runs.store.records import Run
from runs.store.shares import Share


def show(
    run: Run, *, explained: bool, words: Mapping[str, str] = {}, written: bool = False,
    certainty: Certainty | None = None, expected: Sequence[str] = (),
) -> None:  # fmt: skip
    """A fragment draws it: an answer runs nothing else of the page.

    Args:
        explained: there is something that an answer can go back to.
        words: in place of the usual ones.
        written: an answer is a text, not classes.
        certainty: when an answer counts as sure.
        expected: the classes that an answer can name.
    """
    rows = test_examples.rows(run)
    token = owner.sign("answer", run=run.id, rows=list(rows))
    key = f"trying_{run.id}"
    prediction_form.show(
        run, rows, form=modalities.of(run.case).form, token=token, key=key, words=words, written=written,
        certainty=certainty, expected=expected, on_answered=lambda: _remember(run, key),
    )  # fmt: skip
    if explained:
        _looked(run)
    _inside(run)


def visit(
    run: Run, share: Share, *, words: Mapping[str, str] = {}, written: bool = False,
    certainty: Certainty | None = None, expected: Sequence[str] = (),
) -> None:  # fmt: skip
    """The same for a visitor of a demo, who may try what the link allows."""
    rows = test_examples.rows(run) if share.examples else {}
    token = tokens.sign("answer", share=share.id, rows=list(rows), visitor=session.visitor())
    prediction_form.show(
        run, rows, form=modalities.of(run.case).form, token=token, key="demo_trying", words=words, written=written,
        certainty=certainty, expected=expected,
    )  # fmt: skip


def answered(job: Run) -> str:
    """How many of the things of a batch have an answer, and how many failed."""
    told = _("“{name}”: {n:,} predicted.", name=plain(job.name), n=job.result["items"])
    return together(told, _("{n:,} failed.", n=job.result["aside"]) if job.result["aside"] else "")


def _remember(run: Run, key: str) -> None:
    """It stays, with its explanation, whatever else makes the page run again."""
    if answered := session.told(key, "answered", dict):
        st.session_state[f"tried_{run.id}"] = answered


def _tried(run: Run) -> tuple[str, dict[str, Any]] | None:
    """What an explanation of what was tried last goes by, and where that lies: one of the examples, a file, or the
    text itself."""
    tried = session.held(f"tried_{run.id}", dict, {})
    row, file, text = tried.get("row"), tried.get("file"), tried.get("text")
    if row is not None:
        return (f"row{row}", {"row": row}) if isinstance(row, int) and row in test_examples.rows(run) else None
    if isinstance(text, str) and len(text) <= MOST_CONTENT:
        return inputs.key_of_text(run.owner, text), {"text": text}
    key = inputs.key_of(run.owner, file) if isinstance(file, str) else None
    return (key, {"file": file}) if key else None


def _looked(run: Run) -> None:
    """What the answer to what was tried last goes back to, when it is asked for."""
    if (tried := _tried(run)) is None:
        return
    key, where = tried
    modality = modalities.of(run.case)
    if st.toggle(_(modality.looked), modality.looked_at_once, key=f"looked_{run.id}", persist_state="page"):
        _give_up_others(run, key)
        if "text" in where:
            where = {"file": inputs.keep(run.owner, where["text"])}
        modality.explain(run, key, place="tried", beside=True, **where)


def _inside(run: Run) -> None:
    """What the layers of the network make of what was tried last."""
    if (tried := _tried(run)) is None:
        return
    key, where = tried
    inspection.offer(run, key, place="tried", **where)


def _give_up_others(run: Run, key: str) -> None:
    """Who types on is not kept waiting by what was there before."""
    before = session.held(f"explained_{run.id}", str, key)
    if before != key:
        explanations.give_up(run, before)
    st.session_state[f"explained_{run.id}"] = key
