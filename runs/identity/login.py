"""How people log in, chosen by `CASEBOOK_LOGIN`: nobody, a password, OpenID Connect, or a proxy that names them.

Whatever the way, it comes to a session id, which the server puts into a header of its own (`HEADER`) before a page or
a route sees the request; one that a client sent under this name never arrives.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
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
log = logging.getLogger(__name__)
_PART = re.compile(r"_streamlit_user(_\d+)?", re.ASCII)


@dataclass(frozen=True)
class Claim:
    """What a request says of who sends it: the id of a session, empty where it says nothing of the kind; whether that
    holds, `sessions` knows. `wrong`: why it is believed nothing, in English, for the log alone."""

    session: str = ""
    wrong: str = ""


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

    def claimed(self, headers: Headers, address: str) -> Claim:
        """`address`: of the other end of the connection."""
        ...


@dataclass(frozen=True)
class Nobody:
    """One person on their own machine; `name` is “none”, or “open” where others reach it all the same."""

    name: str
    one_person: bool = True
    entrance: str | None = ""
    has_accounts: bool = False
    by_provider: bool = False

    def claimed(self, headers: Headers, address: str) -> Claim:
        return Claim()


@dataclass(frozen=True)
class Password:
    """Accounts of this server; the cookie of a browser holds the secret of its session."""

    name: str = "password"
    one_person: bool = False
    entrance: str | None = "/account/login"
    has_accounts: bool = True
    by_provider: bool = False

    def claimed(self, headers: Headers, address: str) -> Claim:
        secret = _cookies(headers).get(COOKIE, "")
        return Claim(sessions.digest(secret) if secret else "")


@dataclass(frozen=True)
class OpenIDConnect:
    """Streamlit logs the person in and keeps a signed cookie, in several parts where it is long (`_streamlit_user`,
    `_streamlit_user_1`, …); a session of that cookie begins when a page has found it to be right."""

    name: str = "oidc"
    one_person: bool = False
    entrance: str | None = ""
    has_accounts: bool = False
    by_provider: bool = True

    def claimed(self, headers: Headers, address: str) -> Claim:
        parts = sorted(pair for pair in _cookies(headers).items() if _PART.fullmatch(pair[0]))
        return Claim(sessions.digest(repr(parts)) if parts else "")


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

    def claimed(self, headers: Headers, address: str) -> Claim:
        given, named = headers.getlist("x-casebook-secret"), headers.getlist(self.user_header)
        if wrong := "; ".join(filter(None, (self._of_address(address), self._of_secret(given), self._of_name(named)))):
            return Claim(wrong=wrong)
        user = named[0].strip()
        if not welcome(user):
            return Claim(wrong=f"CASEBOOK_PEOPLE does not admit {user!r}")
        identity = sessions.digest(f"{self.secret}\0{user}")
        if sessions.find(identity) is None:
            person = people.named_elsewhere(self.name, user, user, host=looks_after(user))
            if person.suspended is not None:
                return Claim(wrong=f"{user!r} is suspended")
            browser = headers.get("user-agent", "")
            sessions.admit(identity, person, browser=browser, address=address, vouched=True)
        return Claim(identity)

    def _of_address(self, address: str) -> str:
        """What is wrong with it, as for the other parts; empty where nothing is."""
        if self._is_proxy(address):
            return ""
        return f"the connection comes from {address or 'no address'}, which CASEBOOK_PROXIES does not name"

    def _of_secret(self, given: list[str]) -> str:
        if len(given) == 1 and hmac.compare_digest(given[0].encode(), self.secret.encode()):
            return ""
        how = ("is missing", "is not CASEBOOK_PROXY_SECRET")[len(given)] if len(given) < 2 else "is there twice"
        return f"X-Casebook-Secret {how}"

    def _of_name(self, named: list[str]) -> str:
        if len(named) == 1 and named[0].strip():
            return ""
        how = ("is missing", "is empty")[len(named)] if len(named) < 2 else "is there twice"
        return f"{self.user_header.title()}, which names the person, {how}"

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


def note_refused(wrong: str, address: str) -> None:
    """One line in the log for a login that was refused; who tried is never told as much.

    Args:
        wrong: which part was, in English, without any secret.
        address: of who tried; empty for this machine.
    """
    log.warning("Login refused: %s; from %s", wrong, address or "this machine")


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
