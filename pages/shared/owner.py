"""To whom the data and runs of this session belong."""

from __future__ import annotations

LOCAL = "local"  # one person on their own machine: a second browser sees the same runs


def current() -> str:
    return LOCAL
