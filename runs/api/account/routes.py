"""Logging in and out, accepting an invitation, and a person's own account.

Nothing here is for pages of other sites: `runs.api.hosts` refuses their Origin, and the cookie is not sent with their
forms (SameSite).
"""

from __future__ import annotations

from functools import partial
from typing import Any

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from models.errors import N_, InputError
from runs.api import addresses, prefix
from runs.api.account import cookies
from runs.api.account.forms import fields, local, page
from runs.api.account.turns import Crowded, come_back, hashing
from runs.identity import adoption, invitations, login, new_passwords, people, sessions
from runs.identity.people import Person
from runs.identity.sessions import Session
from runs.language import size
from runs.limits import allowances, storage, wrong_passwords

_DIFFER = N_("The two passwords differ. Type the same one twice.")


async def log_in(request: Request) -> Response:
    """GET and POST /account/login; wrong names and wrong passwords are answered alike. Only who knows the password is
    told that the account is suspended."""
    if not isinstance(login.chosen(), login.Password):
        return RedirectResponse(f"{prefix.of(request)}/", 303)
    onwards = local(request.query_params.get("next", f"{prefix.of(request)}/"))
    if request.method != "POST":
        return page(request, "login.html", onwards=onwards)
    name, password = await fields(request, "name", "password")
    refused = partial(login.note_refused, address=addresses.of(request))
    try:
        person = await hashing(request, people.folded(name), _looked_up, request, name, password)
    except Crowded:
        refused("too many log in at this moment")
        return come_back(request, "login.html", name=name, onwards=onwards)
    except InputError as error:
        refused("too many wrong passwords")
        return page(request, "login.html", status=429, error=error, name=name, onwards=onwards)
    if person is None:
        known = await to_thread.run_sync(people.is_account, name)  # a name that is none may be a password
        refused(f"wrong password of {people.folded(name)!r}" if known else "no account has this name")
        wrong = N_("User name or password is wrong.")
        return page(request, "login.html", status=401, error=wrong, name=name, onwards=onwards)
    if person.suspended:
        refused(f"{person.name!r} is suspended")
        barred = N_("This account is suspended. Ask the host of this server.")
        return page(request, "login.html", status=403, error=barred, name=name, onwards=onwards)
    return await to_thread.run_sync(cookies.welcome, request, person, onwards)


def _looked_up(request: Request, name: str, password: str) -> Person | None:
    """
    Raises:
        InputError: there were too many wrong ones.
    """
    account, address = people.folded(name)[:255], addresses.of(request)
    device = cookies.device(request, account)
    noted = wrong_passwords.count(account, address, device)
    person = people.with_password(name, password)
    if person is None:
        return None
    wrong_passwords.forget(account, address, device, noted)
    return person


async def join(request: Request) -> Response:
    """GET and POST /account/invitation: make the account that the link is for."""
    token = request.query_params.get("i", "")
    invitation = await to_thread.run_sync(invitations.find, token)
    if invitation is None:
        wrong = invitations.no_longer_valid()
        return page(request, "sentence.html", status=404, error=wrong, heading=N_("Invitation"))
    local_things = await to_thread.run_sync(adoption.waiting) if invitation.host else 0
    if request.method != "POST":
        name, host = invitation.name, invitation.host
        return page(request, "invitation.html", name=name, adoptable=local_things, host=host)
    name, password, again, adopt = await fields(request, "name", "password", "again", "adopt")
    refused = partial(
        page, request, "invitation.html", status=422, name=name, adoptable=local_things, host=invitation.host
    )  # fmt: skip
    if password != again:
        return refused(error=_DIFFER)
    try:
        person = await hashing(request, people.folded(name), invitations.accept, token, name, password)
    except Crowded:
        return come_back(request, "invitation.html", name=name, adoptable=local_things, host=invitation.host)
    except InputError as error:
        return refused(error=error)
    if adopt and invitation.host:
        await to_thread.run_sync(adoption.adopt, person)
    return await to_thread.run_sync(cookies.welcome, request, person, f"{prefix.of(request)}/")


