"""Imported once by the forkserver, so that every run starts with torch loaded. Must never ask for CUDA."""

import runs.fine_tuning
import runs.worker  # noqa: F401
