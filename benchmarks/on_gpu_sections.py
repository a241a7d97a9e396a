"""The sections of a part of `benchmarks.on_gpu`: what `benchmarks.on_gpu_part` does one after the other."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from transformers.utils import logging

from benchmarks import on_gpu_ceiling, on_gpu_material, on_gpu_parts, on_gpu_stock
from benchmarks.on_gpu_meters import Kill, Stopwatch
from benchmarks.on_gpu_parts import Part
from benchmarks.on_gpu_told import Told
from benchmarks.on_gpu_training import EPOCHS, Listening, Training

USUAL = 10  # times as far apart as two unbroken trainings may be what broke and went on


def machine(told: Told, *, tiny: bool) -> None:
    told.section("machine", on_gpu_ceiling.machine, under="machine")
    told.section("ceiling", lambda: on_gpu_ceiling.ceiling(tiny=tiny or not torch.cuda.is_available()), under="ceiling")


def measure(told: Told, asked: argparse.Namespace, deadline: float) -> None:
    """Both sides, and in the end a training that kills the process; `deadline`: of the stock example, by
    `time.monotonic`."""
    if (training := _prepared(told, asked)) is None:
        return
    part, material = training.part, training.material
    whole = told.section("training", training.measured)
    if whole:
        told.section("computing", training.computing)
    told.section("FLOPs", training.counted)
    told.section(
        "stock example", lambda: on_gpu_stock.measured(part, material, training.folder, deadline), under="stock"
    )
    if whole:
        at = material.steps + max(1, material.steps // 2)
        told.section("killed", lambda: training.fit("broken", Listening(Kill(at))), under="killed")


def resume(told: Told, asked: argparse.Namespace, _deadline: float) -> None:
    """Go on with the training that killed its process."""
    if (training := _prepared(told, asked)) is not None:
        told.section("resume", lambda: _resumed(training), under="resume")


def _prepared(told: Told, asked: argparse.Namespace) -> Training | None:
    """None where the data could not be made."""
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    part, made = on_gpu_parts.find(asked.part), []
    _cap(part)

    def prepare() -> Mapping[str, Any]:
        material = on_gpu_material.prepare(part, asked.folder, asked.cache, tiny=asked.tiny)
        made.append(Training(part, material, asked.folder))
        return {"weights": material.weights, "batch": material.batch, "bf16": on_gpu_stock.uses_bf16(material)}

    return made[0] if told.section("data", prepare) else None


def _cap(part: Part) -> None:
    """Let it take no more than its share of a larger card."""
    if part.cap_gb is not None and torch.cuda.is_available():
        held = torch.cuda.get_device_properties(0).total_memory
        torch.cuda.set_per_process_memory_fraction(min(1.0, part.cap_gb * 2**30 / held))


def _resumed(training: Training) -> dict[str, Any]:
    """`apart`: how far the furthest weight is from that of the unbroken training; `usual`: the same of two unbroken
    ones, which is looked at where there is a difference: many a card adds in no fixed order."""
    if training.part.way == "head":
        training.features = np.load(training.folder / "features.npy")
    straight = torch.load(training.folder / "straight.pt", weights_only=True)
    unread = Stopwatch(0, 0)
    weights = training.fit("broken", report := Listening(unread))
    apart = _apart(straight, weights)
    usual = _apart(straight, training.fit("again", Listening(unread))) if apart else None
    went_on = report.first == training.material.steps + 1
    as_usual = went_on and usual is not None and apart <= USUAL * usual
    verdict = "exact" if went_on and not apart else "as two runs" if as_usual else "DIFFERS"
    return {"verdict": verdict, "from_step": report.first, "of_steps": EPOCHS * training.material.steps,
            "apart": apart, "usual": usual}  # fmt: skip


def _apart(one: Mapping[str, torch.Tensor], other: Mapping[str, torch.Tensor]) -> float:
    return max(float((value.double() - other[name].double()).abs().max()) for name, value in one.items())
