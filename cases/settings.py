"""Settings: frozen dataclasses, checked once, drawn as the form, stored as JSON."""

from __future__ import annotations

from dataclasses import MISSING, Field, asdict, dataclass, field, fields
from typing import Any

from models.errors import N_, InputError


@dataclass(frozen=True)
class Knob:
    """How a setting is shown: `label` and `help` are message ids, `options` value → message id."""

    label: str
    help: str
    group: str
    low: float | None = None
    high: float | None = None
    options: dict[str, str] | None = None
    automatic: bool = False  # may be left empty; the case then chooses
    free: bool = False  # other values than the options may be typed


def number(label: str, help: str, *, default: float | None, low: float, high: float, group: str = "training") -> Any:
    knob = Knob(label, help, group, low, high, automatic=default is None)
    return field(default=default, metadata={"knob": knob})


def choice(
    label: str,
    help: str,
    *,
    default: str,
    options: dict[str, str],
    group: str = "training",
    free: bool = False,
) -> Any:
    return field(default=default, metadata={"knob": Knob(label, help, group, options=options, free=free)})


def knobs(settings: type) -> dict[str, tuple[Field, Knob]]:
    """Every setting in the order of the form."""
    return {f.name: (f, f.metadata["knob"]) for f in fields(settings) if "knob" in f.metadata}


def check(settings: Any) -> None:
    """Called by every `Settings.__post_init__`.

    Raises:
        InputError: a number outside its bounds, or an option that is not there.
    """
    for name, (_, knob) in knobs(type(settings)).items():
        value = getattr(settings, name)
        if value is None and knob.automatic:
            continue
        if knob.options is not None and not knob.free and value not in knob.options:
            _refuse(name, value, N_("“{name}” is one of: {options}."), options=", ".join(knob.options))
        if knob.low is not None and not (isinstance(value, (int, float)) and knob.low <= value <= knob.high):
            _refuse(name, value, N_("“{name}” lies between {low:g} and {high:g}."), low=knob.low, high=knob.high)


def from_text(settings: type, pairs: dict[str, str]) -> Any:
    """Settings from `name=value` texts, as a command line gives them."""
    known = knobs(settings)
    values = {}
    for name, text in pairs.items():
        if name not in known:
            _refuse(name, text, N_("The settings are: {known}."), known=", ".join(known))
        values[name] = _value(known[name][0], name, text)
    return settings(**values)


def _value(setting: Field, name: str, text: str) -> Any:
    if "int" not in str(setting.type) and "float" not in str(setting.type):
        return text
    if text == "" and "None" in str(setting.type):
        return None
    try:
        return int(text) if "int" in str(setting.type) else float(text)
    except ValueError:
        _refuse(name, text, N_("“{name}” is a number."))


def _refuse(name: str, value: Any, expected: str, **args: Any) -> None:
    raise InputError(
        found=N_("The setting “{name}” was given as “{value}”."),
        expected=expected,
        remedy=N_("Correct it and start again."),
        name=name,
        value=str(value),
        **args,
    )


def as_json(settings: Any) -> dict[str, Any]:
    return asdict(settings)


def default(setting: Field) -> Any:
    return None if setting.default is MISSING else setting.default
