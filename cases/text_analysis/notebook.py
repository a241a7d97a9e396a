"""The training of a text classifier as plain code."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from cases import stored_settings
from cases.classification import notebook
from cases.classification.hyperparameters import TOGETHER
from cases.data_export import Entry
from cases.dataset import Dataset
from cases.notebook import Notebook, TrainingRecord
from cases.text_analysis import reader
from cases.text_analysis.settings import Settings

LONGEST = 512  # tokens, where the model's files say nothing


def write(record: TrainingRecord, dataset: Dataset, language: str) -> Notebook:
    """See `cases.base.Task.notebook`."""
    told = record.trained.get("long_texts", {})
    config, prompts = record.stated("config.json"), record.stated("config_sentence_transformers.json")
    limits = (config.get("max_position_embeddings"), record.stated("tokenizer_config.json").get("model_max_length"),
              record.stated("sentence_bert_config.json").get("max_seq_length"))  # fmt: skip
    return notebook.write(
        "text_analysis/templates/label.py.jinja", language, record,
        prefix=prompts.get("prompts", {}).get(prompts.get("default_prompt_name"), ""),
        longest=int(min([limit for limit in limits if limit], default=LONGEST)),
        counted=_counted(record),
        windows=_windows(record.settings, told),
        fixed="body.get_input_embeddings()",
        timm=False,
        body_training="body.train()",
        convolutions=False,
        training_features="features",
        save='body.save_pretrained("model/body")',
    )  # fmt: skip


def _counted(record: TrainingRecord) -> float | None:
    """By which factor counted words and the network answer together; None where the network answers alone, or may."""
    told = record.trained.get("ensemble", {"taken": record.settings["words"] == TOGETHER, "factor": 1.0})
    return float(told["factor"]) if told["taken"] else None


def _windows(settings: Any, told: Any) -> int:
    """Of a text at most; one where a run found the start alone as good, or may still find it so."""
    asked = settings["windows"] if settings["long_texts"] == "windows" else 1
    return int(told.get("windows", asked))


def divided(dataset: Dataset, settings: Mapping[str, Any]) -> Iterator[Entry]:
    """See `cases.base.Task.divided`."""
    return reader.exported(notebook.divided(dataset, stored_settings.from_json(Settings, settings)))
