"""What a part of `benchmarks.on_gpu` trains: a network of a case with weights that are found or random, made-up data,
and what a plain use of the libraries trains on the same.

The networks are those of the cases themselves. Their packages also bring the readers of people's files, which need more
than a stock PyTorch image has; so the packages are entered past their `__init__`.
"""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import torch
from torch import nn

from benchmarks.on_gpu_parts import Part
from models.pretrained import catalog
from models.training import lora

ROOT = Path(__file__).parent.parent
CASES = ("cases", "cases.image_recognition", "cases.text_analysis", "cases.speech", "cases.recommendation")
CLASSES = 4
RATES = {"head": 1e-2, "LoRA": 1e-3, "full": 1e-4}
RANK, ALPHA = 8, 16.0


@dataclass(frozen=True)
class Stock:
    """The same work as an example of the libraries does it.

    Args:
        model: forward(**batch) returns {"loss", …}.
        body: what is frozen where the head learns only, and what adapters are put into.
        collate: makes a batch of what `items` gives for each row.
    """

    model: nn.Module
    body: nn.Module
    items: torch.utils.data.Dataset
    collate: Callable[[list[Any]], dict[str, torch.Tensor]]


@dataclass(frozen=True)
class Material:
    """`build`: a fresh network, the same for the same random state; `all_of`: rows of all items in whole batches."""

    weights: str
    build: Callable[[], nn.Module]
    training: Any
    validation: Any
    batch: int
    stock: Callable[[], Stock]
    all_of: Callable[[np.ndarray], Any] | None = None
    measure: Callable[[Any], dict[str, float]] = lambda _: {}
    bf16: bool = True  # where the machine is quick at it
    counted: int = 8  # items whose FLOPs are counted together; a batch where it has work that items share
    rates: Mapping[str, float] = field(default_factory=lambda: RATES)

    @property
    def steps(self) -> int:
        """Of an epoch."""
        return -(-len(self.training) // self.batch)


def prepare(part: Part, folder: Path, cache: Path, *, tiny: bool) -> Material:
    """`folder`: for files of data; `cache`: where weights may lie already."""
    torch.manual_seed(0)
    module = importlib.import_module(f"benchmarks.on_gpu_{part.case}")
    return module.prepare(folder, cache, tiny, part.size)


def past_readers(names: tuple[str, ...] = CASES) -> None:
    """Let the networks of the cases be imported without what reads files."""
    for name in names:
        if name not in sys.modules:
            package = ModuleType(name)
            package.__path__ = [str(ROOT / name.replace(".", "/"))]
            sys.modules[name] = package


def found(cache: Path, *models: str) -> tuple[Path, str] | None:
    """The folder of the first of these models whose weights are on this machine, and its name."""
    for name in models:
        known = catalog.find(name)
        if catalog.is_here(known, cache):
            return catalog.folder(name, cache), name
    return None


def adapt(body: nn.Module) -> None:
    """As `models.training.lora` does it; where `peft` is missing by plain adapters of the same form."""
    torch.manual_seed(0)
    if importlib.util.find_spec("peft"):
        lora.adapt(body, rank=RANK, alpha=ALPHA, dropout=0.0)
        return
    body.requires_grad_(False)
    for name in lora.targets(body):
        parent, _, own = name.rpartition(".")
        setattr(body.get_submodule(parent), own, Adapted(body.get_submodule(name)))


class Adapted(nn.Module):
    """A layer that stays as it is, and a product of two thin ones beside it that begins at zero."""

    def __init__(self, layer: nn.Module) -> None:
        super().__init__()
        self.layer = layer
        if isinstance(layer, nn.Linear):
            self.down, self.up = nn.Linear(layer.in_features, RANK, bias=False), nn.Linear(RANK, layer.out_features)
        else:
            how = {"stride": layer.stride, "padding": layer.padding, "dilation": layer.dilation, "bias": False}
            self.down = nn.Conv2d(layer.in_channels, RANK, layer.kernel_size, **how)
            self.up = nn.Conv2d(RANK, layer.out_channels, 1)
        nn.init.zeros_(self.up.weight)
        nn.init.zeros_(self.up.bias)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.layer(x) + self.up(self.down(x)) * (ALPHA / RANK)

    def __getattr__(self, name: str) -> Any:
        """What the network reads of its layer, its weight for one."""
        try:
            return super().__getattr__(name)
        except AttributeError:
            return getattr(self._modules["layer"], name)


def accuracy(outcome: Any) -> dict[str, float]:
    return {"accuracy": float((outcome.predictions.argmax(1) == outcome.label_ids).mean())}


def labels(items: int) -> np.ndarray:
    return np.arange(items) % CLASSES


def divided(items: int) -> tuple[np.ndarray, np.ndarray]:
    """Rows to learn from and to validate on: a quarter."""
    return np.split(np.arange(items), [items - items // 4])
