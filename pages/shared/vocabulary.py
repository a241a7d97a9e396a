"""Names for what runs go through, the same wherever they are shown."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import streamlit as st

import cases
from cases import tasks
from cases.base import TABLE, Case, Task
from cases.settings import LEARNING, MODEL, FieldSpec, default, idle, knobs, named
from cases.stored_settings import restored
from models.evaluation.metrics import FORMER_NAMES, NAMES, NORMALISATION, is_share
from models.pretrained import catalog
from pages.shared import glossary
from pages.shared.i18n import _, labelled
from pages.shared.text import unbroken
from runs.language import size as size
from runs.search import journal
from runs.store import dataset_rows
from runs.store.dataset_rows import DatasetRow
from runs.store.records import Run

NETWORK = "network"  # what a result calls what was trained


def status(run: Run) -> str:
    """Name the status of a run in the reader's language."""
    names = {
        "queued": _("Queued"), "running": _("Running"), "done": _("Done"), "failed": _("Failed"),
        "stopped": _("Stopped"),
    }  # fmt: skip
    return _("Ended") if run.parent and run.status == "stopped" else names[run.status]


def case(name: str) -> str:
    return _(cases.get(name).title)


def title(run: Run) -> str:
    return " · ".join([run.name, *what(run)])


def title_of_kind(run: Run) -> str:
    """The name of a run, for where nothing else says that it is a search."""
    return _("Search: {name}", name=run.name) if searched(run) else run.name


def what(run: Run) -> list[str]:
    """Which model learns, and how much of it."""
    task = [_(task_of(run).title)] if task_of(run) != cases.get(run.case).tasks[0] else []
    return list(dict.fromkeys([*searched(run), *task, *filter(None, trained(run))]))


def searched(run: Run) -> list[str]:
    """That it is a search; nothing of any other run."""
    return [_("Search")] if journal.of(run) else []


def trained(run: Run) -> tuple[str, str]:
    """The model that learns, and how much of it; "" where there is nothing to choose from."""
    case = cases.get(run.case)
    settings = {**run.settings, **(run.result or {}).get("chosen", {})}
    begun, mode = named(case.Settings, MODEL), _how_much(case, settings)
    reads = begun in settings and begun not in idle(case.Settings, restored(case.Settings, settings))
    return _learnt(run, model(settings[begun]) if reads else mode or _("Neural network")), mode


def _how_much(case: Case, settings: Mapping[str, Any]) -> str:
    """What of the network learns, or which one it is; "" where there is nothing to choose from."""
    learning = named(case.Settings, LEARNING)
    if not learning:
        return ""
    _field, knob = knobs(case.Settings)[learning]
    return _(str(knob.options[settings[learning]]))  # the name alone would be collected as a message


def _learnt(run: Run, network: str) -> str:
    """The network, or in its place the baseline that was kept instead."""
    names = baselines(task_of(run))
    return " + ".join(network if part == NETWORK else names.get(part, part) for part in kept(run))


def kept(run: Run) -> list[str]:
    """What its model consists of: the network, a baseline, or both, the network first."""
    return ((run.result or {}).get("kept") or NETWORK).split("+")


def data(run: Run) -> str:
    """The name of its data, and which version where there are several."""
    row = dataset_rows.by_id(str(run.dataset), run.owner)
    return dataset(row, several=bool(row) and len(dataset_rows.versions(run.owner, row.lineage)) > 1)


def dataset(row: DatasetRow | None, *, several: bool) -> str:
    """The name of data that may be gone; where there are several versions, which one."""
    if row is None:
        return _("deleted data")
    return " · ".join([row.name, *([_("Version {n}", n=row.version)] if several else [])])


def task_of(run: Run) -> Task:
    """What it learns."""
    return tasks.of(cases.get(run.case), run.settings, run.facts)


def metric(name: str) -> str:
    """Name a metric in the reader's language; a cut as in ndcg@10 is kept."""
    kind, at, cut = name.partition("@")  # of lists of so many items
    return f"{_(NAMES.get(kind, kind))}{at}{cut}"


def measured(run: Run, name: str) -> str:
    """Name a metric as it was measured in a run: figures of one name can be compared."""
    if run.result and name in FORMER_NAMES and not run.result.get(NORMALISATION):
        return _(FORMER_NAMES[name])
    return metric(name)


def metric_explained(name: str) -> str:
    """One sentence for who does not know a metric that is told first; "" for others."""
    known = {
        "accuracy": _("Accuracy: the share of test examples predicted correctly."),
        "wer": _("Word error rate (WER): wrong, missing and extra words per spoken word. Lower is better."),
        "cer": _("Character error rate (CER): wrong, missing and extra characters per spoken one. Lower is better."),
        "ndcg@10": _("NDCG@10: how high the items that users really chose stand in the top 10. 1: always first; 0: "
                     "never in it."),
    }  # fmt: skip
    return known.get(name, "")


