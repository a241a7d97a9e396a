"""Share: links to a read-only demo of the model, which expire or are taken back."""

from __future__ import annotations

from urllib.parse import urljoin, urlsplit

import segno
import streamlit as st

from pages import modalities
from pages.shared import owner, session, vocabulary
from pages.shared.i18n import _, together
from pages.shared.text import bold
from runs.store import shares
from runs.store.records import Run
from runs.store.shares import Share

DAYS = (1, 7, 30, None)


def show(run: Run) -> None:
    """A fragment: a link is made without the rest of the page."""
    if run.result.get("onnx"):
        with st.expander(_("Private demo link"), icon=":material/share:", key=_key(run), on_change="rerun"):
            st.fragment(_links)(run)


def unfold(run: Run) -> None:
    """Open where links are made; as a callback."""
    st.session_state[_key(run)] = True


def _key(run: Run) -> str:
    return f"share_{run.id}"


def _links(run: Run) -> None:
    told = _("Anyone with the link can try the model and see its test results, but change nothing.")
    lent = _("Your data stays private unless you allow it below.")
    st.markdown(together(told, lent if modalities.of(run.case).lent else _("Your data stays private.")))
    _form(run)
    token = session.held(f"shared_{run.id}", str)
    if token:
        _once(token)
    links = shares.of(run)
    if links:
        st.markdown(bold(_("Existing links")))
    for link in links:
        _line(run, link)


def _form(run: Run) -> None:
    modality = modalities.of(run.case)
    names = {1: _("1 day"), 7: _("7 days"), 30: _("30 days"), None: _("never")}
    with st.form(f"share_form_{run.id}", border=False):
        when, code = st.columns(2)
        days = when.selectbox(
            _("Expires after"), DAYS, index=1, format_func=names.get, key=f"share_days_{run.id}",
            help=_("Expired links stop working."),
        )  # fmt: skip
        passcode = code.text_input(
            _("Passcode (optional)"), key=f"share_passcode_{run.id}", max_chars=100, autocomplete="off",
            help=_("Send it separately: the link alone does not open the demo."),
        )  # fmt: skip
        examples = bool(modality.lent) and st.checkbox(
            _(modality.lent), key=f"share_examples_{run.id}", help=_(modality.lent_help)
        )
        if st.form_submit_button(_("Create link"), icon=":material/add_link:"):
            made = shares.create(run, days=days, passcode=passcode.strip(), examples=examples)
            st.session_state[f"shared_{run.id}"] = made


def _once(token: str) -> None:
    address = urljoin(st.context.url or "", f"demo?t={token}")
    with st.container(border=True):
        st.markdown(bold(_("Copy the link now. It is shown only once.")))
        drawn, told = st.columns([1, 3], vertical_alignment="center")
        code = segno.make(address, error="m").svg_data_uri(scale=4, border=2, light="white", dark="#111")
        drawn.image(code, width=148)
        told.code(address, language=None, wrap_lines=True)
        if urlsplit(address).hostname in ("localhost", "127.0.0.1", "::1"):
            told.caption(_("This address works only on this computer. To share, open Casebook at an address others can "
                           "reach and create the link there. There is no sign-in: anyone who can reach Casebook can "
                           "open every page."))  # fmt: skip


def _line(run: Run, link: Share) -> None:
    states = {"open": (_("Valid"), "green"), "expired": (_("Expired"), "gray"), "revoked": (_("Revoked"), "gray")}
    name, color = states[link.state]
    with st.container(horizontal=True, vertical_alignment="center"):
        st.badge(name, color=color)
        st.caption(" · ".join(_facts(run, link)))
        if link.state == "open" and st.button(
            _("Revoke"), key=f"revoke_{link.id}", icon=":material/link_off:", type="tertiary"
        ):
            shares.revoke(link.id, owner.current())
            st.session_state.pop(f"shared_{run.id}", None)
            st.rerun(scope="fragment")


def _facts(run: Run, link: Share) -> list[str]:
    until = _("until {when}", when=vocabulary.when(link.expires)) if link.expires else _("does not expire")
    told = [_("created {when}", when=vocabulary.when(link.created)), until]
    if link.passcode_hash:
        told.append(_("with a passcode"))
    if link.examples:
        told.append(_(modalities.of(run.case).with_lent))
    return told
