"""What a model looked at in one item: worked out when first asked for, shown as soon as it is there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from pages.components import audio_list, unpacked_note
from pages.shared import owner
from pages.shared.address import of_route
from pages.shared.assets import read, script
from pages.shared.i18n import _, current
from runs.results import explanations
from runs.store.records import Run

_component = st.components.v2.component(
    "casebook_explanation",
    html='<div class="cb-explanation"></div>',
    css=read(__file__, "explanation.css", "words.css", "../audio_list/player.css", "sounds.css"),
    js=script(__file__, "words.js", "../audio_list/player.js", "sounds.js", "explanation.js"),
)


def show(
    run: Run,
    key: str,
    *,
    layout: str,
    asking: str,
    explained: str,
    original: Mapping[str, Any] = {},
    place: str = "",
    beside: bool = False,
    **item: Any,
) -> None:
    """Ask for the explanation and show it; it appears by itself, the page does not run again.

    Args:
        run: whose model is asked.
        key: names the item within the run, letters, digits, - and _; the same key is worked out once.
        layout: "words", "sounds", or "" for pictures.
        asking: said while it is worked out, a message id.
        explained: how to read it, a message id; it stands below it once it is there.
        original: the item, as `Modality.original` has it, shown until the explanation is there.
        place: what is shown in the same place of the page stays there, dimmed, until the next is there.
        beside: the item stands beside it, and takes its heat map over itself where there is one.
        item: `row` of the run's data set, or `file`, a path below the home (as text, relative to it).
    """
    if unpacked_note.told(run):
        return
    explanations.ask(run, key, **item)
    data = {
        "url": address(run, key), "key": key, "original": dict(original),
        "layout": layout, "words": _words(asking, explained), "language": current(), "beside": beside,
    }  # fmt: skip
    name = f"explanation_{run.id}_{place or key}"
    _component(key=name, data=data, on_again_change=lambda: explanations.again(run, key))


def address(run: Run, key: str) -> str:
    """Where a browser asks how the explanation stands."""
    return of_route(f"/api/explanation?token={owner.sign('run', run=run.id)}&key={key}&lang={current()}")


def _words(asking: str, explained: str) -> dict[str, Any]:
    return {
        "queued": _("Waiting for the machine …"),
        "running": _(asking),
        "explained": _(explained),
        "lost": _("Connection lost; reconnecting."),
        "again": _("Try again"),
        "original": _("Original"),
        "seen": _("Model input"),
        "predicted": _("Evidence for the prediction “{label}”"),
        "truth": _("Evidence for the label “{label}”"),
        "for": _("supports"),
        "against": _("contradicts"),
        "strongest": _("Most influential words"),
        "counted": _("Most influential word counts (TF-IDF)"),
        "unseen": _("The model did not read the last {n} characters."),
        "heard": _("Model input"),
        "only": _("Only these moments"),
        "without": _("Without these moments"),
        "says": _("prediction: {label}, {share}"),
        "unheard": _("The model ignores the remaining {n}."),
        "player": audio_list.words(),
    }
