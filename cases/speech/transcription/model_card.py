"""What a stranger must know before relying on a model that writes down speech."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cases.speech.transcription import model_card_texts
from cases.speech.transcription.model_card_texts import Words
from cases.training import model_card
from models.pretrained import catalog
from models.text import languages

if TYPE_CHECKING:
    from cases.speech.transcription.trainer import TranscriptionTrainer

OTHER = {"simplified": "traditional", "traditional": "simplified"}


def write(folder: Path, trainer: TranscriptionTrainer, result: dict[str, Any]) -> None:
    """Write the card in each language into `folder`."""
    for language, file in model_card.FILES.items():
        (folder / file).write_text(_card(model_card_texts.LANGUAGES[language], trainer, result), "utf-8")


def _card(words: Words, trainer: TranscriptionTrainer, result: dict[str, Any]) -> str:
    context, settings, metric, common = trainer.context, trainer.settings, trainer.judge.metric, words.common
    others = (("", result["test"]), ("untouched_", result["references"]["untouched"]))
    measured = {
        f"{of}{name}": model_card.interval(common, value) for of, values in others for name, value in values.items()
    }
    script = words.scripts.get(trainer.script, "")
    return words.card.format(
        name=context.dataset.name,
        language=words.languages.get(trainer.language) or languages.NAMES.get(trainer.language, trainer.language),
        script=words.script.format(script=script) if script else "",
        other=words.other.format(script=script, other=words.scripts[OTHER[trainer.script]]) if script else "",
        model=settings.model,
        licence=catalog.licence(settings.model, trainer.weights),
        mode=common.modes[settings.mode],
        training=model_card.training(common, trainer.used, result),
        data=context.dataset.name,
        digest=context.dataset.digest,
        **result["data"],
        mended=model_card.mended(common, context.dataset, result, common.items["recordings"]),
        figures=words.figures[metric].format(**measured),
        verdict=model_card.lost(common, metric, result),
        meant=words.meant[metric],
        onnx=_agreement(words, result["onnx"]),
        bands=trainer.transcriber.extractor.bands,
    )


def _agreement(words: Words, onnx: Mapping[str, Any] | None) -> str:
    if onnx is None:
        return words.no_onnx
    told = words.onnx.format(same=onnx["same"], items=onnx["items"])
    return told + (words.differing.format(names=words.common.comma.join(onnx["close"])) if onnx["close"] else "")
