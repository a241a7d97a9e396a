"""Speech: one label per recording."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

from cases.archives import Unpacked, unpack
from cases.base import Answerer, Finding, Item, Learner, Measure, Part, Place
from cases.dataset import Dataset
from cases.previews import Preview
from cases.speech import data, findings, preview
from cases.speech.sample import VOWELS
from cases.speech.settings import Settings
from models.errors import N_
from models.report import Report


class Speech:
    name = "speech"
    metric = "accuracy"
    medium = "sound"
    promise = N_("Let it hear a recording, and it says which of {n} kinds it is: {classes}.")
    measures = (Measure("seconds", N_("Length in seconds"), findings.LONG),)
    mix = MappingProxyType({})
    near_copies = N_(
        "Saved in another format, louder, quieter, or with silence around it. Listen before you leave any out."
    )
    samples = (VOWELS,)
    columns = MappingProxyType({"file": N_("File"), "label": N_("Class"), "part": N_("Part"), "speaker": N_("Speaker")})
    optional = frozenset({"part", "speaker"})
    Settings = Settings

    def read(
        self, parts: Sequence[Part], place: Place, digest: str, report: Report, columns: Mapping[str, str] = {}
    ) -> Dataset:
        return data.read(parts, place.folder, digest, report, columns, place.cache / "models")

    def preview(self, parts: Sequence[Part], folder: Path, columns: Mapping[str, str], report: Report) -> list[Preview]:
        return preview.preview(parts, folder, columns, report)

    def show(self, dataset: Dataset, row: int) -> tuple[bytes, str] | None:
        return data.picture(dataset, row)

    def listen(self, dataset: Dataset, row: int) -> tuple[bytes, str] | None:
        return data.playable(dataset, row)

    def findings(self, dataset: Dataset) -> list[Finding]:
        return findings.findings(dataset)

    def build(self, settings: Settings, dataset: Dataset, place: Place, report: Report) -> Learner:
        from cases.speech import learner

        return learner.build(settings, dataset, place, report)

    def rehearse(self, settings: Settings, dataset: Dataset, place: Place, report: Report) -> dict[str, Any]:
        from cases.speech import rehearsing

        return rehearsing.rehearse(settings, dataset, place, report)

    def predict(self, bundle: Path, files: Sequence[Path]) -> list[str]:
        from cases.speech import predict

        if not files:
            return []
        model = predict.load(bundle)
        return [model["labels"][row.argmax()] for row in predict.predict(model, files)]

    def answerer(self, bundle: Path) -> Answerer:
        from cases.speech.answering import SoundAnswerer

        return SoundAnswerer(bundle)

    def file(self, dataset: Dataset, row: int, spare: Path) -> Path:
        return dataset.file(dataset.samples.at[row, "file"])

    def batch(self, part: Part, folder: Path) -> Unpacked:
        return unpack(part.path, folder, suffixes=data.WANTED.files, limits=data.WANTED.limits)

    def explain(self, bundle: Path, item: Item, folder: Path) -> dict[str, Any]:
        from cases.speech import explaining

        return explaining.explain(bundle, item, folder)


CASE = Speech()
