"""Model: which network, what of it learns and how; what that will take; and the start."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from cases import tasks
from cases.base import Case
from cases.dataset import Dataset
from cases.recommendation import history
from cases.recommendation.settings import LEARNT_FROM_HISTORIES, LIST, tried_first
from cases.settings import as_json, knobs
from cases.splits import sizes
from models import catalog
from models.errors import InputError
from models.pretrained import Body
from pages.parts import address, language, media, owner
from pages.parts.checking import pins
from pages.parts.language import _, count, listed
from pages.parts.modelling import drawing, estimate, fitness, form, kept, listing, lists, network, preview
from runs import store
from runs.store import Run


def choose(case: Case, dataset: Dataset, run: Run | None, split: Mapping[str, Any] | None) -> None:
    """The step, filled with the settings of the run that is shown; a start puts the new run into the address.

    `split`: the settings that the step before decided, None while the data is not ready.
    """
    st.header(_("3 · Model"), anchor=False)
    if run is None:
        st.markdown(_("Every setting has a good default; you can start now."))
        _step(case, dataset, run, split)
        return
    again = st.expander(_("Start another run with these data"), key=f"again_{run.id}", on_change="rerun")
    if again.open:
        with again:
            _step(case, dataset, run, split)


def _step(case: Case, dataset: Dataset, run: Run | None, split: Mapping[str, Any] | None) -> None:
    listing.choose(case, dataset, run)
    fitness.why(case, dataset, form.values(case, run))
    groups = form.groups(case)
    form.draw(case, run, groups.pop("model"), columns=2)
    now = tasks.decided(case, dataset, {**form.values(case, run), **(split or {}), "probes": pins.rows()})
    subject, rehearsal = estimate.latest(case, dataset, now)
    with st.container():
        fit = fitness.show(case, dataset, run, now)
    with st.container(horizontal=True, vertical_alignment="center"):
        started = st.button(
            _("Start fine-tuning"), type="primary", icon=":material/play_arrow:", disabled=not (split and fit),
            help=_why_not(split, fit), key=f"{case.name}_start_{run.id if run else ''}",
        )  # fmt: skip
        if split and fit:
            counts = sizes(dataset, validation=now["validation"], test=now["test"])
            estimate.show(case, dataset, now, subject, rehearsal, counts)
        elif fit:
            st.caption(_("The data is not ready yet; step 2 says what is missing."))
    if started:
        _start(case, dataset, now)
    with st.container():  # always there, like the one above: else what comes and goes in it would fold the settings
        _draw(case, dataset, now, rehearsal)
        kept.show(case, run)
    with st.expander(_("More settings")):
        for group, names in groups.items():
            st.markdown(f"**{form.titles()[group]}**")
            form.draw(case, run, names)
        preview.show(rehearsal, f"{case.name}_views")


def _why_not(split: Mapping[str, Any] | None, fit: bool) -> str | None:
    if not split:
        return _("The data is not ready yet; step 2 says what is missing.")
    return None if fit else _("Not with this model; what to do stands above.")


def _draw(case: Case, dataset: Dataset, now: Mapping[str, Any], rehearsal: Run | None) -> None:
    """The network as the catalogue knows it, else as the rehearsal found it."""
    known, measured = catalog.find(now["model"]), (rehearsal.result or {}).get("body") if rehearsal else None
    body = known.body if known else Body(**measured) if measured else None
    if dataset.targets == "items" and not history.reads_texts(dataset, now):
        return _draw_list(case, dataset, now, None)
    if body is None:
        st.caption(_("The network is drawn once the model has been looked into."))
        return
    if dataset.targets == "items":
        return _draw_list(case, dataset, now, body)
    if dataset.targets != "classes":
        return  # there is no head to be drawn
    activation = knobs(case.Settings)["activation"][1].options[now["activation"]]
    drawing.show(
        network.layers(body, now, dataset.classes), classes=dataset.classes, activation=_(activation),
        looked_at=_(media.of(case.name).input, n=body.size), key=f"{case.name}_network",
    )  # fmt: skip


def _draw_list(case: Case, dataset: Dataset, now: Mapping[str, Any], body: Body | None) -> None:
    items, people, now = len(dataset.samples), history.people(dataset), tried_first(now)
    if now["network"] == LIST:
        st.caption(_("No network is trained: the baseline that is best on validation is kept."))
        return
    reads = now["network"] in LEARNT_FROM_HISTORIES
    user = _("the last {n:,} items", n=now["longest"]) if reads else count("{n} user", "{n} users", people)
    drawing.show_list(
        lists.layers(body, now, items=items, people=people), user=user, key=f"{case.name}_network",
    )  # fmt: skip


def _start(case: Case, dataset: Dataset, now: Mapping[str, Any]) -> None:
    try:
        settings = case.Settings(**now)
    except InputError as error:
        st.error(language.of(with_label(case, error)))
        return
    estimate.give_up()
    run = store.create_run(
        owner.current(), "fine_tune", case.name, dataset.name,
        dataset=dataset.digest, settings=as_json(settings),
        edits={str(row): label for row, label in dataset.edits.items()},
    )  # fmt: skip
    address.change(run=run, data=None, show=None, look=None)  # from here on the run is looked at
    st.rerun()


def with_label(case: Case, error: InputError) -> InputError:
    """The same in the words of the form, where the error names a setting or its options as the code does."""
    stored = error.as_json()
    if (name := stored["args"].get("name")) not in (known := knobs(case.Settings)):
        return error
    knob, args = known[name][1], dict(stored["args"])
    if "options" in args:
        args["options"] = listed(_(option) for option in knob.options.values())
    return InputError.from_json({**stored, "args": {**args, "name": _(knob.label)}})
