"""What a model looked at in one item: worked out when first asked for, shown as soon as it is there."""

from __future__ import annotations

from typing import Any

import streamlit as st

from pages.parts.beside import read
from pages.parts.language import _, current
from runs import explanations, tokens
from runs.store import Run

_component = st.components.v2.component(
    "casebook_explanation",
    html='<div class="cb-explanation"></div>',
    css=read(__file__, "explanation.css"),
    js=read(__file__, "explanation.js"),
)


def show(run: Run, key: str, *, original: str = "", **item: Any) -> None:
    """Ask for the explanation and show it; pictures appear by themselves, the page does not run again.

    Args:
        run: whose model is asked.
        key: names the item within the run, letters, digits, - and _; the same key is worked out once.
        original: address of the item's picture, shown until the explanation is there.
        item: `row` of the run's data set, or `file`, a path below the home (as text, relative to it).
    """
    explanations.ask(run, key, **item)
    token = tokens.sign("run", run=run.id, owner=run.owner)
    name = f"explanation_{run.id}_{key}"
    url = f"/api/explanation?token={token}&key={key}&lang={current()}"
    data = {"url": url, "key": key, "original": original, "words": _words()}
    _component(key=name, data=data, on_again_change=lambda: explanations.again(run, key))
    st.caption(_("Bright places spoke for the class, dark ones did not count. It shows where the network looked, in "
                 "coarse fields; it does not show why, nor whether the answer is right."))  # fmt: skip


def _words() -> dict[str, str]:
    return {
        "queued": _("Waiting for the machine …"),
        "running": _("Asking the model what it looked at …"),
        "lost": _("Connection lost; trying again by itself."),
        "again": _("Try again"),
        "original": _("The item"),
        "seen": _("What the model saw"),
        "predicted": _("What spoke for “{label}”, its answer"),
        "truth": _("What spoke for “{label}”, the label"),
    }
