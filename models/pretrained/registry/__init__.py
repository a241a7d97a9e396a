"""The pretrained models that the forms offer, and what is known of each before it is here."""

from __future__ import annotations

from models.pretrained.registry import audio, image, text
from models.pretrained.registry.entry import BackboneSpec, Pretrained, untrained

__all__ = ["MODELS", "RATES", "BackboneSpec", "Pretrained", "untrained"]

MODELS = (*image.MODELS, *text.MODELS, *audio.MODELS)
RATES = {"image": 60.0, "text": 100.0, "audio": 15.0}  # items that the first model of a modality sees in a second, on
# two processor cores in 32 bits: photographs, short texts, recordings of a few seconds
