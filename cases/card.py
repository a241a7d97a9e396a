"""The model card: what a stranger must know before relying on the model, in English and in Chinese."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cases import card_words
from cases import settings as case_settings
from cases.card_words import Words
from cases.dataset import LEFT_OUT, Dataset
from cases.ground import Ground
from models import catalog, verdict

FILES = {"en": "README.md", "zh": "README.zh-CN.md"}


def write(
    folder: Path, ground: Ground, weights: Path, result: dict[str, Any], *, items: str, use: Mapping[str, str]
) -> None:
    """Args:
    weights: the folder of the pretrained model.
    items: what the model judges, a key of `cases.card_words.ITEMS`.
    use: language → how the bundle is used, in Markdown.
    """
    for language, file in FILES.items():
        words = card_words.LANGUAGES[language]
        (folder / file).write_text(_card(words, ground, weights, result, items, use[language]), "utf-8")


def _card(words: Words, ground: Ground, weights: Path, result: dict[str, Any], items: str, use: str) -> str:
    dataset, settings, references = ground.dataset, ground.settings, result["references"]
    return words.card.format(
        name=dataset.name,
        items=words.items[items],
        use=use.strip("\n"),
        count=len(dataset.classes),
        classes=words.comma.join(dataset.classes),
        model=settings.model,
        licence=catalog.licence(settings.model, weights),
        mode=words.modes[settings.mode],
        training=training(words, case_settings.used(settings), result),
        data=dataset.name,
        digest=dataset.digest,
        **result["data"],
        mended=mended(words, dataset, result, words.items[items]),
        accuracy=interval(words, result["test"]["accuracy"]),
        macro_f1=interval(words, result["test"]["macro_f1"]),
        references="\n".join(
            f"| {words.references[name]} | {interval(words, one['accuracy'])} |" for name, one in references.items()
        ),
        verdict=lost(words, "accuracy", result),
        onnx=_agreement(words, result["onnx"], words.items[items]),
        balance=_balance(dataset),
    )


def training(words: Words, used: Mapping[str, Any], result: Mapping[str, Any]) -> str:
    """The epochs that were trained, and what was `used`, see `cases.base.Learner`."""
    trained = result.get("trained") or {}
    epochs = f"{trained.get('epochs', used['epochs']):g}"
    best = words.best_epoch.format(best=f"{trained['best_epoch']:g}") if trained else ""
    return words.training.format(epochs=epochs, best=best, rate=f"{used['learning_rate']:g}", batch=used["batch_size"])


def lost(words: Words, metric: str, result: Mapping[str, Any]) -> str:
    """A row that names every baseline that is better; "" where none is."""
    found = verdict.beside(metric, result["test"][metric], {
        name: figures[metric] for name, figures in result["references"].items() if metric in figures
    })  # fmt: skip
    named = words.comma.join(f"{words.references.get(name, name)} ({value:.3f})" for name, value in found.better)
    return f"\n| {words.worse_than} | {named} |" if named else ""


def mended(words: Words, dataset: Dataset, result: Mapping[str, Any], items: str) -> str:
    """What was changed by hand, and how much of it in the test part, by which the figures are measured."""
    gone = sum(label is None for label in dataset.edits.values())
    told = words.mended.format(changed=len(dataset.edits) - gone, gone=gone, items=items)
    of_test = result.get("edits", {}).get("test")
    if not of_test:
        return told
    told += words.mended_test.format(changed=of_test["relabelled"], gone=of_test["left_out"])
    return told + "".join(words.as_read.format(metric=words.metrics[metric], value=f"{value:.3f}")
                          for metric, value in result.get("as_read", {}).items())  # fmt: skip


def _agreement(words: Words, onnx: Mapping[str, Any] | None, items: str) -> str:
    if onnx is None:
        return words.no_onnx
    told = words.onnx.format(same=onnx["same"], items=onnx["items"], what=items,
                             most=f"{onnx['largest_difference']:.1e}")  # fmt: skip
    return told + (words.torn.format(names=words.comma.join(onnx["close"])) if onnx["close"] else "")


def _balance(dataset: Dataset) -> str:
    samples = dataset.samples
    counts = samples.loc[samples["split"] != LEFT_OUT, "label"].value_counts()
    return "\n".join(f"| {label.replace('|', ' ')} | {number} |" for label, number in counts.items())


def interval(words: Words, value: Mapping[str, float]) -> str:
    return words.interval.format(**value)
