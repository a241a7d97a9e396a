"""Texts without labels: groups are found in them, a person names them, and goes on with the names as labels."""

from __future__ import annotations

import streamlit as st

from cases.base import Case
from models.errors import InputError
from pages.shared import address, i18n, owner, polling, presses, session
from pages.shared.i18n import _
from pages.shared.text import bold, plain
from pages.steps.data import drop_zone
from pages.steps.data.clustering import names
from runs.jobs import clustering
from runs.store import lifecycle, records
from runs.store.records import Run

EARLIER = 3


def offer(case: Case, accept: str) -> None:
    """The way in; `accept`: endings with commas."""
    with st.expander(_("Unlabelled texts: cluster first"), icon=":material/bubble_chart:"):
        st.markdown(
            _("Unsupervised learning: clustering puts texts with similar embeddings together. You name "
              "the clusters, and the names become labels.")
        )  # fmt: skip
        key = f"{case.name}_group"
        drop_zone.alone(
            accept,
            token=owner.sign("upload", case=case.name, kind="cluster"),
            words={"title": _("Drop unlabelled texts here"),
                   "hint": _("A table with a text column, a .txt with one text per line, or several .txt files. Each "
                             "of several files is one text."),
                   "choose": _("Choose files"), "another": _("Choose other files")},
            key=key,
            on_uploaded=lambda: _arrived(key),
        )  # fmt: skip
        for job in records.run_list(owner.current(), kind="cluster", case=case.name, most=EARLIER):
            st.button(
                _("Resume the clusters of “{name}”", name=plain(job.name)), key=f"groups_{job.id}", type="tertiary",
                icon=":material/bubble_chart:", on_click=_open, args=(job.id,),
            )  # fmt: skip


def instead(draft: Run) -> None:
    """One click from a collection without classes to groups in its texts."""
    with st.container(border=True):
        st.markdown(bold(_("Unlabelled texts?")))
        st.markdown(_("Cluster them first: name each cluster of similar texts, and the names become classes."))
        st.button(_("Cluster these texts"), key=f"cluster_{draft.id}", icon=":material/bubble_chart:", type="primary",
                  on_click=lambda: _open(clustering.begin(draft)))  # fmt: skip


def show() -> bool:
    """The groups that the address names; False where there are none to show."""
    asked = st.query_params.get("groups")
    job = records.run(asked, owner.current()) if asked else None
    if job is None or job.kind != "cluster":
        if asked:
            st.warning(_("These clusters are not on the server. Upload the texts again."))
        return False
    if job.status == "failed":
        st.error(i18n.of(InputError.from_json(job.error)), icon=":material/error:")
        return False
    _head(job)
    if job.status == "done":
        names.show(job)
    elif job.ended_already:
        st.info(_("Stopped. Progress so far is kept."), icon=":material/info:")
        st.button(_("Resume"), key=f"resume_{job.id}", icon=":material/play_arrow:", type="primary",
                  on_click=lifecycle.resume, args=(job.id, owner.current()))  # fmt: skip
    else:
        _wait(job)
    return True


def _arrived(key: str) -> None:
    answer = session.told(key, "uploaded", dict) or {}
    if isinstance(job := answer.get("run"), str):
        _open(job)


def _open(job: str) -> None:
    address.change(groups=job, number=None, text=None, read=None, data=None, run=None, draft=None)


def _head(job: Run) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**{plain(job.name)}**")
        st.space("stretch")
        st.button(_("Choose other data"), key="groups_leave", type="tertiary", on_click=names.leave)
        if job.ended_already:
            st.button(_("Delete clusters"), key="groups_drop", icon=":material/delete:", type="tertiary",
                      on_click=presses.note, args=(f"groups_drop_{job.id}",))  # fmt: skip
        for _press in presses.opened(f"groups_drop_{job.id}"):
            _confirm(job)


def _wait(job: Run) -> None:
    steps = {"features": _("Computing text embeddings."), "groups": _("Clustering the texts."),
             "map": _("Drawing the map.")}  # fmt: skip
    polling.show(job, _("Importing “{name}”.", name=plain(job.name)), steps)
    polling.stop(job)


def _confirm(job: Run) -> None:
    @st.dialog(_("Delete these clusters?"))
    def ask() -> None:
        st.markdown(_("Texts, clusters and names are deleted permanently. Data sets made from them remain."))
        with st.container(horizontal=True):
            st.button(_("Delete permanently"), key=f"drop_really_{job.id}", on_click=_delete, args=(job,))
            st.button(_("Cancel"), key=f"drop_not_{job.id}", on_click=st.rerun)

    ask()


def _delete(job: Run) -> None:
    lifecycle.discard(job.id, owner.current())
    names.leave()
    st.rerun()
