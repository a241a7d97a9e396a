"""The training of a recommender as plain code."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

from cases import data_export, stored_settings
from cases.data_export import Entry
from cases.dataset import Dataset
from cases.notebook import Notebook, TrainingRecord, render
from cases.ranking import split, timestamps
from cases.ranking.interactions import FILE, Interactions
from cases.ranking.networks import LIST, RESIDUAL, tried_first
from cases.ranking.split import Split
from cases.recommendation.item_table import text_of
from cases.recommendation.settings import TAUGHT, Settings
from cases.splits import asked

NETWORK, BOTH = "network", "network+"
WHOLE = 4096  # items; of more the loss looks at drawn ones only, see `cases.recommendation.network`
CORRECTED = (
    "The network starts from the scores of EASE and learns what EASE leaves out.",
    "网络以 EASE 的得分为起点，学习 EASE 没有学到的部分。",
)
NEGATIVE = ("Low ratings as negatives.", "把低分当作负样本。")
OTHERS = (
    "Casebook trains several networks for a few epochs and takes the best on the validation data.",
    "Casebook 会先把几种网络各训练几个轮次，再按验证集选出最好的一种。",
)


def write(record: TrainingRecord, dataset: Dataset, language: str) -> Notebook:
    """See `cases.base.Task.notebook`."""
    settings, kept = record.settings, record.result.get("kept", NETWORK)
    first = tried_first(settings) | record.result.get("chosen", {})
    alone = first["network"] == LIST or not kept.startswith(NETWORK)
    beside = kept.removeprefix(BOTH) if kept.startswith(BOTH) and first["network"] != RESIDUAL else ""
    items, ordered = len(dataset.as_read), _ordered(dataset)
    said = {"epochs": 0, "batch_size": 0, "learning_rate": 0.0} | Settings.automatic(first)
    used = {name: settings[name] or value for name, value in said.items()}
    return render(
        "recommendation/templates/rank.py.jinja", language, record,
        network="towers" if first["network"] == RESIDUAL else first["network"],
        alone=alone,
        listed=(kept if kept != NETWORK else "ease_decayed" if ordered else "ease") if alone else beside,
        by_text=first["begin"] == "text" and not alone,
        ordered=ordered,
        sampled=items > WHOLE,
        prefix=_prefix(record),
        left_out=_left_out(record, first) if not alone else [],
        **used,
    )  # fmt: skip


def _left_out(record: TrainingRecord, first: Mapping[str, Any]) -> list[tuple[str, str]]:
    found = {
        CORRECTED: first["network"] == RESIDUAL,
        NEGATIVE: record.settings["disliked"] == TAUGHT,
        OTHERS: not record.result and first["network"] != record.settings["network"],
    }
    return [sentence for sentence, holds in found.items() if holds]


def _prefix(record: TrainingRecord) -> str:
    prompts = record.stated("config_sentence_transformers.json")
    return prompts.get("prompts", {}).get(prompts.get("default_prompt_name"), "")


def _ordered(dataset: Dataset) -> bool:
    """Whether times say an order of the interactions."""
    time = pd.read_parquet(dataset.folder / FILE, columns=["time"])["time"]
    return timestamps.ordered(time.to_numpy())


def divided(dataset: Dataset, settings: Mapping[str, Any]) -> Iterator[Entry]:
    """See `cases.base.Task.divided`: a line for each interaction, the earliest first, with its part, which is `low` of
    what was rated low before the test; and a line for each item."""
    chosen = stored_settings.from_json(Settings, settings)
    division = split.divide(Interactions.open(dataset, chosen.min_rating), **asked(chosen))
    ids = dataset.samples["name"].to_numpy()
    yield "interactions.csv", data_export.csv(_lines(division, ids))
    items = dataset.samples
    titles = np.where(items["titled"] | (items["label"] != items["name"]), items["label"], "")
    texts = [text_of(*said) for said in zip(titles, items["genres"], items["text"], strict=True)]
    yield "items.csv", data_export.csv(pd.DataFrame({"id": ids, "title": items["label"], "text": texts}))


def _lines(division: Split, ids: np.ndarray) -> pd.DataFrame:
    whole, queries = division.whole, division.asked("test")
    table = pd.DataFrame({"user": whole.user, "item": ids[whole.item], "split": division.part})
    seen = zip(queries.people, queries.seen, queries.had, strict=True)
    low = [(person, ids[item], "low") for person, some, had in seen for item in np.setdiff1d(some, had)]
    return pd.concat([table, pd.DataFrame(low, columns=table.columns)], ignore_index=True)
