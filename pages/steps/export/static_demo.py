"""A demo without a server: a folder of static files that any web host can serve."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from models.errors import InputError
from pages import modalities
from pages.shared import i18n, owner, polling, presses, vocabulary
from pages.shared.address import of_route
from pages.shared.i18n import _, current, together
from pages.shared.text import bold, plain
from pages.steps.export import static_content, way_out, weight_choices
from pages.task_types import agreement
from runs.exports.static_demo import archive, library
from runs.store import lifecycle, records, shares
from runs.store.records import Run

SIZES, DEMO = "static_sizes", archive.KIND  # kinds of work


def show(run: Run) -> None:
    """A fragment: a demo is made without the rest of the page."""
    _renew(run)
    title, whom = _("Demo without a server"), _("For any website: the model runs in the visitor’s browser.")
    with way_out.fold("web", title, whom, key=f"static_{run.id}", on_change="rerun"):
        st.fragment(_panel)(run)


def _renew(run: Run) -> None:
    """Write a finished demo again that tells of another threshold or temperature than the run has now."""
    demo = records.latest(DEMO, run.id, owner.current())
    if demo is None or demo.status != "done" or demo.settings.get("decision") == run.decision:
        return
    before = demo.settings
    told = static_content.of(
        run, title=before["title"], description=before["description"], author=before.get("author", ""),
        examples=before["examples"],
    )  # fmt: skip
    _order(run, {**told, "choice": before["choice"], "measured": before["measured"]}, demo)


def _order(run: Run, settings: Mapping[str, Any], before: Run | None) -> None:
    """Have a demo written, in place of the one before."""
    if before:
        lifecycle.discard(before.id, owner.current())
    told = {**settings, "decision": run.decision}
    records.create_run(run.owner, DEMO, run.case, settings["title"], subject=run.id, settings=told)


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
    weight_choices.not_offered({name: one["problem"] for name, one in choices.items() if "problem" in one})
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
    st.button(_("Measure the sizes"), key=f"static_{run.id}_measure", icon=":material/straighten:", on_click=_measure,
              args=(run,))  # fmt: skip


def _measure(run: Run) -> None:
    records.create_run(run.owner, SIZES, run.case, run.name, subject=run.id)
    st.rerun()


def _form(run: Run, choices: Mapping[str, Mapping[str, Any]], before: Run | None) -> None:
    """`before`: the demo that was made last, which a new one replaces."""
    modality, key, last = modalities.of(run.case), f"static_{run.id}", before.settings if before else {}
    weight_choices.table(run, choices)
    begun = last["choice"] if last.get("choice") in choices else weight_choices.proposed(choices)
    with st.form(f"{key}_form", border=False):
        choice = st.selectbox(
            _("Weights"), list(choices), index=[*choices].index(begun),
            format_func=lambda name: weight_choices.named(name, choices[name]),
            key=f"{key}_choice", help=_("Smaller weights load faster and may change a few predictions."),
        )  # fmt: skip
        title = st.text_input(
            _("Title"), _titled(run, last), key=f"{key}_title", max_chars=shares.LONGEST["title"],
            help=_("The headline that visitors see."),
        )  # fmt: skip
        author = st.text_input(
            _("Made by (optional)"), last.get("author", ""), key=f"{key}_author", max_chars=shares.LONGEST["title"],
            help=_("A person or a team; it stands below the title."),
        )  # fmt: skip
        description = st.text_area(
            _("Description (optional)"), last.get("description", ""), key=f"{key}_description",
            max_chars=shares.LONGEST["description"], height=80, help=_("What the model is for, and what to try."),
        )  # fmt: skip
        lends = modality.lent and st.checkbox(
            _(modality.lent), bool(last.get("examples")), key=f"{key}_examples", help=_(modality.lent_help)
        )  # fmt: skip
        st.caption(_("Whoever has the folder has the model; it cannot be revoked."))
        st.form_submit_button(_("Create the folder"), icon=":material/folder_zip:", on_click=presses.note, args=(key,))
        if press := presses.of(key):
            press.over = True
            told = static_content.of(run, title=title, description=description, author=author, examples=bool(lends))
            _order(run, {**told, "choice": choice, "measured": dict(choices[choice])}, before)
            st.rerun()


def _titled(run: Run, last: Mapping[str, Any]) -> str:
    """The title of the demo that was made last, unless nobody wrote it."""
    usual = static_content.titles(run)
    return last["title"] if last.get("title", "") not in ("", *usual.values()) else usual[current()]


def _ready(job: Run) -> None:
    st.markdown(bold(_("“{name}” is ready.", name=plain(job.name))))
    examples = _("with test examples") if job.settings["examples"] else _("without test examples")
    st.caption(f"{_(weight_choices.WEIGHTS.get(job.settings['choice'], job.settings['choice']))} · {examples}")
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
