"""A demo without a server: a folder of static files that any web host can serve."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from models.errors import N_, InputError
from pages import modalities, task_types
from pages.shared import i18n, owner, polling, vocabulary
from pages.shared.address import of_route
from pages.shared.i18n import _, current, listed, together
from pages.shared.text import bold, plain
from pages.steps.export import static_content
from pages.task_types import agreement
from runs.exports.static_demo import archive, library
from runs.store import records, shares
from runs.store.records import Run

SIZES, DEMO = "static_sizes", archive.KIND  # kinds of work
WEIGHTS = {
    "float32": N_("Full precision"), "int8": N_("8-bit weights"), "int4": N_("4-bit weights"),
    "float32-fewer-tokens": N_("Full precision, vocabulary of the data"),
    "int8-fewer-tokens": N_("8-bit weights, vocabulary of the data"),
    "int4-fewer-tokens": N_("4-bit weights, vocabulary of the data"),
}  # fmt: skip


def show(run: Run) -> None:
    """A fragment: a demo is made without the rest of the page."""
    title, whom = _("Demo without a server"), _("For any website: the model runs in the visitor's browser.")
    with st.expander(f"{bold(title)} {whom}", icon=":material/web:", key=f"static_{run.id}", on_change="rerun"):
        st.fragment(_panel)(run)


def _panel(run: Run) -> None:
    st.markdown(
        together(
            _("A folder with a page and the model, which any web host can serve, without Python."),
            _("The model in it also suits programs in C#, Java or Rust."),
        )
    )
    if not library.is_there():
        st.info(i18n.of(library.missing()), icon=":material/info:")
        return
    sizes, demo = (records.latest(kind, run.id, owner.current()) for kind in (SIZES, DEMO))
    if _under_way(sizes, _("Measuring the sizes.")) or _under_way(demo, _("Writing the folder.")):
        return
    _told_failure(sizes)
    if sizes is None or sizes.status != "done":
        _ask_for_sizes(run)
        return
    choices = sizes.result["choices"]
    _form(run, {name: one for name, one in choices.items() if "problem" not in one}, demo)
    _not_offered({name: one["problem"] for name, one in choices.items() if "problem" in one})
    _told_failure(demo)
    if demo and demo.status == "done":
        _ready(demo)


def _under_way(job: Run | None, text: str) -> bool:
    """Whether there is work to wait for, which is drawn then."""
    if job is None or job.ended_already:
        return False
    polling.show(job, text)
    polling.stop(job)
    return True


def _told_failure(job: Run | None) -> None:
    if job and job.status == "failed":
        st.error(i18n.of(InputError.from_json(job.error)), icon=":material/error:")


def _ask_for_sizes(run: Run) -> None:
    st.caption(_("First the sizes are measured, and what smaller weights cost on the test set."))
    if st.button(_("Measure the sizes"), key=f"static_{run.id}_measure", icon=":material/straighten:"):
        records.create_run(run.owner, SIZES, run.case, run.name, subject=run.id)
        st.rerun()


def _form(run: Run, choices: Mapping[str, Mapping[str, Any]], before: Run | None) -> None:
    """`before`: the demo that was made last, which a new one replaces."""
    modality, key = modalities.of(run.case), f"static_{run.id}"
    _table(run, choices)
    with st.form(f"{key}_form", border=False):
        choice = st.selectbox(
            _("Weights"), list(choices), format_func=lambda name: _named(name, choices[name]), key=f"{key}_choice",
            help=_("Smaller weights load faster and may change a few predictions."),
        )  # fmt: skip
        title = st.text_input(
            _("Title"), key=f"{key}_title", max_chars=shares.LONGEST["title"], placeholder=run.name,
            help=_("The headline that visitors see."),
        )  # fmt: skip
        description = st.text_area(
            _("Description (optional)"), key=f"{key}_description", max_chars=shares.LONGEST["description"],
            height=80, help=_("What the model is for, and what to try."),
        )  # fmt: skip
        lends = modality.lent and st.checkbox(_(modality.lent), key=f"{key}_examples", help=_(modality.lent_help))
        st.caption(_("Whoever has the folder has the model; it cannot be revoked."))
        if st.form_submit_button(_("Create the folder"), icon=":material/folder_zip:"):
            told = static_content.of(run, title=title, description=description, examples=bool(lends))
            settings = {**told, "choice": choice, "measured": dict(choices[choice])}
            if before:
                records.discard(before.id, owner.current())
            records.create_run(run.owner, DEMO, run.case, told["title"], subject=run.id, settings=settings)
            st.rerun()


def _named(choice: str, measured: Mapping[str, Any]) -> str:
    return _("{name} ({value})", name=_(WEIGHTS.get(choice, choice)), value=_size(measured))


def _size(measured: Mapping[str, Any]) -> str:
    """Of the whole folder."""
    return vocabulary.size(measured["size"] + library.size(measured["size"]))


def _table(run: Run, choices: Mapping[str, Mapping[str, Any]]) -> None:
    """What each choice costs, beside the model of the bundle."""
    measured = {name: _named_metric(one["agreement"]) for name, one in choices.items() if one["agreement"]}
    if not measured:
        st.caption(_("Not compared with the evaluated model: the test data are gone."))
        return
    table: dict[str, list[str]] = {
        _("Weights"): [_(WEIGHTS.get(name, name)) for name in measured],
        _("Folder size"): [_size(choices[name]) for name in measured],
        _(task_types.of_run(run).standalone.SAME): [f"{one['same']:,} / {one['items']:,}" for one in measured.values()],
    }
    for metric in dict.fromkeys(one["metric"] for one in measured.values() if "metric" in one):
        for name, side in ((vocabulary.metric(metric), "value"), (_("Original model"), "value_full")):
            table[name] = [vocabulary.figure(metric, one[side]) for one in measured.values()]
    st.dataframe(table, hide_index=True, height="content")
    _tell_check(measured)


def _tell_check(measured: Mapping[str, Mapping[str, Any]]) -> None:
    """How the table was found out, and for which choices too many predictions are others."""
    if all("of" in one for one in measured.values()):  # else it was measured before there was a process for it
        items, of = (max(one[part] for one in measured.values()) for part in ("items", "of"))
        st.caption(_("Each was opened in a new process, which has only its folder, and predicted the test items."))
        if items < of:
            st.caption(_("{items:,} of {of:,} test examples were drawn for the check.", items=items, of=of))
    if low := [_(WEIGHTS.get(name, name)) for name, one in measured.items() if agreement.is_low(one)]:
        st.warning(_("Fewer than 99.9% of the predictions are the same with: {names}.", names=listed(low)))


def _not_offered(problems: Mapping[str, Mapping[str, Any]]) -> None:
    """`problems`: choice → why it cannot be had, as `InputError.as_json`."""
    for name, problem in problems.items():
        reason = i18n.found(InputError.from_json(problem))
        st.caption(_("Not available: {name}. {reason}", name=_(WEIGHTS.get(name, name)), reason=reason))


def _named_metric(agreement: Mapping[str, Any]) -> Mapping[str, Any]:
    """Sizes that were measured before a task could name its metric have the accuracy alone."""
    if "accuracy" not in agreement:
        return agreement
    return {**agreement, "metric": "accuracy", "value": agreement["accuracy"], "value_full": agreement["accuracy_full"]}


def _ready(job: Run) -> None:
    st.markdown(bold(_("“{name}” is ready.", name=plain(job.name))))
    token = owner.sign("run", run=job.id)
    st.link_button(
        _("Download the folder ({size})", size=vocabulary.size(job.result["bytes"])),
        of_route(f"/api/static_demo?token={token}&lang={current()}"), icon=":material/download:", type="primary",
    )  # fmt: skip
    _proven(job.result.get("agreement"))
    st.caption(_("Unpack it and copy it to a web host. To open it on this computer, run this in the folder:"))
    st.code("python3 -m http.server 8000", language="bash")


def _proven(found: Mapping[str, Any] | None) -> None:
    """How the model in the folder agrees with the evaluated one."""
    if not found:
        return
    if found["same"] == found["items"]:
        sentence = _("Checked: the model in it gave the same predictions for all {items:,} test items.",
                     items=found["items"])  # fmt: skip
        st.markdown(f":green[:material/check_circle:] {sentence}")
    else:
        st.markdown(_("Checked: the model in it gave the same predictions for {same:,} of {items:,} test items.",
                      same=found["same"], items=found["items"]))  # fmt: skip
    if agreement.is_low(found):
        st.warning(_("Fewer than 99.9% of the predictions are the same; the page of the demo says so, too."))
