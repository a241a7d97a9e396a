"""What the pages of accounts share: how they are drawn, what a form brings, where a person goes on."""

from __future__ import annotations

import re
import time
from datetime import timedelta
from functools import lru_cache, partial
from importlib.metadata import distribution
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode

from babel.dates import format_timedelta
from jinja2 import Environment, FileSystemLoader
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse

from models.errors import N_, InputError
from runs.api import prefix
from runs.api.hosts import preferred_language
from runs.language import COOKIE, FOLDERS, LANGUAGES, say, say_error

_MOST, _MOST_FIELDS, _MOST_BYTES = 4096, 20, 64 * 1024  # characters of a field that are looked at; of a form
_SHOWN = 60  # characters of a browser that nobody knows
# What stands in a User-Agent, the special before the general: most of them claim to be others, too.
_BROWSERS = (
    ("MicroMessenger", "WeChat"), ("Edg", "Edge"), ("OPR/", "Opera"), ("SamsungBrowser", "Samsung Internet"),
    ("Firefox/", "Firefox"), ("FxiOS/", "Firefox"), ("Chrome/", "Chrome"), ("CriOS/", "Chrome"), ("Safari/", "Safari"),
)  # fmt: skip
_SYSTEMS = (
    ("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows"), ("Mac OS X", "macOS"),
    ("CrOS", "ChromeOS"), ("Linux", "Linux"),
)  # fmt: skip
_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; font-src 'self'; form-action 'self'; frame-ancestors 'none'; "
    "base-uri 'none'"
)
_FONT = "SourceSansVF-Upright*.woff2"  # that of the pages, as Streamlit brings it
_LOGO = Path(__file__).parents[3] / "pages/shared/logo"


def page(request: Request, template: str, *, status: int = 200, error: InputError | str = "", **values: Any) -> Any:
    """Draw a template in the reader's language; `error` stands above the form."""
    spoken = language(request)
    told = say_error(spoken, error.as_json()) if isinstance(error, InputError) else say(spoken, error) if error else ""

    other = "en" if spoken == "zh" else "zh"
    values = {
        **values, "_": partial(say, spoken), "when": partial(_ago, spoken), "browser": partial(browser, spoken),
        "language": spoken, "error": told, "font": _font(),
        "other": (other, LANGUAGES[other]), "turned": _turned(request, other), "prefix": prefix.of(request),
        "here": quote(local(request.query_params.get("next", f"{prefix.of(request)}/")), safe=""),
    }  # fmt: skip
    content = _templates().get_template(template).render(values)
    return HTMLResponse(content, status, {"Content-Security-Policy": _POLICY, "Cache-Control": "no-store"})


def language(request: Request) -> str:
    asked = request.query_params.get("lang", "")
    kept = request.cookies.get(COOKIE, "")  # as it was chosen on a page
    return next((one for one in (asked, kept) if one in LANGUAGES), None) or preferred_language(request.headers)


def _turned(request: Request, language: str) -> str:
    """This page in another language, by what its address has else; of `next`, what is a page of ours."""
    asked = {name: local(value) if name == "next" else value for name, value in request.query_params.items()}
    return f"?{urlencode({**asked, 'lang': language})}"


async def fields(request: Request, *names: str) -> list[str]:
    """What the form brings under these names, as text of bounded length; anybody may send one, of any size."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > _MOST_BYTES:
            raise HTTPException(413)
    try:
        given = dict(parse_qsl(body.decode("latin-1"), max_num_fields=_MOST_FIELDS))
    except ValueError:
        given = {}
    return [given.get(name, "")[:_MOST] for name in names]


def local(target: str) -> str:
    """Where to go on after a login: a page of this server, else its first; never another's (an open redirect)."""
    plain = target.startswith("/") and not target.startswith("//") and "\\" not in target and target.isprintable()
    return target if plain else "/"


def _ago(language: str, moment: float) -> str:
    """How long ago it was, in words: of a browser without scripts the time zone is not known."""
    told = format_timedelta(timedelta(seconds=moment - time.time()), add_direction=True, locale=FOLDERS[language])
    return re.sub(r"(?<=\d)(?=[\u4e00-\u9fff])", " ", told)  # a space between digits and Chinese, as everywhere


def browser(language: str, agent: str) -> str:
    """What a browser says of itself as its person would call it; the beginning of that where nobody would."""
    known, system = (next((name for mark, name in some if mark in agent), "") for some in (_BROWSERS, _SYSTEMS))
    if known and system:
        return say(language, N_("{browser} on {system}"), browser=known, system=system)
    return known or system or agent[:_SHOWN]


@lru_cache(maxsize=1)
def _templates() -> Environment:
    return Environment(loader=FileSystemLoader([Path(__file__).with_name("templates"), _LOGO]), autoescape=True)


@lru_cache
def _font() -> str:
    """The name of the file below /static/media; "" where this Streamlit has none."""
    media = distribution("streamlit").locate_file("streamlit/static/static/media")
    return next((file.name for file in Path(str(media)).glob(_FONT)), "")
