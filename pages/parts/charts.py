"""What every figure and every text on a page share."""

from __future__ import annotations

import re

ACCENT = "#159084"  # reads on light and dark alike


def plain(text: str) -> str:
    """A person's text inside Markdown: shown as it is, never as markup."""
    return re.sub(r"([\\`*_{}\[\]()<>#+\-.!|$:~&])", r"\\\1", text)


def bold(text: str) -> str:
    return f"**{text}**"


def escaped(text: str) -> str:
    """Plotly reads some HTML in labels."""
    return text.replace("&", "&amp;").replace("<", "&lt;")
