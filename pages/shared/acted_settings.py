"""The settings of a run that had an effect, as a person would say them."""

from __future__ import annotations

from dataclasses import dataclass

import cases
from cases.settings import AUTOMATIC, default, idle, knobs
from cases.stored_settings import restored
from pages.shared import vocabulary
from runs.store.records import Run


@dataclass(frozen=True)
class Setting:
    """A value in words; `usual`: it is the default of its case."""

    told: str
    usual: bool = False


def of(run: Run) -> dict[str, Setting]:
    """Name of a setting → its value, in the order of the form."""
    form = cases.get(run.case).Settings
    meant = restored(form, run.settings)
    acted = (run.result or {}).get("settings", {})  # also what stood for fields that were left empty, or to the data
    off, told = idle(form, meant), {}
    for name, (setting, knob) in knobs(form).items():
        if name not in off:
            value = acted.get(name, meant[name]) if meant[name] in (None, AUTOMATIC) else meant[name]
            told[name] = Setting(vocabulary.setting_value(knob, value), usual=meant[name] == default(setting))
    return told
