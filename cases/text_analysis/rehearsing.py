"""A few texts before a network that is not trained yet."""

from __future__ import annotations

from typing import Any

import numpy as np

from cases import rehearsing
from cases.base import Place
from cases.dataset import Dataset
from cases.ground import Ground
from cases.text_analysis.network import assemble, feature_rows
from cases.text_analysis.settings import Settings
from models import catalog, lora, rehearsal, sentences, tokenising
from models.report import Quiet, Report
from models.texts import TextBatches

COUNTED = 2000  # texts whose tokens are counted
FEW = 64  # texts, in which short and long ones meet as in the data


class TextTrial:
    """See `cases.rehearsing.Trial`."""

    most = 16

    def __init__(self, ground: Ground) -> None:
        self.ground = ground
        self.weights = catalog.folder(ground.settings.model, ground.place.cache / "models", "text")
        self.tokeniser = tokenising.load(self.weights)
        self.network = assemble(ground.settings, self.weights, ground.counts)
        self.width = sentences.width(self.network.body)
        rows = np.random.default_rng(ground.settings.seed).permutation(ground.rows["train"])[:FEW]
        self.texts, self.labels = ground.dataset.samples["text"].iloc[rows].tolist(), ground.labels[rows]
        self.ids = self.tokeniser.ids(self.texts)

    def described(self) -> dict[str, Any]:
        blocks = lora.sizes(self.network.body, sentences.block_names(self.network.body))
        words = self.network.body.get_input_embeddings().weight.numel()
        return {"size": self.tokeniser.most, "width": self.width, "blocks": blocks, "fixed": words}

    def views(self) -> list[list[str]]:
        """None: training sees the texts as they are."""
        return []

    def features_are_kept(self) -> bool:
        return feature_rows(self.ground, self.network, self.weights, self.tokeniser).complete()

    def look(self) -> float:
        body, bf16 = self.network.body, self.ground.bf16
        see = lambda: sentences.vectors(body, self.tokeniser, self.texts, bf16=bf16, report=Quiet())  # noqa: E731
        return rehearsal.seconds_each(see, len(self.texts))

    def make_ready(self) -> float:
        return rehearsal.seconds_each(lambda: self.tokeniser.ids(self.texts), len(self.texts))

    def batches(self, count: int) -> TextBatches:
        return TextBatches(self.tokeniser, self.ids, self.labels, np.resize(np.arange(len(self.ids)), count))

    def item_mb(self) -> float:
        return float(np.mean([ids.nbytes for ids in self.ids])) / 2**20


def rehearse(settings: Settings, dataset: Dataset, place: Place, report: Report) -> dict[str, Any]:
    """`cut`: the share of the texts of which this model reads the beginning only, by its own tokens."""
    found = rehearsing.rehearse(settings, dataset, place, TextTrial, report)
    tokeniser = tokenising.load(catalog.folder(settings.model, place.cache / "models", "text"))
    texts = dataset.samples["text"]
    some = texts.sample(min(COUNTED, len(texts)), random_state=0).tolist()
    return {**found, "cut": float((np.array(tokeniser.lengths(some)) > tokeniser.most).mean())}
