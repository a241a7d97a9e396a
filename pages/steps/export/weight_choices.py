"""The ways to store the weights of a model for other programs: their sizes, and what each of them costs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from models.errors import N_, InputError
from pages import task_types
from pages.shared import i18n, vocabulary
from pages.shared.i18n import _, listed
from pages.task_types import agreement
from runs.exports.static_demo import library
from runs.store.records import Run

WEIGHTS = {
    "float32": N_("Full precision"), "int8": N_("8-bit weights"), "int4": N_("4-bit weights"),
    "float32-fewer-tokens": N_("Full precision, vocabulary of the data"),
    "int8-fewer-tokens": N_("8-bit weights, vocabulary of the data"),
    "int4-fewer-tokens": N_("4-bit weights, vocabulary of the data"),
}  # fmt: skip


def named(choice: str, measured: Mapping[str, Any]) -> str:
    """A choice, with the size of the whole folder."""
    return _("{name} ({value})", name=_(WEIGHTS.get(choice, choice)), value=_size(measured))


def _size(measured: Mapping[str, Any]) -> str:
    """Of the whole folder."""
    return vocabulary.size(measured["size"] + library.size(measured["size"]))


def proposed(choices: Mapping[str, Mapping[str, Any]]) -> str:
    """The smallest of those whose predictions are as good as all the same; where nothing was compared, the first."""
    good = [name for name, one in choices.items() if one["agreement"] and not agreement.is_low(one["agreement"])]
    return min(good, key=lambda name: choices[name]["size"], default=next(iter(choices)))


def table(run: Run, choices: Mapping[str, Mapping[str, Any]]) -> None:
    """What each choice costs, beside the model of the bundle."""
    measured = {name: _named_metric(one["agreement"]) for name, one in choices.items() if one["agreement"]}
    if not measured:
        st.caption(_("Not compared with the evaluated model: the test data are gone."))
        return
    measured = dict(sorted(measured.items(), key=lambda one: -choices[one[0]]["size"]))
    columns: dict[str, list[str]] = {
        _("Weights"): [_("Evaluated model"), *(_(WEIGHTS.get(name, name)) for name in measured)],
        _("Folder size"): ["–", *(_size(choices[name]) for name in measured)],
        _(task_types.of_run(run).standalone.SAME): ["–", *(f"{one['same']:,} / {one['items']:,}"
                                                           for one in measured.values())],
    }  # fmt: skip
    if any(one["largest_difference"] for one in measured.values()):
        columns[_("Largest difference")] = ["–", *(f"{one['largest_difference']:.2g}" for one in measured.values())]
    for metric in dict.fromkeys(one["metric"] for one in measured.values() if "metric" in one):
        full = next(one["value_full"] for one in measured.values() if "metric" in one)
        columns[vocabulary.metric(metric)] = [
            vocabulary.figure(metric, value) for value in (full, *(one["value"] for one in measured.values()))
        ]  # fmt: skip
    st.dataframe(columns, hide_index=True, height="content")
    _tell_choice(choices)
    _tell_check(measured)


def _tell_choice(choices: Mapping[str, Mapping[str, Any]]) -> None:
    chosen = proposed(choices)
    if agreement.is_low(choices[chosen]["agreement"] or {"same": 0, "items": 1}):
        return
    st.caption(_("Chosen below: {name}, the smallest with at least 99.9% of the evaluated model’s predictions.",
                 name=_(WEIGHTS.get(chosen, chosen))))  # fmt: skip


def _tell_check(measured: Mapping[str, Mapping[str, Any]]) -> None:
    """How the table was found out, and for which choices too many predictions are others."""
    if all("of" in one for one in measured.values()):  # else it was measured before there was a process for it
        items, of = (max(one[part] for one in measured.values()) for part in ("items", "of"))
        st.caption(_("Each was opened in a new process, which has only its folder, and predicted the test items."))
        if items < of:
            st.caption(_("{items:,} of {of:,} test examples were drawn for the check.", items=items, of=of))
    if low := [_(WEIGHTS.get(name, name)) for name, one in measured.items() if agreement.is_low(one)]:
        st.warning(_("Fewer than 99.9% of the predictions are the same with: {names}.", names=listed(low)))


def not_offered(problems: Mapping[str, Mapping[str, Any]]) -> None:
    """`problems`: choice → why it cannot be had, as `InputError.as_json`."""
    for name, problem in problems.items():
        reason = i18n.found(InputError.from_json(problem))
        st.caption(_("Not available: {name}. {reason}", name=_(WEIGHTS.get(name, name)), reason=reason))


def _named_metric(found: Mapping[str, Any]) -> Mapping[str, Any]:
    """Sizes that were measured before a task could name its metric have the accuracy alone."""
    if "accuracy" not in found:
        return found
    return {**found, "metric": "accuracy", "value": found["accuracy"], "value_full": found["accuracy_full"]}
