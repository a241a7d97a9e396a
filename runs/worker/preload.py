"""Imported once by the forkserver, so that every run starts with torch loaded. Must never ask for CUDA."""

import gc

import cases
import runs.worker.worker  # noqa: F401

for name in cases.NAMES:
    for task in cases.get(name).tasks:
        task.preload()

gc.collect()
gc.freeze()  # the collections of a run pass over all that was loaded here: a quarter of a second each otherwise
