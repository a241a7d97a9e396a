"""What is settled before the first request: whether the app may start like this, and how its first host gets in."""

from __future__ import annotations

import os
from ipaddress import ip_address

from models.errors import N_, InputError
from runs.identity import invitations, login
from runs.language import say, say_error

WAYS_OUT = N_(
    """Casebook was told to listen on {address}, where others can reach it, but nobody has to log in.
Whoever reaches it would see all data and runs, and could change and delete them. Ways out:

  only for yourself       start it without --server.address; it then listens on 127.0.0.1
  accounts with password  CASEBOOK_LOGIN=password   the first start shows an address to make your account
  your provider           CASEBOOK_LOGIN=oidc       OpenID Connect; see docs/hosting.md
  a proxy that logs in    CASEBOOK_LOGIN=header     oauth2-proxy, Authelia, JupyterHub; see docs/hosting.md
  nobody logs in          CASEBOOK_LOGIN=open       in a network where everyone may do everything"""
)
FIRST_HOST = N_(
    """There is no account yet. Open this address within a day to make the first one, which looks after the others:

  {address}"""
)


def opened(address: str | None, port: int) -> str | None:
    """Why the app may not be started like this, as text for the terminal; None where it may.

    Args:
        address: to listen on; None is every address of this machine.
    """
    spoken = "zh" if os.environ.get("LANG", "").startswith("zh") else "en"
    try:
        way = login.chosen()
    except InputError as error:
        return say_error(spoken, error.as_json())
    if way.name == "none" and not _only_here(address):
        return say(spoken, WAYS_OUT, address=address or "0.0.0.0")
    if isinstance(way, login.Password) and (token := invitations.first_host()):
        told = say(spoken, FIRST_HOST, address=f"{_origin(address, port)}/account/invitation?i={token}")
        print(f"\n{told}\n", flush=True)
    return None


def _only_here(address: str | None) -> bool:
    if address == "localhost":
        return True
    try:
        return ip_address((address or "").strip("[]")).is_loopback
    except ValueError:
        return False


def _origin(address: str | None, port: int) -> str:
    """Of the pages, as `CASEBOOK_URL` has it; else as it is reached from this machine."""
    if told := os.environ.get("CASEBOOK_URL"):
        return told.rstrip("/")
    anywhere = address in (None, "", "0.0.0.0", "::")
    host = "localhost" if anywhere else f"[{address}]" if ":" in str(address) else address
    return f"http://{host}:{port}"
