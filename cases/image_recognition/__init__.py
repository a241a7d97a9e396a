"""Image recognition: one label per picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

from cases.archives import Unpacked, unpack
from cases.base import Answerer, Finding, Item, Learner, Measure, Part, Place, Task
from cases.dataset import Dataset
from cases.image_recognition import data, findings
from cases.image_recognition.recognising import SUFFIXES
from cases.image_recognition.sample import DIGITS
from cases.image_recognition.settings import Settings
from cases.previews import Preview
from models.errors import N_
from models.report import Report


class ImageRecognition:
    name = "image_recognition"
    tasks = (Task("label", N_("Tell kinds apart"), "classes", "accuracy",
                  N_("Show it a picture, and it says which of {n} kinds it is: {classes}.")),)  # fmt: skip
    medium = "picture"
    measures = (Measure("width", N_("Width in pixels")), Measure("height", N_("Height in pixels")))
    mix = MappingProxyType({})
    near_copies = N_("Saved again, resized, slightly cropped, lighter or darker. Have a look before you leave any out.")
    samples = (DIGITS,)
    columns = MappingProxyType({})
    optional = frozenset()
    reader = data.READER
    Settings = Settings

    def read(
        self, parts: Sequence[Part], place: Place, digest: str, report: Report, columns: Mapping[str, str] = {},
        before: Dataset | None = None,
    ) -> Dataset:  # fmt: skip
        return data.read(parts, place.folder, digest, report, before)

    def preview(self, parts: Sequence[Part], folder: Path, columns: Mapping[str, str], report: Report) -> list[Preview]:
        return []

    def show(self, dataset: Dataset, row: int) -> tuple[bytes, str] | None:
        return data.thumbnail(dataset, row)

    def listen(self, dataset: Dataset, row: int) -> None:
        return None

    def written(self, dataset: Dataset, task: str) -> Sequence[str]:
        return ()

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

    def file(self, dataset: Dataset, row: int, spare: Path) -> Path:
        return dataset.file(dataset.samples.at[row, "file"])

    def batch(self, part: Part, folder: Path) -> Unpacked:
        return unpack(part.path, folder, suffixes=SUFFIXES)

    def explain(self, bundle: Path, item: Item, folder: Path) -> dict[str, Any]:
        from cases.image_recognition import explaining

        return explaining.explain(bundle, item, folder)


CASE = ImageRecognition()
