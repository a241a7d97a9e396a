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
from cases.base import Case, Task
from cases.settings import Knob, default, knobs, restored
from models import catalog
from models.errors import N_
from models.metrics import FALLING, is_share
from pages.parts import live as live_view
from pages.parts import marking
from pages.parts.language import _, labelled
from runs import datasets, store
from runs.store import Run

NETWORK = "network"  # what a result calls what was trained
LEARNING = ("mode", "network")  # settings that say what learns; every case has one of them


def status(run: Run) -> str:
    names = {
        "queued": _("Waiting"), "running": _("Running"), "done": _("Done"), "failed": _("Failed"),
        "stopped": _("Stopped"),
    }  # fmt: skip
    return names[run.status]


def case(name: str) -> str:
    return _(name.replace("_", " ").capitalize())


def title(run: Run) -> str:
    return " · ".join([run.name, *what(run)])


def what(run: Run) -> list[str]:
    """Which model learns, and how much of it."""
    case = cases.get(run.case)
    learning = next(name for name in LEARNING if name in knobs(case.Settings))
    _field, knob = knobs(case.Settings)[learning]
    task = [_(task_of(run).title)] if task_of(run) != case.tasks[0] else []
    mode = knob.options[run.settings[learning]]  # a name inside the call would be collected as a message
    return [*task, *_learnt(run), _(mode)]


def _learnt(run: Run) -> list[str]:
    """The pretrained model, or in its place the baseline that was kept instead."""
    parts = kept(run)
    told = [model(run.settings["model"]) if part == NETWORK else references().get(part, part) for part in parts]
    return [" + ".join(told)]


def kept(run: Run) -> list[str]:
    """What its model consists of: the network, a baseline, or both, the network first."""
    return ((run.result or {}).get("kept") or NETWORK).split("+")


def data(run: Run) -> str:
    """The name of its data, and which version where there are several."""
    row = store.dataset(str(run.dataset), run.owner)
    if row is None:
        return _("deleted data")
    several = len(datasets.versions(run.owner, row.lineage)) > 1
    return " · ".join([row.name, *([_("Version {n}", n=row.version)] if several else [])])


def task_of(run: Run) -> Task:
    """What it learns."""
    return tasks.of(cases.get(run.case), run.settings or {}, run.facts)


def metric(name: str) -> str:
    known = {
        "loss": _("Loss"), "accuracy": _("Accuracy"), "macro_f1": _("Macro-F1"), "wer": _("Word errors (WER)"),
        "cer": _("Character errors (CER)"), "raw_wer": _("WER as written"), "raw_cer": _("CER as written"),
        "ndcg": "NDCG", "recall": _("Recall"), "hit": _("Hit rate"), "mrr": "MRR",
    }  # fmt: skip
    kind, at, cut = name.partition("@")  # of lists of so many items
    return f"{known.get(kind, kind)}{at}{cut}"


def figure(metric: str, value: float) -> str:
    return f"{value:.1%}" if is_share(metric) else f"{value:.3f}"


def settings(case: Case, run: Run) -> str:
    """How the data was split, and which settings are not the usual ones."""
    told = []
    if counts := (run.facts or {}).get("counts"):
        told.append(_("{train:,} to train, {validation:,} to validate, {test:,} to test", **counts))
    meant = restored(case.Settings, run.settings)
    for name, (field, knob) in knobs(case.Settings).items():
        value = meant[name]
        if value != default(field) and name not in ("task", "model", *LEARNING):
            told.append(setting(name, knob, value))
    return " · ".join(told)


def setting(name: str, knob: Knob, value: Any) -> str:
    """Its label and its value."""
    return f"{_(knob.label)} {setting_value(name, knob, value)}"


def setting_value(name: str, knob: Knob, value: Any) -> str:
    """The value of a setting as its field shows it."""
    if value is None:
        return _("automatic")
    if name == "model":
        return model(value)
    if knob.options and value in knob.options:
        return _(knob.options[value])
    return number(value) if isinstance(value, (int, float)) else str(value)


def number(value: float) -> str:
    """1,000, 0.25, 2e-4"""
    if 0 < abs(value) < 0.01:
        digits, power = f"{value:.3e}".split("e")
        return f"{float(digits):g}e{int(power)}"
    return f"{value:,}" if isinstance(value, int) else f"{value:,.6g}"


