"""Text analysis: one label per text, Chinese or English."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

from cases.archives import Unpacked
from cases.base import Answerer, Finding, Item, Learner, Measure, Part, Place, Task
from cases.dataset import Dataset
from cases.groups import Groups
from cases.previews import Preview
from cases.text_analysis import data, facts, findings, preview
from cases.text_analysis.sample import SAMPLES
from cases.text_analysis.settings import Settings
from models.errors import N_
from models.report import Report


class TextAnalysis:
    name = "text_analysis"
    tasks = (Task("label", N_("Tell kinds apart"), "classes", "accuracy",
                  N_("Give it a text, and it says which of {n} kinds it is: {classes}.")),)  # fmt: skip
    medium = "text"
    measures = (Measure("tokens", N_("Length in tokens"), findings.LIMIT),)
    mix = MappingProxyType({"language": (N_("Language"), facts.LANGUAGES)})
    near_copies = N_("The same but for a few words or signs. Have a look before you leave any out.")
    samples = SAMPLES
    columns = MappingProxyType({"text": N_("Text"), "label": N_("Class"), "part": N_("Part")})
    optional = frozenset({"part"})
    reader = data.READER
    Settings = Settings

    def read(
        self, parts: Sequence[Part], place: Place, digest: str, report: Report, columns: Mapping[str, str] = {},
        before: Dataset | None = None,
    ) -> Dataset:  # fmt: skip
        count = data.counting(place.cache / "models")
        return data.read(parts, place.folder, digest, report, count=count, columns=columns, before=before)

    def preview(self, parts: Sequence[Part], folder: Path, columns: Mapping[str, str], report: Report) -> list[Preview]:
        return preview.preview(parts, folder, columns, report)

    def show(self, dataset: Dataset, row: int) -> tuple[bytes, str] | None:
        return data.shown(dataset, row)

    def listen(self, dataset: Dataset, row: int) -> None:
        return None

    def written(self, dataset: Dataset, task: str) -> Sequence[str]:
        return dataset.kept["text"].tolist()

    def findings(self, dataset: Dataset) -> list[Finding]:
        return findings.findings(dataset)

    def build(self, settings: Settings, dataset: Dataset, place: Place, report: Report) -> Learner:
        from cases.text_analysis import learner

        return learner.build(settings, dataset, place, report)

    def rehearse(self, settings: Settings, dataset: Dataset, place: Place, report: Report) -> dict[str, Any]:
        from cases.text_analysis import rehearsing

        return rehearsing.rehearse(settings, dataset, place, report)

    def predict(self, bundle: Path, files: Sequence[Path]) -> list[str]:
        from cases.text_analysis import predict

        if not files:
            return []
        model = predict.load(bundle)
        texts = [predict.read(file) for file in files]
        return [model["labels"][row.argmax()] for row in predict.predict(model, texts)]

    def answerer(self, bundle: Path) -> Answerer:
        from cases.text_analysis.answering import TextAnswerer

        return TextAnswerer(bundle)

    def file(self, dataset: Dataset, row: int, spare: Path) -> Path:
        spare.write_text(dataset.samples.at[row, "text"], "utf-8", newline="")
        return spare

    def batch(self, part: Part, folder: Path) -> Unpacked:
        return data.batch(part, folder)

    def explain(self, bundle: Path, item: Item, folder: Path) -> dict[str, Any]:
        from cases.text_analysis import explaining

        return explaining.explain(bundle, item, folder)

    def group(self, parts: Sequence[Part], place: Place, report: Report) -> Groups:
        from cases.text_analysis import grouping

        return grouping.group(parts, place, report)

    def labelled(self, groups: Groups, labels: Sequence[str | None], name: str, folder: Path) -> Part:
        from cases.text_analysis import grouping

        return grouping.labelled(groups, labels, name, folder)


CASE = TextAnalysis()
