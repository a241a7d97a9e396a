"""Imported once by the forkserver, so that every run starts with torch loaded. Must never ask for CUDA."""

from importlib import import_module

import cases
import runs.worker  # noqa: F401

for name in cases.NAMES:
    import_module(f"cases.{name}.learner")
