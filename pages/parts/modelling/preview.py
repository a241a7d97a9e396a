"""What training would see of a few items."""

from __future__ import annotations

import streamlit as st

from pages.parts import gallery, media
from pages.parts.language import _
from runs import tokens
from runs.store import Run


def show(run: Run | None, key: str) -> None:
    """The views that a rehearsal wrote; nothing where training sees the items as they are."""
    views = (run.result or {}).get("views") if run else None
    if not views:
        return
    medium = media.of(run.case)
    st.markdown(_(medium.views))
    token = tokens.sign("run", run=run.id, owner=run.owner)
    names = [name for item in views for name in item]
    gallery.show(
        [{"id": name, "src": f"/api/view?token={token}&name={name}"} for name in names], key=key,
        size=176 if medium.wide_views else 88, wide=medium.wide_views,
    )  # fmt: skip
