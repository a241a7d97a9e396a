"""Recommendation: from what people had to what they may want next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

from cases.archives import Unpacked
from cases.base import Answerer, Finding, Item, Learner, Measure, Part, Place, Task
from cases.dataset import Dataset
from cases.previews import Preview
from cases.recommendation import batches, data, findings, preview
from cases.recommendation.sample import SAMPLES
from cases.recommendation.settings import Settings
from models.errors import N_
from models.report import Report


class Recommendation:
    name = "recommendation"
    tasks = (
        Task("recommend", N_("Recommend"), "items", "ndcg@10",
             N_("Choose items you like and get recommendations."), also=("recall@10",)),
    )  # fmt: skip
    medium = "item"
    measures = (Measure("people", N_("Popularity (users)")),)
    mix = MappingProxyType({})
    near_copies = N_("Items with the same title and description under several IDs.")
    samples = SAMPLES
    columns = MappingProxyType({
        "user": N_("User"), "item": N_("Item"), "value": N_("Rating or count"), "time": N_("Date or time"),
        "id": N_("Item ID"), "title": N_("Title"), "genres": N_("Genres"), "text": N_("Description"),
    })  # fmt: skip
    optional = frozenset({"value", "time", "id", "title", "genres", "text"})
    reader = data.READER
    Settings = Settings

    def read(
        self, parts: Sequence[Part], place: Place, digest: str, report: Report, columns: Mapping[str, str] = {},
        before: Dataset | None = None,
    ) -> Dataset:  # fmt: skip
        return data.read(parts, place.folder, digest, report, columns, before)

    def preview(self, parts: Sequence[Part], folder: Path, columns: Mapping[str, str], report: Report) -> list[Preview]:
        return preview.preview(parts, folder, columns, report)

    def show(self, dataset: Dataset, row: int) -> tuple[bytes, str] | None:
        return data.shown(dataset, row)

    def listen(self, dataset: Dataset, row: int) -> None:
        return None

    def written(self, dataset: Dataset, task: str) -> Sequence[str]:
        return ()

    def findings(self, dataset: Dataset) -> list[Finding]:
        return findings.findings(dataset)

    def build(self, settings: Settings, dataset: Dataset, place: Place, report: Report) -> Learner:
        from cases.recommendation import learner

        return learner.build(settings, dataset, place, report)

    def rehearse(self, settings: Settings, dataset: Dataset, place: Place, report: Report) -> dict[str, Any]:
        from cases.recommendation import rehearsing

        return rehearsing.rehearse(settings, dataset, place, report)

    def predict(self, bundle: Path, files: Sequence[Path]) -> list[str]:
        from cases.recommendation import predict

        if not files:
            return []
        model = predict.load(bundle)
        had = [predict.find(model, predict.read([str(file)]))[0] for file in files]
        best = [predict.recommend(model, items, most=1)[0] for items in had]
        return [model["ids"][item] for item in best]

    def answerer(self, bundle: Path) -> Answerer:
        from cases.recommendation.answering import ItemAnswerer

        return ItemAnswerer(bundle)

    def file(self, dataset: Dataset, row: int, spare: Path) -> Path:
        return batches.question([dataset.samples.at[row, "name"]], spare)

    def batch(self, part: Part, folder: Path) -> Unpacked:
        return batches.batch(part, folder)

    def explain(self, bundle: Path, item: Item, folder: Path) -> dict[str, Any]:
        raise AssertionError("A list comes with its reasons: see `cases.recommendation.answering`.")


CASE = Recommendation()
