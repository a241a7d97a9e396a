"""Everyone who may log in: what they use, and to suspend, remove or hand over."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from models.errors import InputError
from pages.administration import account_link
from pages.shared import i18n, session, sign_in, vocabulary
from pages.shared.i18n import _, count
from pages.shared.text import bold, plain
from runs.identity import new_passwords, people, removal, sessions
from runs.identity.people import Person
from runs.limits import allowances, storage


def show(host: Person) -> None:
    everyone = people.everyone()
    st.subheader(count("{n} person", "{n} people", len(everyone)), anchor=False)
    for person in everyone:
        with st.container(border=True):
            _one(host, person, everyone)


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
            _button(_("Let back in"), person, removal.let_back)
        elif person.id != host.id:
            _button(_("Suspend"), person, removal.suspend)
        alone = person.host and sum(one.host and not one.suspended for one in everyone) == 1
        if not person.suspended and not alone:
            label = _("No longer a host") if person.host else _("Make a host")
            _button(label, person, lambda one: removal.make_host(one, not one.host))
        if person.has_password and st.button(_("Reset password"), key=f"password_{person.id}", type="tertiary"):
            _show_password_link(person)
        if st.button(_("Log out everywhere"), key=f"logout_{person.id}", type="tertiary"):
            sessions.end_all(person)
            st.rerun()
        if person.id != host.id and st.button(_("Remove"), key=f"remove_{person.id}", type="tertiary"):
            _ask(person, [one for one in everyone if one.id != person.id])


def _facts(person: Person) -> list[str]:
    used = storage.used(person.id)
    hours = allowances.hours_today(person.id)
    told = [_("since {when}", when=vocabulary.when(person.created)), vocabulary.size(used) if used else _("no data")]
    if hours >= 0.05:  # else it would be told as none
        told.append(_("{n:.1f} hours of computing in the last day", n=hours))
    return told


def _button(label: str, person: Person, do: Callable[[Person], None]) -> None:
    if st.button(label, key=f"{label}_{person.id}", type="tertiary"):
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
        st.caption(_("The old password works until then."))

    show()


def _ask(person: Person, others: list[Person]) -> None:
    @st.dialog(_("Remove “{name}”?", name=plain(person.name)))
    def ask() -> None:
        if not sign_in.hosts():  # no longer: a dialog runs without the page that asked before
            st.rerun()
        st.markdown(_("The account is deleted. What should happen to the data, runs and links?"))
        ways = {"delete": _("Delete everything"), "hand": _("Hand over to another person")}
        way = st.radio(_("Data"), list(ways), format_func=ways.get, key="removal_way", label_visibility="collapsed")
        to = None
        if way == "hand":
            names = {one.id: plain(one.name) for one in others}
            to = st.selectbox(_("To whom"), list(names), format_func=names.get, key="removal_to")
        with st.container(horizontal=True):
            really = st.button(_("Remove"), key="removal_really")
            if st.button(_("Cancel"), key="removal_not"):
                st.rerun()
        if really:
            _remove(person, next((one for one in others if one.id == to), None))

    ask()


def _remove(person: Person, heir: Person | None) -> None:
    try:
        if heir:
            removal.suspend(person)
            removal.hand_over(person, heir)
            removal.forget(person)
        else:
            removal.remove(person)
    except InputError as error:
        st.error(i18n.of(error))
        return
    session.put("host_part", "people")
    st.rerun()
