"""Models of the Hugging Face Hub or a mirror of it (`HF_ENDPOINT`); `HF_HUB_OFFLINE` is honoured."""

from __future__ import annotations

import logging
import os
import re
from pathlib import Path

from models.errors import InputError
from models.pretrained import downloads, hub_errors, model_folder

ID = re.compile(r"[\w.-]+/[\w.-]+(@\w[\w.-]*)?", re.ASCII)
FILES = ["*.json", "*.safetensors", "*.txt", "*.model"]  # .model: SentencePiece, the only tokenizer of some
TIMEOUT = 10  # seconds for the hub's first answer

log = logging.getLogger(__name__)


def is_id(model: str) -> bool:
    """Whether `model` reads owner/name or owner/name@revision, by the hub's own rules."""
    from huggingface_hub.errors import HFValidationError
    from huggingface_hub.utils import validate_repo_id

    if not ID.fullmatch(model):
        return False
    try:
        validate_repo_id(model.partition("@")[0])
    except HFValidationError:
        return False
    return True


def is_here(model: str, cache: Path) -> bool:
    """Whether `model` was downloaded before; asked without the hub's library, which takes a second to load."""
    return folder(model, cache) is not None


def folder(model: str, cache: Path) -> Path | None:
    """Where `model`, in whichever revision, was downloaded to before; None where it was not. Asked as `is_here`."""
    repo = model.partition("@")[0].replace("/", "--")
    found = sorted(cache.glob(f"models--{repo}/snapshots/*/*.safetensors"))
    return found[0].parent if found else None


def fetch(model: str, cache: Path) -> Path:
    """The folder of the hub model `model` in `cache`, downloaded when it is not there or has changed.

    A model that was downloaded before is used whenever the hub does not give it now. Files that are damaged are
    downloaded anew.

    Raises:
        InputError: it is not here, or damaged, and cannot be had; says why.
    """
    from huggingface_hub.errors import HTTPError, LocalEntryNotFoundError

    names = _names(model)
    try:
        _ask(names)
    except InputError as refusal:
        try:
            folder = _snapshot(names, cache, here=True)
        except LocalEntryNotFoundError:
            raise refusal from None
        if damaged := downloads.damaged(folder):
            raise hub_errors.damaged(damaged[0], **names) from refusal
        return folder
    try:
        return _whole(names, cache)
    except (HTTPError, OSError, RuntimeError) as error:  # RuntimeError: hf_xet, which fetches large files
        raise hub_errors.broke_off(error, **names) from error


def _whole(names: dict[str, str], cache: Path) -> Path:
    """Download what is not here or is damaged.

    Raises:
        InputError: the hub gives another file than it announced.
    """
    folder = _snapshot(names, cache, here=False)
    with downloads.lock(folder):
        if damaged := downloads.damaged(folder):
            log.warning("Damaged in %s, and downloaded anew: %s", folder, ", ".join(damaged))
            downloads.remove(folder, damaged)
            _snapshot(names, cache, here=False)
            if wrong := downloads.misnamed(folder):
                raise hub_errors.another_file(wrong[0], **names)
        downloads.keep(folder)
    return folder


def _names(model: str) -> dict[str, str]:
    repo, _, revision = model.partition("@")
    return {"repo": repo, "revision": revision or "main", "endpoint": endpoint()}


def endpoint() -> str:
    """The hub, or the mirror that `HF_ENDPOINT` names.

    huggingface_hub reads the variable once, when it is imported; here it counts whenever it is set.
    """
    return os.environ.get("HF_ENDPOINT", "").rstrip("/") or "https://huggingface.co"


def is_offline() -> bool:
    from huggingface_hub import constants

    return constants.HF_HUB_OFFLINE or os.environ.get("HF_HUB_OFFLINE", "").upper() in {"1", "ON", "YES", "TRUE"}


def _ask(names: dict[str, str]) -> None:
    """Ask the hub for the list of files: `snapshot_download` alone has no time limit for its first question."""
    from huggingface_hub import HfApi
    from huggingface_hub.errors import HfHubHTTPError, HTTPError

    if is_offline():
        raise hub_errors.offline(**names)
    try:
        hub = HfApi(endpoint=names["endpoint"])
        info = hub.model_info(names["repo"], revision=names["revision"], timeout=TIMEOUT)
    except HfHubHTTPError as error:
        raise hub_errors.answered(error, **names) from error
    except HTTPError as error:
        raise hub_errors.no_network(**names) from error
    except ValueError as error:
        raise hub_errors.no_hub(**names) from error
    files = [file.rfilename for file in info.siblings or []]
    model_folder.check_names(names["repo"], [name for name in files if "/" not in name])


def _snapshot(names: dict[str, str], cache: Path, *, here: bool) -> Path:
    from huggingface_hub import snapshot_download

    folder = snapshot_download(
        names["repo"],
        revision=names["revision"],
        endpoint=names["endpoint"],
        cache_dir=cache,
        allow_patterns=FILES,
        ignore_patterns=["*/*"],  # folders hold other formats of the same model
        etag_timeout=TIMEOUT,
        local_files_only=here,
    )
    return Path(folder)
