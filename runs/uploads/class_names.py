"""Names of classes as people type them, or call folders."""

from __future__ import annotations

import unicodedata

_MOST_LABEL = 300  # characters; it may be what is said in half a minute


def cleaned(label: str) -> str:
    """A class as typed or as a folder is called: one line, composed, without what cannot be seen."""
    visible = "".join(c for c in unicodedata.normalize("NFC", label) if c.isprintable() or c.isspace())
    return " ".join(visible.split())[:_MOST_LABEL]
