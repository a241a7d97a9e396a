"""What a collection holds so far: one pill for each class and each archive or table; a chosen one can be thinned."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import PurePosixPath

import streamlit as st

from pages.shared import session, vocabulary
from pages.shared.i18n import _, count
from pages.shared.text import plain, quoted
from pages.shared.upload_options import UploadOptions
from pages.steps.data import single_items, takes
from runs.uploads.draft_files import DraftFile

MOST_TITLE = 40  # characters of a class, or of what is said


def show(draft: str, collected: Sequence[DraftFile], ways: UploadOptions, classes: Sequence[str]) -> None:
    """`classes`: those there are to choose from for a file."""
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
    if session.among(key, groups) is None:
        st.session_state.pop(key, None)
    if len(groups) > 1:
        classed = any("/" in name for name in groups)
        st.caption(_("Select a group to remove files or change their class.") if classed
                   else _("Select a file to remove it."))  # fmt: skip
        chosen = st.pills(
            _("Collected files"), list(groups), format_func=lambda name: _title(name, groups[name]), key=key,
            label_visibility="collapsed", wrap=True,
        )  # fmt: skip
    else:
        [chosen] = groups
        if "/" in chosen:
            st.markdown(_title(chosen, groups[chosen]))
    if chosen and ways.microphone and "/" in chosen:
        takes.show(draft, groups[chosen], key)
        single_items.reclass_one(draft, groups[chosen], classes, key)
    elif chosen:
        labelled = "/" in chosen and bool(ways.items)
        single_items.show(draft, groups[chosen], classes if labelled else None, key, seen=labelled and ways.camera)


def _grouped(collected: Sequence[DraftFile], items: Collection[str]) -> dict[str, list[DraftFile]]:
    """Single items by class and part; archives and tables each for themselves."""
    groups: dict[str, list[DraftFile]] = {}
    for piece in collected:
        single = piece.class_ or PurePosixPath(piece.name).suffix.lower() in items
        groups.setdefault(f"{piece.split}/{piece.class_}" if single else piece.upload, []).append(piece)
    return groups


def _title(name: str, some: Sequence[DraftFile]) -> str:
    if "/" not in name:
        told = f"{plain(some[0].name)} · {vocabulary.size(some[0].bytes)}"
    elif some[0].class_:
        told = f"{quoted(some[0].class_, MOST_TITLE)} · {sum(piece.items for piece in some):,}"
    else:
        told = _("no class yet · {n}", n=f"{len(some):,}")
    return told + " · " + _("test only") if some[0].split == "test" else told
