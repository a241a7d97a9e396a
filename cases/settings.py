"""Settings: frozen dataclasses, checked once, drawn as the form, stored as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, Field, asdict, dataclass, field, fields
from functools import cache
from numbers import Integral
from types import MappingProxyType
from typing import Any, NoReturn

from cases.conditions import Condition
from models.errors import N_, InputError

AUTOMATIC = "automatic"  # the option that leaves a choice to the training, which says what it chose
COPIES, PREFIX, FOLDER, SPEAKER = "copies", "name_prefix", "folder", "speaker"  # what a division keeps together
TABLE = "table:"  # before the heading of a column in a person's table, by which it may as well
TASK, MODEL, LEARNING = "task", "model", "learning"  # roles: what is learnt, from which model on, and what of it learns


@dataclass(frozen=True)
class FieldSpec:
    """How a setting is shown and what it acts on: `label`, `help` and `more` are message ids, `options` value → one.

    `help` is one sentence, what the setting does; `more` is its definition, formula and effect.
    """

    label: str
    help: str
    group: str
    low: float | None = None
    high: float | None = None
    options: dict[str, str] | None = None
    automatic: bool = False  # may be left empty; the case then chooses
    free: bool = False  # other values than the options may be typed
    free_after: str = ""  # where values that begin so may be given, too, such as columns of a table
    matters: Condition | None = None  # None: always
    unfit: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # task → the options that make no sense in it
    off: str | None = None  # the option that holds where the setting has no effect, whatever was chosen
    costs: bool = True  # it changes what a step, an item or an epoch takes; else an estimate holds with any value of it
    divides: bool = False  # the data are divided by it
    role: str = ""  # by which runs are called: `TASK` is asked for with the data, `MODEL` has a list of its own
    before: str = ""  # the setting of a base class in front of which it stands in the form
    more: str = ""
    scientific: bool = False  # written as 1e-4, for it is chosen by orders of magnitude
    tried: tuple[Any, ...] = ()  # what a search tries: of a choice options, the cheapest first; of a number the least
    # and the most times its usual value
    terms: tuple[str, ...] = ()  # of the glossary, where the setting is what they mean
    tried_values: tuple[float, ...] = ()  # of a number what a search tries in place of a range, the usual first
    prepares: bool = False  # what comes before training depends on it, and takes the longer the larger the number
    tried_below: int | None = None  # a search tries it only where there are fewer examples a class
    fits: int = 0  # 1 where a larger number follows the training data more, -1 where less, 0 where neither is sure
    refits: str | None = None  # the option with which the validation part is learnt from, too, once all is chosen by it


def number(
    label: str,
    help: str,
    more: str = "",
    *,
    default: float | None,
    low: float,
    high: float,
    group: str = "training",
    matters: Condition | None = None,
    costs: bool = True,
    divides: bool = False,
    before: str = "",
    scientific: bool = False,
    tried: tuple[float, ...] = (),
    tried_values: tuple[float, ...] = (),
    prepares: bool = False,
    fits: int = 0,
    terms: tuple[str, ...] = (),
) -> Any:
    knob = FieldSpec(label, help, group, low, high, automatic=default is None, matters=matters, costs=costs,
                     divides=divides, before=before, more=more, scientific=scientific, tried=tried,
                     tried_values=tried_values, prepares=prepares, fits=fits, terms=terms)  # fmt: skip
    return field(default=default, metadata={"knob": knob})


def choice(
    label: str,
    help: str,
    more: str = "",
    *,
    default: str,
    options: dict[str, str],
    group: str = "training",
    free: bool = False,
    free_after: str = "",
    matters: Condition | None = None,
    unfit: Mapping[str, tuple[str, ...]] = MappingProxyType({}),
    off: str | None = None,
    costs: bool = True,
    divides: bool = False,
    role: str = "",
    before: str = "",
    tried: tuple[str, ...] = (),
    tried_below: int | None = None,
    refits: str | None = None,
    terms: tuple[str, ...] = (),
) -> Any:
    knob = FieldSpec(label, help, group, options=options, free=free, free_after=free_after, matters=matters,
                     unfit=unfit, off=off, costs=costs, divides=divides, role=role, before=before, more=more,
                     tried=tried, tried_below=tried_below, refits=refits, terms=terms)  # fmt: skip
    return field(default=default, metadata={"knob": knob})


def aside(default: Any) -> Any:
    """A field that no form shows and that costs nothing."""
    return field(default=default, metadata={"costs": False})


def knobs(settings: type) -> dict[str, tuple[Field, FieldSpec]]:
    """Every setting in the order of the form."""
    return {f.name: (f, f.metadata["knob"]) for f in _ordered(settings) if "knob" in f.metadata}


@cache
def _ordered(settings: type) -> tuple[Field, ...]:
    """The fields in the order of the form: what a class adds to those of its base stands where it says."""
    found: list[Field] = []
    for one in fields(settings):
        knob = one.metadata.get("knob")
        places = [place for place, other in enumerate(found) if knob and other.name == knob.before]
        found.insert(places[0] if places else len(found), one)
    return tuple(found)


def named(settings: type, role: str) -> str:
    """The setting with this role; "" where there is none."""
    return next((name for name, (_, knob) in knobs(settings).items() if knob.role == role), "")


def of_group(settings: type, group: str) -> dict[str, tuple[Field, FieldSpec]]:
    """The settings of a group, as `knobs` gives them."""
    return {name: entry for name, entry in knobs(settings).items() if entry[1].group == group}


def dividing(settings: type, values: Mapping[str, Any]) -> dict[str, Any]:
    """Those of `values` by which the data are divided."""
    return {name: values[name] for name, (_, knob) in knobs(settings).items() if knob.divides}


def costing(settings: type, values: Mapping[str, Any]) -> dict[str, Any]:
    """Those of `values` on which it depends what a step, an item or an epoch takes."""
    free = {one.name for one in fields(settings) if not _costs(one)}
    return {name: value for name, value in values.items() if name not in free}


def _costs(setting: Field) -> bool:
    knob = setting.metadata.get("knob")
    return knob.costs if knob else setting.metadata.get("costs", True)


def options(knob: FieldSpec, task: str) -> list[str]:
    """Those that make sense in the task."""
    return [name for name in knob.options or {} if name not in knob.unfit.get(task, ())]


def idle(settings: type, values: Mapping[str, Any]) -> dict[str, str]:
    """The settings that have no effect beside these `values`, each with the reason as a message id."""
    known = {name: knob.matters for name, (_, knob) in knobs(settings).items() if knob.matters}
    return {name: reason for name, matters in known.items() if (reason := matters.why_idle(values))}


def check(settings: Any) -> None:
    """Called by every `Settings.__post_init__`.

    Raises:
        InputError: a number outside its bounds or not whole, or an option that is not there.
    """
    for name, (setting, knob) in knobs(type(settings)).items():
        value = getattr(settings, name)
        if found := wrong(setting, knob, value):
            expected, args = found
            refuse(name, value, expected, **args)


def wrong(setting: Field, knob: FieldSpec, value: Any) -> tuple[str, dict[str, Any]] | None:
    """What was expected in place of a value that cannot be, with the places of the sentence; None where it can."""
    if value is None and knob.automatic:
        return None
    if knob.options is not None:
        after = knob.free_after
        if isinstance(value, str) and (knob.free or value in knob.options or (after and value.startswith(after))):
            return None
        options = [*knob.options, *([f"{after}*"] if after else [])]
        return N_("“{name}” must be one of: {options}."), {"options": ", ".join(options)}
    low, high = knob.low, knob.high
    if low is not None and high is not None and not (isinstance(value, (int, float)) and low <= value <= high):
        return N_("“{name}” must lie between {low:g} and {high:g}."), {"low": low, "high": high}
    if is_whole(setting) and isinstance(value, float):
        return N_("“{name}” must be a whole number."), {}
    return None


def whole_numbers(name: str, value: Any) -> tuple[int, ...]:
    """A setting of several, which JSON brings as a list.

    Raises:
        InputError: it is something else.
    """
    if not isinstance(value, list | tuple) or not all(isinstance(one, Integral) for one in value):
        refuse(name, value, N_("“{name}” must be a list of whole numbers."))
    return tuple(value)


def is_whole(setting: Field) -> bool:
    return "int" in str(setting.type)


def refuse(name: str, value: Any, expected: str, **args: Any) -> NoReturn:
    """Raise the InputError that says what was `expected`: a message id, with `args` for its places."""
    raise InputError(
        found=N_("The setting “{name}” was given as “{value}”."),
        expected=expected,
        remedy=N_("Correct it and start again."),
        name=name,
        value=str(value)[:200],
        **args,
    )


def used(settings: Any) -> dict[str, Any]:
    """As JSON, with what empty fields stood for; those that have no such value stay None."""
    values = as_json(settings)
    return {name: settings.automatic(values).get(name) if value is None else value for name, value in values.items()}


def as_json(settings: Any) -> dict[str, Any]:
    values = asdict(settings)
    form: type = type(settings)
    every = {one.name: values[one.name] for one in _ordered(form)}
    return {name: list(value) if isinstance(value, tuple) else value for name, value in every.items()}


def default(setting: Field) -> Any:
    return None if setting.default is MISSING else setting.default
