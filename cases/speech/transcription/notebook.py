"""The fine-tuning of a transcriber as plain code."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from cases import data_export, stored_settings
from cases.classification.notebook import divided as parted
from cases.data_export import Entry
from cases.dataset import Dataset
from cases.language_fit import AUTOMATIC
from cases.notebook import Notebook, TrainingRecord, render
from cases.speech.settings import Settings
from models.text.languages import UNSPACED

CER = "cer"
LISTENED = (
    "Where several languages fit, Casebook finds the right one by listening.",
    "有多种语言可能时，Casebook 通过试听判断语言。",
)
SCRIPT = (
    "Of Chinese the script of the transcripts, simplified or traditional, is kept.",
    "中文输出会统一为标注所用的简体或繁体。",
)
DISTURBED = ("Augmentation: noise, time shift and masking.", "数据增强：噪声、时间平移和遮蔽。")


def write(record: TrainingRecord, dataset: Dataset, language: str) -> Notebook:
    """See `cases.base.Task.notebook`."""
    settings = record.settings
    told = record.result.get("language", settings["language"])
    spoken = "" if told == AUTOMATIC else told
    return render(
        "speech/transcription/templates/transcribe.py.jinja", language, record,
        spoken=spoken if record.stated("generation_config.json").get("is_multilingual") else "",
        before="" if spoken in UNSPACED else " ",
        metric=CER if CER in record.test or spoken in UNSPACED else "wer",
        share=record.trained.get("share", 1.0),
        fixed="body.decoder.embed_tokens",
        convolutions=True,
        timm=False,
        has_re=True,
        left_out=[LISTENED, *([SCRIPT] if spoken == "zh" else []),
                  *([DISTURBED] if settings["augmentation"] != "none" else [])],
    )  # fmt: skip


def divided(dataset: Dataset, settings: Mapping[str, Any]) -> Iterator[Entry]:
    """See `cases.base.Task.divided`."""
    meant = parted(dataset, stored_settings.from_json(Settings, settings))
    return data_export.beside_table(meant, "transcripts.csv", {"label": "transcript"})
