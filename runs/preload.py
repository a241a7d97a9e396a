"""Imported once by the forkserver, so that every run starts with torch loaded. Must never ask for CUDA."""

import gc
from importlib import import_module
from importlib.util import find_spec

import cases
import runs.worker  # noqa: F401

for name in cases.NAMES:
    for part in (f"cases.{name}.learner", f"cases.{name}.explaining"):
        if find_spec(part):  # where nothing is explained by itself, there is no such module
            import_module(part)

gc.collect()
gc.freeze()  # the collections of a run pass over all that was loaded here: a quarter of a second each otherwise
