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
        name=model_card.escaped(context.dataset.name),
        language=words.languages.get(trained.language) or languages.NAMES.get(trained.language, trained.language),
        script=words.script.format(script=script) if script else "",
        other=words.other.format(script=script, other=words.scripts[OTHER[trained.script]]) if script else "",
        model=model_card.escaped(settings.model),
        licence=model_card.escaped(catalog.licence(settings.model, trained.weights)),
        mode=common.modes[settings.mode],
        training=model_card.training(common, case_settings.used(settings), result),
        data=model_card.escaped(context.dataset.name),
        digest=context.dataset.digest,
        **result["data"],
        mended=model_card.mended(common, context.dataset, result, common.items["recordings"]),
        repeated=model_card.repeated(common, result, common.items["recordings"]) + model_card.leaks(common, result),
        figures=words.figures[metric].format(**measured),
        verdict=model_card.lost(common, metric, result),
        meant=words.meant[metric],
        onnx=_agreement(words, result["onnx"]),
        by_script=_by_script(words, result),
        bands=trained.transcriber.extractor.bands,
    )


def _agreement(words: Words, found: Mapping[str, Any] | None) -> str:
    if found is None:
        return words.no_onnx
    common = words.common
    drawn = model_card.drawn(common, found)
    told = words.onnx.format(same=found["same"], items=found["items"], drawn=drawn)
    names = common.comma.join(map(model_card.escaped, found["close"]))
    close = words.differing.format(names=names) if names else ""
    return told + close + model_card.low(common, found)


def _by_script(words: Words, result: Mapping[str, Any]) -> str:
    """A row about the script; "" before it was asked."""
    found = result.get("script")
    return words.common.script.format(told=_agreement(words, found)) if found else ""
