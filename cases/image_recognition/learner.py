"""A pretrained body learns a person's own kinds of pictures."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import torch
from transformers.trainer_utils import EvalPrediction

from cases.base import Evaluation, Place
from cases.dataset import Dataset
from cases.image_recognition import bundle, data, evaluating, planning
from cases.image_recognition.network import HeadOnFeatures
from cases.image_recognition.settings import Settings
from cases.splits import divide
from models import catalog, device, metrics, probing, training
from models.batches import Batches
from models.errors import N_
from models.head import warm_start
from models.references import References
from models.report import Report
from models.rows import Rows

METRICS = {"accuracy": metrics.accuracy, "macro_f1": metrics.macro_f1}
FEATURE_BATCH = 32


class PictureLearner:
    def __init__(self, settings: Settings, dataset: Dataset, place: Place, report: Report) -> None:
        torch.manual_seed(settings.seed)
        self.settings, self.dataset, self.place = settings, dataset, place
        self.device = device.pick()
        self.bf16 = device.use_bf16(settings.precision, self.device)
        self.samples = dataset.samples
        self.labels = planning.numbered(dataset)
        self._split(report)
        self.weights = catalog.folder(settings.model, place.cache / "models")
        each = np.bincount(self.labels[self.rows["train"]], minlength=len(dataset.classes))
        self.network, self.preprocessing = planning.assemble(settings, self.weights, each)
        self.network.to(self.device)
        self.pixels = data.pixels(dataset, self.preprocessing["size"], self.preprocessing["interpolation"],
                                  place.cache, report)  # fmt: skip
        self.features = self._features(report)
        self.simple = References(
            self.features.open(), self.labels, self.rows["train"], len(dataset.classes), self.features.path
        )
        self._start_head()
        planning.open_up(self.network, settings)

    def _split(self, report: Report) -> None:
        self.rows = divide(self.dataset, validation=self.settings.validation, test=self.settings.test,
                           seed=self.settings.seed)  # fmt: skip
        self.counts = {name: len(rows) for name, rows in self.rows.items()}
        taught = set(self.labels[self.rows["train"]])
        untaught = [name for number, name in enumerate(self.dataset.classes) if number not in taught]
        if untaught:
            report.note(N_("Nothing to train on for: {classes}. The model can never name these."),
                        classes=", ".join(untaught))  # fmt: skip

    def _features(self, report: Report) -> Rows:
        """The frozen body's (samples, width), computed once for this data, these weights and this precision."""
        rows = planning.feature_rows(self.dataset, self.network, self.weights, self.preprocessing["size"], self.bf16,
                                     self.place.cache)  # fmt: skip
        self.network.body.to(memory_format=torch.channels_last)  # a tenth quicker on a CPU
        rows.fill(self._forward_body, FEATURE_BATCH, report, "features")
        self.network.body.to(memory_format=torch.contiguous_format)  # as safetensors wants the weights
        return rows

    def _forward_body(self, start: int, stop: int) -> np.ndarray:
        self.network.eval()
        pixels = torch.from_numpy(np.array(self.pixels[start:stop])).to(self.device, non_blocking=True)
        with torch.no_grad(), torch.autocast(self.device.type, torch.bfloat16, enabled=self.bf16):
            return self.network.features(pixels).float().cpu().numpy()

    def _start_head(self) -> None:
        """Standardise; and where the body will move, let the head know first what the frozen features tell."""
        head = self.network.head
        if self.settings.mode == "head" or self.settings.hidden:
            rows = self.rows["train"]
            features = torch.from_numpy(np.array(self.features.open()[rows])).to(self.device)
            head.standardise(features)
            if self.settings.mode != "head":
                warm_start(head, features, torch.from_numpy(self.labels[rows]).to(self.device))
        else:
            head.load_state_dict(self.simple.head.state_dict())

    @cached_property
    def references(self) -> dict[str, dict[str, metrics.Interval]]:
        truth, guesses = self.labels[self.rows["test"]], self.simple.guesses(self.rows["test"])
        return {name: evaluating.intervals(truth, guess) for name, guess in guesses.items()}

    @property
    def live_references(self) -> dict[str, float]:
        rows = self.rows["validation"]
        return {name: metrics.accuracy(self.labels[rows], g) for name, g in self.simple.guesses(rows).items()}

    @property
    def learning(self) -> torch.nn.Module:
        """What the trainer trains; with a frozen body the head alone, on the kept features."""
        if self.settings.mode == "head":
            return HeadOnFeatures(self.network.head, self.network.loss)
        return self.network

    def batches(self, part: str) -> Batches:
        name, inputs = ("features", self.features.open()) if self.settings.mode == "head" else ("pixels", self.pixels)
        return Batches(name, inputs, self.labels, self.rows[part])

    def fit(self, report: Report) -> None:
        plan = planning.plan(self.settings, bf16=planning.trains_in_bf16(self.settings, self.device))
        training.fit(self.learning, self.batches("train"), self.batches("validation"), plan,
                     self.place.run, _measure, report, self._probes())  # fmt: skip
        planning.close(self.network, self.settings)

    def _probes(self) -> probing.Probes:
        part_of = {row: part for part, rows in self.rows.items() for row in rows.tolist()}
        rows = probing.choose(self.settings.probes, list(part_of), self.rows["validation"], self.labels,
                              self.settings.seed)  # fmt: skip
        known = self.batches("validation")
        return probing.Probes(Batches(known.name, known.inputs, self.labels, rows), self.dataset.classes,
                              [part_of[row] for row in rows.tolist()])  # fmt: skip

    def load_best(self) -> None:
        training.load_best(self.learning, self.place.run)
        planning.close(self.network, self.settings)

    def evaluate(self, report: Report) -> Evaluation:
        return evaluating.evaluate(self, report)

    def save(self, folder: Path, result: dict[str, Any], report: Report) -> dict[str, Any]:
        return bundle.save(folder, self, result, report)

    def probe(self) -> tuple[list[Path], list[str]]:
        return evaluating.probe(self)

    @property
    def note(self) -> dict[str, Any]:
        return {
            "device": device.describe(self.device),
            "precision": "bf16" if self.bf16 else "fp32",
            "threads": torch.get_num_threads(),
        }


def _measure(outcome: EvalPrediction) -> dict[str, float]:
    predicted = outcome.predictions.argmax(1)
    return {name: metric(outcome.label_ids, predicted) for name, metric in METRICS.items()}
