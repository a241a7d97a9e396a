"""Settings as they come back: out of a run, a bundle, a form or a command line, perhaps of an earlier version."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import Field, fields
from typing import Any

from cases.settings import as_json, default, is_whole, knobs, refuse, wrong
from models.errors import N_, InputError

FORMER = {  # name of a setting in earlier versions → its name now; stays as long as a run or a bundle may have it
    "least": "min_rating", "longest": "max_history", "directions": "text_pca_dims", "alone": "text_only_dropout",
    "known": "id_embedding_min_users", "focus": "focal_gamma", "refit": "final_fit", "together": "group_by",
}  # fmt: skip

BEFORE = {  # setting → what held in runs that are older than it, where that is not its default
    "long_texts": "start", "words": "without", "class_names": "without", "contrastive": "none",
}  # fmt: skip


def from_text(settings: type, pairs: dict[str, str]) -> Any:
    """Settings from `name=value` texts, as a command line gives them."""
    known = knobs(settings)
    values = {}
    for name, text in renamed(settings, pairs).items():
        if name not in known:
            refuse(name, text, N_("Available settings: {known}."), known=", ".join(known))
        values[name] = _value(known[name][0], name, text)
    return settings(**values)


def from_json(settings: type, values: Mapping[str, Any]) -> Any:
    """Settings as they were stored with a run.

    Raises:
        InputError: one of them is not, or no longer, a setting or cannot be what it is.
    """
    known, values = [field.name for field in fields(settings)], as_of_then(settings, renamed(settings, values))
    for name, value in values.items():
        if name not in known:
            refuse(name, value, N_("Available settings: {known}."), known=", ".join(knobs(settings)))
    return settings(**values)


def as_of_then(settings: type, stored: Mapping[str, Any]) -> dict[str, Any]:
    """With what `BEFORE` names; only where these are all the settings of a run, among which its seed always is."""
    known = {one.name for one in fields(settings)} if "seed" in stored else set()
    return {name: value for name, value in BEFORE.items() if name in known} | dict(stored)


def usable(settings: type, values: Mapping[str, Any], task: str = "") -> dict[str, Any]:
    """Those of `values` that are settings and could be chosen in the task; nothing else that was kept is trusted."""
    known, values = knobs(settings), _renamed_leniently(settings, values)
    fit = {name: value for name, value in values.items() if name in known and wrong(*known[name], value) is None}
    return {name: value for name, value in fit.items() if value not in known[name][1].unfit.get(task, ())}


def restored(settings: type, stored: Mapping[str, Any]) -> dict[str, Any]:
    """What was stored with a run, perhaps by an older version, as it is meant today.

    What can no longer be chosen is the default.
    """
    now = as_of_then(settings, _renamed_leniently(settings, stored))
    fitting = {field.name: now[field.name] for field in fields(settings) if field.name in now}
    usual = {name: default(setting) for name, (setting, _) in knobs(settings).items()}
    fit = usable(settings, fitting)
    for tried in (fitting, usual | fit):
        with suppress(InputError):
            return as_json(settings(**tried))
    for name, value in fit.items():
        with suppress(InputError):
            usual = as_json(settings(**{**usual, name: value}))
    return usual


def renamed(settings: type, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return `values` (setting → value) with the present names of those in `FORMER`.

    Raises:
        InputError: a setting is given under both its names.
    """
    now = _present_names(settings, values)
    for former, name in now.items():
        if former != name and name in values:
            raise InputError(
                found=N_("The setting “{name}” was given as “{value}”."),
                expected=N_("Its new name “{now}” was given as well."),
                remedy=N_("Remove one of the two."),
                name=former,
                value=str(values[former])[:200],
                now=name,
            )
    return {now[name]: value for name, value in values.items()}


def _renamed_leniently(settings: type, values: Mapping[str, Any]) -> dict[str, Any]:
    """The same where nobody can be asked: of two values of a setting the one under its present name."""
    now = {name: values[former] for former, name in _present_names(settings, values).items()}
    return {name: values.get(name, value) for name, value in now.items()}


def _present_names(settings: type, names: Iterable[str]) -> dict[str, str]:
    """Name → what the setting is called now; a class may have a setting of its own with a name in `FORMER`."""
    known = {one.name for one in fields(settings)}
    return {name: FORMER[name] if name not in known and FORMER.get(name) in known else name for name in names}


def _value(setting: Field, name: str, text: str) -> Any:
    if not is_whole(setting) and "float" not in str(setting.type):
        return text
    if text == "" and "None" in str(setting.type):
        return None
    try:
        return int(text) if is_whole(setting) else float(text)
    except ValueError:
        refuse(
            name,
            text,
            N_("“{name}” must be a whole number.") if is_whole(setting) else N_("“{name}” must be a number."),
        )
