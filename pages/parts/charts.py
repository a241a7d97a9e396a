"""What every figure and every text on a page share."""

from __future__ import annotations

import re

ACCENT = "#159084"  # reads on light and dark alike
COLOURS = (  # of classes and groups, one after the other
    "#159084", "#e08a1e", "#6f73d2", "#c04a80", "#4d8fd6", "#8a9a1f", "#9b6a4a", "#7d7f7e", "#3f9b4c", "#b06ad0",
)  # fmt: skip
MARKS = ("circle", "square", "diamond", "triangle-up", "cross")  # once the colours are used up


def plain(text: str) -> str:
    """A person's text inside Markdown: shown as it is, never as markup."""
    return re.sub(r"([\\`*_{}\[\]()<>#+\-.!|$:~&])", r"\\\1", text)


def quoted(text: str, most: int) -> str:
    """A text of a person's on one line of Markdown, cut where it is longer than `most` characters."""
    line = " ".join(text.split())
    return plain(line if len(line) <= most else f"{line[:most]}…")


def bold(text: str) -> str:
    return f"**{text}**"


def escaped(text: str) -> str:
    """Plotly reads some HTML in labels."""
    return text.replace("&", "&amp;").replace("<", "&lt;")
