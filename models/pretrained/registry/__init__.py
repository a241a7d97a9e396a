"""The pretrained models that the forms offer, and what is known of each before it is here."""

from __future__ import annotations

from models.pretrained.registry import audio, image, text
from models.pretrained.registry.entry import BackboneSpec, Pretrained, untrained

__all__ = ["MODELS", "BackboneSpec", "Pretrained", "untrained"]

MODELS = (*image.MODELS, *text.MODELS, *audio.MODELS)
