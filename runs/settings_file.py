"""Settings as a file: written as `runs.fine_tune --like` reads it, and read with every value checked."""

from __future__ import annotations

import io
import json
from typing import Any

import cases
from cases import stored_settings
from cases.base import Case
from cases.settings import TASK, as_json, knobs, named, refuse
from models.errors import N_, InputError
from runs import run_record

MOST = 2**20  # bytes; the record of a run with thousands of corrections fits
OF_DATA = ("probes",)  # rows of the data set that the settings were chosen for


def write(case: Case, settings: Any) -> bytes:
    """The settings without what belongs to the data, as JSON in the form of a bundle's run.json."""
    values = {name: value for name, value in as_json(settings).items() if name not in OF_DATA}
    told = {"case": case.name, "settings": values, "edits": {}}
    return json.dumps(told, ensure_ascii=False, indent=1).encode()


def read(case: Case, content: bytes, name: str) -> dict[str, Any]:
    """Setting → value, of every setting that the form has: as the file called `name` has it, else the default.

    Names of earlier versions are understood. What belongs to the data of the run that the file came with is left out.

    Raises:
        InputError: the file is too large, or no record of a run, or of another case; or a setting in it is unknown or
            cannot be what it says.
    """
    if len(content) > MOST:
        raise InputError(
            found=N_("“{path}” is too large for a file of settings."),
            expected=N_("A file of settings has at most {most} MB."),
            remedy=N_("Export the settings again, or use the run.json of a bundle."),
            path=name,
            most=MOST // 2**20,
        )
    told = run_record.parse(io.BytesIO(content), name)
    if told["case"] not in ("", case.name):
        raise InputError(
            found=N_("“{path}” holds settings of another case ({_other})."),
            expected=N_("Settings of this case are needed ({_case})."),
            remedy=N_("Import the file on the page of its case."),
            path=name,
            _other=cases.get(told["case"]).title if told["case"] in cases.NAMES else told["case"][:64],
            _case=case.title,
        )
    given = {one: value for one, value in told["settings"].items() if one not in OF_DATA}
    values = as_json(stored_settings.from_json(case.Settings, given))
    _require_fit(case, values)
    return {one: values[one] for one in knobs(case.Settings)}


def _require_fit(case: Case, values: dict[str, Any]) -> None:
    """
    Raises:
        InputError: an option makes no sense in the task, so that the form could not show it.
    """
    task = values.get(named(case.Settings, TASK), "")
    for name, (_setting, knob) in knobs(case.Settings).items():
        if values[name] in knob.unfit.get(task, ()):
            refuse(name, values[name], N_("“{name}” must suit the task “{task}”."), task=task)
