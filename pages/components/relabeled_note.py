"""That the test part was changed by hand before a result was measured, or since: said wherever the result is."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from pages.shared import vocabulary
from pages.shared.i18n import _, count, listed, together
from runs.results import relabeled
from runs.results.relabeled import AS_PREDICTED
from runs.store.records import Run


def show(run: Run, letter: str = "") -> None:
    """Nothing where nothing was changed; `letter`: by which the run is told from others."""
    named = f"**{letter}** · " if letter else ""
    for text in filter(None, [told(run), since(run)]):
        st.markdown(f":yellow[:material/edit_note:] {named}{text}")


def told(run: Run) -> str:
    """What was changed before it was measured; "" where nothing was."""
    if not (changes := counted(run)):
        return ""
    as_read = [
        _("With the original labels: {metric} {value}.", metric=vocabulary.metric(metric),
          value=vocabulary.figure(metric, value))
        for metric, value in run.result.get("as_read", {}).items()
    ]  # fmt: skip
    return together(_("Measured after {changes}.", changes=changes), *_agreeing(relabeled.of(run)), *as_read)


def since(run: Run) -> str:
    """What was changed since; "" where nothing was."""
    found = relabeled.since(run)
    if not (changes := _changes(found)):
        return ""
    return together(_("After this evaluation {changes}. This score was measured before.", changes=changes),
                    *_agreeing(found))  # fmt: skip


def counted(run: Run) -> str:
    """The changes before it was measured alone; "" where nothing was changed."""
    return _changes(relabeled.of(run))


def _changes(found: Mapping[str, int]) -> str:
    told = []
    if n := found.get("relabelled"):
        told.append(count("{n} test label was changed", "{n} test labels were changed", n))
    if n := found.get("left_out"):
        told.append(_excluded(n, found.get("copies", 0)))
    return listed(told)


def _excluded(n: int, copies: int) -> str:
    """Duplicates are named as such: to exclude them is no choice of single examples."""
    if n == copies:
        return count("{n} test example was excluded, a duplicate of one that stays",
                     "{n} test examples were excluded, duplicates of others that stay", n)  # fmt: skip
    told = count("{n} test example was excluded", "{n} test examples were excluded", n)
    return (
        _("{excluded} (duplicates of others that stay: {copies:,})", excluded=told, copies=copies) if copies else told
    )


def _agreeing(found: Mapping[str, int]) -> list[str]:
    """That labels were changed to what the model says: then it measures itself."""
    if not (n := found.get(AS_PREDICTED)):
        return []
    return [count("{n} of the new labels is this model’s own prediction: a score by it means less.",
                  "{n} of the new labels are this model’s own predictions: a score by them means less.",
                  n)]  # fmt: skip
