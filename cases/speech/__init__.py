"""Speech: one label per recording, or the words that are said in it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

from cases import language_fit
from cases.archives import Unpacked, unpack
from cases.base import Answerer, Finding, Item, Learner, Measure, Part, Place, Task
from cases.dataset import Dataset
from cases.previews import Preview
from cases.speech import data, findings, preview
from cases.speech.sample import VOWELS
from cases.speech.settings import Settings
from models.errors import N_
from models.report import Report


class Speech:
    name = "speech"
    tasks = (
        Task("label", N_("Tell kinds apart"), "classes", "accuracy",
             N_("Let it hear a recording, and it says which of {n} kinds it is: {classes}.")),
        Task("transcribe", N_("Transcribe speech"), "texts", "wer",
             N_("Let it hear someone speak, and it writes down what is said."), unspaced="cer", strict=True),
    )  # fmt: skip
    medium = "sound"
    measures = (Measure("seconds", N_("Length in seconds"), findings.LONG),)
    mix = MappingProxyType({})
    near_copies = N_(
        "Saved in another format, louder, quieter, or with silence around it. Listen before you leave any out."
    )
    samples = (VOWELS,)
    columns = MappingProxyType({
        "file": N_("File"), "label": N_("Class"), "transcript": N_("Transcript"), "part": N_("Part"),
        "speaker": N_("Speaker"),
    })  # fmt: skip
    optional = frozenset({"transcript", "part", "speaker"})
    reader = data.READER
    Settings = Settings

    def read(
        self, parts: Sequence[Part], place: Place, digest: str, report: Report, columns: Mapping[str, str] = {},
        before: Dataset | None = None,
    ) -> Dataset:  # fmt: skip
        return data.read(parts, place.folder, digest, report, columns, place.cache / "models", before)

    def preview(self, parts: Sequence[Part], folder: Path, columns: Mapping[str, str], report: Report) -> list[Preview]:
        return preview.preview(parts, folder, columns, report)

    def show(self, dataset: Dataset, row: int) -> tuple[bytes, str] | None:
        return data.picture(dataset, row)

    def listen(self, dataset: Dataset, row: int) -> tuple[bytes, str] | None:
        return data.playable(dataset, row)

    def written(self, dataset: Dataset, task: str) -> Sequence[str]:
        return dataset.kept["label"].fillna("").tolist() if task == "transcribe" else ()

    def findings(self, dataset: Dataset) -> list[Finding]:
        return findings.findings(dataset)

    def build(self, settings: Settings, dataset: Dataset, place: Place, report: Report) -> Learner:
        settings = self._settled(settings, dataset)
        if settings.task == "transcribe":
            from cases.speech.transcripts import learner
        else:
            from cases.speech import learner

        return learner.build(settings, dataset, place, report)

    def _settled(self, settings: Settings, dataset: Dataset) -> Settings:
        """With a model: whoever has no page before them may leave it to the data."""
        task = next((task for task in self.tasks if task.name == settings.task), self.tasks[0])
        return Settings(**language_fit.settled(self, task, dataset, vars(settings)))

    def rehearse(self, settings: Settings, dataset: Dataset, place: Place, report: Report) -> dict[str, Any]:
        settings = self._settled(settings, dataset)
        if settings.task == "transcribe":
            from cases.speech.transcripts import rehearsing
        else:
            from cases.speech import rehearsing

        return rehearsing.rehearse(settings, dataset, place, report)

    def predict(self, bundle: Path, files: Sequence[Path]) -> list[str]:
        if not files:
            return []
        if _writes(bundle):
            from cases.speech.transcripts import predict

            return predict.predict(predict.load(bundle), files)
        from cases.speech import predict

        model = predict.load(bundle)
        return [model["labels"][row.argmax()] for row in predict.predict(model, files)]

    def answerer(self, bundle: Path) -> Answerer:
        if _writes(bundle):
            from cases.speech.transcripts.answering import TranscriptAnswerer

            return TranscriptAnswerer(bundle)
        from cases.speech.answering import SoundAnswerer

        return SoundAnswerer(bundle)

    def file(self, dataset: Dataset, row: int, spare: Path) -> Path:
        return dataset.file(dataset.samples.at[row, "file"])

    def batch(self, part: Part, folder: Path) -> Unpacked:
        return unpack(part.path, folder, suffixes=data.WANTED.files, limits=data.WANTED.limits)

    def explain(self, bundle: Path, item: Item, folder: Path) -> dict[str, Any]:
        from cases.speech import explaining

        return explaining.explain(bundle, item, folder)


def _writes(bundle: Path) -> bool:
    """Whether the model in it writes down speech."""
    told = bundle / "settings.json"
    return told.exists() and json.loads(told.read_text("utf-8")).get("task") == "transcribe"


CASE = Speech()
