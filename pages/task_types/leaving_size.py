"""How large the model is that leaves, beside the size that the list of models tells."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from models.pretrained import catalog
from models.pretrained.registry import Pretrained
from pages.shared import vocabulary
from pages.shared.i18n import _, together

LARGE = 50 * 10**6  # bytes, from which on it is worth a word
OTHER = 1.5  # times as large as its package, so that both sizes are told
EIGHT_BITS = 4  # times smaller than 32


def told(now: Mapping[str, Any], *, whole: bool = False, besides: int = 0) -> str:
    """Of the model that these settings choose; `whole`: see `catalog.exported_bytes`; `besides`: bytes of what else
    leaves with it."""
    model = catalog.find(now.get("model", ""))
    size = catalog.exported_bytes(model, whole=whole) + besides if model else 0
    if model is None or size < LARGE:
        return ""
    smaller = _("A static demo with 8-bit weights: about {size}.", size=vocabulary.size(size // EIGHT_BITS))
    return together(sentence(model, size), smaller)


def on_card(model: Pretrained, *, whole: bool = False) -> str:
    """The size of its package and that of the trained model, with the reason; "" where they are about the same."""
    size, packaged = catalog.exported_bytes(model, whole=whole), _packaged(model)
    if size < max(LARGE, OTHER * packaged):
        return ""
    sizes = {"packaged": vocabulary.size(packaged), "size": vocabulary.size(size)}
    if _has_fewer_bits(model, size):
        return _("{packaged} packaged, {size} trained (32-bit)", **sizes)
    return _("{packaged} packaged, {size} trained (two formats)", **sizes)


def sentence(model: Pretrained, size: int) -> str:
    """About so many bytes leave, and why the package of the model is smaller."""
    about, packaged = vocabulary.size(size), vocabulary.size(_packaged(model))
    if size < OTHER * _packaged(model):
        return _("The trained model is a download of about {size}.", size=about)
    if _has_fewer_bits(model, size):
        return _("The trained model is a download of about {size}: its weights are 32-bit numbers. The pretrained "
                 "model is packaged with fewer bits ({packaged}).", size=about, packaged=packaged)  # fmt: skip
    return _("The trained model is a download of about {size}: it holds the weights as ONNX and for its own library. "
             "The pretrained model has {packaged}.", size=about, packaged=packaged)  # fmt: skip


def _packaged(model: Pretrained) -> int:
    return round(model.size_mb * 10**6)


def _has_fewer_bits(model: Pretrained, size: int) -> bool:
    """Whether one copy of the weights is already much larger than the package."""
    return size / catalog.copies(model) >= OTHER * _packaged(model)
