"""Sounds and their network as they leave: the body in its own layout, the ONNX file from frames on."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import torch
from torch import Tensor

from cases.speech import model_card, predict, segments
from cases.speech.audio import encoders, features
from cases.speech.audio.encoders import Encoder
from cases.speech.audio.features import FeatureExtractor, padded
from cases.speech.network import SoundNetwork
from cases.training import bundle
from cases.training.context import TrainingContext
from models.pretrained import catalog
from models.storage import checksums
from models.storage.ragged_array import RaggedArray


@dataclass(frozen=True, eq=False)
class AudioExport:
    """See `cases.classification.export.Exported`."""

    context: TrainingContext
    network: SoundNetwork
    weights: Path
    extractor: FeatureExtractor
    waves: RaggedArray

    script = Path(predict.__file__)
    axes, shares_weights = MappingProxyType({"frames": {0: "n", 1: "frames"}, "lengths": {0: "n"}}), True
    items = "recordings"

    @property
    def preprocessing(self) -> dict[str, Any]:
        """What whoever answers must know: the seconds of the windows in which a long recording is best heard."""
        return {"window": segments.usual(self.waves.lengths[self.context.rows["train"]])}

    @property
    def modules(self) -> Mapping[str, Path]:
        """The very files by which features are made here, and this kind of network is read."""
        return {"features.py": Path(features.__file__), "encoder.py": encoders.source(self._kind)}

    @property
    def _kind(self) -> str:
        return json.loads((self.weights / "config.json").read_text("utf-8"))["model_type"]

    @property
    def use(self) -> Mapping[str, str]:
        return model_card.use(self._kind)

    def write_body(self, folder: Path) -> None:
        """Only what hears: Whisper's decoder stays behind. A body that nothing moved is on the disk once for all
        runs."""
        body, weights, context = self.network.body, self.weights, self.context
        if context.settings.mode != "head":
            _write(body, weights, folder)
            return
        kept = context.place.cache / "bodies" / catalog.digest(weights)[:16]
        if not _is_kept(kept):
            shutil.rmtree(kept, ignore_errors=True)
            _keep(body, weights, kept)
        for file in kept.iterdir():
            if file.suffix != ".sha256":
                bundle.share(file, folder / file.name)

    def example(self, rows: np.ndarray) -> dict[str, Tensor]:
        some = [self.extractor.frames(np.zeros(samples, np.float32)) for samples in (40_000, 30_000)]
        return {name: torch.from_numpy(array) for name, array in padded(some).items()}

    def batch(self, rows: np.ndarray) -> dict[str, np.ndarray]:
        return padded([self.extractor.frames(self.waves[row]) for row in rows])


def _is_kept(kept: Path) -> bool:
    files = [file for file in kept.glob("*") if file.suffix != ".sha256"]
    return bool(files) and all(checksums.intact(file) for file in files)


def _write(body: Encoder, weights: Path, folder: Path) -> None:
    """With what `weights` say of how a sound is prepared."""
    body.save(folder)
    stated = weights / "preprocessor_config.json"
    if stated.exists():
        shutil.copyfile(stated, folder / stated.name)


def _keep(body: Encoder, weights: Path, kept: Path) -> None:
    partial = kept.with_name(f"{kept.name}.{os.getpid()}.partial")
    partial.mkdir(parents=True, exist_ok=True)
    _write(body, weights, partial)
    for file in list(partial.iterdir()):
        checksums.settle(file, file)
    try:
        partial.rename(kept)
    except OSError:  # another run was quicker
        shutil.rmtree(partial)
