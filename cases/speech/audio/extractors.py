"""How the pretrained models that hear want their sounds, as their folders tell."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from cases.speech.audio import features
from cases.speech.audio.features import RATE, FeatureExtractor
from models.errors import N_, InputError
from models.pretrained import model_folder


def load(folder: Path) -> FeatureExtractor:
    """That of the model in `folder`.

    Raises:
        InputError: it is of a kind that is not known here.
    """
    with model_folder.building(folder, N_("An audio model with its feature-extractor configuration is needed.")):
        return _load(folder, json.loads((folder / "config.json").read_text("utf-8")))


def _load(folder: Path, config: dict[str, Any]) -> FeatureExtractor:
    stated = features.stated(folder, "preprocessor_config.json")
    if stated.get("sampling_rate", RATE) != RATE:
        raise InputError(
            found=N_("The model in “{folder}” uses a sampling rate of {rate:,} Hz."),
            expected=N_("The sampling rate must be 16,000 Hz."),
            remedy=N_("Choose another model."),
            folder=folder.name,
            rate=stated["sampling_rate"],
        )
    found = features.extractor(config, stated)
    if found is None:
        raise InputError(
            found=N_("The model in “{folder}” is of type “{kind}”."),
            expected=N_("Audio needs a Whisper, wav2vec2, HuBERT or AST model, or the packaged speaker encoder."),
            remedy=N_("Choose another model."),
            folder=folder.name,
            kind=str(config.get("model_type") or config.get("architecture")),
        )  # fmt: skip
    return found