def figure(metric: str, value: float) -> str:
    return f"{value:z.1%}" if is_share(metric) else f"{value:z.3f}"


def headline(run: Run) -> str:
    """The figure of a run that has a result."""
    metric = task_of(run).metric
    return figure(metric, run.result["test"][metric]["value"])


def settings(case: Case, run: Run) -> str:
    """How the data was split, and which settings are not the usual ones, as far as they had an effect."""
    told = []
    if counts := (run.facts or {}).get("counts"):
        told.append(_("{train:,} to train, {validation:,} to validate, {test:,} to test", **counts))
    meant = restored(case.Settings, run.settings)
    off = idle(case.Settings, meant)
    for name, (field, knob) in knobs(case.Settings).items():
        value = meant[name]
        if value != default(field) and not knob.role and name not in off:
            told.append(setting(knob, value))
    return " · ".join(told)


def setting(knob: FieldSpec, value: Any) -> str:
    """Its label and its value."""
    return f"{_(knob.label)} {setting_value(knob, value)}"


def explained(knob: FieldSpec) -> str:
    """What a setting does, in one sentence; below it, where there is more to know, definition and effect, the formula
    of its first term, and the way to all of its terms in the glossary."""
    heading = _("More")
    more = [f"**{heading}** · {_(knob.more)}"] if knob.more else []
    formula = glossary.terms()[knob.terms[0]].formula if knob.terms else ""
    terms = [f"**{_('Glossary')}** · {glossary.linked(knob.terms)}"] if knob.terms else []
    return "\n\n".join([_(knob.help), *more, *([rf"$\displaystyle {formula}$"] if formula else []), *terms])


def setting_value(knob: FieldSpec, value: Any) -> str:
    """The value of a setting as its field shows it."""
    if value is None:
        return _("automatic")
    if knob.role == MODEL:
        return model(value)
    if knob.options and value in knob.options:
        return _(knob.options[value])
    if isinstance(value, str) and value.startswith(TABLE):
        return _("Column “{name}”", name=value.removeprefix(TABLE))
    return number(value) if isinstance(value, (int, float)) else str(value)


def number(value: float) -> str:
    """1,000, 0.25, 2e-4"""
    if 0 < abs(value) < 0.01:
        digits, power = f"{value:.3e}".split("e")
        return f"{float(digits):g}e{int(power)}"
    return f"{value:,}" if isinstance(value, int) else f"{value:,.6g}"


def stopped(where: Mapping[str, int | None]) -> str:
    """Which weights a stopped training gave: `where` as `models.training.checkpoints.Kept` tells it."""
    in_epoch = where["steps"] // where["epochs"]
    if where["epoch"] is None:
        return _("Stopped at step {step:,} of {steps:,} in the first epoch. This model was not validated.",
                 step=where["step"], steps=in_epoch)  # fmt: skip
    return _("Stopped in epoch {now:,} of {epochs:,}. This is the best checkpoint, from epoch {kept:,}.",
             now=-(-where["step"] // in_epoch), epochs=where["epochs"], kept=where["epoch"])  # fmt: skip


def model(name: str) -> str:
    """The title a model has in the catalogue; a hub id or a folder stands for itself."""
    return next((_(known.title) for known in catalog.all_models() if known.id == name), name)


_LINE = re.compile(r"(.+?\.\w+):(\d+)(?: (.*))?", re.DOTALL)  # of a table, and the beginning of its text


def item(name: str) -> str:
    """The name of an item as it is read: of a line of a table the file and the number."""
    if not (line := _LINE.fullmatch(name)):
        return name
    told = _("{file}, line {n}", file=line[1], n=line[2])
    return labelled(told, line[3]) if line[3] else told


def is_line(name: str) -> bool:
    """Whether an item is a line of a table, by its name."""
    return bool(_LINE.fullmatch(name))


def when(moment: float) -> str:
    """A time of the store as the reader's clock shows it."""
    return unbroken(f"{datetime.fromtimestamp(moment, ZoneInfo(st.context.timezone or 'UTC')):%Y-%m-%d %H:%M}")


def baselines(task: Task) -> dict[str, str]:
    """The titles of what a model is compared with by the names that results keep, the strongest first as a rule."""
    return {one.name: _(one.title) for one in task.baselines}


def baseline(run: Run, name: str) -> str:
    """One of them within a sentence."""
    return next((_(one.within) for one in task_of(run).baselines if one.name == name), name)
