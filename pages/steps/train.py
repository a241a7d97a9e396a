"""Fine-tune: how the run goes, live, and what can be done with it."""

from __future__ import annotations

import streamlit as st

from cases.base import Case
from models.errors import InputError
from pages.components import term_line
from pages.shared import address, durations, i18n, owner, session, vocabulary
from pages.shared.i18n import _, labelled, together
from pages.shared.text import bold, plain
from pages.steps import code, live_view, repair, run_deletion, run_log, search, start_limit, webhook
from pages.steps.export import share
from pages.steps.search import trial
from pages.steps.section import TRAIN, section
from pages.task_types import diagnosis, verdict
from runs.cluster import LAUNCHER, jobs
from runs.kinds import KINDS
from runs.search import journal
from runs.store import lifecycle, metric_rows, records, shares
from runs.store.records import Run
from runs.worker import job_watch


def chosen(case: Case) -> Run | None:
    """The run named in the address."""
    identity = st.query_params.get("run")
    run = records.run(identity, owner.current()) if identity else None
    if identity and (run is None or run.case != case.name or not KINDS[run.kind].trains):
        st.warning(_("There is no such run."))
        st.page_link("runs.py", label=_("All runs"), icon=":material/list_alt:", width="content")
        return None
    return run


def show(case: Case, run: Run) -> None:
    """The curves; folded once there is a result, unless it came while they were being watched."""
    watched = f"watched_{run.id}"
    if not run.result:
        st.session_state[watched] = True
    time = durations.of(run) if run.result else ""
    told = labelled(_("Time"), time) if time else ""
    with section(TRAIN, told=told, folded="" if session.held(watched, bool) else run.id) as drawn:
        if drawn:
            _live(run)


def reason(case: Case, run: Run) -> None:
    """Why a run has no result, where it ended without one, and what puts that right; of a trial what it is."""
    if run.parent:
        trial.show(run)
        return
    if run.status == "failed":
        _failed(run)
        repair.offer(case, run)
    if run.status == "stopped" and not run.packed:
        _nothing_kept(records.latest("keep", run.id, owner.current()))
    if run.ended_already and not run.result:
        start_limit.ways_out()


def _live(run: Run) -> None:
    term_line.show(TRAIN, run.case, vocabulary.task_of(run).task_type.name)
    st.markdown(bold(plain(vocabulary.title(run))))
    if journal.of(run):
        search.show(run)
    if not search.is_trying(run):
        _curves(run)
    if run.launcher == LAUNCHER:
        _on_cluster(run)
    if run.ended_already:
        share.keep(run)
    else:
        share.show(run, shares.WATCH)
    webhook.show(f"run_{run.id}")
    run_log.show(run)
    code.of_run(TRAIN, run)


def _curves(run: Run) -> None:
    if verdict.dropped_network(run):
        st.caption(_("The curves and monitored examples are those of the network, which was not kept."))
    live_view.show(run, metrics=live_url(run), item=item_url(run), key=f"live_{run.id}",
                   name=vocabulary.title_of_kind(run))  # fmt: skip
    if run.ended_already and not run.result:
        diagnosis.show(run, diagnosis.of_training(run))  # with a result they stand beside it


def _on_cluster(run: Run) -> None:
    """The run's job in the dashboard of Ray, and what it waits for."""
    if not jobs.address():
        if not run.ended_already:
            st.warning(_("This run is for a Ray cluster, but CASEBOOK_RAY names none here."), icon=":material/warning:")
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        if not run.ended_already and run.phase is None:
            st.caption(_("Submitted to the Ray cluster; it begins when a place is free there."))
        if job := job_watch.job_of(run.id):
            st.page_link(jobs.dashboard(job), label=_("Ray dashboard"), icon=":material/open_in_new:", width="content")


def _failed(run: Run) -> None:
    """What happened, and on a line of its own what to do."""
    reason, remedy = i18n.reason_and_remedy(InputError.from_json(run.error))
    st.error(f"{reason}\n\n**{remedy}**", icon=":material/error:")


def live_url(run: Run) -> str:
    token = owner.sign("run", run=run.id)
    return address.of_route(f"/api/metrics?token={token}&lang={i18n.current()}")


def item_url(run: Run) -> str:
    token = owner.sign("dataset", dataset=run.dataset, case=run.case)
    return address.of_route(f"/api/item?token={token}")


def actions(run: Run) -> None:
    """What can be done with the run now; a trial is stopped and resumed with its search. Of a training that is over
    there is nothing to stop."""
    if run.parent:
        return
    if run.stop and not run.ended_already:
        st.caption(_("Stopping; the best checkpoint is kept.") if run.phase == "training" else _("Stopping"))
    elif not (run.ended_already or run.past_training):
        st.button(
            _("Leave the queue") if _has_nothing(run) else _("Stop, keep best"), key=f"stop_{run.id}",
            icon=":material/stop:", on_click=lifecycle.ask_to_stop, args=(run.id, owner.current()),
        )  # fmt: skip
    if run.status == "stopped":
        repair.resume(run, primary=True, brief=True)


def _has_nothing(run: Run) -> bool:
    """It waits, and learnt nothing before that could be kept."""
    return run.status == "queued" and not metric_rows.has_learnt(run)


def deletion(run: Run) -> None:
    """The way to delete the run: below everything that is done with one. A trial goes with its search."""
    if run.parent:
        return
    with st.container(horizontal=True, horizontal_alignment="right"):
        run_deletion.button(run, key=f"discard_{run.id}", label=_("Delete run"))


def _nothing_kept(keeping: Run | None) -> None:
    """Why a stopped run has no result; nothing while one is being made.

    Args:
        keeping: the work that evaluates what was learnt until the stop.
    """
    if keeping is None:
        st.info(
            _("Stopped before the first training step, so there is no model. Resume or delete the run."),
            icon=":material/info:",
        )  # fmt: skip
    elif keeping.error:
        st.error(
            together(_("The stopped model could not be evaluated."),
                     i18n.of(InputError.from_json(keeping.error))),
            icon=":material/error:",
        )  # fmt: skip
    elif keeping.ended_already:
        st.info(_("The stopped model was not evaluated. Resume the run to continue."), icon=":material/info:")
