"""Fields side by side."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeVar

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

T = TypeVar("T")


def abreast(some: Sequence[T], columns: int) -> Iterator[tuple[DeltaGenerator, T]]:
    """Each with its place, row by row: on a phone, where they stand one below the other, in the same order."""
    for start in range(0, len(some), columns):
        yield from zip(st.columns(columns), some[start : start + columns], strict=False)
