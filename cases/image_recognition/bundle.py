"""What leaves: the body in timm's own layout, the head beside it, and a script that joins them."""

from __future__ import annotations

import json
import shutil
from dataclasses import asdict
from pathlib import Path
from typing import Any

from safetensors.torch import save_file
from torch import nn

from cases.dataset import Dataset
from cases.image_recognition import predict
from cases.image_recognition.settings import Settings

CARD = """# {name}

A classifier of pictures into {count} classes: {classes}.

| | |
|---|---|
| pretrained model | {model} |
| what learned | {mode} |
| data | “{data}”: {train} pictures to train, {validation} to validate, {test} to test |
| test accuracy | {accuracy} |
| test macro-F1 | {macro_f1} |
| always the commonest class | {majority} |
| logistic regression on the frozen features | {frozen} |

The figures were measured once, on the {test} test pictures, which were not trained on, with 95 % bootstrap intervals
over pictures. They hold for pictures like those; on others the model may do worse and will still name one of its
classes.

## Use

    pip install torch timm safetensors numpy pillow
    python predict.py picture.jpg
"""


def save(
    folder: Path,
    network: nn.Module,
    weights: Path,
    preprocessing: dict[str, Any],
    dataset: Dataset,
    settings: Settings,
    result: dict[str, Any],
) -> None:
    """Write the bundle into `folder`; `result` is what `result.json` will say of data, test and references."""
    network = network.to("cpu")
    (folder / "body").mkdir(parents=True)
    shutil.copyfile(weights / "config.json", folder / "body/config.json")
    save_file(_tensors(network.body), folder / "body/model.safetensors")
    save_file(_tensors(network.head), folder / "head.safetensors")
    shutil.copyfile(predict.__file__, folder / "predict.py")
    _write(folder / "labels.json", dataset.classes)
    _write(folder / "preprocessing.json", {**preprocessing, "activation": settings.activation})
    _write(folder / "settings.json", asdict(settings))
    _write(folder / "metrics.json", {"test": result["test"], "references": result["references"]})
    (folder / "README.md").write_text(_card(dataset, settings, result), "utf-8")


def _tensors(module: nn.Module) -> dict[str, Any]:
    return {name: value.contiguous() for name, value in module.state_dict().items()}


def _write(path: Path, value: Any) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False, indent=1), "utf-8")


def _card(dataset: Dataset, settings: Settings, result: dict[str, Any]) -> str:
    references = result["references"]
    return CARD.format(
        name=dataset.name,
        count=len(dataset.classes),
        classes=", ".join(dataset.classes),
        model=settings.model,
        mode=settings.mode,
        data=dataset.name,
        **result["data"],
        accuracy=_interval(result["test"]["accuracy"]),
        macro_f1=_interval(result["test"]["macro_f1"]),
        majority=_interval(references["majority"]["accuracy"]),
        frozen=_interval(references["frozen_features"]["accuracy"]),
    )


def _interval(value: dict[str, float]) -> str:
    return "{value:.3f} ({low:.3f} to {high:.3f})".format(**value)
