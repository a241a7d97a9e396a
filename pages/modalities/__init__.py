"""Modalities: how the items a case learns from are shown, listed, tried and explained; one object each.

A case may bring one of its own: `MODALITY` in the module of its page, which then draws only where it is the page that
is run (`if __name__ == "__main__":`).
"""

from __future__ import annotations

from importlib import import_module

import cases
from pages.modalities import audio, image, item, text
from pages.modalities.base import Modality

__all__ = ["ALL", "Modality", "of"]

ALL = {"image": image.MODALITY, "text": text.MODALITY, "audio": audio.MODALITY, "item": item.MODALITY}


def of(case: str) -> Modality:
    """That of the case called `case`."""
    known = ALL.get(cases.get(case).modality)
    return known or import_module(f"pages.{case}").MODALITY
