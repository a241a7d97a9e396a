"""Another machine, as far as imports go: one that has a stock PyTorch image, and nothing else.

`modules` says what such an image has; a process whose `PYTHONPATH` has the folder of `install` refuses everything else.
"""

from __future__ import annotations

import json
import re
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement

IMAGE = ("torch", "torchvision", "transformers", "timm", "accelerate", "safetensors", "scikit-learn")
OWN = ("benchmarks", "cases", "models")

REFUSE = """
import sys
from importlib.machinery import PathFinder

ALLOWED = set({allowed}) | sys.stdlib_module_names

class Stock:
    find_distributions, invalidate_caches = PathFinder.find_distributions, PathFinder.invalidate_caches

    @staticmethod
    def find_spec(name, path=None, target=None):
        own = name.startswith("_sysconfigdata")  # named after the platform, so that Python's list lacks it
        there = own or (name.partition(".")[0] in ALLOWED and name not in {without})
        return PathFinder.find_spec(name, path, target) if there else None

sys.meta_path[sys.meta_path.index(PathFinder)] = Stock
"""


def modules():
    """Of the packages of the image, and of all that these require."""
    wanted, found = [*IMAGE], set()
    while wanted:
        name = _plain(wanted.pop())
        if name in found:
            continue
        try:
            required = map(Requirement, metadata.requires(name) or ())
        except metadata.PackageNotFoundError:  # for another platform
            continue
        found.add(name)
        wanted += [one.name for one in required if one.marker is None or one.marker.evaluate({"extra": ""})]
    return {module for module, of in metadata.packages_distributions().items() if found & {*map(_plain, of)}}


def _plain(name):
    return re.sub(r"[-_.]+", "-", name).lower()


def install(folder: Path, without=(), also=()) -> Path:
    """A folder that makes Python refuse what the image lacks; `without`: and these modules; `also`: packages it has."""
    folder.mkdir(parents=True, exist_ok=True)
    allowed = sorted({*modules(), *OWN, *also})
    (folder / "sitecustomize.py").write_text(REFUSE.format(allowed=json.dumps(allowed), without=json.dumps([*without])))
    return folder
