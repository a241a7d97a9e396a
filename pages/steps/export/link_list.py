"""The links of a run that there are: for whom, how often they were used, until when; and to take one back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import streamlit as st

from pages import modalities
from pages.shared import owner, presses, vocabulary
from pages.shared.i18n import _, count
from pages.shared.text import bold, plain
from runs.store import shares
from runs.store.records import Run
from runs.store.shares import Share


def made(run: Run, kind: str) -> str:
    """The key of the session under which the link just made is shown once; no longer when one is taken back."""
    return f"shared_{kind}_{run.id}"


def show(run: Run, links: Sequence[Share], kinds: Mapping[str, str]) -> None:
    """
    Args:
        kinds: what each kind of link is called.
    """
    st.markdown(bold(_("Existing links")))
    for link in links:
        _line(run, link, kinds[link.kind])


def _line(run: Run, link: Share, kind: str) -> None:
    states = {"open": (_("Valid"), "green"), "expired": (_("Expired"), "gray"), "revoked": (_("Revoked"), "gray")}
    name, color = states[link.state]
    with st.container(border=True, gap="xsmall"):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.badge(name, color=color)
            st.markdown(_(kind), width="content")
            st.space("stretch")
            asked = f"revoke_{link.id}"
            if link.state == "open":
                st.button(_("Revoke"), key=asked, icon=":material/link_off:", type="tertiary", on_click=presses.note,
                          args=(asked,))  # fmt: skip
            for _press in presses.opened(asked):
                _confirm(run, link)
        if titled := _titled(link):
            st.markdown(titled)
        st.caption(" · ".join(_facts(run, link)))


def _confirm(run: Run, link: Share) -> None:
    @st.dialog(_("Revoke this link?"))
    def ask() -> None:
        st.markdown(_("Whoever has it can no longer open it."))
        with st.container(horizontal=True):
            st.button(_("Revoke"), key=f"revoke_really_{link.id}", on_click=_revoke, args=(run, link))
            st.button(_("Cancel"), key=f"revoke_not_{link.id}", on_click=st.rerun)

    ask()


def _revoke(run: Run, link: Share) -> None:
    shares.revoke(link.id, owner.current())
    st.session_state.pop(made(run, link.kind), None)
    st.rerun()


def _titled(link: Share) -> str:
    """Its title, and for whom it was made."""
    title = bold(plain(link.title)) if link.title else ""
    whom = _("for {audience}", audience=plain(link.audience)) if link.audience else ""
    return " ".join(filter(None, [title, whom]))


def _facts(run: Run, link: Share) -> list[str]:
    until = _("until {when}", when=vocabulary.when(link.expires)) if link.expires else _("does not expire")
    told = [_("created {when}", when=vocabulary.when(link.created)), until]
    if link.passcode_hash:
        told.append(_("with a passcode"))
    if link.examples:
        told.append(_(modalities.of(run.case).with_lent))
    told.append(count("opened {n} time", "opened {n} times", link.visits) if link.visits else _("not opened yet"))
    if link.tries:
        told.append(count("{n} try", "{n} tries", link.tries))
    if link.used:
        told.append(_("last used {when}", when=vocabulary.when(link.used)))
    return told
