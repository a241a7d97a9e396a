"""Weights that come inside packages, converted once: a folder in the hub's layout for each; see
`models.pretrained.carriers`.

A converter is a module here with `convert(file, folder, *rest)`: it reads the carrier's file, whose further parts are
`rest`, and fills the empty folder with a model in the hub's layout (`config.json`, `model.safetensors`, tokenizer).
"""

from __future__ import annotations

import json
import shutil
import zipfile
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from models.pretrained import carriers
from models.pretrained.carriers import Carrier, Place
from models.progress import QUIET
from models.storage import locks

SOURCE = "source.json"  # beside the converted weights: what they were made from, and what they were then


def is_here(name: str, carrier: Carrier, cache: Path) -> bool:
    """Whether the model can be had: its packages are here, or it was converted before. Nothing is checked."""
    return bool(carriers.find(carrier, cache)) or (_target(name, carrier, cache) / SOURCE).exists()


def converted(name: str, carrier: Carrier, cache: Path) -> Path | None:
    """The folder that `unpack` filled; None where it has not. Nothing is checked."""
    target = _target(name, carrier, cache)
    return target if (target / SOURCE).exists() else None


def unpack(name: str, carrier: Carrier, cache: Path) -> Path:
    """The carrier's model as a folder in the hub's layout, in `cache`.

    The carrier is checked each time it is here, the folder each time it is used: a damaged folder is built anew. Of
    several processes that ask at once, one builds it and the others wait.

    Raises:
        InputError: the package is missing or its file is not the one the catalogue knows.
    """
    files = carriers.find(carrier, cache)
    if files:
        carriers.check(carrier, files, cache)
    target = _target(name, carrier, cache)
    if _intact(target, carrier):
        return target
    if not files:
        raise carriers.missing(carrier, cache)
    with locks.held(target.with_name(f".{target.name}.lock"), QUIET):
        if not _intact(target, carrier):  # else another process has built it meanwhile, and perhaps uses it
            shutil.rmtree(target, ignore_errors=True)
            _build(target, carrier, files)
    return target


def _target(name: str, carrier: Carrier, cache: Path) -> Path:
    return cache / f"{name}-{carrier.digest[:12]}"


def _build(target: Path, carrier: Carrier, files: Sequence[Place]) -> None:
    converter = import_module(f"{__name__}.{carrier.converter}")
    with TemporaryDirectory(dir=target.parent, prefix=f".{target.name}-") as temporary:
        built = Path(temporary, target.name)
        built.mkdir()
        parts = [_unzipped(file, Path(temporary, f"part-{number}")) for number, file in enumerate(files)]
        converter.convert(parts[0], built, *parts[1:])
        (built / SOURCE).write_text(json.dumps(_inventory(built, carrier), indent=2), encoding="utf-8")
        built.rename(target)


def _unzipped(file: Place, folder: Path) -> Path:
    """The file itself; one in a wheel is written into the `folder`, with the JSON that lies beside it."""
    if isinstance(file, Path):
        return file
    folder.mkdir()
    for one in zipfile.Path(file.root, f"{file.at.rpartition('/')[0]}/").iterdir():
        if one.is_file() and (one.name == file.name or one.name.endswith(".json")):
            with one.open("rb") as source, (folder / one.name).open("wb") as written:
                shutil.copyfileobj(source, written)
    return folder / file.name


def _inventory(folder: Path, carrier: Carrier) -> dict[str, Any]:
    files = {path.name: carriers.sha256_of(path) for path in sorted(folder.iterdir()) if path.name != SOURCE}
    return {"carrier": carrier.digest, "files": files}


def _intact(folder: Path, carrier: Carrier) -> bool:
    try:
        source = json.loads((folder / SOURCE).read_text(encoding="utf-8"))
        return source == _inventory(folder, carrier)
    except (OSError, ValueError):
        return False
