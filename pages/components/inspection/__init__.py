"""Look inside: one item on its way through a run's network, worked out when first asked for."""

from __future__ import annotations

from typing import Any

import streamlit as st

from cases.base import Case
from cases.dataset import Dataset
from cases.settings import MODEL, named
from models.errors import InputError
from pages.components import unpacked_note
from pages.components.inspection import step
from pages.components.inspection.panels import Drawing
from pages.shared import i18n, owner, vocabulary
from pages.shared.i18n import _
from runs.inference import inputs
from runs.results import inspections
from runs.store import records
from runs.store.records import Run

EVERY = 0.5  # seconds between two looks whether it is there


def offer(run: Run, key: str, *, place: str, **item: Any) -> None:
    """A switch, and once it is on the item inside the network; nothing where the model has none.

    Args:
        key, item: as `explanation.show` has them; in the place of `file` there may be the `text` of one.
        place: where on the page, for there may be several.
    """
    if not run.packed or not vocabulary.task_of(run).inspects or vocabulary.NETWORK not in vocabulary.kept(run):
        return
    told = _("How this example enters the network, its feature vector, what the layers compute, and one gradient step.")
    if st.toggle(_("Look inside the network"), key=f"inside_{place}_{run.id}", persist_state="page", help=told):
        show(run, key, place, **item)


def show(run: Run, key: str, place: str, **item: Any) -> None:
    """Draw what was found; where it is not there yet have it worked out, and draw it then."""
    if unpacked_note.told(run):
        return
    known = inspections.known(run, key)
    if known["status"] == "failed":
        st.warning(i18n.of(InputError.from_json(known["error"])), icon=":material/warning:")
        st.button(_("Try again"), key=f"inside_again_{place}_{run.id}", on_click=inspections.again, args=(run, key))
        return
    if known["status"] != "done":
        if "text" in item:
            item = {"file": inputs.keep(run.owner, item["text"])}
        inspections.ask(run, key, **item)
        st.fragment(_wait, run_every=EVERY)(run.id, key)
        return
    _draw(Drawing(run, key, f"{place}_{run.id}", inspections.arrays(run, key)), known)


def offer_entry(case: Case, dataset: Dataset, row: int) -> None:
    """A switch, and once it is on the item as the pretrained model that the form begins with gets it."""
    setting = named(case.Settings, MODEL)
    model = getattr(case.Settings(), setting) if setting else ""
    if not model or not case.tasks[0].inspects:
        return
    if st.toggle(_("As the network gets it"), key="entry", persist_state="page",
                 help=_("After the preprocessing of {model}.", model=model)):  # fmt: skip
        _entry(dataset, row, model)


def _entry(dataset: Dataset, row: int, model: str) -> None:
    work = inspections.entry(owner.current(), dataset, row, model)
    if work is None:
        return
    if work.error:
        st.warning(i18n.of(InputError.from_json(work.error)), icon=":material/warning:")
    elif work.status != "done":
        st.fragment(_entering, run_every=EVERY)(work.id)
    else:
        key = work.settings["key"]
        drawing = Drawing(work, key, f"entry_{work.id}", inspections.arrays(work, key))
        drawing.panels(inspections.facts(work, key)["input"], "entry")


def _entering(identity: str) -> None:
    work = records.run(identity, owner.current())
    if work is None or work.ended_already:
        st.rerun()
    st.caption(_("Preparing this example as the network gets it …"))


def _wait(identity: str, key: str) -> None:
    run = records.run(identity, owner.current())
    status = inspections.known(run, key)["status"] if run else "done"
    if status in ("done", "failed"):
        st.rerun()
    st.caption(_("Waiting for the machine …") if status == "queued" else _("Computing every layer for this example …"))


def _draw(drawing: Drawing, told: dict[str, Any]) -> None:
    views = {"input": _("Input"), "vector": _("Feature vector"), "layers": _("Layer outputs"),
             "hidden": _("Hidden layer"), "step": _("Gradient step")}  # fmt: skip
    view = st.segmented_control(_("What to see"), list(views), format_func=views.get, default="input", required=True,
                                key=f"inside_view_{drawing.name}", label_visibility="collapsed", wrap=True)  # fmt: skip
    if view == "step":
        step.show(drawing, told["stages"], told["step"])
    elif view == "layers":
        _layers(drawing, told["layers"])
    else:
        drawing.panels(told[view], view)


def _layers(drawing: Drawing, layers: list[dict[str, Any]]) -> None:
    names = [drawing.tell(one["name"]) for one in layers]
    chosen = last = len(layers) - 1
    if last:
        chosen = st.selectbox(_("Layer"), range(len(layers)), last, key=f"inside_layer_{drawing.name}",
                              format_func=names.__getitem__)  # fmt: skip
    drawing.panels(layers[chosen]["panels"], f"layer{chosen}")
