"""Fine-tuning as the audio classification example of transformers does it; one run, one process.

Every recording is decoded and made a spectrogram of 30 seconds anew, each time it is taken, and the whole encoder runs
over the window in every epoch, also where only the head learns; the mean over its positions is what the head sees. What
both sides share, so that only the engine differs: weights, split, learning rate, schedule, warmup, weight decay, fused
AdamW, clipping, a head that starts at zero, the best epoch kept. Speaks JSON: see `main`.
"""

from __future__ import annotations

import json
import sys
from functools import partial
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import soundfile
import soxr
import torch
from safetensors.torch import save_model
from torch import nn
from torch.utils.data import DataLoader, Dataset
from transformers import WhisperFeatureExtractor, WhisperModel

from benchmarks.side_report import timed, told
from benchmarks.stock_side import Classifier, evaluate, fit
from models.pretrained import catalog

MODEL, RATE = "whisper-tiny.en", 16_000


class Body(nn.Module):
    """Spectrograms (batch, bands, 3000) → the mean over the positions (batch, num_features)."""

    def __init__(self, encoder: nn.Module) -> None:
        super().__init__()
        self.encoder, self.num_features = encoder, encoder.config.d_model

    def forward(self, spectrograms: torch.Tensor) -> torch.Tensor:
        return self.encoder(spectrograms).last_hidden_state.mean(1)


class Recordings(Dataset):
    """Spectrogram and number of the class of each file."""

    def __init__(self, files: list[Path], classes: list[str], extract: WhisperFeatureExtractor) -> None:
        self.files, self.classes, self.extract = files, classes, extract

    def __len__(self) -> int:
        return len(self.files)

    def __getitem__(self, row: int) -> tuple[torch.Tensor, int]:
        wave, rate = soundfile.read(self.files[row], dtype="float32", always_2d=True)
        mono = soxr.resample(wave.mean(1), rate, RATE)
        given = self.extract(mono, sampling_rate=RATE, return_tensors="pt").input_features[0]
        return given, self.classes.index(self.files[row].parent.name)


def main(spec: dict) -> dict[str, Any]:
    """`spec`: data, test, validation, mode, bf16, epochs, batch, learning_rate, workers, seed, home."""
    seconds: dict[str, float] = {}
    home = Path(spec["home"])
    torch.manual_seed(spec["seed"])
    with timed("read", seconds):
        for part, archive in (("train", spec["data"]), ("test", spec["test"])):
            with ZipFile(archive) as opened:
                opened.extractall(home / part)
        every, test = (sorted((home / part).rglob("*.wav")) for part in ("train", "test"))
        kept = set(json.loads(Path(spec["validation"]).read_text("utf-8")))
        named = {path: path.relative_to(home / "train").as_posix() for path in every}
        train, validation = ([path for path in every if (named[path] in kept) == held] for held in (False, True))
        classes = sorted({path.parent.name for path in every})
    with timed("prepare", seconds):
        weights = catalog.folder(MODEL, home / "models")
        extract = WhisperFeatureExtractor.from_pretrained(weights)
        body = Body(WhisperModel.from_pretrained(weights).get_encoder())
        model = Classifier(body, len(classes), frozen=spec["mode"] == "head", bf16=spec["bf16"])
        loader = partial(DataLoader, batch_size=spec["batch"], num_workers=spec["workers"],
                         persistent_workers=spec["workers"] > 0)  # fmt: skip
        made = partial(Recordings, classes=classes, extract=extract)
        parts = {"train": loader(made(train), shuffle=True), "validation": loader(made(validation)),
                 "test": loader(made(test))}  # fmt: skip
    with timed("train", seconds):
        fit(model, parts, spec, home / "best.pt")
    with timed("evaluate", seconds):
        _, accuracy = evaluate(model, parts["test"])
    with timed("export", seconds):
        save_model(model, str(home / "model.safetensors"))
    return told(seconds, accuracy, list(named[path] for path in train))


if __name__ == "__main__":
    print(json.dumps(main(json.loads(sys.argv[1]))))
