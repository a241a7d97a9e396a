"""What a collection holds so far: one pill for each class and each archive or table; a chosen one can be thinned."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import PurePosixPath

import streamlit as st

from pages.parts.bring import takes
from pages.parts.bring.drop import Ways
from pages.parts.charts import plain, quoted
from pages.parts.language import _, count
from runs import pieces
from runs.pieces import Piece

MOST_TITLE = 40  # characters of a class, or of what is said
MOST_NAMES = 1000  # file names to choose from; a browser shows no more with ease


def show(draft: str, collected: Sequence[Piece], ways: Ways) -> None:
    if not collected:
        empty = _("Nothing collected yet")  # a message inside an f-string is not collected
        st.markdown(f"**{empty}**")
        st.caption(ways.begin)
        return
    st.markdown("**" + count("{n} file collected", "{n} files collected", len(collected)) + "**")
    groups = _grouped(collected, {*filter(None, ways.items.split(","))} - {*ways.tables.split(",")})
    key = f"contents_{draft}"
    if ways.microphone:
        takes.open_newest(list(groups.items()), collected[-1], key)
    if st.session_state.get(key) not in groups:
        st.session_state.pop(key, None)
    chosen = st.pills(
        _("Collected so far"), list(groups), format_func=lambda name: _title(name, groups[name]), key=key,
        label_visibility="collapsed",
    )  # fmt: skip
    if chosen and ways.microphone and "/" in chosen:
        takes.show(draft, groups[chosen], key)
    elif chosen:
        _thin(draft, groups[chosen], key)


def _grouped(collected: Sequence[Piece], items: Collection[str]) -> dict[str, list[Piece]]:
    """Single items by class and part; archives and tables each for themselves."""
    groups: dict[str, list[Piece]] = {}
    for piece in collected:
        single = piece.class_ or PurePosixPath(piece.name).suffix.lower() in items
        groups.setdefault(f"{piece.split}/{piece.class_}" if single else piece.upload, []).append(piece)
    return groups


def _title(name: str, some: Sequence[Piece]) -> str:
    if "/" not in name:
        told = f"{plain(some[0].name)} · {_size(some[0].bytes)}"
    elif some[0].class_:
        told = f"{quoted(some[0].class_, MOST_TITLE)} · {sum(piece.items for piece in some):,}"
    else:
        told = _("no class yet · {n}", n=f"{len(some):,}")
    return told + " · " + _("testing only") if some[0].split == "test" else told


def _size(size: int) -> str:
    return f"{size / 2**20:,.1f} MB" if size >= 2**20 else f"{max(size / 2**10, 1):,.0f} kB"


def _thin(draft: str, some: Sequence[Piece], key: str) -> None:
    names = {piece.upload: piece.name for piece in some[:MOST_NAMES]}
    gone = list(names)
    if len(some) > 1:
        gone = st.multiselect(
            _("Files to take out"), list(names), format_func=names.get, key=f"{key}_out",
            placeholder=_("Choose files"),
        )  # fmt: skip
    if len(some) > MOST_NAMES:
        st.caption(_("The first {n} are listed.", n=f"{MOST_NAMES:,}"))
    everything = [piece.upload for piece in some]
    with st.container(horizontal=True):
        if len(some) > 1:
            st.button(_("Take these out"), key=f"{key}_some", icon=":material/remove:", disabled=not gone,
                      on_click=pieces.remove, args=(draft, gone))  # fmt: skip
        st.button(_("Take all of it out"), key=f"{key}_all", icon=":material/delete:", on_click=pieces.remove,
                  args=(draft, everything))  # fmt: skip
