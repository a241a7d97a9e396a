"""Whether a pretrained model knows the languages that the data are in, and which one does."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from cases.base import Case, Task
from cases.dataset import Dataset
from cases.settings import knobs, options
from models.errors import N_, InputError
from models.pretrained import catalog
from models.pretrained.registry import Pretrained
from models.text import han, languages
from models.text.languages import Found

AUTOMATIC = "auto"  # of a model or a language: as the data tell


@dataclass(frozen=True)
class Misfit:
    """What is wrong; `refused`: training would be in vain. `instead`: a model of the catalogue that knows the language,
    "" for none."""

    problem: InputError
    refused: bool
    instead: str


def settled(case: Case, task: Task, dataset: Dataset, settings: Mapping[str, Any]) -> dict[str, Any]:
    """The settings, in which model and language are no longer left to the data.

    A language stays so where the script does not tell it: a model that knows several then tells it by listening.
    """
    left = {name for name in ("model", "language") if settings.get(name) == AUTOMATIC}
    if not left:
        return dict(settings)
    found = find(case.written(dataset), settings.get("language", AUTOMATIC))
    told = {"language": found[0].language or AUTOMATIC if found else AUTOMATIC, "model": _usual(task, found)}
    return {**settings, **{name: told[name] for name in left}}


def find(texts: Sequence[str], asked: str = AUTOMATIC) -> list[Found]:
    """See `models.text.languages.find`; a person who says which it is is believed, as far as the script allows it."""
    found = languages.find(texts)
    if found and asked in languages.SCRIPTS[found[0].script]:
        return [replace(found[0], languages=(asked,)), *found[1:]]
    return found


def unknown(found: Sequence[Found], asked: str, known: Collection[str]) -> list[Found]:
    """What of it, or of what a person says, a model does not know; nothing where nothing is known of the model."""
    missing = languages.unknown(found, known)
    if missing or not known or asked in (AUTOMATIC, *known):
        return missing
    return [Found("", (asked,), 1.0)]


def _usual(task: Task, found: Sequence[Found]) -> str:
    """The first model that the form offers, or the first packaged one that knows what most of the data are in."""
    offered = _offered(task)
    fit = [model for model in offered if not languages.unknown(found[:1], model.languages)]
    return next((model for model in fit if model.carrier), offered[0]).id


def _offered(task: Task) -> list[Pretrained]:
    names = options(knobs(task.Settings)["model"][1], task.name)
    return [model for name in names if (model := catalog.find(name))]


def misfit(case: Case, task: Task, dataset: Dataset, settings: Mapping[str, Any], cache: Path) -> Misfit | None:
    """None where the model knows the languages of the data, or nothing is known of them or of it."""
    known, asked = catalog.languages(settings["model"]), settings.get("language", AUTOMATIC)
    missing = unknown(find(case.written(dataset), asked), asked, known)
    if not missing:
        return None
    instead = _instead(task, missing, cache)
    refused = task.strict and missing[0].share > 0.5  # of single transcripts in another language it may learn something
    return Misfit(problem(settings["model"], known, missing[0], instead, cache), refused, instead.id if instead else "")


def _instead(task: Task, missing: Sequence[Found], cache: Path) -> Pretrained | None:
    """Rather one that is here, then one from a package."""
    fit = [model for model in _offered(task) if model.languages and not languages.unknown(missing, model.languages)]
    return min(fit, key=lambda model: (not catalog.is_here(model, cache), model.carrier is None), default=None)


def at_hand(case: Case, task: Task, dataset: Dataset, settings: Mapping[str, Any], cache: Path) -> Pretrained | None:
    """In place of a model whose package is missing, one that knows the languages of the data: rather one that is here,
    pretrained, then one that can be downloaded; None where there is none."""
    found = find(case.written(dataset), settings.get("language", AUTOMATIC))
    fit = [model for model in _offered(task) if not languages.unknown(found, model.languages)]
    had = [model for model in fit if model.carrier is None or catalog.is_here(model, cache)]
    return min(had, key=lambda model: (not catalog.is_here(model, cache), model.from_scratch), default=None)


def problem(
    model: str, known: Sequence[str], missing: Found, instead: Pretrained | None, cache: Path | None
) -> InputError:
    """Of a `model` that knows none of the languages of `missing`. `cache`: where converted models lie."""
    language = missing.language
    title = getattr(catalog.find(model), "title", model)
    args: dict[str, Any] = {
        "share": missing.share, "model": title, "n": len(known),
        "_language": languages.NAMES.get(language, language), "_script": languages.named(missing.script, ""),
        "_known": languages.NAMES.get(known[0], known[0]),
    }  # fmt: skip
    remedy = N_("Choose a model that supports it.")
    if instead:
        lacking = catalog.lacking(instead.id, cache) if cache else None
        remedy = N_("Choose “{instead}”, which supports it.")
        args["instead"] = instead.title
        if lacking:
            remedy = N_("Run `{command}`, then choose “{instead}”, which supports it.")
            args["command"] = lacking.args_["command"]
    return InputError(
        found=_where(missing),
        expected=N_("The model “{model}” supports {_known} only.") if len(known) == 1
        else N_("The model “{model}” supports {n} languages, but not this one."),
        remedy=remedy, **args,
    )  # fmt: skip


def _where(missing: Found) -> str:
    if not missing.script:
        return N_("The language is set to {_language}.")
    if missing.language:
        return N_("{share:.0%} of the data is in {_language}.")
    return N_("{share:.0%} of the data is in {_script}.")


def told(case: Case, dataset: Dataset) -> tuple[str, dict[str, Any]] | None:
    """What was found of the language, as a message and its arguments; None where words do not matter."""
    texts = case.written(dataset)
    found = languages.find(texts)
    if not found:
        return None
    first, script = found[0], han.script(texts)
    args = {"share": first.share, "_language": languages.NAMES.get(first.language, first.language),
            "_script": languages.named(first.script, ""), "_characters": han.SCRIPTS.get(script, "")}  # fmt: skip
    if first.language == "zh" and script:
        return N_("Detected: {_language}, {_characters} ({share:.0%} of the transcripts)."), args
    if first.language:
        return N_("Detected: {_language} ({share:.0%} of the transcripts)."), args
    return N_("Detected: {_script} ({share:.0%} of the transcripts). Multilingual models detect the language from the "
              "audio; English-only models assume English."), args  # fmt: skip
