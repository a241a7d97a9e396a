"""A person is removed: asked what becomes of the data, and told what would be lost."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from models.errors import InputError
from pages.shared import i18n, presses, session, sign_in, vocabulary
from pages.shared.i18n import _, count
from pages.shared.text import plain
from runs.identity import removal
from runs.identity.people import Person
from runs.limits import storage
from runs.store import records

HAND_OVER, DELETE = "hand", "delete"


def ask(person: Person, heirs: Sequence[Person]) -> None:
    """Ask, with the way chosen by which nothing is lost; where there is nobody to take it over, with none."""

    @st.dialog(_("Remove “{name}”?", name=plain(person.name)))
    def show() -> None:
        if not sign_in.hosts():  # no longer: a dialog runs without the page that asked before
            st.rerun()
        st.markdown(_("The account is deleted. What should happen to the data, runs and links?"))
        way, heir = _chosen(person, heirs)
        if way == DELETE and (storage.used(person.id) or records.run_count(person.id)):
            st.warning(_("Deleted permanently: {what}", what=_belongings(person)), icon=":material/warning:")
        with st.container(horizontal=True):
            pressed = f"removal_really_{person.id}"
            st.button(_("Remove"), key=pressed, disabled=way is None, on_click=presses.note, args=(pressed,))
            st.button(_("Cancel"), key="removal_not", on_click=st.rerun)
        if way and (press := presses.of(pressed)):
            press.over = True
            _remove(person, heir)

    show()


def _chosen(person: Person, heirs: Sequence[Person]) -> tuple[str | None, Person | None]:
    """What becomes of the data, and whose they are then."""
    ways = {HAND_OVER: _("Hand over to another person")} if heirs else {}
    ways |= {DELETE: _("Delete everything")}
    way = st.radio(_("Data"), list(ways), index=0 if heirs else None, format_func=ways.get,
                   key=f"removal_way_{person.id}", label_visibility="collapsed")  # fmt: skip
    if way != HAND_OVER:
        return way, None
    names = {one.id: plain(one.name) for one in heirs}
    to = st.selectbox(_("To whom"), list(names), format_func=names.get, key=f"removal_to_{person.id}")
    return way, next(one for one in heirs if one.id == to)


def _belongings(person: Person) -> str:
    used, trained = storage.measured(person.id), records.run_count(person.id)
    return " · ".join([vocabulary.size(used) if used else _("no data"), count("{n} run", "{n} runs", trained)])


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
