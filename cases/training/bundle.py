"""What leaves with every model, whatever it looks at: its head, a script that joins the parts, and how it was made."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

from safetensors.torch import save_file
from torch import nn

from cases import settings as case_settings
from cases import stored_settings
from cases.training.context import TrainingContext
from models.evaluation.metrics import NORMALISATION
from models.text import tokenizer


def begin(folder: Path, context: TrainingContext, head: nn.Module, script: Path, preprocessing: dict[str, Any]) -> None:
    """Write the head, the classes, `script` as predict.py and what it must know, into `folder`."""
    save_file(tensors(head), folder / "head.safetensors")
    _write(folder / "labels.json", context.dataset.classes)
    describe(folder, context.settings, script, {**preprocessing, "activation": context.settings.activation})


def describe(folder: Path, settings: Any, script: Path, preprocessing: dict[str, Any]) -> None:
    """Write `script` as predict.py, what it must know, and the settings, into `folder`."""
    shutil.copyfile(script, folder / "predict.py")
    _write(folder / "preprocessing.json", preprocessing)
    _write(folder / "settings.json", case_settings.used(settings))


def tell(folder: Path, result: dict[str, Any]) -> None:
    """Write how good the model is and how its ONNX file agrees; `result` is what `result.json` will say of that."""
    told = ("test", "references", "edits", "as_read", "onnx", "script", NORMALISATION)
    _write(folder / "metrics.json", {name: result[name] for name in told if name in result})


def settings_in(folder: Path, settings: type) -> Any:
    """Those a bundle was trained with; what older bundles do not tell is the default."""
    file = folder / "settings.json"
    stored = json.loads(file.read_text("utf-8")) if file.exists() else {}
    return settings(**stored_settings.restored(settings, stored))


def tensors(module: nn.Module) -> dict[str, Any]:
    return {name: value.contiguous() for name, value in module.state_dict().items()}


def share(file: Path, copy: Path) -> None:
    """The same bytes under a second name, on the disk only once where it can be; neither may be changed afterwards."""
    try:
        os.link(file.resolve(), copy)
    except OSError:  # on another disk, or on one that knows no links
        shutil.copyfile(file, copy)


def share_body(folder: Path, weights: Path, cache: Path) -> None:
    """A pretrained language model as it was, below `folder`; what lies in the `cache` is on the disk only once."""
    folder.mkdir(parents=True, exist_ok=True)
    take = share if weights.is_relative_to(cache) else shutil.copyfile  # others may change
    shutil.copyfile(weights / "config.json", folder / "config.json")
    for file in weights.glob("*.safetensors*"):
        take(file, folder / file.name)
    share_tokenizer(folder, weights, cache)


def share_tokenizer(folder: Path, weights: Path, cache: Path) -> None:
    take = share if weights.is_relative_to(cache) else shutil.copyfile
    for file in (weights / name for name in tokenizer.FILES):
        if file.exists():
            take(file, folder / file.name)


def _write(path: Path, value: Any) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False, indent=1), "utf-8")
