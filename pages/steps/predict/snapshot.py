"""The model that is being trained can be tried: its best epoch so far, while training goes on."""

from __future__ import annotations

import streamlit as st

from models.errors import InputError
from pages.shared import i18n, owner, polling
from pages.shared.i18n import _
from pages.task_types import item_predictions
from runs.inference import client
from runs.results.metric_history import history
from runs.store import lifecycle, records
from runs.store.records import Run

KIND = "snapshot"
AGAIN = 5.0  # seconds after which it is asked again whether there is a first or a better epoch


def show(run: Run) -> None:
    job = records.latest(KIND, run.id, owner.current())
    if job and not job.ended_already:
        polling.show(job, _("Preparing the model so far."))
        polling.stop(job)
        return
    st.fragment(_offer, run_every=AGAIN)(run.id, job.id if job else "")
    if job and job.status == "failed":
        st.error(i18n.of(InputError.from_json(job.error)), icon=":material/error:")
    if job and job.status == "done":
        client.wake()  # so that the first answer does not wait for its start
        st.fragment(item_predictions.show)(job, explained=False)


def _offer(identity: str, taken: str) -> None:
    """Which epoch can be tried, and whether the one that is there is still the best."""
    run, job = records.run(identity, owner.current()), records.run(taken, owner.current()) if taken else None
    if run is None or run.ended_already or run.result:
        st.rerun()
    best, there = best_epoch(run), (job.result["epoch"] or 0) if job and job.result else None
    if there is not None:
        st.info(_("This is the model after epoch {n}. It is still learning and was not evaluated yet.", n=there),
                icon=":material/model_training:")  # fmt: skip
    if best is None:
        st.caption(_("The model can be tried here after its first epoch, while training goes on."))
    elif there is None or best > there:
        label = (_("Try the model so far (epoch {n})", n=best) if there is None
                 else _("Take the newer model (epoch {n})", n=best))  # fmt: skip
        st.button(label, key=f"snapshot_{run.id}", icon=":material/science:", on_click=_make, args=(run, job))


def best_epoch(run: Run) -> int | None:
    """The epoch with the lowest validation loss, whose weights are kept; None before the first is done."""
    losses = history(run).validation.get("loss")
    if losses is None or not (losses.epoch > 0).any():  # before, there is its start alone
        return None
    return round(float(losses.epoch[losses.value.argmin()]))


def _make(run: Run, before: Run | None) -> None:
    """Have it made; the one before is no longer of use."""
    if before:
        lifecycle.discard(before.id, owner.current())
    records.create_run(owner.current(), KIND, run.case, run.name, subject=run.id, dataset=run.dataset,
                       settings=run.settings, edits=run.edits)  # fmt: skip
    st.rerun()  # not of this fragment alone
