"""The model card: what a stranger must know before relying on the model."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from cases.dataset import LEFT_OUT, Dataset
from models import catalog

if TYPE_CHECKING:
    from cases.image_recognition.learner import PictureItems

CARD = """# {name}

A classifier of pictures into {count} classes: {classes}. It was fine-tuned with Casebook.

| | |
|---|---|
| pretrained model | {model} |
| licence of its weights | {licence} |
| what learned | {mode} |
| data | “{data}” (content {digest}): {train} pictures to train, {validation} to validate, {test} to test |
| mended by hand | {mended} |
| test accuracy | {accuracy} |
| test macro-F1 | {macro_f1} |
| always the commonest class | {majority} |
| logistic regression on the frozen features | {frozen} |
| ONNX file | {onnx} |

The figures were measured once, on the {test} test pictures, which were not trained on; in brackets stand 95 %
intervals over pictures. The pictures themselves do not leave with the model.

| class | pictures |
|---|---|
{balance}

## Limits

The figures hold for pictures like those of the data. On others the model may do worse, and it will still name one of
its {count} classes, whatever it is shown. A probability it gives is its own belief, not a promise. With few pictures
in a class its answers about that class are the least sure. Nobody has checked whether it treats people fairly: do so
before it decides anything about them.

## Use

    pip install torch timm safetensors numpy pillow
    python predict.py picture.jpg

Without torch, with `pip install onnxruntime numpy pillow`:

    import onnxruntime, predict
    session = onnxruntime.InferenceSession("model.onnx")
    pixels = predict.decode("picture.jpg", {size}, "{interpolation}")[None]   # (1, {size}, {size}, 3) uint8
    probabilities = session.run(None, {{"pixels": pixels}})[0]                # in the order of labels.json

`python repeat.py` says how this model came about; with Casebook and the original data it trains it again.
"""


def write(path: Path, items: PictureItems, result: dict[str, Any]) -> None:
    dataset, settings, references = items.ground.dataset, items.ground.settings, result["references"]
    card = CARD.format(
        name=dataset.name,
        count=len(dataset.classes),
        classes=", ".join(dataset.classes),
        model=settings.model,
        licence=catalog.licence(settings.model, items.weights),
        mode=settings.mode,
        data=dataset.name,
        digest=dataset.digest,
        **result["data"],
        mended=_mended(dataset),
        accuracy=_interval(result["test"]["accuracy"]),
        macro_f1=_interval(result["test"]["macro_f1"]),
        majority=_interval(references["majority"]["accuracy"]),
        frozen=_interval(references["frozen_features"]["accuracy"]),
        onnx=_agreement(result["onnx"]),
        balance=_balance(dataset),
        **items.preprocessing,
    )
    path.write_text(card, "utf-8")


def _agreement(onnx: dict[str, Any] | None) -> str:
    if onnx is None:
        return "there is none: the network has parts that ONNX cannot express"
    told = (
        f"same label on {onnx['same']} of {onnx['items']} test pictures, "
        f"probabilities within {onnx['largest_difference']:.1e}"
    )
    return f"{told}; torn between two classes: {', '.join(onnx['close'])}" if onnx["close"] else told


def _mended(dataset: Dataset) -> str:
    gone = sum(label is None for label in dataset.edits.values())
    return f"{len(dataset.edits) - gone} labels changed, {gone} pictures left out"


def _balance(dataset: Dataset) -> str:
    samples = dataset.samples
    counts = samples.loc[samples["split"] != LEFT_OUT, "label"].value_counts()
    return "\n".join(f"| {label.replace('|', ' ')} | {number} |" for label, number in counts.items())


def _interval(value: dict[str, float]) -> str:
    return "{value:.3f} ({low:.3f} to {high:.3f})".format(**value)
