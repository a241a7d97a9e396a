"""How people log in, chosen by `CASEBOOK_LOGIN`: nobody, a password, OpenID Connect, or a proxy that names them.

Whatever the way, it comes to a session id, which the server puts into a header of its own (`HEADER`) before a page or
a route sees the request; one that a client sent under this name never arrives.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatch
from ipaddress import ip_address, ip_network
from typing import Any, Protocol

from starlette.datastructures import Headers
from starlette.requests import cookie_parser

from models.errors import N_, InputError
from runs import paths
from runs.identity import people, sessions
from runs.identity.sessions import Session

HEADER = "x-casebook-session"
COOKIE = "casebook_session"
LOCAL = paths.LOCAL
_PART = re.compile(r"_streamlit_user(_\d+)?", re.ASCII)


class Login(Protocol):
    """One way to log in.

    `one_person`: nobody logs in, everything belongs to `LOCAL`. `entrance`: the route where a browser without a session
    is sent; empty where the page itself offers the login, None where there is no way in for it. `has_accounts`: people
    are invited and have a password here, and a page of their own. `by_provider`: a provider tells the page who it is,
    and logs out.
    """

    @property
    def name(self) -> str: ...

    @property
    def one_person(self) -> bool: ...

    @property
    def entrance(self) -> str | None: ...

    @property
    def has_accounts(self) -> bool: ...

    @property
    def by_provider(self) -> bool: ...

    def session_id(self, headers: Headers, address: str) -> str:
        """Of the session that a request claims, empty where it claims none; whether it holds, `sessions` knows."""
        ...


@dataclass(frozen=True)
class Nobody:
    """One person on their own machine; `name` is “none”, or “open” where others reach it all the same."""

    name: str
    one_person: bool = True
    entrance: str | None = ""
    has_accounts: bool = False
    by_provider: bool = False

    def session_id(self, headers: Headers, address: str) -> str:
        return ""


@dataclass(frozen=True)
class Password:
    """Accounts of this server; the cookie of a browser holds the secret of its session."""

    name: str = "password"
    one_person: bool = False
    entrance: str | None = "/account/login"
    has_accounts: bool = True
    by_provider: bool = False

    def session_id(self, headers: Headers, address: str) -> str:
        secret = _cookies(headers).get(COOKIE, "")
        return sessions.digest(secret) if secret else ""


@dataclass(frozen=True)
class OpenIDConnect:
    """Streamlit logs the person in and keeps a signed cookie, in several parts where it is long (`_streamlit_user`,
    `_streamlit_user_1`, …); a session of that cookie begins when a page has found it to be right."""

    name: str = "oidc"
    one_person: bool = False
    entrance: str | None = ""
    has_accounts: bool = False
    by_provider: bool = True

    def session_id(self, headers: Headers, address: str) -> str:
        parts = sorted(pair for pair in _cookies(headers).items() if _PART.fullmatch(pair[0]))
        return sessions.digest(repr(parts)) if parts else ""


@dataclass(frozen=True)
class ProxyHeader:
    """A proxy in front says who it is, and shows that it is the proxy by its address and a shared secret."""

    proxies: tuple[str, ...]
    secret: str
    user_header: str = "x-forwarded-user"
    name: str = "header"
    one_person: bool = False
    entrance: str | None = None
    has_accounts: bool = False
    by_provider: bool = False

    def session_id(self, headers: Headers, address: str) -> str:
        given, named = headers.getlist("x-casebook-secret"), headers.getlist(self.user_header)
        right = len(given) == 1 and hmac.compare_digest(given[0].encode(), self.secret.encode())
        if not right or len(named) != 1 or not named[0].strip() or not self._is_proxy(address):
            return ""
        user = named[0].strip()
        if not welcome(user):
            return ""
        identity = sessions.digest(f"{self.secret}\0{user}")
        if sessions.find(identity) is None:
            person = people.named_elsewhere(self.name, user, user, host=looks_after(user))
            if person.suspended is None:
                browser = headers.get("user-agent", "")
                sessions.admit(identity, person, browser=browser, address=address, vouched=True)
        return identity

    def _is_proxy(self, address: str) -> bool:
        try:
            return any(ip_address(address) in ip_network(proxy, strict=False) for proxy in self.proxies)
        except ValueError:
            return False


def chosen() -> Login:
    """
    Raises:
        InputError: `CASEBOOK_LOGIN` is none of the ways, or what it needs besides is missing.
    """
    asked = os.environ.get("CASEBOOK_LOGIN", "").strip() or "none"
    match asked:
        case "none" | "open":
            return Nobody(asked)
        case "password":
            return Password()
        case "oidc":
            return OpenIDConnect()
        case "header":
            return _proxy_header()
    raise InputError(
        found=N_("CASEBOOK_LOGIN is “{asked}”."),
        expected=N_("It can be none, open, password, oidc or header."),
        remedy=N_("Correct it and start again."),
        asked=asked[:100],
    )


def _proxy_header() -> ProxyHeader:
    proxies, secret = _listed("CASEBOOK_PROXIES"), os.environ.get("CASEBOOK_PROXY_SECRET", "")
    if not proxies or len(secret) < 16:
        raise InputError(
            found=N_("CASEBOOK_LOGIN=header has no CASEBOOK_PROXIES, or a CASEBOOK_PROXY_SECRET that is too short."),
            expected=N_("Only a proxy that shows its address and a secret of at least 16 characters is believed."),
            remedy=N_("Set both, and let the proxy send the secret as X-Casebook-Secret."),
        )
    return ProxyHeader(proxies, secret, os.environ.get("CASEBOOK_USER_HEADER", "").lower() or "x-forwarded-user")


def looks_after(name: str) -> bool | None:
    """Whether `CASEBOOK_HOSTS` makes a host of this person, whom a provider or a proxy names; None where it is not set,
    and the first who comes is one."""
    hosts = _listed("CASEBOOK_HOSTS")
    return name in hosts if hosts else None


def welcome(name: str) -> bool:
    """Whether `CASEBOOK_PEOPLE`, patterns such as `*@example.com`, lets this person in; all where it is empty."""
    patterns = _listed("CASEBOOK_PEOPLE")
    return not patterns or any(fnmatch(name.casefold(), pattern.casefold()) for pattern in patterns)


def session(headers: Headers) -> Session | None:
    """The session that the server found for a request, or none."""
    return sessions.find(headers.get(HEADER, ""))


def key_of_provider(issuer: str, subject: str) -> str:
    """By what a provider's person is known for good; a name or an address of mail may pass on to another."""
    return hashlib.sha256(f"{issuer}\0{subject}".encode()).hexdigest()


def proof(told: Mapping[str, Any]) -> str:
    """What is kept of all that a provider said at one login, its time among it."""
    return sessions.digest(json.dumps(told, sort_keys=True, default=str))


def _listed(variable: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in os.environ.get(variable, "").split(",") if part.strip())


def _cookies(headers: Headers) -> dict[str, str]:
    return cookie_parser(headers.get("cookie", ""))
