"""What these settings would take on this machine, measured on a few pictures, and what the training would see."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn

from cases import planning
from cases.base import Place
from cases.dataset import Dataset
from cases.ground import numbered
from cases.image_recognition import data
from cases.image_recognition.network import PictureNetwork, assemble, block_names
from cases.image_recognition.settings import Settings
from cases.splits import divide
from models import catalog, device, lora, rehearsal
from models.batches import Batches
from models.head import Head, HeadOnFeatures, warm_start
from models.pace import Pace
from models.report import Report

MOST = 8  # pictures of a large step on a processor, where more take seconds
FITTED = 256  # items that a head is fitted to here
SHOWN, VIEWS, SIDE = 3, 6, 160


class Rehearsing:
    def __init__(self, settings: Settings, dataset: Dataset, place: Place, report: Report) -> None:
        began = time.perf_counter()
        self.settings, self.dataset, self.place, self.report = settings, dataset, place, report
        self.rows = divide(dataset, validation=settings.validation, test=settings.test, seed=settings.seed)
        self.labels = numbered(dataset)
        self.device = device.pick()
        self.bf16 = device.use_bf16(settings.precision, self.device)
        self.weights = catalog.folder(settings.model, place.cache / "models")
        counts = np.bincount(self.labels[self.rows["train"]], minlength=len(dataset.classes))
        self.network, self.preprocessing = assemble(settings, self.weights, counts)
        self.network.to(self.device).eval()
        self.looks = (self.preprocessing["size"], self.preprocessing["interpolation"])
        self.build = time.perf_counter() - began
        report.check()

    def run(self) -> dict[str, Any]:
        """See `Case.rehearse`."""
        facts = {
            "body": described(self.network, self.preprocessing),
            "views": self._views(),
            "device": device.describe(self.device),
            "device_mb": device.memory_mb(self.device),
        }
        frozen = self._look()
        self.report.check()
        prepare = self._prepare(frozen)
        self.report.check()
        network, items = self._training()
        plan = planning.plan(self.settings, bf16=planning.trains_in_bf16(self.settings, self.device))
        learns_from_pixels = self.settings.mode != "head"
        measured = rehearsal.rehearse(network, items, plan, look=frozen if learns_from_pixels else 0.0,
                                      report=self.report)  # fmt: skip
        on_card = self.device.type == "cuda"  # which holds a batch at a time
        sample_mb = 3 * self.looks[0] ** 2 / 2**20 if (prepare or learns_from_pixels) and not on_card else 0.0
        pace = Pace(build=self.build, prepare=prepare, sample_mb=sample_mb, **measured)
        return {**facts, "pace": vars(pace), "per_second": 1 / frozen}

    def _pixels(self, count: int) -> np.ndarray:
        rows = np.resize(self.rows["train"], count)  # again from the start where there are fewer
        return data.a_few(self.dataset, rows, *self.looks)

    def _look(self) -> float:
        """Seconds in which the frozen body sees one picture."""
        pixels = torch.from_numpy(self._pixels(MOST)).to(self.device)
        with _quick(self.network), torch.no_grad(), torch.autocast(self.device.type, torch.bfloat16, enabled=self.bf16):
            return rehearsal.seconds_each(lambda: self.network.features(pixels).sum().item(), MOST)

    def _prepare(self, frozen: float) -> float:
        """Seconds for each sample before training; 0 where an earlier run has left everything."""
        width = self.network.body.head_hidden_size
        kept = planning.feature_rows(self.dataset, width, self.weights, str(self.looks[0]), self.bf16,
                                     self.place.cache)  # fmt: skip
        if kept.complete():
            return 0.0
        decoded = data.are_decoded(self.dataset, *self.looks, self.place.cache)
        decoding = 0.0 if decoded else rehearsal.seconds_each(lambda: self._pixels(MOST), MOST)
        return frozen + decoding + self._fitting()

    def _fitting(self) -> float:
        """Seconds for each item to fit a head to frozen features, which every run does for comparison."""
        features, labels = self._features(FITTED)
        head = Head(features.shape[1], len(self.dataset.classes), hidden=0, activation="relu", dropout=0.0)
        began = time.perf_counter()
        warm_start(head, features, labels)
        return (time.perf_counter() - began) / FITTED

    def _features(self, count: int) -> tuple[Tensor, Tensor]:
        """Made up: fitting takes as long as with real ones."""
        labels = np.resize(self.labels[self.rows["train"]], count)
        return torch.randn(count, self.network.body.head_hidden_size), torch.from_numpy(labels)

    def _training(self) -> tuple[nn.Module, Batches]:
        """What would train, and five quarters of a step of what it would train on."""
        batch = self.settings.batch_size
        if self.settings.mode == "head":
            features, labels = self._features(max(2, batch + batch // 4))
            items = Batches("features", features.numpy(), labels.numpy(), np.arange(len(labels)))
            return HeadOnFeatures(self.network.head, self.network.loss), items
        large = batch if self.device.type == "cuda" else min(batch, MOST)
        pixels = self._pixels(max(2, large + large // 4))
        planning.open_up(self.network, self.settings)
        labels = np.resize(self.labels[self.rows["train"]], len(pixels))
        return self.network, Batches("pixels", pixels, labels, np.arange(len(pixels)))

    def _views(self) -> list[list[str]]:
        """Names of WebP files in the run's folder: for a few pictures, as the training would see each."""
        if self.settings.mode == "head":
            return []
        rows = np.random.default_rng(self.settings.seed).permutation(self.rows["train"])[:SHOWN]
        pictures = torch.from_numpy(data.a_few(self.dataset, rows, *self.looks)).permute(0, 3, 1, 2)
        with torch.random.fork_rng():
            torch.manual_seed(self.settings.seed)
            return [self._written(row, picture) for row, picture in zip(rows, pictures, strict=True)]

    def _written(self, row: int, picture: Tensor) -> list[str]:
        count = 1 if self.settings.augmentation == "none" else VIEWS
        views = self.network.augment(picture.expand(count, -1, -1, -1))
        names = [f"view-{row}-{number}.webp" for number in range(count)]
        for name, view in zip(names, views, strict=True):
            pixels = view.round().clamp(0, 255).to(torch.uint8) if view.is_floating_point() else view
            shown = Image.fromarray(pixels.permute(1, 2, 0).numpy()).resize((SIDE, SIDE))
            shown.save(self.place.run / name, quality=80)
        return names


def described(network: PictureNetwork, preprocessing: dict[str, Any]) -> dict[str, Any]:
    """Its body as `models.pretrained.Body`, before anything was put into it."""
    body = network.body
    sizes = {name: parameter.numel() for name, parameter in body.named_parameters()}
    thin = {f"{name}.weight": lora.width(body.get_submodule(name)) for name in lora.targets(body)}
    blocks = [[sum(known.get(name, 0) for name in names) for known in (sizes, thin)] for names in block_names(body)]
    return {"size": preprocessing["crop"], "width": body.head_hidden_size, "blocks": blocks}


@contextmanager
def _quick(network: PictureNetwork) -> Iterator[None]:
    """As features are computed: channels last."""
    network.body.to(memory_format=torch.channels_last)
    yield
    network.body.to(memory_format=torch.contiguous_format)


def rehearse(settings: Settings, dataset: Dataset, place: Place, report: Report) -> dict[str, Any]:
    return Rehearsing(settings, dataset, place, report).run()
