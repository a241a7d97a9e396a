"""Where a person wants to be told how their trainings end: the address of a webhook, and how it went."""

from __future__ import annotations

from urllib.parse import urlsplit

import streamlit as st

from models.errors import InputError
from pages.shared import i18n, owner, session, vocabulary
from pages.shared.address import of_page
from pages.shared.i18n import _
from pages.shared.text import plain
from runs.notices import address, delivery, message
from runs.store import webhooks
from runs.store.webhooks import Webhook

TOLD, SECRET = "webhook_told", "webhook_secret"  # in the session: how the last press went; the secret, once


def show(key: str) -> None:
    """Draw it folded; nothing where the host has switched webhooks off. `key` tells places of the page apart."""
    if address.allowed() == address.OFF:
        return
    with st.expander(_("Webhook"), icon=":material/webhook:", key=f"{key}_webhook"):
        st.fragment(_webhook)(key)


def _webhook(key: str) -> None:
    hook = webhooks.of(owner.current())
    told = _("Told when one of your runs ends, fails, diverges or overfits. Chat rooms and automation services offer "
             "such addresses.")  # fmt: skip
    st.caption(i18n.together(told, _("It receives the name, result and link of the run as JSON.")))
    if hook:
        _standing(hook)
        with st.container(horizontal=True):
            st.button(_("Send a test"), key=f"{key}_webhook_test", icon=":material/send:", on_click=_test)
            st.button(_("Remove webhook"), key=f"{key}_webhook_remove", icon=":material/delete:", on_click=_remove)
    else:
        st.text_input(_("Address"), key=f"{key}_webhook_address", placeholder="https://…", autocomplete="off")
        st.button(_("Save"), key=f"{key}_webhook_save", icon=":material/save:", on_click=_save,
                  args=(f"{key}_webhook_address",))  # fmt: skip
    _outcome()


def _standing(hook: Webhook) -> None:
    """Whither notices go, told by the host alone: the rest of the address is a secret."""
    parts = urlsplit(hook.address)
    told = [_("Notices go to **{host}**.", host=plain(f"{parts.scheme}://{parts.hostname}/…"))]
    if hook.delivered:
        told.append(_("Last delivered: {when}.", when=vocabulary.when(hook.delivered)))
    st.markdown(i18n.together(*told))
    if hook.error:
        st.warning(i18n.together(_("Not delivered ({when}).", when=vocabulary.when(hook.failed)),
                                 i18n.of(InputError.from_json(hook.error))), icon=":material/warning:")  # fmt: skip
    if secret := session.held(SECRET, str):
        st.markdown(_("Secret of the signature, shown only now. The header {header} holds the HMAC-SHA256 of the body.",
                      header=plain(delivery.SIGNATURE)))  # fmt: skip
        st.code(secret, language=None)


def _save(field: str) -> None:
    asked = session.held(field, str, "").strip()
    try:
        address.resolved(asked)
    except InputError as error:
        st.session_state[TOLD] = error
        return
    hook = webhooks.keep(owner.current(), asked, language=i18n.current(), page=of_page("/"))
    st.session_state[SECRET] = hook.secret
    st.session_state.pop(TOLD, None)


def _test() -> None:
    """Send one now, past the queue: who asks for it waits for it."""
    hook = webhooks.of(owner.current())
    if hook is None:
        return
    try:
        delivery.post(hook.address, message.trial(hook), hook.secret)
    except InputError as error:
        webhooks.told(hook, error.as_json())
        st.session_state.pop(TOLD, None)  # it stands above
    else:
        webhooks.told(hook, None)
        st.session_state[TOLD] = _("The test was delivered.")


def _remove() -> None:
    webhooks.remove(owner.current())
    for name in (TOLD, SECRET):
        st.session_state.pop(name, None)


def _outcome() -> None:
    told = session.held(TOLD, (InputError, str))
    if isinstance(told, InputError):
        st.error(i18n.of(told), icon=":material/error:")
    elif told:
        st.success(told, icon=":material/check:")
