"""What pages say of the things a case learns from, and how they may be given: one entry a medium."""

from __future__ import annotations

import cases
from pages.parts.media import catalogue, pictures, sounds, texts
from pages.parts.media.entry import Medium

__all__ = ["Medium", "of"]

MEDIA = {"picture": pictures.MEDIUM, "text": texts.MEDIUM, "sound": sounds.MEDIUM, "item": catalogue.MEDIUM}


def of(case: str) -> Medium:
    """That of the case called `case`."""
    return MEDIA[cases.get(case).medium]
