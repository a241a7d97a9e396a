"""One part of `benchmarks.on_gpu`, in a process of its own; or its end, in another, after that one was killed.

    python -m benchmarks.on_gpu_part pictures/full FOLDER --tiny

What it finds out is written to FOLDER/measured.json after every section, so that nothing is lost where the next one
hangs or ends the process. The last section trains until the middle of the second epoch and kills the process;
`--resume` goes on from what is left, and says in FOLDER/resumed.json whether the weights are those of the unbroken
training.
"""

from __future__ import annotations

import argparse
import faulthandler
import json
import os
import time
import traceback
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # before torch is imported

import numpy as np
import torch
from transformers.utils import logging

from benchmarks import on_gpu_ceiling, on_gpu_material, on_gpu_parts, on_gpu_stock
from benchmarks.on_gpu_meters import Kill, Stopwatch
from benchmarks.on_gpu_parts import Part
from benchmarks.on_gpu_training import EPOCHS, Listening, Training
from models import memory

MEASURED, RESUMED = "measured.json", "resumed.json"
MACHINE = "machine"  # the part that comes before all others
USUAL = 10  # times as far apart as two unbroken trainings may be what broke and went on
STOCK = 0.6  # of the seconds may be over when the stock example is ended


class Told:
    """What is known, written to a file each time that more is; of a section that fails the whole trace of the error."""

    def __init__(self, path: Path) -> None:
        self.path, self.known = path, {"errors": {}}

    def section(self, name: str, work: Callable[[], Mapping[str, Any]], *, under: str = "") -> bool:
        """Do `work` and note what it returns, by the name `under` where there is one; whether it came to its end."""
        self.known["section"] = name
        self._write()
        try:
            found = work()
        except Exception:  # whatever it is, it is the result, and the others are to be tried all the same
            self.known["errors"][name] = traceback.format_exc()
            memory.release()
            found = {}
        self.known |= {under: found} if under else found
        self._write()
        return name not in self.known["errors"]

    def _write(self) -> None:
        partial = self.path.with_suffix(".partial")
        partial.write_text(json.dumps(self.known), "utf-8")
        partial.replace(self.path)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("part", help=f"{MACHINE}, or one of {', '.join(part.name for part in on_gpu_parts.PARTS)}")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--cache", type=Path, default=Path("var/cache/models"), help="where weights may lie already")
    parser.add_argument("--seconds", type=float, default=600.0, help="after which it says where it is, to be ended")
    parser.add_argument("--tiny", action="store_true", help="the sizes that a machine without a card takes")
    parser.add_argument("--resume", action="store_true", help="go on with the training that was killed")
    asked = parser.parse_args()
    faulthandler.dump_traceback_later(asked.seconds, exit=False)
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    told = Told(asked.folder / (RESUMED if asked.resume else MEASURED))
    if asked.part == MACHINE:
        told.section("machine", on_gpu_ceiling.machine, under="machine")
        told.section("ceiling", lambda: on_gpu_ceiling.ceiling(tiny=asked.tiny), under="ceiling")
        return
    part = on_gpu_parts.find(asked.part)
    cap(part)
    prepared: list[Training] = []

    def prepare() -> Mapping[str, Any]:
        material = on_gpu_material.prepare(part, asked.folder, asked.cache, tiny=asked.tiny)
        prepared.append(Training(part, material, asked.folder))
        return {"weights": material.weights, "batch": material.batch, "bf16": on_gpu_stock.uses_bf16(material)}

    if told.section("data", prepare):
        act = resume if asked.resume else measure
        act(prepared[0], told, time.monotonic() + STOCK * asked.seconds)


def cap(part: Part) -> None:
    """Let it take no more than its share of a larger card."""
    if part.cap_gb is not None and torch.cuda.is_available():
        held = torch.cuda.get_device_properties(0).total_memory
        torch.cuda.set_per_process_memory_fraction(min(1.0, part.cap_gb * 2**30 / held))


def measure(training: Training, told: Told, deadline: float) -> None:
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


def resume(training: Training, told: Told, _deadline: float) -> None:
    told.section("resume", lambda: {"resume": resumed(training)})


def resumed(training: Training) -> dict[str, Any]:
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


if __name__ == "__main__":
    main()