def stopped(where: Mapping[str, int | None]) -> str:
    """Which weights a stopped training gave: `where` as `models.checkpoints.Kept` tells it."""
    in_epoch = where["steps"] // where["epochs"]
    if where["epoch"] is None:
        return _("Stopped after {step:,} of {steps:,} training steps in the first epoch. This is the model after these "
                 "steps; no epoch had been validated yet.", step=where["step"], steps=in_epoch)  # fmt: skip
    return _("Stopped in epoch {now:,} of {epochs:,}. This is the model of epoch {kept:,}, the best validated so far.",
             now=-(-where["step"] // in_epoch), epochs=where["epochs"], kept=where["epoch"])  # fmt: skip


def model(name: str) -> str:
    """The title a model has in the catalogue; a hub id or a folder stands for itself."""
    return next((known.title for known in catalog.MODELS if known.id == name), name)


_LINE = re.compile(r"(.+?\.\w+):(\d+)(?: (.*))?", re.DOTALL)  # of a table, and the beginning of its text


def item(name: str) -> str:
    """The name of an item as it is read: of a line of a table the file and the number."""
    if not (line := _LINE.fullmatch(name)):
        return name
    told = _("{file}, line {n}", file=line[1], n=line[2])
    return labelled(told, line[3]) if line[3] else told


def when(moment: float) -> str:
    """A time of the store as the reader's clock shows it."""
    return f"{datetime.fromtimestamp(moment, ZoneInfo(st.context.timezone or 'UTC')):%Y-%m-%d %H:%M}"


def size(count: int) -> str:
    """Bytes as a file manager tells them."""
    if count >= 2**30:
        return f"{count / 2**30:.1f} GB"
    if count >= 100 * 2**20:
        return f"{count / 2**20:.0f} MB"
    return f"{count / 2**20:.1f} MB" if count >= 2**20 else f"{max(1, round(count / 2**10)):,} KB"


def duration(seconds: float) -> str:
    """Roughly, as people say it."""
    if seconds < 1:
        return _("under 1 s")
    if seconds < 90:
        return _("{n:.0f} s", n=seconds)
    if seconds < 5400:
        return _("{n:.0f} min", n=seconds / 60)
    return _("{n:.1f} h", n=seconds / 3600)


def references() -> dict[str, str]:
    """What a model is compared with, the strongest first as a rule."""
    return {
        "untouched": _("Untouched model"), "frozen_features": _("Linear probe"),
        "ease_decayed": _("Time-decayed EASE"), "ease": "EASE",
        "item_knn": _("Item-kNN"), "popularity": _("Popularity"), "word_counts": _("Word counts"),
        "mfcc": _("Sound statistics"), "majority": _("Majority class"),
    }  # fmt: skip


def baseline(name: str) -> str:
    """The same within a sentence."""
    known = {
        "untouched": _("the untouched model"), "frozen_features": _("the linear probe"),
        "ease_decayed": _("time-decayed EASE"), "item_knn": _("item-kNN"), "popularity": _("popularity"),
        "word_counts": _("word counts"), "mfcc": _("sound statistics (MFCC)"), "majority": _("the majority class"),
    }  # fmt: skip
    return known.get(name) or references().get(name, name)


_TOLD = {  # metric or target → what the second chart shows, and how the watched items are read
    "classes": (
        N_("Validation accuracy over the epochs, with reference lines"),
        N_("What the network takes each for, and how sure it is. The line below tells how much it has "
           "come to believe the true label. Move the slider to go back. Where more than the head learns, the head is "
           "fitted to the frozen features first, so it may be right from the start."),
    ),
    "texts": (
        N_("Word errors on the validation part over the epochs, with the untouched model as a line"),
        N_("What was said, and below it what the network writes. The line tells how near it has come: at the top all "
           "of it is heard. Move the slider to go back."),
    ),
    "cer": (
        N_("Character errors on the validation part over the epochs, with the untouched model as a line"),
        N_("What was said, and below it what the network writes. The line tells how near it has come: at the top all "
           "of it is heard. Move the slider to go back."),
    ),
    "items": (
        N_("Validation NDCG@10 and recall@10 over the epochs, with the baselines' NDCG@10 as lines"),
        N_("For a few users: some known interactions, a held-out item, and the top of the network's list. The curve "
           "shows how high the held-out item ranks: at the top it is first. Move the slider to go back."),
    ),
}  # fmt: skip


def live(task: Task) -> live_view.Words:
    """The words of the live view, which has none of its own."""
    (alt, hint), name = _TOLD.get(task.metric) or _TOLD[task.targets], metric(task.metric)
    return {
        "status_queued": _("Waiting"),
        "status_running": _("Running"),
        "status_done": _("Done"),
        "status_failed": _("Failed"),
        "status_stopped": _("Stopped"),
        "phase_preparing": _("Prepare"),
        "phase_training": _("Train"),
        "phase_evaluating": _("Evaluate"),
        "phase_exporting": _("Pack"),
        "progress_pixels": _("{n} of {total} pictures decoded"),
        "progress_features": _("{n} of {total} items seen by the pretrained network"),
        "progress_transcripts": _("{n} of {total} written down by the untouched model"),
        "progress_baselines": _("{n} of {total} baseline settings tried"),
        "progress_candidates": _("Networks tried for a few epochs: step {n} of {total}"),
        "progress_combinations": _("{n} of {total} combinations compared"),
        "progress_folds": _("{n} of {total} strengths of holding back tried"),
        "progress_training": _("Step {n} of {total}"),
        "progress_test": _("{n} of {total} tested"),
        "progress_export": _("Packed: {n} of {total}"),
        "epoch": _("Epoch {n} of {total}"),
        "attempt": _("attempt {n}: interrupted, resumed by itself"),
        "queue": _("Runs before this one: {n}"),
        "next": _("Next in line"),
        "rate": _("{n} per second"),
        "left": _("{time} left"),
        "left_of_this": _("{time} left in this step"),
        "reconnecting": _("Connection lost; trying again by itself. The run goes on meanwhile."),
        "loss": _("Loss"),
        "loss_alt": _("Training and validation loss over the epochs"),
        "metric": _("{metric}: less is better", metric=name) if task.metric in FALLING else name,
        "metric_alt": _(alt),
        "empty": _("The first points come with the first steps."),
        "epochs": _("Epoch"),
        "train": _("Training"),
        "validation": _("Validation"),
        **references(),
        "learning_rate": _("Learning rate"),
        "speed": _("Speed"),
        "cpu": _("Processor"),
        "memory": _("Memory"),
        "gpu": _("GPU"),
        "gpu_memory": _("GPU memory"),
        "probes": _("The same items after each epoch"),
        "probes_hint": _(hint),
        **marking.words(),
        "probes_before": _("Before the training"),
        "probes_after": _("After epoch {n}"),
        "probes_train": _("trained on"),
        "zoom": _("Zoom"),
        "pan": _("Move"),
        "reset": _("Show all"),
    }
