"""Model: which network, what of it learns and how; what that will take; and the start."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import streamlit as st

from cases import tasks
from cases.base import Case
from cases.dataset import Dataset
from cases.settings import as_json, knobs
from models.errors import InputError
from models.pretrained import catalog
from models.pretrained.registry import BackboneSpec
from pages import modalities, task_types
from pages.components import gallery, network_diagram, term_line
from pages.shared import address, i18n, owner, vocabulary
from pages.shared.i18n import _
from pages.shared.presses import Press
from pages.shared.text import plain
from pages.steps import code, run_header, start_limit
from pages.steps.check import pins
from pages.steps.model import (
    estimate,
    fitness,
    kept_settings,
    larger,
    launcher,
    model_list,
    processes,
    settings_file,
    settings_form,
)
from pages.steps.search import start as search_start
from pages.steps.section import MODEL, section
from pages.task_types.data_report import Division
from runs.limits import allowances
from runs.search import journal
from runs.store import records
from runs.store.records import Run
from runs.worker import launchers


def choose(case: Case, dataset: Dataset, run: Run | None, split: Division | None) -> None:
    """The step, filled with the settings of the run that is shown; a start puts the new run into the address.

    `split`: what the step before decided, None while the data is not ready.
    """
    told = _("This run: {what}", what=" · ".join(map(plain, vocabulary.what(run)))) if run else ""
    with section(MODEL, told=told, folded=run.id if run else "") as drawn:
        if run is None and split is not None and start_limit.refusal() is None:
            st.markdown(_("All settings have good defaults. You can start now."))
        if drawn:
            if run is not None:
                st.caption(_("You set up another run on the same data here, beginning with the settings of this one."))
            _step(case, dataset, run, split)


def _step(case: Case, dataset: Dataset, run: Run | None, split: Division | None) -> None:
    term_line.show(MODEL, case.name, dataset.task_type.name)
    if "model" in knobs(case.Settings):
        model_list.choose(case, dataset, run)
        with st.container():
            fitness.why(case, dataset, settings_form.values(case, run))
    groups, counts = settings_form.groups(case), split.sizes if split else {}
    settings_form.draw(case, run, groups.pop("model", []), columns=2, items=counts.get("train"))
    divided = split.settings if split else {}
    now = tasks.decided(case, dataset, {**settings_form.values(case, run), **divided, "probes": pins.rows()})
    subject, profile = estimate.latest(case, dataset, now)
    with st.container():
        fit = fitness.show(case, dataset, run, now)
        if told_of_size := task_types.of(dataset).model.leaving(case, dataset, now):
            st.caption(told_of_size)
    with st.container(horizontal=True, vertical_alignment="center"):
        start_limit.button(
            _("Start fine-tuning"), type="primary", icon=":material/play_arrow:", disabled=not (split and fit),
            help=_why_not(split, fit), key=f"{case.name}_start_{run.id if run else ''}",
            on_click=run_header.ask_to_start, args=(dataset.digest, run_header.TRAIN),
        )  # fmt: skip
        if split and fit:
            estimate.show(case, dataset, now, subject, profile, counts)
        elif fit:
            st.caption(_("The data is not ready; see step 2."))
    with st.container():  # always there, or what comes and goes in it would close the expander below
        if split and fit:
            larger.offer(case, dataset, run, now, profile, counts)
    seconds = search_start.offer(
        case, key=f"{case.name}_{run.id if run else ''}", disabled=not (split and fit), why=_why_not(split, fit),
        on_click=partial(run_header.ask_to_start, dataset.digest, run_header.SEARCH),
    )  # fmt: skip
    if run is None or run.result:  # else they stand above
        start_limit.ways_out()
    if (press := run_header.start_asked(dataset.digest)) and split and fit:  # a browser may press what is greyed out
        _start(case, dataset, now, press, seconds, launcher.now(case, run), gpu_memory=estimate.gpu_memory(
            case, now, profile, counts), processes=processes.chosen(case, run, now))  # fmt: skip
    elif press:
        press.over = True
    with st.container():  # always there, like the one above: else what comes and goes in it would fold the settings
        _draw(case, dataset, now, profile)
        settings_form.warn(case, now, counts.get("train"))
        kept_settings.show(case, run)
        settings_file.show(case, dataset, run)
    with st.expander(_("Hyperparameters")):
        for group, names in groups.items():
            st.markdown(f"**{settings_form.titles()[group]}**")
            settings_form.draw(case, run, names, items=counts.get("train"))
        first, second, _third = st.columns(3)  # below the machine's own, which are the last
        with first:
            launcher.choose(case, run)
        with second if launcher.is_offered() else first:
            processes.choose(case, run, now)
        show_preview(profile, f"{case.name}_views")
    if split:
        code.show(MODEL, case, dataset, now)


def _why_not(split: Division | None, fit: bool) -> str | None:
    if not split:
        return _("The data is not ready; see step 2.")
    return None if fit else _("This model cannot be used; see above.")


def _draw(case: Case, dataset: Dataset, now: Mapping[str, Any], profile: Run | None) -> None:
    """The network as the catalogue knows it, else as the profile found it."""
    known, measured = catalog.find(now.get("model", "")), (profile.result or {}).get("body") if profile else None
    body = known.body if known and known.body else BackboneSpec(**measured) if measured else None
    task_types.of(dataset).model.draw(case, dataset, now, body, network_diagram.taken_over(known))


def _start(
    case: Case, dataset: Dataset, now: Mapping[str, Any], press: Press, seconds: float | None, where: str,
    **needed: int | None,
) -> None:  # fmt: skip
    """Queue what was asked for: a training, or a search of so many seconds; once, however often the page is cut off.

    Args:
        where: the launcher that was chosen.
        needed: columns of the run that say how much of a machine the training takes.
    """
    person = owner.current()
    if press.made is None:
        try:
            allowances.check_start(person)
            settings = as_json(case.Settings(**now))
        except InputError as error:
            press.over = True
            st.error(i18n.of(settings_form.with_label(case, error)))
            return
        estimate.give_up()
        edits, there = {str(row): label for row, label in dataset.edits.items()}, launchers.chosen(where)
        if seconds and press.what[1] == run_header.SEARCH:
            press.made = journal.begin(person, case.name, dataset.name, dataset.digest, settings, seconds, edits,
                                       launcher=there)  # fmt: skip
        else:
            press.made = records.create_run(person, "fine_tune", case.name, dataset.name, dataset=dataset.digest,
                                            settings=settings, edits=edits, launcher=there, **needed)  # fmt: skip
    address.change(run=press.made, data=None, show=None, look=None)  # from here on the run is looked at
    press.over = True
    st.rerun()


def show_preview(run: Run | None, key: str) -> None:
    """The views that a profile wrote; nothing where training sees the items as they are."""
    views = (run.result or {}).get("views") if run else None
    if not views:
        return
    modality = modalities.of(run.case)
    st.markdown(_(modality.views))
    token = owner.sign("run", run=run.id)
    names = [name for item in views for name in item]
    gallery.show(
        [{"id": name, "src": address.of_route(f"/api/view?token={token}&name={name}")} for name in names], key=key,
        size=176 if modality.wide_views else 88, wide=modality.wide_views,
    )  # fmt: skip
