"""Share: links to a read-only demo of the model, or to watch its training; they have a name, expire, are taken back."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urljoin

import segno
import streamlit as st

from models.errors import N_
from pages import modalities, task_types
from pages.shared import owner, presses, session
from pages.shared.i18n import _, together
from pages.shared.reach import HERE, Reach
from pages.shared.text import bold
from pages.steps.export import link_list, reach, way_out
from runs.store import shares
from runs.store.records import Run

DAYS = (1, 7, 30, None)


@dataclass(frozen=True)
class Kind:
    """What is said where links of this kind are made; `page` is where they lead."""

    name: str
    page: str
    title: str
    whom: str  # message id, in one line for whom it is; "" where it stands alone
    told: str
    lends: bool  # visitors may be allowed to see examples


KINDS = {
    kind.name: kind
    for kind in (
        Kind(shares.DEMO, "demo", N_("Private demo link"),
             N_("For people you know: they try the model on this server, until you revoke the link."),
             N_("Anyone with the link can try the model and see its test results, but change nothing."), lends=True),
        Kind(shares.WATCH, "watch", N_("Link to watch this run"), "",
             N_("Anyone with the link sees the training as it happens, and can change nothing."), lends=False),
    )
}  # fmt: skip


def show(run: Run, kind: str = shares.DEMO) -> None:
    """A fragment: a link is made without the rest of the page."""
    title, whom = _(KINDS[kind].title), KINDS[kind].whom
    with way_out.fold("share", title, _(whom) if whom else "", key=_key(run, kind), on_change="rerun"):
        st.fragment(_links)(run, KINDS[kind])


def keep(run: Run) -> None:
    """The links to watch a run that has ended without a model to try, so that they can still be taken back."""
    if not offered(run) and any(link.kind == shares.WATCH for link in shares.of(run)):
        with way_out.fold("share", _(KINDS[shares.WATCH].title), key=_key(run, shares.WATCH)):
            st.fragment(_list)(run, shares.WATCH)


def offered(run: Run) -> bool:
    """Whether there is a model that links can lead to."""
    return run.packed and bool(run.result.get("onnx"))


def unfold(run: Run) -> None:
    """Open where links are made; as a callback."""
    st.session_state[_key(run, shares.DEMO)] = True


def _key(run: Run, kind: str) -> str:
    return f"share_{run.id}" if kind == shares.DEMO else f"share_{kind}_{run.id}"


def _links(run: Run, kind: Kind) -> None:
    lends = kind.lends and modalities.of(run.case).lent
    private = (
        _("Your data stays private unless you allow it below. Without examples visitors can only try their own.")
        if lends
        else _("Your data stays private.")
    )
    st.markdown(together(_(kind.told), private))
    if kind.lends and (told := task_types.of_run(run).predict.before_sharing(run)):
        st.warning(told, icon=":material/label:")
    reached = reach.of_links()
    reach.tell(reached)
    _form(run, kind)
    if token := session.held(link_list.made(run, kind.name), str):
        _once(urljoin(reached.base, f"{kind.page}?t={token}"), reached)
    _list(run, kind.name, shares.WATCH)  # those to watch it outlive the training


def _list(run: Run, *kinds: str) -> None:
    """Read anew whenever one was made or taken back."""
    if links := [link for link in shares.of(run) if link.kind in kinds]:
        link_list.show(run, links, {name: kind.title for name, kind in KINDS.items()})


def _form(run: Run, kind: Kind) -> None:
    modality, key = modalities.of(run.case), f"share_{kind.name}_{run.id}"
    names = {1: _("1 day"), 7: _("7 days"), 30: _("30 days"), None: _("never")}
    with st.form(f"{key}_form", border=False):
        title = st.text_input(
            _("Title"), key=f"{key}_title", max_chars=shares.LONGEST["title"], placeholder=run.name,
            help=_("The headline that visitors see."),
        )  # fmt: skip
        description = st.text_area(
            _("Description (optional)"), key=f"{key}_description", max_chars=shares.LONGEST["description"],
            height=80, help=_("What the model is for, and what to try."),
        )  # fmt: skip
        audience, when, code = st.columns(3)
        whom = audience.text_input(
            _("For whom (optional)"), key=f"{key}_audience", max_chars=shares.LONGEST["audience"],
            help=_("Only you see this, in the list of links."),
        )  # fmt: skip
        days = when.selectbox(
            _("Expires after"), DAYS, index=1, format_func=names.get, key=f"{key}_days",
            help=_("Expired links stop working."),
        )  # fmt: skip
        passcode = code.text_input(
            _("Passcode (optional)"), key=f"{key}_passcode", max_chars=100, autocomplete="off",
            help=_("Send it separately: the link alone does not open the demo."),
        )  # fmt: skip
        examples = (
            kind.lends
            and bool(modality.lent)
            and st.checkbox(_(modality.lent), key=f"{key}_examples", help=_(modality.lent_help))
        )
        st.form_submit_button(_("Create link"), icon=":material/add_link:", on_click=presses.note, args=(key,))
        if press := presses.of(key):
            press.over = True
            st.session_state[link_list.made(run, kind.name)] = shares.create(
                run, days=days, passcode=passcode.strip(), examples=examples, kind=kind.name, title=title,
                description=description, audience=whom,
            )  # fmt: skip


def _once(address: str, reached: Reach) -> None:
    with st.container(border=True):
        st.markdown(bold(_("Copy the link now. It is shown only once.")))
        if reached.where == HERE:
            st.code(address, language=None, wrap_lines=True)
            return
        drawn, told = st.columns([1, 3], vertical_alignment="center")
        code = segno.make(address, error="m").svg_data_uri(scale=4, border=2, light="white", dark="#111")
        drawn.image(code, width=148)
        told.code(address, language=None, wrap_lines=True)
        if not owner.person() and not reach.of_demos_alone():
            told.caption(_("There is no login: whoever reaches this address can also open every other page."))
