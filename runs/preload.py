"""Imported once by the forkserver, so that every run starts with torch loaded. Must never ask for CUDA."""

import gc
from importlib import import_module

import cases
import runs.worker  # noqa: F401

for name in cases.NAMES:
    for part in ("learner", "explaining"):
        import_module(f"cases.{name}.{part}")

gc.collect()
gc.freeze()  # the collections of a run pass over all that was loaded here: a quarter of a second each otherwise
