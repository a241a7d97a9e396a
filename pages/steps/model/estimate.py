"""What the run would take: measured by a short profile that begins by itself once the settings rest."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import streamlit as st

from cases.base import Case
from cases.dataset import Dataset
from cases.hyperparameters import training_length
from models.errors import InputError
from models.pretrained import catalog, hub
from models.training.cost_estimate import CostEstimate
from pages import task_types
from pages.shared import durations, i18n, owner, selection, session
from pages.shared.i18n import _, together
from runs import paths
from runs.jobs import profile
from runs.store import lifecycle, records
from runs.store.records import Run

OWN, LARGER = "profile", "larger_profile"  # under which the session holds what is measured of these settings, and of
# those that train more of the network
BRIEF = 10.0  # seconds of reading that nobody asks about
REST = 0.8  # seconds without a change before it is measured


def latest(case: Case, dataset: Dataset, settings: Mapping[str, Any]) -> tuple[str, Run | None]:
    """What a profile of these settings is kept under, and the newest one that was not given up."""
    subject = profile.subject(case, dataset, settings, prepared=_is_prepared(case, dataset, settings))
    run = records.latest("profile", subject, owner.current())
    return subject, run if run and run.status != "stopped" else None


def _is_prepared(case: Case, dataset: Dataset, settings: Mapping[str, Any]) -> bool:
    """Whether an earlier run has left what comes before training."""
    return any(run.dataset == dataset.digest and run.settings.get("model") == settings.get("model") and run.facts
               for run in records.run_list(owner.current(), case=case.name))  # fmt: skip


def _rough(case: Case, dataset: Dataset, settings: Mapping[str, Any]) -> str:
    """How long the pretrained model reads the data, by their number alone, until that is measured; "" where it has read
    them already, or reads none."""
    model = catalog.find(settings.get("model", ""))
    n, told = task_types.of(dataset).model.reading(dataset, settings)
    if model is None or not n or _is_prepared(case, dataset, settings):
        return ""
    seconds = n / catalog.rate(model, profile.speeds(owner.current(), case))
    if seconds < BRIEF:
        return ""
    return _("To read {what} the pretrained model takes roughly {time}.", what=told, time=durations.told(seconds))


def is_waiting(run: Run | None) -> bool:
    return run is None or not run.ended_already


def show(
    case: Case, dataset: Dataset, settings: Mapping[str, Any], subject: str, run: Run | None, counts: Mapping[str, int]
) -> None:
    """Say it in one line; measuring goes on beside the page and never keeps anyone from starting."""
    if is_waiting(run) and (rough := _rough(case, dataset, settings)):
        st.caption(rough)
    if "model" in settings and not _can_measure(settings["model"]):
        st.caption(_("The model downloads at the start; time and memory are measured afterwards."))
    elif is_waiting(run) and selection.looked_at() is not None:
        st.caption(_("Time and memory are measured once the example is closed."))  # a timer would swallow clicks in it
    elif is_waiting(run):
        st.fragment(_measuring, run_every=0.4)(case, dataset, dict(settings), subject)
    elif run.status == "failed":
        st.caption(i18n.of(InputError.from_json(run.error)))
    else:
        _told(run, settings, case, counts)


def gpu_memory(case: Case, settings: Mapping[str, Any], run: Run | None, counts: Mapping[str, int]) -> int | None:
    """MB of a graphics card that such a training needs by its profile; None where that is not known."""
    if run is None or run.status != "done" or not run.result.get("on_card"):
        return None
    counts = run.result.get("counts") or counts
    batch = training_length(case.Settings, settings, counts["train"]).batch_size
    return CostEstimate(**run.result["pace"]).card_mb(counts, batch_size=batch)


def give_up() -> None:
    """A run starts: what is still being measured would only slow it down."""
    for name in (OWN, LARGER):
        pending = session.held(name, str)
        st.session_state.pop(name, None)
        run = records.run(pending, owner.current()) if pending else None
        if run and not run.ended_already:
            lifecycle.ask_to_stop(run.id, owner.current())


def _can_measure(model: str) -> bool:
    """Whether it needs no download."""
    known, cache = catalog.find(model), paths.cache() / "models"
    if known:
        return catalog.is_here(known, cache)
    return not hub.is_id(model) or hub.is_here(model, cache / "hub")


def _measuring(case: Case, dataset: Dataset, settings: dict[str, Any], subject: str) -> None:
    st.caption(_("Measuring time and memory on this machine; no need to wait."))
    run = records.latest("profile", subject, owner.current())
    if run and run.ended_already and run.status != "stopped":
        st.rerun()
    resting_since = session.held("resting", tuple, ("", 0.0))
    if resting_since[0] != subject:
        give_up()  # of settings that have changed
        st.session_state["resting"] = (subject, time.monotonic())
    elif (run is None or run.status == "stopped") and time.monotonic() - resting_since[1] > REST:
        st.session_state[OWN] = profile.ask(owner.current(), case, dataset, settings, subject)


def _long(share: float, size: int, windows: int) -> str:
    """What is said of texts that are longer than the model reads at once."""
    if windows == 1:
        return _("About {share:.1%} of the texts are truncated: this model reads {size:,} tokens at most.",
                 size=size, share=share)  # fmt: skip
    return _("About {share:.1%} of the texts are longer than the {size:,} tokens this model reads. Up to {windows} "
             "windows of each are counted here.", size=size, share=share, windows=windows)  # fmt: skip


def _told(run: Run, settings: Mapping[str, Any], case: Case, counts: Mapping[str, int]) -> None:
    pace, counts = CostEstimate(**run.result["pace"]), run.result.get("counts") or counts
    length = training_length(case.Settings, settings, counts["train"])
    batch = length.batch_size
    whole, phases = durations.phases(pace.seconds(counts, epochs=length.epochs, batch_size=batch))
    if length.fewest < length.epochs:  # how soon it is over only the training shows
        least = pace.seconds(counts, epochs=length.fewest, batch_size=batch)
        whole = _("{least} to {most}", least=durations.told(sum(least.values())), most=whole)
    memory, there = (mb / 1024 for mb in (pace.memory_mb(counts, batch_size=batch), run.result["device_mb"]))
    held, least = f"{memory:.1f}", f"{memory - pace.spared_mb / 1024:.1f}"
    held = held if held == least else _("{least} to {most}", least=least, most=held)
    st.markdown(
        _("About **{whole}**: {prepare} to prepare, {train} to train, {evaluate} to evaluate, {export} to export · "
          "{memory} of {there:.0f} GB memory", whole=whole, memory=held, there=there,
          **phases),
        help=together(_("The time is the sum of these four phases, each rounded. The memory is the most of any phase."),
                      _("Measured on {device} with a few of your examples and training steps (forward pass and "
                        "backpropagation).", device=run.result["device"])),
    )  # fmt: skip
    if cut := run.result.get("cut"):
        st.caption(_long(cut, run.result["body"]["size"], run.result.get("windows", 1)))
    if run.result.get("recomputed"):
        st.caption(_("Memory for the full network is short: gradient checkpointing will be on. The estimate includes "
                     "it."))  # fmt: skip
    if run.result["busy"]:
        st.caption(_("Measured while another run was training; alone it is faster."))
    if memory > 0.9 * there:
        st.warning(_("This may exceed the memory of this machine. Choose a smaller batch size or model."))
