"""Imported once by the forkserver, so that every run starts with torch loaded. Must never ask for CUDA."""

import gc
from importlib import import_module

import cases
import runs.worker.worker  # noqa: F401
from runs.kinds import KINDS
from runs.logs import lines

lines.begin("worker")  # before the libraries, which may warn while they are loaded
for kind in KINDS.values():
    import_module(f"runs.{kind.work.rpartition('.')[0]}")

for name in cases.NAMES:
    for task in cases.get(name).tasks:
        task.preload()

gc.collect()
gc.freeze()  # the collections of a run pass over all that was loaded here: a quarter of a second each otherwise
