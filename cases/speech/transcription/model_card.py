"""What a stranger must know before relying on a model that writes down speech."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cases import settings as case_settings
from cases.speech.transcription import evaluation, model_card_texts
from cases.speech.transcription.model_card_texts import Words
from cases.speech.transcription.trained import TrainedTranscriber
from cases.training import model_card
from models.pretrained import catalog
from models.text import languages

OTHER = {"simplified": "traditional", "traditional": "simplified"}


def write(folder: Path, trained: TrainedTranscriber, result: dict[str, Any]) -> None:
    """Write the card in each language into `folder`."""
    for language, file in model_card.FILES.items():
        (folder / file).write_text(_card(model_card_texts.LANGUAGES[language], trained, result), "utf-8")


def _card(words: Words, trained: TrainedTranscriber, result: dict[str, Any]) -> str:
    context, common, metric = trained.context, words.common, evaluation.first_metric(trained.language)
    settings = context.settings
    others = (("", result["test"]), ("untouched_", result["references"]["untouched"]))
    measured = {
        f"{of}{name}": model_card.interval(common, value) for of, values in others for name, value in values.items()
    }
    script = words.scripts.get(trained.script, "")
    return words.card.format(
        name=context.dataset.name,
        language=words.languages.get(trained.language) or languages.NAMES.get(trained.language, trained.language),
        script=words.script.format(script=script) if script else "",
        other=words.other.format(script=script, other=words.scripts[OTHER[trained.script]]) if script else "",
        model=settings.model,
        licence=catalog.licence(settings.model, trained.weights),
        mode=common.modes[settings.mode],
        training=model_card.training(common, case_settings.used(settings), result),
        data=context.dataset.name,
        digest=context.dataset.digest,
        **result["data"],
        mended=model_card.mended(common, context.dataset, result, common.items["recordings"]),
        figures=words.figures[metric].format(**measured),
        verdict=model_card.lost(common, metric, result),
        meant=words.meant[metric],
        onnx=_agreement(words, result["onnx"]),
        bands=trained.transcriber.extractor.bands,
    )


def _agreement(words: Words, onnx: Mapping[str, Any] | None) -> str:
    if onnx is None:
        return words.no_onnx
    told = words.onnx.format(same=onnx["same"], items=onnx["items"])
    return told + (words.differing.format(names=words.common.comma.join(onnx["close"])) if onnx["close"] else "")
