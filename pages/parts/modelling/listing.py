"""The pretrained models to choose from, and a field for any other."""

from __future__ import annotations

import streamlit as st

from cases import tasks
from cases.base import Case
from cases.dataset import Dataset
from cases.settings import knobs, options
from models import catalog
from models.pretrained import Pretrained
from pages.parts import media, owner
from pages.parts.language import _, amount
from pages.parts.modelling import cards, form
from pages.parts.modelling.cards import Card
from runs import files, rehearsing
from runs.store import Run


def choose(case: Case, dataset: Dataset, run: Run | None) -> None:
    """Draw the list of those that make sense in the task; `form.values` tells the chosen one."""
    key, typed, initial = form.key(case, run, "model"), form.typed(case, run), form.initial(case, run)["model"]
    now = form.values(case, run)
    st.session_state[key] = now["model"]
    decided = tasks.decided(case, dataset, now)
    knob, chosen, task = knobs(case.Settings)["model"][1], decided["model"], decided.get("task", "")
    known = [model for name in options(knob, task) if (model := catalog.find(name))]
    speeds = rehearsing.speeds(owner.current(), case)
    picked = f"cards_{key}".rstrip("_")  # Streamlit takes no double underscore
    in_list = chosen in {model.id for model in known}

    def picked_one() -> None:
        pick(case, run, st.session_state[picked]["picked"])

    def type_in() -> None:
        st.session_state[key] = st.session_state[typed].strip() or initial

    cards.show(
        [_card(model, known[0], speeds) for model in known],
        label=_("Pretrained model"), chosen=chosen if in_list else None, key=picked, on_picked=picked_one,
    )  # fmt: skip
    st.session_state.setdefault(typed, "" if in_list else chosen)
    with st.expander(_("Another model"), expanded=not in_list):
        st.text_input(
            _("A model of the Hugging Face Hub, or a folder on this machine"), key=typed, on_change=type_in,
            placeholder=media.of(case.name).model,
            help=_("Its weights must be safetensors and its network one that the library of the case knows. What its "
                   "licence allows is said where it comes from."),
        )  # fmt: skip


def pick(case: Case, run: Run | None, model: str) -> None:
    """Choose one of the list, as a click on its card does."""
    st.session_state[form.key(case, run, "model")] = model
    st.session_state[form.typed(case, run)] = ""


def _card(model: Pretrained, first: Pretrained, speeds: dict[str, float]) -> Card:
    here = catalog.is_here(model, files.cache() / "models")
    return {
        "id": model.id,
        "title": model.title,
        "badge": _badge(model, here),
        "ready": here,
        "facts": [
            model.licence,
            _("{n} parameters", n=amount(model.parameters * 1e6)),
            *([f"{model.size_mb:.0f} MB"] if here else []),
            _speed(model, first, speeds),
        ],
        "text": _(model.good_for),
    }


def _badge(model: Pretrained, here: bool) -> str:
    if here:
        return _("On this machine")
    return _("Not installed") if model.carrier else _("Downloads {n:.0f} MB", n=model.size_mb)


def _speed(model: Pretrained, first: Pretrained, speeds: dict[str, float]) -> str:
    """Measured here, else reckoned from what was measured here of the first, else relative to it."""
    if model.id in speeds:
        return _("{n} items a second here", n=_rate(speeds[model.id]))
    if first.id in speeds:
        return _("about {n} items a second here", n=_rate(speeds[first.id] * model.speed))
    if model is first:
        return _("speed: the yardstick")
    return _("{n:g} × the speed of {first}", n=model.speed, first=first.title)


def _rate(n: float) -> str:
    """Never zero, for even the slowest model comes to an end."""
    return f"{n:.0f}" if n >= 1 else f"{n:.1g}"
