"""The settings of a case as fields; those without effect now are greyed out and say why."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import Field, dataclass
from typing import Any

import streamlit as st

from cases import hyperparameters, tasks
from cases.base import Case
from cases.dataset import Dataset
from cases.settings import MODEL, FieldSpec, idle, is_whole, knobs, options
from cases.stored_settings import restored, usable
from models.errors import InputError
from pages.shared import session, vocabulary
from pages.shared.i18n import _, listed
from pages.shared.layout import abreast
from runs.store.records import Run

VALUES = (str, int, float, type(None))  # what settings are
BEFORE = ("data", "task")  # the groups that the step before asks for


@dataclass(frozen=True)
class Seen:
    """What the session knows to be kept for the `subject`, a data set or a run: setting → its value."""

    subject: str
    chosen: dict[str, Any]


def seen(case: Case) -> Seen | None:
    return session.held(f"{case.name}_kept", Seen)


def see(case: Case, subject: str, chosen: dict[str, Any]) -> None:
    st.session_state[f"{case.name}_kept"] = Seen(subject, chosen)


def key(case: Case, run: Run | None, name: str) -> str:
    """Under which the session holds a setting's field; those of the split have names of their own."""
    split = "split_" if name in (known := knobs(case.Settings)) and known[name][1].group == "data" else ""
    return f"{case.name}_{split}{name}_{run.id if run else ''}"


def typed(case: Case, run: Run | None) -> str:
    """Under which the session holds the field for a model that is not in the list."""
    return f"typed_{key(case, run, 'model')}"


def usual(case: Case, run: Run | None) -> dict[str, Any]:
    """Of every setting what its field begins with where nothing was chosen: as in the run that is shown, else the
    default."""
    begun = restored(case.Settings, run.settings if run else {})
    return {name: begun[name] for name in knobs(case.Settings)}


def initial(case: Case, run: Run | None, chosen: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The same with what was `chosen` before, as far as it still fits, and as makes sense in the task."""
    begun, defaults = usual(case, run), usual(case, None)
    if "task" in begun:
        known = knobs(case.Settings)["task"][1].options
        begun["task"] = session.among(key(case, run, "task"), known, begun["task"])
    task = begun.get("task", "")
    begun = defaults | usable(case.Settings, begun) | usable(case.Settings, chosen or {}, task)
    try:
        return {name: getattr(case.Settings(**begun), name) for name in defaults}
    except InputError:  # two that do not go together; the start says which
        return begun


def values(case: Case, run: Run | None) -> dict[str, Any]:
    """What the fields say now, also those that are drawn further down.

    Nothing the session holds is trusted: what is no option, also since the words of the options are in another language
    now, gives way to what was chosen before.
    """
    known = seen(case)
    begun = initial(case, run, known.chosen if known else None)
    said = {name: session.held(key(case, run, name), VALUES, value) for name, value in begun.items()}
    return begun | usable(case.Settings, said, said.get("task", ""))


def decided(case: Case, dataset: Dataset, run: Run | None) -> dict[str, Any]:
    """The same, with nothing left to the data any more that the data tell; see `cases.tasks.decided`."""
    return tasks.decided(case, dataset, values(case, run))


def groups(case: Case) -> dict[str, list[str]]:
    """Group → its settings, in the order of the form; without the model, which has a list of its own, and what the step
    before decides: what is learnt, and the split of the data."""
    found: dict[str, list[str]] = {}
    for name, (_setting, knob) in knobs(case.Settings).items():
        if knob.role != MODEL and knob.group not in BEFORE:
            found.setdefault(knob.group, []).append(name)
    return found


def titles() -> dict[str, str]:
    """Return the titles of the groups of settings, in their order."""
    return {
        "body": _("Pretrained backbone"),
        "network": _("Network"),
        "head": _("Head"),
        "training": _("Training"),
        "machine": _("Machine"),
    }


def draw(case: Case, run: Run | None, names: Iterable[str], columns: int = 3, items: int | None = None) -> None:
    """Fields side by side, on a phone one below the other. `kept.begin` has given each its value.

    `items`: so many are trained on, where that is known; what an empty field stands for may depend on it.
    """
    now, names = values(case, run), list(names)
    reasons, automatic = idle(case.Settings, now), hyperparameters.automatic(case.Settings, now, items)
    known, task = knobs(case.Settings), now.get("task", "")
    for column, name in abreast(names, columns):
        setting, knob = known[name]
        with column:
            _field(key(case, run, name), setting, knob, now[name], reasons.get(name), automatic.get(name), task)


def warn(case: Case, now: Mapping[str, Any], items: int | None) -> None:
    """Say so where so little would be trained that the network hardly learns; arguments as of `draw`."""
    share = hyperparameters.training_share(case.Settings, now, items)
    if share < hyperparameters.LITTLE:
        st.warning(
            _("Learning rate × epochs is 1/{times:,.0f} of the automatic: the network will hardly learn. Leave both "
              "empty, or raise them.", times=1 / share),
            icon=":material/warning:",
        )  # fmt: skip


def _field(
    key: str, setting: Field, knob: FieldSpec, value: Any, reason: str | None, automatic: float | None, task: str
) -> None:
    label, help = _(knob.label), vocabulary.explained(knob)
    if reason:
        help = f"{_(reason)}\n\n{help}"
    if reason and knob.off is not None:  # under a key of its own, so that the choice is there again where it acts
        st.selectbox(label, [_(knob.options[knob.off])], help=help, key=f"{key}_off", disabled=True)
        return
    if knob.options is not None:
        known = options(knob, task)
        session.put(key, value if value in known else known[0])
        st.selectbox(
            label, known, format_func=lambda option: _(knob.options[option]), help=help, key=key,
            disabled=bool(reason),
        )  # fmt: skip
        return
    number = int if is_whole(setting) else float
    session.put(key, value if value is None else number(value))
    st.number_input(
        label, number(knob.low), number(knob.high), None if knob.automatic else "min", help=help, key=key,
        format=None if number is int else "%e" if knob.scientific else "%g", disabled=bool(reason),
        placeholder=_placeholder(knob, automatic),
    )  # fmt: skip


def _placeholder(knob: FieldSpec, automatic: float | None) -> str | None:
    """What an empty field stands for."""
    if automatic:
        return _("automatic: {n}", n=vocabulary.number(automatic))
    return _("automatic") if knob.automatic else None


def with_label(case: Case, error: InputError) -> InputError:
    """The same in the words of the form, where the error names a setting or its options as the code does."""
    stored = error.as_json()
    if (name := stored["args"].get("name")) not in (known := knobs(case.Settings)):
        return error
    knob, args = known[name][1], dict(stored["args"])
    if "options" in args:
        args["options"] = listed(_(option) for option in knob.options.values())
    return InputError.from_json({**stored, "args": {**args, "name": _(knob.label)}})
