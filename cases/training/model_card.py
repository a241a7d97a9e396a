"""The model card: what a stranger must know before relying on the model, in English and in Chinese."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from cases import settings as case_settings
from cases.dataset import LEFT_OUT, Dataset
from cases.training import model_card_texts
from cases.training.context import TrainingContext
from cases.training.model_card_texts import Words
from models.evaluation import baseline_comparison
from models.evaluation.agreement import ENOUGH
from models.pretrained import catalog

FILES = {"en": "README.md", "zh": "README.zh-CN.md"}
_MARKUP = re.compile(r"[\\`*\[\]<>|~$&@]|(?<![^\W_])_|_(?![^\W_])|(?<=\w):(?=//)|(?<=www)\.", re.IGNORECASE)


def write(
    folder: Path, context: TrainingContext, weights: Path | None, result: dict[str, Any], *,
    items: str | Mapping[str, str], use: Mapping[str, str], same: str = "",
) -> None:  # fmt: skip
    """Args:
    same: the baseline on the same features as the model, see `cases.base.Task.same`; "" where there is none.
    weights: the folder of the pretrained model; None where the network was trained from scratch.
    items: what the model judges, in the plural: a key of `Words.items`, or the word in each language.
    use: language → how the bundle is used, in Markdown.
    """
    for language, file in FILES.items():
        words = model_card_texts.LANGUAGES[language]
        named = words.items[items] if isinstance(items, str) else items[language]
        (folder / file).write_text(_card(words, context, weights, result, named, use[language], same), "utf-8")


def _card(
    words: Words, context: TrainingContext, weights: Path | None, result: dict[str, Any], items: str, use: str,
    same: str,
) -> str:  # fmt: skip
    dataset, settings, references = context.dataset, context.settings, result["references"]
    return words.card.format(
        name=escaped(dataset.name),
        items=items,
        use=use.strip("\n"),
        count=len(dataset.classes),
        classes=_listed(words, dataset.classes),
        tuned=words.tuned if weights else words.untuned,
        origin=_origin(words, settings, weights),
        training=training(words, case_settings.used(settings), result) + kept(words, result),
        data=escaped(dataset.name),
        digest=dataset.digest,
        **result["data"],
        mended=mended(words, dataset, result, items),
        repeated=repeated(words, result, items) + leaks(words, result),
        accuracy=interval(words, result["test"]["accuracy"]),
        macro_f1=interval(words, result["test"]["macro_f1"]),
        references="\n".join(
            f"| {_reference(words, name, same)} | {interval(words, one['accuracy'])} |"
            for name, one in references.items()
        ),
        verdict=lost(words, "accuracy", result, same),
        onnx=_agreement(words, result["onnx"], items),
        script=_by_script(words, result, items),
        balance=_balance(dataset),
    )


def _origin(words: Words, settings: Any, weights: Path | None) -> str:
    """The rows about the model that the training began with."""
    if weights is None:
        known = catalog.find(settings.model)
        return words.no_origin.format(model=known.title if known else escaped(settings.model))
    licence = catalog.licence(settings.model, weights)
    return words.origin.format(model=escaped(settings.model), licence=escaped(licence), mode=words.modes[settings.mode])


def escaped(text: str) -> str:
    """A name that others chose, on one line of Markdown: never markup, HTML, a cell of its own, or a link."""
    return _MARKUP.sub(r"\\\g<0>", " ".join(text.split()))


def _listed(words: Words, names: Iterable[str]) -> str:
    return words.comma.join(map(escaped, names))


def training(words: Words, used: Mapping[str, Any], result: Mapping[str, Any]) -> str:
    """The epochs that were trained, and what was `used`, see `cases.base.Trainer`."""
    trained = result.get("trained") or {}
    epochs = f"{trained.get('epochs', used['epochs']):g}"
    best = words.best_epoch.format(best=f"{trained['best_epoch']:g}") if trained else ""
    told = words.training.format(epochs=epochs, best=best, rate=f"{used['learning_rate']:g}", batch=used["batch_size"])
    if trained.get("class_names"):
        told += words.class_names
    both = trained.get("ensemble")
    if not both or not both["taken"]:
        return told
    judged = words.judged[both["part"]].format(items=both["items"])
    return told + words.ensemble.format(member=words.references[both["member"]], items=judged,
                                        together=f"{both['together']:.3f}", alone=f"{both['alone']:.3f}")  # fmt: skip


def kept(words: Words, result: Mapping[str, Any]) -> str:
    """A row about the weights that were kept of a network that was trained; "" where the head alone learnt."""
    share = (result.get("trained") or {}).get("share")
    if share is None:
        return ""
    told = words.kept_start if share == 0 else words.kept_end if share == 1 else words.kept_between
    return f"\n| {words.kept_row} | {told.format(share=share)} |"


def _reference(words: Words, name: str, same: str) -> str:
    told = words.references[name]
    return words.same_features.format(baseline=told) if name == same else told


def lost(words: Words, metric: str, result: Mapping[str, Any], same: str = "") -> str:
    """A row that names every baseline that is better; "" where none is. The one on the `same` features is named only
    where it is clearly better, since the model can hardly differ from it."""
    found = baseline_comparison.beside(metric, result["test"][metric], {
        name: figures[metric] for name, figures in result["references"].items() if metric in figures
    })  # fmt: skip
    clearly = found.better[: found.clearly]
    better = [one for one in found.better if one[0] != same or one in clearly]
    named = words.comma.join(f"{words.references.get(name, name)} ({value:.3f})" for name, value in better)
    return f"\n| {words.worse_than} | {named} |" if named else ""


def mended(words: Words, dataset: Dataset, result: Mapping[str, Any], items: str) -> str:
    """What was changed by hand, and how much of it in the test part, by which the figures are measured."""
    gone = sum(label is None for label in dataset.edits.values())
    told = words.mended.format(changed=dataset.relabelled, gone=gone, items=items)
    if names := dataset.renamed:
        told += words.renamed.format(names=_listed(words, (f"{old} → {new}" for old, new in names.items())))
    of_test = result.get("edits", {}).get("test")
    if not of_test:
        return told
    told += words.mended_test.format(changed=of_test["relabelled"], gone=of_test["left_out"])
    if n := of_test.get("as_predicted"):
        told += words.as_predicted.format(n=n)
    return told + "".join(words.as_read.format(metric=words.metrics[metric], value=f"{value:.3f}")
                          for metric, value in result.get("as_read", {}).items())  # fmt: skip


def repeated(words: Words, result: Mapping[str, Any], items: str) -> str:
    """A row about test items that the training data hold too; "" where there are none."""
    found = result.get("repeated")
    if not found:
        return ""
    told = words.repeated.format(n=found["items"], of=found["of"], items=items)
    told += "".join(words.others.format(metric=words.metrics[metric], value=interval(words, one))
                    for metric, one in found["others"].items()) or words.too_few  # fmt: skip
    return f"\n| {words.repeated_row} | {told} |"


def leaks(words: Words, result: Mapping[str, Any]) -> str:
    """A row about what makes the figures too good; "" where nothing is known to."""
    told = dict.fromkeys(words.leaks[name] for name in result.get("leaks", ()) if name in words.leaks)
    return f"\n| {words.leak_row} | {words.comma.join(told)} |" if told else ""


def _agreement(words: Words, found: Mapping[str, Any] | None, items: str) -> str:
    if found is None:
        return words.no_onnx
    told = words.onnx.format(same=found["same"], items=found["items"], what=items, drawn=drawn(words, found),
                             most=f"{found['largest_difference']:.1e}")  # fmt: skip
    torn = words.torn.format(names=_listed(words, found["close"])) if found["close"] else ""
    return told + torn + low(words, found)


def _by_script(words: Words, result: Mapping[str, Any], items: str) -> str:
    """A row about the script; "" before it was asked."""
    found = result.get("script")
    return words.script.format(told=_agreement(words, found, items)) if found else ""


def drawn(words: Words, found: Mapping[str, Any]) -> str:
    """That not all test items were asked about; "" where they were."""
    total = found.get("of", 0)
    return words.drawn.format(total=total) if found["items"] < total else ""


def low(words: Words, found: Mapping[str, Any]) -> str:
    """Which items got another label, and that these are too many; "" where there is nothing to tell."""
    told = words.wrong.format(names=_listed(words, found["wrong"])) if found.get("wrong") else ""
    return told + (words.below if found["same"] < ENOUGH * found["items"] else "")


def _balance(dataset: Dataset) -> str:
    samples = dataset.samples
    counts = samples.loc[samples["split"] != LEFT_OUT, "label"].value_counts()
    return "\n".join(f"| {escaped(label)} | {number} |" for label, number in counts.items())


def interval(words: Words, value: Mapping[str, float]) -> str:
    return words.interval.format(**value)
