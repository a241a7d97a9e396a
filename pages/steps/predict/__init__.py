"""Try: one new thing and its answer at once, or many things as a table."""

from __future__ import annotations

import streamlit as st

import cases
from models.errors import InputError
from models.evaluation.decision import Decision
from pages import modalities, task_types
from pages.components import term_line, unpacked_note
from pages.shared import i18n, owner, polling, vocabulary
from pages.shared.address import of_route
from pages.shared.i18n import _, current, labelled, together
from pages.shared.text import plain
from pages.steps import code
from pages.steps.data import drop_zone
from pages.steps.predict import snapshot
from pages.steps.section import TRY, section
from runs.inference import client
from runs.jobs import batch_prediction
from runs.results import decisions
from runs.store import records
from runs.store.records import Run

MOST_NAMED = 20  # classes whose number is told


def show(run: Run) -> None:
    if run.result:
        with section(TRY):
            _try(run)
            code.of_run(TRY, run)
    elif run.status == "running" and vocabulary.task_of(run).task_type.snapshots:
        with section(TRY):
            snapshot.show(run)


def _try(run: Run) -> None:
    term_line.show(TRY, run.case, vocabulary.task_of(run).task_type.name)
    if unpacked_note.told(run):
        return
    if not run.result.get("onnx"):
        st.info(
            _("This run has no ONNX model, so it cannot be tried here. Download the model and use its `predict.py`.")
        )
        return
    client.wake()  # so that the first answer does not wait for its start
    modality = modalities.of(run.case)
    names = {"one": _(modality.one), "many": _(modality.many)}
    way = st.segmented_control(
        _("What to try"), list(names), format_func=names.get, default="one", required=True, key=f"try_{run.id}",
        label_visibility="collapsed", wrap=True,
    )  # fmt: skip
    with st.container(key=f"try_one_{run.id}"):
        task_types.of_run(run).predict.one(run)
    if way == "many":
        with st.container(key=f"try_many_{run.id}"):  # hides the other, whose answer stays; see look.css
            _many(run)


def _many(run: Run) -> None:
    job = records.latest("predict", run.id, owner.current())
    if job and not job.ended_already:
        polling.show(job, _("Predicting “{name}”.", name=plain(job.name)))
        polling.stop(job)
        return
    modality = modalities.of(run.case)
    drop_zone.alone(
        modality.batch,
        loose=",".join(sorted(cases.get(run.case).single)),
        token=owner.sign("upload", case=run.case, kind="predict", subject=run.id),
        words={"title": _(modality.drop), "hint": task_types.of_run(run).predict.table(run),
               "choose": _("Choose files"), "another": _("Choose other files")},
        key=f"predict_{run.id}",
        on_uploaded=lambda: None,  # the page runs again and finds the job
        leads=True,
    )  # fmt: skip
    if job:
        _outcome(run, job)


def _outcome(run: Run, job: Run) -> None:
    if job.status == "failed":
        st.error(i18n.of(InputError.from_json(job.error)), icon=":material/error:")
    if job.status == "stopped":
        st.info(
            _("Prediction of “{name}” was stopped; no table was created.", name=plain(job.name)), icon=":material/info:"
        )
    if job.status != "done":
        return
    with st.container():
        st.markdown(task_types.of_run(job).predict.answered(job))
        least = batch_prediction.threshold(run, job)
        found = batch_prediction.named(job.id, least) if least is not None else None
        counts, unsure = found or (job.result["named"], job.result.get("unsure", 0))
        named = [labelled(plain(label), f"{n:,}") for label, n in list(counts.items())[:MOST_NAMED]]
        more = ["…"] if len(counts) > MOST_NAMED else []
        st.caption(" · ".join([*named, *more, *([labelled(_("not sure"), f"{unsure:,}")] if unsure else [])]))
        if decisions.of(run).temperature != Decision(**job.result.get("decision", {})).temperature:
            st.info(_("The temperature changed since. Predict again for a table by the present one."),
                    icon=":material/info:")  # fmt: skip
        for message, n in job.result.get("counted", {}).items():
            st.info(together(_(message, n=n), _counted_names(job, message, n)), icon=":material/info:")
        task_types.of_run(run).predict.doubtful(run, job)
        token = owner.sign("run", run=job.id)
        address = of_route(f"/api/predictions?token={token}&lang={current()}")
        st.link_button(_("Download the table (CSV)"), address, icon=":material/download:")
        if job.result["told"]:
            with st.expander(_("Problems and reasons")):
                told = job.result["told"]
                st.dataframe({_("Name"): [vocabulary.item(one["name"]) for one in told],
                              _("Reason"): [_(one["reason"], **one.get("args", {})) for one in told]},
                             hide_index=True)  # fmt: skip


def _counted_names(job: Run, message: str, n: int) -> str:
    """Name the first items that a message applies to; "" for jobs of earlier versions, which kept no names."""
    names = [plain(vocabulary.item(name)) for name in job.result.get("counted_names", {}).get(message, [])]
    more = ["…"] if n > len(names) else []
    return _("See {names}.", names=" · ".join([*names, *more])) if names else ""
