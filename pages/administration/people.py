"""Everyone who may log in: what they use, and to suspend, remove or hand over."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from models.errors import InputError
from pages.administration import account_link, removal_dialog
from pages.shared import i18n, presses, sign_in, vocabulary
from pages.shared.i18n import _, count
from pages.shared.text import bold, plain
from runs.identity import new_passwords, people, removal, sessions
from runs.identity.people import Person
from runs.limits import allowances, storage
from runs.store import records

PAGE = 10  # people that are shown at once: each has a dozen controls, and what they use is counted on the disk


def show(host: Person) -> None:
    everyone = people.everyone()
    st.subheader(count("{n} person", "{n} people", len(everyone)), anchor=False)
    found = _searched(everyone) if len(everyone) > PAGE else everyone
    pages = -(-len(found) // PAGE)
    page = st.pagination(pages, key=f"people_page_{pages}") if pages > 1 else 1
    for person in found[(page - 1) * PAGE : page * PAGE]:
        with st.container(border=True):
            _one(host, person, everyone)


def _searched(everyone: list[Person]) -> list[Person]:
    """Those whose names hold what was typed, however it is written."""
    asked = people.folded(st.text_input(_("Search people"), key="people_search", icon=":material/search:"))
    found = [one for one in everyone if asked in people.folded(one.name)]
    if asked:
        st.caption(count("{n} person found", "{n} people found", len(found)))
    return found


def _one(host: Person, person: Person, everyone: list[Person]) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(bold(plain(person.name)), width="content")
        if person.host:
            st.badge(_("host"), color="green")
        if person.suspended:
            st.badge(_("Suspended"), color="yellow")
        st.caption(" · ".join(_facts(person)))
    with st.container(horizontal=True):
        if person.suspended:
            _button(_("Let back in"), person, removal.let_back, icon="lock_open")
        elif person.id != host.id:
            help_ = _("Ends all sessions and bars the login. Data, runs and links stay as they are.")
            _button(_("Suspend"), person, removal.suspend, icon="block", help=help_)
        alone = person.host and sum(one.host and not one.suspended for one in everyone) == 1
        if not person.suspended and not alone:
            label = _("No longer a host") if person.host else _("Make a host")
            icon = "person" if person.host else "shield_person"
            _button(label, person, lambda one: removal.make_host(one, not one.host), icon=icon)
        if person.has_password:
            asked = f"password_{person.id}"
            st.button(_("Reset password"), key=asked, type="tertiary", icon=":material/key:", on_click=presses.note,
                      args=(asked,))  # fmt: skip
            for _press in presses.opened(asked):
                _show_password_link(person)
        out = f"logout_{person.id}"
        st.button(
            _("Log out everywhere"), key=out, type="tertiary", icon=":material/logout:", on_click=presses.note,
            args=(out,), help=_("Ends the sessions in all browsers. The person can log in again."),
        )  # fmt: skip
        if press := presses.of(out):
            press.over = True
            sessions.end_all(person)
            if person.id == host.id:
                st.rerun()
            st.toast(_("{name} is logged out everywhere.", name=plain(person.name)))
        removing = f"remove_{person.id}"
        if person.id != host.id:
            st.button(_("Remove"), key=removing, type="tertiary", icon=":material/delete:", on_click=presses.note,
                      args=(removing,))  # fmt: skip
        for _press in presses.opened(removing) if person.id != host.id else ():
            removal_dialog.ask(person, [one for one in everyone if one.id != person.id and not one.suspended])


def _facts(person: Person) -> list[str]:
    used = storage.used(person.id)
    hours = allowances.hours_today(person.id)
    told = [_("since {when}", when=vocabulary.when(person.created)), vocabulary.size(used) if used else _("no data")]
    if seen := sessions.last_seen(person):
        told.insert(1, _("last here {when}", when=vocabulary.when(seen)))
    told += _runs(records.run_counts(person.id))
    if hours >= 0.05:  # else it would be told as none
        told.append(_("{n:.1f} hours of computing in the last day", n=hours))
    return told


def _runs(counts: dict[str, int]) -> list[str]:
    """How many trainings there are, and how many of them are at work or need help."""
    if not counts:
        return [_("no runs yet")]
    working = counts.get("running", 0) + counts.get("queued", 0)
    told = [count("{n} run", "{n} runs", sum(counts.values()))]
    told += [count("{n} at work", "{n} at work", working)] if working else []
    return told + ([count("{n} failed", "{n} failed", failed)] if (failed := counts.get("failed", 0)) else [])


def _button(label: str, person: Person, do: Callable[[Person], None], *, icon: str, help: str | None = None) -> None:
    key = f"{label}_{person.id}"
    st.button(label, key=key, type="tertiary", icon=f":material/{icon}:", help=help, on_click=presses.note,
              args=(key,))  # fmt: skip
    if press := presses.of(key):
        press.over = True
        try:
            do(person)
        except InputError as error:
            st.error(i18n.of(error))
            return
        st.rerun()


def _show_password_link(person: Person) -> None:
    @st.dialog(_("Reset the password of “{name}”", name=plain(person.name)))
    def show() -> None:
        if not sign_in.hosts():  # no longer: a dialog runs without the page that asked before
            st.rerun()
        st.markdown(_("Send this link to the person. It is good for one day and one new password."))
        account_link.show(f"/account/password?p={new_passwords.create(person)}")
        st.caption(_("The old password works until a new one is chosen."))

    show()
