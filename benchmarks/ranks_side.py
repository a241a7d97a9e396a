"""One side of `benchmarks.ranks`: twenty steps with one thread, alone or as one of several processes."""

from __future__ import annotations

import argparse
import io
import json
import os
import statistics
import time
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import numpy as np
import soundfile
import soxr
import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset

from benchmarks import on_gpu_pictures, on_gpu_sounds, on_gpu_texts, table
from benchmarks.on_gpu_material import CLASSES, Material
from models.freed_memory import keep_what_is_freed
from models.progress import NullReporter
from models.storage import ragged_array
from models.training import trainer
from models.training.batches import Ordered
from models.training.ranks import group
from models.training.ranks.follower import follow

BATCH, STEPS = 32, 20  # the default batch size of all three
FEW, QUICK = 4, 2  # the same to see that it works
WARM = 3  # steps that do not count: memory is taken, the first batches are read


def recordings(folder: Path, cache: Path, small: bool) -> Material:
    """Spoken digits of several people, as many of each class as the made-up sounds have."""
    each = -(-(STEPS + 1) * BATCH // CLASSES)
    with ZipFile(table.SOUNDS / "spk_fsdd_digits/train.zip") as archive:
        names = sorted(name for name in archive.namelist() if name.endswith(".wav"))
        classes = sorted({Path(name).parent.name for name in names})[:CLASSES]
        of_class = [[name for name in names if Path(name).parent.name == label][:each] for label in classes]
        waves = (_wave(archive.read(name)) for alike in zip(*of_class, strict=True) for name in alike)
        heard = ragged_array.write(folder / "recordings.float32", waves)
    return on_gpu_sounds.of_waves(heard, cache, BATCH, tiny=small)


def _wave(file: bytes) -> np.ndarray:
    wave, rate = soundfile.read(io.BytesIO(file), dtype="float32", always_2d=True)
    return soxr.resample(wave.mean(1), rate, on_gpu_sounds.RATE)


MATERIALS = {
    "pictures": on_gpu_pictures.prepare, "texts": on_gpu_texts.prepare, "sounds": on_gpu_sounds.prepare,
    "recordings": recordings,
}  # fmt: skip


class Listening(NullReporter):
    """Notes the loss of each step, and when it was over."""

    def __init__(self) -> None:
        self.losses: list[float] = []
        self.times: list[float] = []

    def metrics(self, split: str, step: int, values: Mapping[str, Any]) -> None:
        if split == "train":
            self.losses.append(values["loss"])
            self.times.append(time.perf_counter())


def without_chance(network: nn.Module) -> nn.Module:
    """The same without dropout and augmentation."""
    for module in network.modules():
        if isinstance(module, nn.Dropout):
            module.p = 0.0
        for name, value in vars(module).items():
            if "drop" in name and isinstance(value, float):
                setattr(module, name, 0.0)
    if hasattr(network, "disturb"):
        network.disturb = Undisturbed()
    if hasattr(network, "augment"):
        del network.augment
        network.augment = network.middle
    return network


def standardise(network: nn.Module, items: Dataset) -> None:
    """Let the head know the means and the deviation of the features, as in every run; it knows no class yet."""
    network.eval()
    with torch.no_grad():
        features = [
            network.features(**{name: values for name, values in batch.items() if name != "labels"})
            for batch in DataLoader(items, BATCH, collate_fn=dict)
        ]
    network.head.standardise(torch.cat(features))


class Drawn(Dataset):
    """`items` in the order of a first epoch; with `parts`, in every batch first those of the first of so many
    processes, then those of the next, so that one process that adds up gradients computes what they compute."""

    def __init__(self, items: Dataset, batch: int, parts: int) -> None:
        measured = hasattr(items, "lengths")
        drawn = Ordered(items, batch, 0).order if measured else np.random.default_rng(0).permutation(len(items))
        self.items, self.order = items, drawn.reshape(-1, batch // parts, parts).swapaxes(1, 2).ravel()

    def __len__(self) -> int:
        return len(self.items)

    def set_epoch(self, epoch: int) -> None:
        """Nothing: there is one. That it can be told keeps loaders from drawing an order of their own."""

    def __getitems__(self, picks: list[int]) -> dict[str, torch.Tensor]:
        return self.items.__getitems__(self.order[picks].tolist())


class Undisturbed(nn.Module):
    def forward(self, frames: torch.Tensor, _lengths: torch.Tensor) -> torch.Tensor:
        return frames


def measure(name: str, folder: Path, learning_rate: float, *, parts: int, small: bool) -> dict[str, Any]:
    torch.manual_seed(0)
    material = MATERIALS[name](folder, folder, small)
    batch, steps = (FEW, QUICK) if small else (BATCH, STEPS)
    rows = np.arange(len(material.training) + len(material.validation))
    learnt, looked = material.all_of(rows[: steps * batch]), material.all_of(rows[-batch:])
    plan = trainer.TrainingConfig(
        epochs=1, batch_size=batch // parts, accumulation=parts, learning_rate=learning_rate, optimizer="adamw",
        schedule="cosine", warmup=0.1, weight_decay=0.01, patience=0, seed=0, bf16=False, shared=True,
    )  # fmt: skip
    report, network = Listening(), without_chance(material.build())
    standardise(network, learnt)
    place = folder / f"{name}-{os.getpid()}"
    place.mkdir()
    trainer.fit(network, Drawn(learnt, batch, parts), looked, plan, place, material.measure, report)
    each = np.diff(report.times)[0 if small else WARM :]
    return {"weights": material.weights, "losses": report.losses, "items_per_second": batch / statistics.median(each)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("name", choices=MATERIALS)
    parser.add_argument("folder", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("learning_rate", type=float)
    parser.add_argument("--parts", type=int, default=1, help="in which one process takes each batch")
    parser.add_argument("--quick", action="store_true")
    args = parser.parse_args()
    asked = partial(measure, args.name, args.folder, args.learning_rate, parts=args.parts,
                    small=args.quick)  # fmt: skip
    torch.set_num_threads(1)
    keep_what_is_freed()
    if "RANK" not in os.environ:
        args.out.write_text(json.dumps(asked()))
        return
    ranks = group.join(cores=1, threads=1)
    if ranks.rank:
        follow(ranks)
        return
    with group.among(ranks):
        args.out.write_text(json.dumps(asked()))
    ranks.dismiss()


if __name__ == "__main__":
    main()
    os._exit(0)  # threads of gloo that outlive the interpreter would abort the process
