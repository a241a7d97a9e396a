"""What the folder of a pretrained model must hold before any library opens it; it may be anybody's."""

from __future__ import annotations

import json
import logging
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open

from models.errors import N_, InputError

WEIGHTS, INDEX = "model.safetensors", "model.safetensors.index.json"
STATED = (  # files of JSON in which a model says how it is built and used
    "config.json", "generation_config.json", "preprocessor_config.json", "tokenizer_config.json",
    "special_tokens_map.json", "config_sentence_transformers.json", "sentence_bert_config.json", INDEX,
)  # fmt: skip
PICKLES = (".bin", ".pth", ".pt", ".ckpt", ".pkl")

log = logging.getLogger(__name__)


def check_names(model: str, files: Collection[str]) -> None:
    """Refuse a model whose `files` (names) are not the hub's layout with safetensors.

    Another file that ends so does not do: timm would open a pickle beside it.
    """
    if not {WEIGHTS, INDEX} & set(files):
        pickles = sorted(name for name in files if name.endswith(PICKLES))
        raise InputError(
            found=N_("“{model}” has its weights only as pickle: {files}.")
            if pickles
            else N_("“{model}” has no weights."),
            expected=N_("Weights are read from safetensors files only, since a pickle can run arbitrary code."),
            remedy=N_("Save the model again as safetensors, or choose a model that has them."),
            model=model,
            files=", ".join(pickles),
        )
    if "config.json" not in files:
        raise InputError(
            found=N_("“{model}” has no config.json."),
            expected=N_("A model is a folder with config.json and model.safetensors."),
            remedy=N_("Save it with timm’s save_for_hf or transformers’ save_pretrained, or choose another."),
            model=model,
        )
    if "adapter_config.json" in files:  # transformers would open the weights that it names
        raise InputError(
            found=N_("“{model}” holds an adapter, not a whole network."),
            expected=N_("A model is a folder with config.json and model.safetensors."),
            remedy=N_("Merge the adapter into its network and save that, or choose another model."),
            model=model,
        )


def check(model: str, folder: Path) -> None:
    """
    Raises:
        InputError: a file is damaged, or names others that are no safetensors of the same folder.
    """
    stated = {name: _stated(model, folder / name) for name in STATED if (folder / name).is_file()}
    parts = stated.get(INDEX, {}).get("weight_map", {}) if not (folder / WEIGHTS).is_file() else {}
    names: list[Any] = list(parts.values()) if isinstance(parts, dict) else [None]
    if not all(_is_part(name) and (folder / name).is_file() for name in names):
        raise damaged(model, INDEX)
    for name in sorted(set(names)) or [WEIGHTS]:
        try:
            with safe_open(folder / name, "numpy"):
                pass
        except (OSError, SafetensorError) as error:
            raise damaged(model, name) from error


def _is_part(name: Any) -> bool:
    return isinstance(name, str) and name == Path(name).name and name.endswith(".safetensors")


def _stated(model: str, path: Path) -> dict[str, Any]:
    try:
        told = json.loads(path.read_text("utf-8"))
    except (ValueError, RecursionError) as error:
        raise damaged(model, path.name) from error
    if not isinstance(told, dict):
        raise damaged(model, path.name)
    return told


def damaged(model: str, file: str) -> InputError:
    return InputError(
        found=N_("“{file}” of the model “{model}” is damaged, or not what its name says."),
        expected=N_("A model is a folder with config.json and model.safetensors."),
        remedy=N_("Get the model again, or choose another."),
        model=model,
        file=file,
    )


@contextmanager
def building(folder: Path, expected: str) -> Iterator[None]:
    """Whatever a library raises within says that the model is not one of the `expected` (a message id).

    Raises:
        InputError: instead of that.
    """
    try:
        yield
    except InputError:
        raise
    except Exception as error:  # each library, and what it stands on, has kinds of its own
        log.warning("The model in %s could not be built.", folder, exc_info=True)
        raise InputError(
            found=N_("The model in “{folder}” could not be built ({cause})."),
            expected=expected,
            remedy=N_("Choose another model."),
            folder=folder.name,
            cause=(str(error).splitlines() or [type(error).__name__])[0][:200],
        ) from error
