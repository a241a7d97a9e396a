"""What a search tries: the ways to train that settings leave open, the cheapest first, and what it varies in each."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from cases import language_fit
from cases.base import Case, Task
from cases.dataset import Dataset
from cases.language_fit import AUTOMATIC
from cases.settings import LEARNING, MODEL, FieldSpec, default, idle, knobs, named, options
from models.pretrained import catalog


@dataclass(frozen=True)
class SearchSpace:
    """`starts`: settings, each a whole way to train with the usual values, the cheapest first; the first is the default
    that others are compared with. `ranges`: a number → the least and the most of it, tried by orders of magnitude;
    `choices`: an option, or a number of few values → those tried. `form`: the `Settings` that all are of."""

    form: type
    starts: tuple[Mapping[str, Any], ...]
    ranges: Mapping[str, tuple[float, float]]
    choices: Mapping[str, tuple[Any, ...]]

    def varied(self, settings: Mapping[str, Any]) -> list[str]:
        """The settings that have an effect beside these, so that varying them makes sense."""
        without = idle(self.form, settings)
        return [name for name in (*self.ranges, *self.choices) if name not in without]

    def usual(self, settings: Mapping[str, Any], name: str) -> float:
        """The value of a number, with what it stands for where it is empty."""
        given = settings[name]
        return float(self.form.automatic(settings)[name] if given is None else given)  # type: ignore[attr-defined]

    def bounds(self, settings: Mapping[str, Any], name: str) -> tuple[float, float]:
        """The least and the most of a number beside these settings."""
        (least, most), usual, knob = self.ranges[name], self.usual(settings, name), knobs(self.form)[name][1]
        low, high = least * usual, most * usual
        return (low if knob.low is None else max(low, knob.low), high if knob.high is None else min(high, knob.high))

    def refitted(self, settings: Mapping[str, Any]) -> dict[str, Any]:
        """The settings to change so that the validation part is learnt from, too; empty where there are none."""
        without = idle(self.form, settings)
        return {name: knob.refits for name, (_, knob) in knobs(self.form).items()
                if knob.refits and name not in without and settings[name] != knob.refits}  # fmt: skip

    def is_refitted(self, shown: Mapping[str, Any]) -> bool:
        """Whether a trial, by the settings that tell it from others, is one of those."""
        return any(knob.refits and shown.get(name) == knob.refits for name, (_, knob) in knobs(self.form).items())

    def prepared(self, settings: Mapping[str, Any]) -> dict[str, Any]:
        """Those of the settings on which it depends what comes before training."""
        without = idle(self.form, settings)
        return {name: settings[name] for name, (_, knob) in knobs(self.form).items()
                if knob.prepares and name not in without}  # fmt: skip

    def key(self, settings: Mapping[str, Any]) -> str:
        """The same for settings that make the same model: without those that have no effect."""
        without = idle(self.form, settings)
        return json.dumps({name: value for name, value in settings.items() if name not in without}, sort_keys=True)


def is_there(form: type) -> bool:
    """Whether the settings say that there is something to search."""
    learning = named(form, LEARNING)
    return bool(learning) and bool(knobs(form)[learning][1].tried)


def of(case: Case, task: Task, dataset: Dataset, settings: Mapping[str, Any], cache: Path) -> SearchSpace:
    """The space around `settings`, which are decided: with the models that need no download and know the language.

    What a search varies begins with its usual value wherever another part of the network, or another network, learns.
    """
    form, model, learning = task.Settings, named(task.Settings, MODEL), named(task.Settings, LEARNING)
    form_knobs = {name: (setting, _few_only(knob, dataset)) for name, (setting, knob) in knobs(form).items()}
    numbers = {name: knob.tried for name, (_, knob) in form_knobs.items() if knob.tried and knob.options is None}
    choices = {name: tried for name, (_, knob) in form_knobs.items() if name != learning
               and (tried := _choices(knob, settings.get(name)))}  # fmt: skip
    plain = {name: default(form_knobs[name][0]) for name in (*numbers, *choices)}
    space = SearchSpace(form, (), numbers, choices)
    found: dict[str, Mapping[str, Any]] = {}

    def add(one: Mapping[str, Any]) -> None:
        found.setdefault(space.key(one), one)

    ways = [way for way in form_knobs[learning][1].tried if way in options(form_knobs[learning][1], task.name)]
    if settings[learning] not in ways:  # it is left to the training itself, which then is the default
        add(settings)
    for way in ways:
        for name in _models(case, task, dataset, settings, model, cache):
            same = settings[learning] == way and settings.get(model) == name
            changed = {learning: way, **({model: name} if model else {})}
            add({**settings, **({} if same else plain), **changed})
    return SearchSpace(form, tuple(found.values()), space.ranges, space.choices)


def _choices(knob: FieldSpec, chosen: Any) -> tuple[Any, ...]:
    """Of an option those tried; of a number its values, with the one that is set."""
    if knob.options is None:
        return tuple(dict.fromkeys((*knob.tried_values, chosen))) if knob.tried_values else ()
    return knob.tried


def _few_only(knob: FieldSpec, dataset: Dataset) -> FieldSpec:
    """The same, or one that is not tried, where there are too many examples for it."""
    few = knob.tried_below is None or len(dataset.kept) < knob.tried_below * max(1, len(dataset.classes))
    return knob if few else replace(knob, tried=())


def _models(
    case: Case, task: Task, dataset: Dataset, settings: Mapping[str, Any], model: str, cache: Path
) -> Sequence[str]:
    """The one that is set, then those that could take its place."""
    if not model:
        return [""]
    asked = settings.get("language", AUTOMATIC)
    written = language_fit.find(case.written(dataset), asked)
    offered = [catalog.find(name) for name in options(knobs(task.Settings)[model][1], task.name)]
    others = [one.id for one in offered if one and catalog.is_here(one, cache)
              and not language_fit.unknown(written, asked, one.languages)]  # fmt: skip
    return list(dict.fromkeys([settings[model], *others]))
