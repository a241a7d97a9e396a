"""The files of one class in a collection, one by one: each can be taken out or given another class, and so can all."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import streamlit as st

from pages.shared import owner, session
from pages.shared.i18n import _
from pages.shared.text import plain
from pages.steps.data import collected_files
from runs.uploads import drafts
from runs.uploads.class_names import cleaned
from runs.uploads.draft_files import DraftFile

PAGE = 8  # files that are listed at once
LONGEST = 24  # characters of a name
PICTURE = '<img class="cb-collected" src="{address}" alt="" loading="lazy" decoding="async">'  # its name is beside it


def show(draft: str, some: Sequence[DraftFile], classes: Sequence[str] | None, key: str, *, seen: bool = False) -> None:
    """`classes`: to choose from; None where the files say by themselves what is in them. `seen`: they are pictures."""
    pages = -(-len(some) // PAGE)
    page = st.pagination(pages, key=f"{key}_page_{pages}") if pages > 1 else 1
    for piece in some[(page - 1) * PAGE : page * PAGE]:
        _line(draft, piece, classes, key, seen=seen)
    if len(some) == 1:
        return
    with st.container(horizontal=True):
        if classes is not None:
            with st.popover(_("Change all classes"), icon=":material/label:"):
                _reclass(draft, some, classes, f"{key}_all_class")
        st.button(_("Remove all"), key=f"{key}_all", icon=":material/delete:", on_click=remove,
                  args=(draft, [piece.upload for piece in some]))  # fmt: skip


def reclass_one(draft: str, some: Sequence[DraftFile], classes: Sequence[str], key: str) -> None:
    """For files that are listed elsewhere: one of them, or all, is chosen by its name."""
    names = {piece.upload: f"{number} · {piece.name}" for number, piece in enumerate(some, start=1)}
    with st.popover(_("Change one class"), icon=":material/label:"):
        chosen = st.selectbox(_("File"), [*names][::-1], format_func=names.get, key=f"{key}_which")
        _reclass(draft, [piece for piece in some if piece.upload == chosen], classes, f"{key}_class")


def _line(draft: str, piece: DraftFile, classes: Sequence[str] | None, key: str, *, seen: bool) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        if seen:
            st.html(PICTURE.format(address=escape(collected_files.address(draft, piece))), width="content")
        st.markdown(f":small[{plain(_short(piece.name))}]", width="content")
        st.space("stretch")
        if classes is not None:
            with st.popover("", icon=":material/label:", type="tertiary", help=_("Change class")):
                _reclass(draft, [piece], classes, f"{key}_class_{piece.upload}")
        st.button("", key=f"{key}_out_{piece.upload}", icon=":material/close:", type="tertiary",
                  help=_("Remove"), on_click=remove, args=(draft, [piece.upload]))  # fmt: skip


def remove(draft: str, which: Sequence[str]) -> None:
    drafts.remove(owner.current(), draft, which)


def _short(name: str) -> str:
    """Beginning and end, so that a line of a phone holds it with its buttons."""
    return name if len(name) <= LONGEST else f"{name[: LONGEST - 10]}…{name[-9:]}"


def _reclass(draft: str, some: Sequence[DraftFile], classes: Sequence[str], key: str) -> None:
    now = {piece.class_ for piece in some}
    st.selectbox(
        _("New class"), [name for name in classes if {name} != now], index=None, key=key, accept_new_options=True,
        placeholder=_("Select or type"), on_change=_give, args=(draft, [piece.upload for piece in some], key),
    )  # fmt: skip


def _give(draft: str, which: Sequence[str], key: str) -> None:
    if label := cleaned(session.held(key, str, "")):
        drafts.relabel(owner.current(), draft, which, label)
