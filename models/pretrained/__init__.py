"""The pretrained models that the forms offer, and what is known of each before it is here."""

from __future__ import annotations

from models.pretrained import pictures, sounds, texts
from models.pretrained.entry import Body, Pretrained

__all__ = ["MODELS", "Body", "Pretrained"]

MODELS = (*pictures.MODELS, *texts.MODELS, *sounds.MODELS)
