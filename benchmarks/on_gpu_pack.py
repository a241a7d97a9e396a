"""Gathers what `benchmarks.on_gpu` can use and a stock PyTorch image lacks, for a machine without a network.

Copies of installed packages, so that nothing is fetched: `peft`, which is Python alone, and on request those that hold
pretrained weights.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

CODE = ("peft",)
WEIGHTS = ("efficientnet_lite0", "multilingual-e5-small", "whisper-tiny.en")  # of the catalogue; one for each modality
COMPILED = (".so", ".pyd", ".dylib")


def pack(folder: Path, *, weights: bool) -> Iterator[str]:
    """Yield a line for each package that was copied into `folder`, or why it was not."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in (*CODE, *(_carriers() if weights else ())):
        try:
            found = metadata.distribution(name)
        except metadata.PackageNotFoundError:
            yield f"{name}: not installed here, left out"
            continue
        yield f"{name} {found.version}: {_copy(found, folder) / 1e6:.1f} MB"


def _carriers() -> Iterator[str]:
    """The packages that hold weights, as pip calls them."""
    from models.pretrained import catalog

    for model in WEIGHTS:
        if carrier := catalog.find(model).carrier:
            yield from (package.partition("==")[0] for package in carrier.packages.split())


def _copy(found: metadata.Distribution, folder: Path) -> int:
    """The bytes of its files; what was compiled for another Python stays behind, weights are read without it."""
    size = 0
    for file in found.files or ():
        if ".." in file.parts or "__pycache__" in file.parts or file.name.endswith(COMPILED):
            continue
        target = folder / file
        target.parent.mkdir(parents=True, exist_ok=True)
        size += Path(shutil.copyfile(file.locate(), target)).stat().st_size
    return size
