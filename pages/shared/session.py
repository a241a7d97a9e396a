"""What the session holds. A browser may have filled it, with words of another language, of options that are gone, or
with anything at all: whoever reads it says what may stand there, and gets that or nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping
from typing import Any, TypeVar

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

T = TypeVar("T")
LONGEST = 10_000  # characters that a component may send as one value


def visitor() -> str:
    """What tells this open page from others of the same address, while it is open. Of the server's own id of it, with
    which a browser comes back to it, only a hash is told."""
    page = get_script_run_ctx()
    return hashlib.sha256(page.session_id.encode()).hexdigest()[:16] if page else ""


def held(key: str, kind: type[T] | tuple[type, ...], otherwise: Any = None) -> Any:
    """The value under `key` where it is of this kind, else `otherwise`."""
    value = st.session_state.get(key, otherwise)
    return value if isinstance(value, kind) else otherwise


def among(key: str, options: Iterable[T], otherwise: T | None = None) -> T | None:
    """The value under `key` where it is one of the options, else `otherwise`."""
    return _fitting(st.session_state.get(key), list(options), otherwise)


def several_among(key: str, options: Collection[T]) -> list[T]:
    """Those values of the list under `key` that are options."""
    return [value for value in held(key, (list, tuple), ()) if _fitting(value, options, None) is not None]


def told(key: str, event: str, kind: type[T] = str) -> T | None:
    """What the component under `key` sent with this event, where it is of this kind; called in its callback."""
    sent = st.session_state.get(key)
    value = sent.get(event) if isinstance(sent, Mapping) else None
    if not isinstance(value, kind) or (isinstance(value, str) and len(value) > LONGEST):
        return None
    return value


def put(key: str, value: Any) -> None:
    """Only where it is another: a field that is told its value again forgets what is being typed into it."""
    if key not in st.session_state or st.session_state[key] != value:
        st.session_state[key] = value


def _fitting(value: Any, options: Collection[T], otherwise: T | None) -> T | None:
    return value if any(type(value) is type(option) and value == option for option in options) else otherwise
