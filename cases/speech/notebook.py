"""The training of a classifier of recordings as plain code."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from cases import data_export, stored_settings
from cases.classification import notebook
from cases.data_export import Entry
from cases.dataset import Dataset
from cases.notebook import Notebook, TrainingRecord
from cases.speech.audio.features import WaveformFeatures
from cases.speech.settings import Settings

WHISPER, SPEAKER, AST = "whisper", "ge2e_speaker_encoder", "audio-spectrogram-transformer"
KINDS = {  # the model type of config.json → its template, and what it imports of transformers
    WHISPER: ("whisper", "WhisperFeatureExtractor, WhisperModel, get_scheduler"),
    SPEAKER: ("ge2e", "get_scheduler"),
    AST: ("ast", "ASTFeatureExtractor, ASTModel, get_scheduler"),
    "wav2vec2": ("waveform", "AutoModel, get_scheduler"),
    "hubert": ("waveform", "AutoModel, get_scheduler"),
}
FIXED = {WHISPER: "body.embed_positions", "wav2vec2": "body.feature_extractor", "hubert": "body.feature_extractor"}
MEAN, DEVIATION = -4.2677393, 4.5689974  # of AudioSet
BLOTTED = ("Masking of bands and moments (SpecAugment).", "遮蔽频带和时段（SpecAugment）。")
LATER = ("Of an AST all windows of a long recording.", "长录音在 AST 中的后续窗口。")


def write(record: TrainingRecord, dataset: Dataset, language: str) -> Notebook:
    """See `cases.base.Task.notebook`; a model that is not on this machine is taken for a Whisper."""
    config, stated = record.stated("config.json"), record.stated("preprocessor_config.json")
    kind = config.get("model_type", WHISPER)
    file, imported = KINDS[kind]
    wave = file == "waveform"
    chosen = record.settings["augmentation"]
    return notebook.write(
        "speech/templates/label.py.jinja", language, record,
        kind=kind,
        kind_file=file,
        imported=imported,
        masks=chosen in ("all", "masks") and not wave,
        least=WaveformFeatures.of(config, stated).least if wave else 0,
        normalised=stated.get("do_normalize", True),
        mean=stated.get("mean", MEAN),
        std=stated.get("std", DEVIATION),
        fixed=FIXED.get(kind, ""),
        timm=False,
        body_training="body.train()",
        convolutions=True,
        training_features="features" if chosen == "none" else "(prepared if training else features)",
        save='save_file(body.state_dict(), "model/body.safetensors")',
        left_out=[*([BLOTTED] if wave and chosen in ("all", "masks") else []), *([LATER] if kind == AST else [])],
    )  # fmt: skip


def divided(dataset: Dataset, settings: Mapping[str, Any]) -> Iterator[Entry]:
    """See `cases.base.Task.divided`."""
    parted = notebook.divided(dataset, stored_settings.from_json(Settings, settings))
    return data_export.beside_table(parted, "labels.csv", {"label": "label"})
