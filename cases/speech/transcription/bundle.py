"""What leaves: the whole Whisper in its own layout, a script that reads sounds to it, and both halves as ONNX."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from cases.speech.audio import features
from cases.speech.transcription import export, greedy_decoder, model_card, predict
from cases.speech.transcription.trained import TrainedTranscriber
from cases.speech.transcription.whisper import Transcriber
from cases.training import bundle, proof
from models.progress import ProgressReporter


def save(folder: Path, trained: TrainedTranscriber, result: dict[str, Any], report: ProgressReporter) -> dict[str, Any]:
    """Write the bundle into `folder`; returns what is to be known about it."""
    transcriber = trained.transcriber
    write(folder, transcriber, trained.context.settings, trained.language, trained.script)
    written = export.write(folder, transcriber, report)
    known = {"onnx": trained.tested.told(folder, proof.ONNX, report) if written else None}
    describe(folder, trained, {**result, **known})
    return known


def describe(folder: Path, trained: TrainedTranscriber, result: dict[str, Any]) -> None:
    """Write the model card and the figures; `result` as `result.json` has it."""
    bundle.tell(folder, result)
    model_card.write(folder, trained, result)


def write(folder: Path, transcriber: Transcriber, settings: Any, language: str, script: str) -> None:
    """The network as transformers keeps it, the script with what it imports, and how texts are put down."""
    transcriber.network.to("cpu").eval()
    (folder / "body").mkdir(parents=True)
    write_body(folder / "body", transcriber, language)
    bundle.describe(folder, settings, Path(predict.__file__), {
        "task": settings.task, "language": language, "script": script, "replaced": transcriber.replaced,
    })  # fmt: skip
    for module in (features, greedy_decoder):
        source = Path(str(module.__file__))
        shutil.copyfile(source, folder / source.name)


def write_body(folder: Path, transcriber: Transcriber, language: str) -> None:
    """As transformers keeps a Whisper; how it writes says the language, and forbids no token it has learnt from."""
    from transformers import WhisperFeatureExtractor

    network, rules = transcriber.network, transcriber.rules
    stated = network.generation_config
    stated.suppress_tokens, stated.begin_suppress_tokens = list(rules.never), list(rules.never_first)
    stated.max_length = rules.most  # transformers adds those that a text begins with
    if getattr(stated, "is_multilingual", False):
        stated.language, stated.task = language, "transcribe"
    network.save_pretrained(folder)
    transcriber.tokenizer.save_pretrained(folder)
    seconds = network.config.max_source_positions // 50  # of the window
    WhisperFeatureExtractor(network.config.num_mel_bins, chunk_length=seconds).save_pretrained(folder)