async def choose_password(request: Request) -> Response:
    """GET and POST /account/password: choose a new one, by a link that a host made."""
    token = request.query_params.get("p", "")
    person = await to_thread.run_sync(new_passwords.find, token)
    if person is None:
        wrong = new_passwords.no_longer_valid()
        return page(request, "sentence.html", status=404, error=wrong, heading=N_("Choose a new password"))
    if request.method != "POST":
        return page(request, "new_password.html", name=person.name)
    password, again = await fields(request, "password", "again")
    if password != again:
        return page(request, "new_password.html", status=422, error=_DIFFER, name=person.name)
    try:
        person = await hashing(request, person.id, new_passwords.choose, token, password)
    except Crowded:
        return come_back(request, "new_password.html", name=person.name)
    except InputError as error:
        return page(request, "new_password.html", status=422, error=error, name=person.name)
    return await to_thread.run_sync(cookies.welcome, request, person, f"{prefix.of(request)}/")


async def account(request: Request) -> Response:
    """GET /account: who is logged in, and where; POST ends sessions or changes the password."""
    session = await to_thread.run_sync(login.session, request.headers)
    if session is None:
        return RedirectResponse(f"{prefix.of(request)}/account/login?next={prefix.of(request)}/account", 303)
    error: InputError | str = ""
    told, crowded = "", False
    if request.method == "POST":
        ending, old, new, again = await fields(request, "end", "old", "new", "again")
        if ending == "this":
            await to_thread.run_sync(sessions.end, session.id, session.person)
            return cookies.farewell(request)
        if ending == "others":
            await to_thread.run_sync(lambda: sessions.end_all(session.person, but=session.id))
        elif ending:
            await to_thread.run_sync(sessions.end, ending, session.person)
        elif new != again:
            error = _DIFFER
        elif new:
            try:
                right = await hashing(request, session.person.id, _changed, request, session, old, new)
                error, told = ("", N_("The password was changed.")) if right else (N_("The old password is wrong."), "")
            except Crowded:
                crowded = True
            except InputError as wrong:
                error = wrong
    known = await to_thread.run_sync(sessions.of, session.person)
    uses = await to_thread.run_sync(_uses, session.person.id)
    values = dict(told=told, session=session, sessions=known, uses=uses)
    if crowded:
        return come_back(request, "account.html", **values)
    return page(request, "account.html", status=422 if error else 200, error=error, **values)


def _uses(person: str) -> list[tuple[str, str, dict[str, Any]]]:
    """What has a limit: its name, and a sentence with how much of it is used."""
    allowed, of, told = allowances.of(person), dict[str, Any](), list[tuple[str, str, dict[str, Any]]]()
    if allowed.storage is not None:
        of = {"used": size(storage.used(person)), "most": size(allowed.storage)}
        told.append((N_("Storage"), N_("{used} of {most}"), of))
    if allowed.upload is not None:
        most = min(allowed.upload, allowed.storage or allowed.upload)  # no file is larger than all there is
        told.append((N_("One file"), N_("at most {most}"), {"most": size(most)}))
    if allowed.at_once is not None:
        of = {"used": len(allowances.at_work(person)), "most": allowed.at_once}
        told.append((N_("Runs at once, waiting ones included"), N_("{used} of {most}"), of))
    if allowed.hours is not None:
        of = {"used": f"{allowances.hours_today(person):.2f}", "most": f"{allowed.hours:g}"}
        told.append((N_("Hours of computing in the last day"), N_("{used} of {most}"), of))
    return told


def _changed(request: Request, session: Session, old: str, new: str) -> bool:
    """Whether the old one was right; whoever came in with it is out then, but for this browser."""
    person, address = session.person, addresses.of(request)
    account = people.folded(person.name)
    device = cookies.device(request, account)
    noted = wrong_passwords.count(account, address, device)
    if not people.change_password(person, old, new):
        return False
    wrong_passwords.forget(account, address, device, noted)
    sessions.end_all(person, but=session.id)
    return True


ROUTES = [
    Route("/account/login", log_in, methods=["GET", "POST"]),
    Route("/account/invitation", join, methods=["GET", "POST"]),
    Route("/account/password", choose_password, methods=["GET", "POST"]),
    Route("/account", account, methods=["GET", "POST"]),
]
