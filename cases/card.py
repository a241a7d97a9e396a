"""The model card: what a stranger must know before relying on the model."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from cases.dataset import LEFT_OUT, Dataset
from cases.ground import Ground
from models import catalog

CARD = """# {name}

A classifier of {items} into {count} classes: {classes}. It was fine-tuned with Casebook.

| | |
|---|---|
| pretrained model | {model} |
| licence of its weights | {licence} |
| what learned | {mode} |
| data | “{data}” (content {digest}): {train} {items} to train, {validation} to validate, {test} to test |
| mended by hand | {mended} |
| test accuracy | {accuracy} |
| test macro-F1 | {macro_f1} |
{references}
| ONNX file | {onnx} |

The figures were measured once, on the {test} test {items}, which were not trained on; in brackets stand 95 %
intervals over {items}. The {items} themselves do not leave with the model.

| class | {items} |
|---|---|
{balance}

## Limits

The figures hold for {items} like those of the data. On others the model may do worse, and it will still name one of
its {count} classes, whatever it is {given}. A probability it gives is its own belief, not a promise. With few {items}
in a class its answers about that class are the least sure. Nobody has checked whether it treats people fairly: do so
before it decides anything about them.

## Use

{use}

`python repeat.py` says how this model came about; with Casebook and the original data it trains it again.
"""

REFERENCES = {
    "majority": "always the commonest class",
    "frozen_features": "logistic regression on the frozen features",
    "word_counts": "logistic regression on counted words",
    "mfcc": "logistic regression on MFCC statistics",
}


def write(
    path: Path, ground: Ground, weights: Path, result: dict[str, Any], *, items: str, given: str, use: str
) -> None:
    """Args:
    weights: the folder of the pretrained model.
    items, given: what the model judges, in the plural, and what is done with them: pictures are shown to it.
    use: how the bundle is used, in Markdown.
    """
    dataset, settings, references = ground.dataset, ground.settings, result["references"]
    card = CARD.format(
        name=dataset.name,
        items=items,
        given=given,
        use=use.strip("\n"),
        count=len(dataset.classes),
        classes=", ".join(dataset.classes),
        model=settings.model,
        licence=catalog.licence(settings.model, weights),
        mode=settings.mode,
        data=dataset.name,
        digest=dataset.digest,
        **result["data"],
        mended=mended(dataset, items),
        accuracy=interval(result["test"]["accuracy"]),
        macro_f1=interval(result["test"]["macro_f1"]),
        references="\n".join(
            f"| {REFERENCES[name]} | {interval(one['accuracy'])} |" for name, one in references.items()
        ),
        onnx=_agreement(result["onnx"], items),
        balance=_balance(dataset),
    )
    path.write_text(card, "utf-8")


def _agreement(onnx: dict[str, Any] | None, items: str) -> str:
    if onnx is None:
        return "there is none: the network has parts that ONNX cannot express"
    told = (
        f"same label on {onnx['same']} of {onnx['items']} test {items}, "
        f"probabilities within {onnx['largest_difference']:.1e}"
    )
    return f"{told}; torn between two classes: {', '.join(onnx['close'])}" if onnx["close"] else told


def mended(dataset: Dataset, items: str) -> str:
    gone = sum(label is None for label in dataset.edits.values())
    return f"{len(dataset.edits) - gone} labels changed, {gone} {items} left out"


def _balance(dataset: Dataset) -> str:
    samples = dataset.samples
    counts = samples.loc[samples["split"] != LEFT_OUT, "label"].value_counts()
    return "\n".join(f"| {label.replace('|', ' ')} | {number} |" for label, number in counts.items())


def interval(value: dict[str, float]) -> str:
    return "{value:.3f} ({low:.3f} to {high:.3f})".format(**value)
