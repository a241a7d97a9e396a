"""Hugging Face Hub: the model of a run, and its static demo, as repositories of the person's own account."""

from __future__ import annotations

import re

import streamlit as st

from models.errors import InputError
from models.pretrained import hub
from pages.shared import failures, i18n, session, vocabulary
from pages.shared.i18n import _
from pages.shared.text import plain
from pages.steps.export import way_out
from runs.exports.hub import push
from runs.exports.hub.push import Push
from runs.exports.static_demo import archive
from runs.store.records import Run

LONGEST_NAME, LONGEST_TOKEN = 140, 400  # characters


def show(run: Run) -> None:
    title, whom = _("Hugging Face Hub"), _("For developers: the files of the model in an account of yours.")
    with way_out.fold("cloud_upload", title, whom, key=f"hub_{run.id}", on_change="rerun"):
        known = push.of(run)
        if known and not known.ended:
            st.fragment(_progress, run_every=0.5)(run)
            return
        if known:
            _outcome(known)
        st.fragment(_form)(run)


def _progress(run: Run) -> None:
    known = push.of(run)
    if known is None or known.ended:
        st.rerun()
    told = _("Uploading {done} of {total}", done=vocabulary.size(known.done), total=vocabulary.size(known.total))
    st.progress(known.done / known.total if known.total else 0.0, told if known.total else _("Contacting the hub …"))
    st.button(_("Cancel"), key=f"hub_stop_{run.id}", icon=":material/stop:", on_click=known.stop)


def _outcome(known: Push) -> None:
    if known.error:
        reason, remedy = i18n.reason_and_remedy(known.error)
        st.error(f"{reason}\n\n**{remedy}**", icon=":material/error:")
    elif known.stopped:
        st.info(_("The upload was cancelled. An empty repository may remain on the hub."), icon=":material/info:")
    else:
        st.success(_("Uploaded. The hub confirmed every file."), icon=":material/check:")
        for url in known.urls:
            st.link_button(url, url, icon=":material/open_in_new:", type="tertiary")


def _form(run: Run) -> None:
    st.markdown(_("The files of the zip are uploaded to {hub}, but not the data.", hub=plain(hub.endpoint())))
    st.caption(_("The model card names the data set and its classes."))
    key, demo = f"hub_{run.id}", archive.of(run)
    with st.form(f"{key}_form", border=False):
        name, token = st.columns(2)
        name.text_input(
            _("Repository"), _suggested(run), key=f"{key}_repo", max_chars=LONGEST_NAME, placeholder="owner/name",
            help=_("A name, or owner/name for an organisation. Without an owner it is created in your account."),
        )  # fmt: skip
        token.text_input(
            _("Access token"), key=f"{key}_token", type="password", max_chars=LONGEST_TOKEN, autocomplete="off",
            help=_("A token with write access, from the settings of your account. It is used once and never stored."),
        )  # fmt: skip
        st.checkbox(
            _("Private repository"), True, key=f"{key}_private", help=_("Only you and your organisation see it.")
        )
        st.checkbox(_("Update the repository if it exists"), key=f"{key}_update",
                    help=_("Files of the same names are replaced; others stay. It stays as public or private as it "
                           "is."))  # fmt: skip
        if demo:
            st.checkbox(_("Also upload the demo as a static Space"), key=f"{key}_demo",
                        help=_("It has the same name and runs in the visitor’s browser."))  # fmt: skip
        st.form_submit_button(_("Upload"), icon=":material/cloud_upload:", on_click=_start, args=(run,))
    if problem := session.held(f"{key}_problem", (InputError, OSError)):
        st.session_state.pop(f"{key}_problem")
        failures.tell(problem)


def _start(run: Run) -> None:
    """As a callback. The token leaves the session at once, whatever comes of it."""
    key = f"hub_{run.id}"
    token = session.held(f"{key}_token", str, "")
    st.session_state[f"{key}_token"] = ""
    push.forget(run)
    demo = archive.of(run) if session.held(f"{key}_demo", bool, False) else None
    try:
        push.start(
            run, repo=session.held(f"{key}_repo", str, ""), token=token,
            private=session.held(f"{key}_private", bool, True), update=session.held(f"{key}_update", bool, False),
            demo=archive.unpacked(demo) if demo else None,
        )  # fmt: skip
    except (InputError, OSError) as error:
        st.session_state[f"{key}_problem"] = error
        return
    st.rerun()


def _suggested(run: Run) -> str:
    """A name for the repository, of the letters that a hub takes."""
    return re.sub(r"[^A-Za-z0-9]+", "-", run.name.rpartition(".")[0] or run.name).strip("-")[:80] or "casebook-model"
