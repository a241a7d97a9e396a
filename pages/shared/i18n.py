"""The reader's language: by the browser, switchable, kept in the address and in a cookie of the browser."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import streamlit as st
from babel.numbers import format_compact_decimal

from models.errors import InputError
from pages.shared import session
from pages.shared.assets import LASTING
from pages.shared.text import plain
from runs.language import COOKIE, FOLDERS, LANGUAGES, catalogue, say, say_error

_IN_CODE = re.compile(r"`[^`{]*{(\w+)}[^`{]*`")  # of a command to be typed: there nothing is markup
_spoken: ContextVar[str | None] = ContextVar("spoken", default=None)
_document = st.components.v2.component(
    "casebook_language",  # screen readers pronounce, and browsers break lines, by what the document says of itself
    js=LASTING
    + """export default lasting(({ data }) => {
  document.documentElement.lang = data.language
  document.cookie = `${data.cookie}=${data.language}; path=/; max-age=31536000; SameSite=Lax` // a year
})""",
)


def begin() -> None:
    """Decide the language before anything is drawn; the sidebar's links drop it from the address, so put it back."""
    asked = st.query_params.get("lang")
    st.session_state.setdefault("language", asked if asked in LANGUAGES else _kept() or _browser())
    shown = current() if current() != _browser() else None
    if shown and asked != shown:
        st.query_params["lang"] = shown
    elif not shown and asked:
        del st.query_params["lang"]


def switch() -> None:
    st.selectbox("语言 / Language", list(LANGUAGES), format_func=LANGUAGES.get, key="language", persist_state="session")
    _document(key="document", data={"language": current(), "cookie": COOKIE})


def current() -> str:
    return _spoken.get() or session.among("language", LANGUAGES, "en")


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Put every sentence into this language meanwhile: what leaves the server is read in any of them."""
    before = _spoken.set(language)
    try:
        yield
    finally:
        _spoken.reset(before)


def _(message: str, **args: Any) -> str:
    """A message id in the reader's language, its places filled."""
    return say(current(), message, **args)


def listed(names: Iterable[str]) -> str:
    """Names one after the other, with the comma of the language."""
    return _(", ").join(names)


def labelled(name: str, value: object) -> str:
    """What a value is of, and the value, with the colon of the language."""
    return _("{name}: {value}", name=name, value=value)


def numbered(name: str, n: int) -> str:
    """What is counted, and how many there are."""
    return _("{name} ({n})", name=name, n=f"{n:,}")


def together(*sentences: str) -> str:
    """Whole sentences one after the other; Chinese has no space between them."""
    return ("" if current() == "zh" else " ").join(filter(None, sentences))


def amount(n: float) -> str:
    """A number as people say it: 12,345, 3.4 million, 337.1 万."""
    if n < 1_000_000:
        return f"{n:,.0f}"
    form = "short" if current() == "zh" else "long"  # Chinese knows no longer one
    said = format_compact_decimal(n, format_type=form, locale=FOLDERS[current()], fraction_digits=1)
    return re.sub(r"(\d)(?=[万亿])", r"\1 ", said)  # a space between digits and Chinese, as everywhere


def count(one: str, many: str, n: int, **more: object) -> str:
    """A message with a number, in the right grammatical number."""
    return catalogue(current()).ngettext(one, many, n).format(n=f"{n:,}", **more)


def _kept() -> str | None:
    """As it was chosen in this browser before."""
    kept = st.context.cookies.get(COOKIE)
    return kept if kept in LANGUAGES else None


def _browser() -> str:
    locale = st.context.locale or st.context.headers.get("Accept-Language", "en")
    return "zh" if locale.lower().startswith("zh") else "en"


def of(error: InputError) -> str:
    """What was found, what was expected, what to do, as Markdown in which names a person gave are shown as they are."""
    return say_error(current(), _stored(error))


def found(error: InputError) -> str:
    """Only what was found, where there is little room."""
    return say_error(current(), {**_stored(error), "expected": "", "remedy": ""}).strip()


def reason_and_remedy(error: InputError) -> tuple[str, str]:
    """The same in two: what was found and expected, and what to do."""
    stored = _stored(error)
    reason, remedy = {**stored, "remedy": ""}, {**stored, "found": "", "expected": ""}
    return tuple(say_error(current(), said).strip() for said in (reason, remedy))


def _stored(error: InputError) -> dict[str, Any]:
    stored = error.as_json()
    commands = {name for part in ("found", "expected", "remedy") for name in _IN_CODE.findall(stored[part])}
    typed = {name: value.replace("`", "") for name, value in stored["args"].items() if name in commands}
    return {**stored, "args": {**shown(stored["args"]), **typed}}


def shown(args: Mapping[str, Any]) -> dict[str, Any]:
    """The places of a message, names a person gave as Markdown shows them unchanged; what begins with an underscore is
    a message itself."""

    def one(value: Any) -> Any:
        return plain(value) if isinstance(value, str) else [*map(plain, value)] if isinstance(value, list) else value

    return {name: value if name.startswith("_") else one(value) for name, value in args.items()}
