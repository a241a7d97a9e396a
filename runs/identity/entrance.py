"""What is settled before the first request: whether the app may start like this, and how its first host gets in."""

from __future__ import annotations

import os
from ipaddress import ip_address

from models.errors import N_, InputError
from runs.identity import invitations, login
from runs.language import say, say_error
from runs.logs import lines

OPEN_TO_ALL = (
    N_("Casebook was told to listen on {address}, where others can reach it, but nobody has to log in."),
    N_("Whoever reaches it would see all data and runs, and could change and delete them. Choose one:"),
)
WAYS_OUT = (  # what to set, and what then holds
    ("CASEBOOK_LOGIN=password", N_("Accounts with a password; the first start shows an address to make yours.")),
    ("CASEBOOK_LOGIN=oidc", N_("Your provider logs people in (OpenID Connect); see docs/hosting.md.")),
    ("CASEBOOK_LOGIN=header", N_("A proxy in front logs people in; see docs/hosting.md.")),
    ("CASEBOOK_LOGIN=open", N_("Nobody logs in, in a network where everyone may do everything.")),
    ("--server.address 127.0.0.1", N_("Only this machine reaches it; so it is without --server.address, too.")),
)
FIRST_HOST = (
    N_("There is no account yet. Open this address within a day to make the first one:"),
    N_("It can invite, suspend and remove the others."),
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
        told = [say(spoken, sentence, address=address or "0.0.0.0") for sentence in OPEN_TO_ALL]
        ways = [f"  {setting:28}{say(spoken, meaning)}" for setting, meaning in WAYS_OUT]
        return "\n".join([*told, "", *ways])
    if way.has_accounts and (token := invitations.first_host()):
        begin, power = (say(spoken, sentence) for sentence in FIRST_HOST)
        where = f"{_origin(address, port)}/account/invitation?i={token}"
        lines.announce(f"\n{begin}\n\n  {where}\n\n{power}\n")
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
