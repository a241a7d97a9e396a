"""Which pretrained models there are, and the one way to their weights: `folder`."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from models.errors import N_, InputError
from models.pretrained import carriers, formats, hub, model_folder
from models.pretrained.registry import MODELS, RATES, Pretrained

BYTES = 4  # of a weight in a bundle, however few bits it is packaged with
OWN_COPIES = {"image": 2}  # modality → how often a bundle has them: this ONNX file does not read the safetensors
BESIDE = 1.05  # times its weights a bundle takes, with tokenizer, graphs and model card; so much for all that were seen

_brought: dict[str, Pretrained] = {}  # by their ids: those of cases that have models of their own


def add(*models: Pretrained) -> None:
    """Take up models that a case brings itself; called once its settings are imported."""
    _brought.update((model.id, model) for model in models)


def all_models() -> tuple[Pretrained, ...]:
    return (*MODELS, *_brought.values())


def models_for(modality: str) -> tuple[Pretrained, ...]:
    return tuple(model for model in all_models() if model.modality == modality)


def find(model: str) -> Pretrained | None:
    return next((pretrained for pretrained in all_models() if pretrained.id == model), None)


def is_here(pretrained: Pretrained, cache: Path) -> bool:
    """Whether the weights need no download: their package is installed, or they lie in `cache`. Nothing is checked."""
    if pretrained.from_scratch:
        return True
    if pretrained.carrier is None:
        return hub.is_here(pretrained.id, cache / "hub")
    return formats.is_here(pretrained.id, pretrained.carrier, cache)


def here(model: str, cache: Path) -> Path | None:
    """The folder of a model that needs neither a download nor a conversion any more; None for others. Nothing is
    checked."""
    known = find(model)
    if known and known.carrier:
        return formats.converted(known.id, known.carrier, cache)
    if local := _local(model):
        return Path(local).resolve()
    return hub.folder(model, cache / "hub")


def lacking(model: str, cache: Path) -> InputError | None:
    """Why the weights of a packaged model cannot be had as things are, and what to install; None for all others."""
    known = find(model)
    if known is None or known.carrier is None or is_here(known, cache):
        return None
    return carriers.missing(known.carrier, cache)


def rate(pretrained: Pretrained, measured: Mapping[str, float]) -> float:
    """Items that its frozen body sees in a second: as `measured` (model → rate) on this machine, else by what was
    measured of another of its modality, else as on two processor cores."""
    if pretrained.id in measured:
        return measured[pretrained.id]
    others = [measured[one.id] / one.speed for one in models_for(pretrained.modality) if one.id in measured]
    return pretrained.speed * (others[0] if others else RATES.get(pretrained.modality, RATES["text"]))


def exported_bytes(pretrained: Pretrained, *, whole: bool = False) -> int:
    """About how large a bundle with this model is; 0 for one without pretrained weights. `whole`: its decoder leaves,
    too."""
    parameters = pretrained.parameters * 1e6 if whole or not pretrained.body else pretrained.body.parameters
    return round(parameters * BYTES * copies(pretrained) * BESIDE)


def copies(pretrained: Pretrained) -> int:
    """How often a bundle has its weights."""
    return OWN_COPIES.get(pretrained.modality, 1)


def languages(model: str) -> tuple[str, ...]:
    """The languages that a model knows, as the catalogue, its name or its own folder says; none where nothing does."""
    if known := find(model):
        return known.languages
    if model.partition("@")[0].endswith(".en"):  # as the makers of Whisper call those that know English only
        return ("en",)
    if not (local := _local(model)):
        return ()
    stated = Path(local, "generation_config.json")
    try:  # `Path` asks no long names
        return _spoken(json.loads(stated.read_text("utf-8"))) if os.path.isfile(stated) else ()
    except (OSError, ValueError, TypeError, AttributeError, RecursionError):  # `folder` refuses it
        return ()


def _spoken(told: dict[str, Any]) -> tuple[str, ...]:
    """As the configuration of a Whisper states it."""
    if "is_multilingual" not in told:
        return ()
    names = (name.strip("<|>") for name in told.get("lang_to_id", ()))
    return tuple(names) if told["is_multilingual"] else ("en",)


def folder(model: str, cache: Path, modality: str = "") -> Path:
    """The folder of a model in the hub's layout: `config.json`, `*.safetensors`, tokenizer.

    Args:
        model: an id of the catalogue, a folder on this machine, or a hub id, owner/name or owner/name@revision.
        cache: where converted and downloaded models are kept.
        modality: of the models that a refusal names; all of them without it.

    Raises:
        InputError: there is no such model, it cannot be had, or its weights are not what they should be.
    """
    pretrained = find(model)
    if pretrained and pretrained.carrier:
        return formats.unpack(pretrained.id, pretrained.carrier, cache)
    if local := _local(model):
        model_folder.check_names(model, os.listdir(local))
        model_folder.check(model, Path(local))
        return Path(local).resolve()
    if hub.is_id(model):
        fetched = hub.fetch(model, cache / "hub")
        model_folder.check(model, fetched)
        return fetched
    raise InputError(
        found=N_("“{model}” is neither in the catalogue nor a local folder nor a Hub ID."),
        expected=N_("The catalogue has: {ids}."),
        remedy=N_("Choose one of them, a local folder, or a Hub ID (owner/name)."),
        model=model,
        ids=", ".join(known.id for known in all_models() if modality in ("", known.modality)),
    )


def _local(model: str) -> str:
    """The folder on this machine that `model` names; empty where there is none, or none that may be named.

    Whoever has the machine to themselves may name any. Where people log in (`CASEBOOK_LOGIN`), the folders of others
    are here too: then it has to lie below one of `CASEBOOK_MODELS`.
    """
    local = os.path.expanduser(model)
    if not os.path.isdir(local):
        return ""
    if os.environ.get("CASEBOOK_LOGIN", "").strip() in ("", "none"):
        return local
    allowed = [Path(one.strip()).resolve() for one in os.environ.get("CASEBOOK_MODELS", "").split(",") if one.strip()]
    return local if any(Path(local).resolve().is_relative_to(one) for one in allowed) else ""


def licence(model: str, folder: Path) -> str:
    """Of the weights `model` in `folder`: as the catalogue says, else as the model's own config does."""
    known = find(model)
    config = json.loads((folder / "config.json").read_text("utf-8"))
    stated = config.get("pretrained_cfg", config).get("license")
    return (known and known.licence) or stated or "not stated; look at where the model comes from"


def digest(folder: Path) -> str:
    """SHA-256 over the bytes of the folder's safetensors, in the order of their names."""
    total = hashlib.sha256()
    for path in sorted(folder.glob("*.safetensors")):
        with path.open("rb") as file:
            hashlib.file_digest(file, lambda: total)
    return total.hexdigest()
