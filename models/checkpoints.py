"""Which checkpoints of a training can be trusted, and which weights a stopped one has to give."""

from __future__ import annotations

import json
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

MARK = "COMPLETE"  # written last: a checkpoint without it was cut off and is never used
WEIGHTS = "model.safetensors"
STOP, STOPPED = "stop.json", "stopped.safetensors"  # where a training was stopped, and weights no checkpoint has


@dataclass(frozen=True)
class Stop:
    """Where a training was stopped: after `step` of `steps` optimiser steps, which are `epochs` epochs."""

    step: int
    steps: int
    epochs: int


@dataclass(frozen=True)
class Kept:
    """The weights that a stopped training gives: those of the best validated epoch; in the first epoch, the last
    step's.

    `epoch`: number of the validated epoch whose weights these are, None where none was validated yet.
    """

    stop: Stop
    weights: Path
    epoch: int | None

    def as_json(self) -> dict[str, int | None]:
        return {**asdict(self.stop), "epoch": self.epoch}


def note_stop(folder: Path, stop: Stop) -> None:
    (folder / STOP).write_text(json.dumps(asdict(stop)))


def forget_stop(folder: Path) -> None:
    """The training goes on."""
    (folder / STOP).unlink(missing_ok=True)
    (folder / STOPPED).unlink(missing_ok=True)


def kept(folder: Path) -> Kept | None:
    """None where no step was made."""
    newest, last = latest(folder), folder / STOPPED
    state = json.loads((Path(newest) / "trainer_state.json").read_text()) if newest else {}
    if (folder / STOP).exists():
        stop = Stop(**json.loads((folder / STOP).read_text()))
    elif newest:  # the process was ended before it could say
        stop = Stop(state["global_step"], state["max_steps"], state["num_train_epochs"])
    else:
        return None
    if named := state.get("best_model_checkpoint"):
        checkpoint = folder / Path(named).name
        return Kept(stop, checkpoint / WEIGHTS, _step(checkpoint) * stop.epochs // stop.steps)
    if last.exists():
        return Kept(stop, last, None)
    return Kept(stop, Path(newest) / WEIGHTS, None) if newest else None


def mark(folder: Path, step: int) -> None:
    (folder / f"checkpoint-{step}" / MARK).touch()


def latest(folder: Path) -> str | None:
    """The complete checkpoint of the highest step, as `Trainer` wants it."""
    complete = [path.parent for path in folder.glob(f"checkpoint-*/{MARK}")]
    return str(max(complete, key=_step)) if complete else None


def drop_incomplete(folder: Path) -> None:
    """Remove checkpoints that were cut off: `Trainer` counts folders when it decides which old ones may go."""
    for checkpoint in folder.glob("checkpoint-*"):
        if not (checkpoint / MARK).exists():
            shutil.rmtree(checkpoint)


def trained(folder: Path) -> dict[str, Any]:
    """How far a training came: epochs and steps, and the epoch whose weights were kept; empty where there was none."""
    found = kept(folder)
    if found is None:
        return {}
    each = found.stop.steps / found.stop.epochs
    epochs = round(found.stop.step / each, 2)
    return {"epochs": epochs, "steps": found.stop.step, "best_epoch": float(found.epoch or epochs)}


def _step(checkpoint: Path) -> int:
    return int(checkpoint.name.removeprefix("checkpoint-"))
