"""The pretrained models to choose from, and a field for any other."""

from __future__ import annotations

import streamlit as st

from cases import tasks
from cases.base import Case
from cases.dataset import Dataset
from cases.settings import knobs, options
from models.pretrained import catalog
from models.pretrained.registry import Pretrained
from pages import modalities
from pages.components import model_cards
from pages.components.model_cards import Card
from pages.shared import owner, session
from pages.shared.i18n import _, amount
from pages.steps.model import settings_form
from pages.task_types import leaving_size
from runs import paths
from runs.jobs import profile
from runs.store.records import Run

ALIKE = 0.05  # of the speed of the first model; so near one is as fast as the other


def choose(case: Case, dataset: Dataset, run: Run | None) -> None:
    """Draw the list of those that make sense in the task; `settings_form.values` tells the chosen one."""
    key, typed, initial = (
        settings_form.key(case, run, "model"),
        settings_form.typed(case, run),
        settings_form.initial(case, run)["model"],
    )
    now = settings_form.values(case, run)
    st.session_state[key] = now["model"]
    decided = tasks.decided(case, dataset, now)
    knob, chosen, task = knobs(case.Settings)["model"][1], decided["model"], decided.get("task", "")
    known = [model for name in options(knob, task) if (model := catalog.find(name))]
    whole = tasks.of(case, decided).task_type.decodes
    speeds = profile.speeds(owner.current(), case)
    picked = f"cards_{key}".rstrip("_")  # Streamlit takes no double underscore
    in_list = chosen in {model.id for model in known}

    def picked_one() -> None:
        model = session.told(picked, "picked")
        if model in {one.id for one in known}:
            pick(case, run, model)

    def type_in() -> None:
        st.session_state[key] = session.held(typed, str, "").strip() or initial

    model_cards.show(
        [_card(model, known[0], speeds, leaving_size.on_card(model, whole=whole)) for model in known],
        label=_("Pretrained model"), chosen=chosen if in_list else None, key=picked, on_picked=picked_one,
    )  # fmt: skip
    if not knob.free:
        return
    st.session_state.setdefault(typed, "" if in_list else chosen)
    with st.expander(_("Another model"), expanded=not in_list):
        st.text_input(
            _("Hugging Face model or local folder"), key=typed, on_change=type_in,
            placeholder=modalities.of(case.name).model,
            help=_("Safetensors weights of a supported architecture. Check the licence at the source."),
        )  # fmt: skip


def pick(case: Case, run: Run | None, model: str) -> None:
    """Choose one of the list, as a click on its card does."""
    st.session_state[settings_form.key(case, run, "model")] = model
    st.session_state[settings_form.typed(case, run)] = ""


def _card(model: Pretrained, first: Pretrained, speeds: dict[str, float], leaving: str) -> Card:
    here = catalog.is_here(model, paths.cache() / "models")
    return {
        "id": model.id,
        "title": _(model.title),
        "badge": _badge(model, here),
        "ready": here,
        "facts": [*_stated(model, here, leaving), _speed(model, first, speeds)],
        "text": _(model.good_for),
    }


def _stated(model: Pretrained, here: bool, leaving: str) -> list[str]:
    """Licence and size of its weights, as they come and as they leave; none where it is trained from scratch."""
    if model.from_scratch:
        return []
    size = leaving or (f"{model.size_mb:.0f} MB" if here else "")
    return [model.licence, _("{n} parameters", n=amount(model.parameters * 1e6)), *([size] if size else [])]


def _badge(model: Pretrained, here: bool) -> str:
    if model.from_scratch:
        return _("Trained from scratch")
    if here:
        return _("On this machine")
    return _("Not installed") if model.carrier else _("Downloads {n:.0f} MB", n=model.size_mb)


def _speed(model: Pretrained, first: Pretrained, speeds: dict[str, float]) -> str:
    """Measured here, else reckoned from what was measured here of the first, else relative to it."""
    if model.id in speeds:
        return _("{n} examples/s here", n=_rate(speeds[model.id]))
    if first.id in speeds:
        return _("about {n} examples/s here", n=_rate(speeds[first.id] * model.speed))
    if model is first:
        return _("reference speed")
    if abs(model.speed - 1) <= ALIKE:
        return _("as fast as {first}", first=_(first.title))
    return _("{n:g} × the speed of {first}", n=model.speed, first=_(first.title))


def _rate(n: float) -> str:
    """Never zero, for even the slowest model comes to an end."""
    return f"{n:.0f}" if n >= 1 else f"{n:.1g}"
