"""Many recordings in one element, each heard in place and one at a time; a click beside its button says which."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NotRequired, TypedDict

import streamlit as st

from pages.components import word_diff
from pages.components.items import Several, selecting
from pages.shared.assets import read, script
from pages.shared.i18n import _, current

if TYPE_CHECKING:
    from streamlit.components.v2.bidi_component import ComponentResult


class Version(TypedDict):
    """What somebody heard: words that were said beside words that were heard, below their name."""

    name: str
    pairs: Sequence[tuple[str | None, str | None]]


class Recording(TypedDict):
    """One recording: `id` comes back when it is picked; the texts are shown as they are, never as markup."""

    id: str
    sound: str  # address of the sound
    picture: NotRequired[str]  # address of its waveform or spectrogram, which spans all that is heard
    seconds: NotRequired[float]  # without a picture: so short that the browser draws its waveform
    title: NotRequired[str]
    note: NotRequired[str]
    tone: NotRequired[str]  # "good", "bad" or "" : the colour of the note
    pairs: NotRequired[Sequence[tuple[str | None, str | None]]]  # words that were said beside words that were heard
    versions: NotRequired[Sequence[Version]]  # the same of several who heard it, one below the other


_component = st.components.v2.component(
    "casebook_recordings",
    html='<div class="cb-recordings" role="list"></div>',
    css=read(__file__, "player.css", "recordings.css", word_diff.STYLE),
    js=script(__file__, "player.js", "waveform.js", word_diff.SCRIPT, "../gallery/selecting.js", "recordings.js"),
)


def show(
    recordings: Sequence[Recording],
    *,
    key: str,
    chosen: str | None = None,
    large: bool = False,
    on_picked: Callable[[], None] | None = None,
    on_removed: Callable[[], None] | None = None,
    several: Several | None = None,
) -> ComponentResult:
    """Draw the recordings; `chosen` is marked; `large` ones take the width of their place.

    Without `on_picked` a place in each can be chosen to hear it from there. With it, they are buttons besides: the
    callback finds the picked id in `session.told(key, "picked")`. With `on_removed` each can be taken out, and
    `session.told(key, "removed")` says which; `several` as `Several` says.
    """
    data = {
        "recordings": list(recordings), "chosen": chosen, "large": large, "clickable": on_picked is not None,
        "removable": on_removed is not None, "words": words() | word_diff.words(), "language": current(),
        "several": selecting(several),
    }  # fmt: skip
    ignore = lambda: None  # noqa: E731
    return _component(
        key=key, data=data, on_picked_change=on_picked or ignore, on_removed_change=on_removed or ignore,
        on_selected_change=several.on_selected if several else ignore,
    )  # fmt: skip


def words() -> dict[str, str]:
    """What the player says, wherever it stands."""
    return {
        "play": _("Play"),
        "pause": _("Pause"),
        "place": _("Playback position"),
        "failed": _("This browser cannot play the recording"),
        "remove": _("Remove"),
        "seconds": _("{n} s"),
    }
