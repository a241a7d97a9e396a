"""Image recognition: one label per picture."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from cases.archives import Unpacked, unpack
from cases.base import Answerer, Finding, Item, Learner, Part, Place
from cases.dataset import Dataset
from cases.image_recognition import data, findings
from cases.image_recognition.recognising import SUFFIXES
from cases.image_recognition.sample import digits
from cases.image_recognition.settings import Settings
from models.errors import N_
from models.report import Report


class ImageRecognition:
    name = "image_recognition"
    metric = "accuracy"
    medium = "picture"
    promise = N_("Show it a picture, and it says which of {n} kinds it is: {classes}.")
    measures = (("width", N_("Width in pixels")), ("height", N_("Height in pixels")))
    Settings = Settings

    def sample(self, folder: Path) -> Part:
        return digits(folder)

    def read(self, parts: Sequence[Part], folder: Path, digest: str, report: Report) -> Dataset:
        return data.read(parts, folder, digest, report)

    def show(self, dataset: Dataset, row: int) -> tuple[bytes, str] | None:
        return data.thumbnail(dataset, row)

    def findings(self, dataset: Dataset) -> list[Finding]:
        return findings.findings(dataset)

    def build(self, settings: Settings, dataset: Dataset, place: Place, report: Report) -> Learner:
        from cases.image_recognition import learner

        return learner.build(settings, dataset, place, report)

    def rehearse(self, settings: Settings, dataset: Dataset, place: Place, report: Report) -> dict[str, Any]:
        from cases.image_recognition import rehearsing

        return rehearsing.rehearse(settings, dataset, place, report)

    def predict(self, bundle: Path, files: Sequence[Path]) -> list[str]:
        from cases.image_recognition import predict

        if not files:
            return []
        model = predict.load(bundle)
        return [model["labels"][row.argmax()] for row in predict.predict(model, files)]

    def answerer(self, bundle: Path) -> Answerer:
        from cases.image_recognition.answering import PictureAnswerer

        return PictureAnswerer(bundle)

    def batch(self, part: Part, folder: Path) -> Unpacked:
        return unpack(part.path, folder, suffixes=SUFFIXES)

    def explain(self, bundle: Path, item: Item, folder: Path) -> dict[str, Any]:
        from cases.image_recognition import explaining

        return explaining.explain(bundle, item, folder)


CASE = ImageRecognition()
