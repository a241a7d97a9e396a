"""That test items are in the training data, too: said wherever the result is."""

from __future__ import annotations

import streamlit as st

from pages.shared import vocabulary
from pages.shared.i18n import _, together
from runs.store.records import Run


def show(run: Run, sentence: str) -> None:
    """Nothing where none are; `sentence` as in `told`."""
    if text := told(run, sentence):
        st.markdown(f":yellow[:material/content_copy:] {text}")


def told(run: Run, sentence: str) -> str:
    """How many they are, and the metric without them, as Markdown; "" where there are none or nobody counted.

    Args:
        sentence: message id with {n} and {of}, see `pages.task_types.base.Screens.repeated`.
    """
    found = run.result.get("repeated")
    if not found:
        return ""
    n, of = found["items"], found["of"]
    return together(_(sentence, n=f"{n:,}", of=f"{of:,}"), *_others(run))


def _others(run: Run) -> list[str]:
    """The metric of the other items, with its interval, or that they are too few for one."""
    found = run.result["repeated"]
    told = [
        _("Without them: {metric} {value} (95% interval: {low} to {high}).", metric=vocabulary.metric(metric),
          **{side: vocabulary.figure(metric, one[side]) for side in ("value", "low", "high")})
        for metric, one in found["others"].items()
    ]  # fmt: skip
    return told or [_("Too few others to measure without them. Expect less on new ones.")]
