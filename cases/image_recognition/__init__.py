"""Image recognition: one label per picture."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from cases.base import Learner, Part, Place
from cases.dataset import Dataset
from cases.image_recognition import data
from cases.image_recognition.sample import digits
from cases.image_recognition.settings import Settings
from models.report import Report


class ImageRecognition:
    name = "image_recognition"
    metric = "accuracy"
    Settings = Settings

    def sample(self, folder: Path) -> Part:
        return digits(folder)

    def read(self, parts: Sequence[Part], folder: Path, digest: str, report: Report) -> Dataset:
        return data.read(parts, folder, digest, report)

    def show(self, dataset: Dataset, row: int) -> tuple[bytes, str] | None:
        return data.thumbnail(dataset, row)

    def build(self, settings: Settings, dataset: Dataset, place: Place, report: Report) -> Learner:
        from cases.image_recognition.learner import PictureLearner

        return PictureLearner(settings, dataset, place, report)

    def predict(self, bundle: Path, files: Sequence[Path]) -> list[str]:
        from cases.image_recognition import predict

        if not files:
            return []
        model = predict.load(bundle)
        return [model["labels"][row.argmax()] for row in predict.predict(model, files)]


CASE = ImageRecognition()
