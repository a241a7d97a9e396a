"""Which checkpoints of a training can be trusted."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

MARK = "COMPLETE"  # written last: a checkpoint without it was cut off and is never used


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


def best(folder: Path) -> Path | None:
    """The checkpoint with the lowest validation loss so far; before the first evaluation the latest."""
    newest = latest(folder)
    if newest is None:
        return None
    state = json.loads((Path(newest) / "trainer_state.json").read_text())
    named = state.get("best_model_checkpoint")
    return folder / Path(named).name if named else Path(newest)


def trained(folder: Path) -> dict[str, Any]:
    """How far a training came: epochs and steps, and the epoch whose weights were kept; empty where there was none."""
    newest = latest(folder)
    if newest is None:
        return {}
    state = json.loads((Path(newest) / "trainer_state.json").read_text())
    steps, epochs = state["global_step"], float(state["epoch"])
    kept = best(folder)
    return {
        "epochs": round(epochs, 2),
        "steps": steps,
        "best_epoch": round(_step(kept) * epochs / steps, 2) if steps else 0.0,
    }


def _step(checkpoint: Path) -> int:
    return int(checkpoint.name.removeprefix("checkpoint-"))
