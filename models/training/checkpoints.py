"""Which checkpoints of a training can be trusted, and which weights a stopped one has to give."""

from __future__ import annotations

import json
import os
import shutil
import zipfile
from collections.abc import Mapping, Set
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open

from models.storage import checksums

MARK = "COMPLETE"  # written last, with the SHA-256 of every file: a checkpoint that lacks it or differs is never used
WEIGHTS, STATE = "model.safetensors", "trainer_state.json"
TRAINED = "trained.safetensors"  # the weights of a training that is over, as its best epoch left them
LAST = "last.safetensors"  # the same, as its last epoch left them, where that is another
TRAINED_FACTS = "trained.json"  # how far the training of another run came, whose weights were taken over
SETTLED = "settled.json"  # how far of the way from its start to these a training that is over goes
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
    checksums.discard(folder / STOPPED)


def kept(folder: Path) -> Kept | None:
    """None where no step was made."""
    newest, last = _newest(folder), folder / STOPPED
    state = _state(newest) if newest else {}
    stop = _stop(folder)
    if stop is None and newest is None:
        return None
    if stop is None:  # the process was ended before it could say
        stop = Stop(state["global_step"], state["max_steps"], state["num_train_epochs"])
    best = _best(newest) if newest else None
    if best and is_whole(best):
        return Kept(stop, best / WEIGHTS, _step(best) * stop.epochs // stop.steps)
    if weights_are_whole(last):
        return Kept(stop, last, None)
    return Kept(stop, newest / WEIGHTS, None) if newest else None


def _stop(folder: Path) -> Stop | None:
    try:
        return Stop(**json.loads((folder / STOP).read_text()))
    except (OSError, ValueError, TypeError):  # it was not said, or what was said is damaged
        return None


def _state(checkpoint: Path) -> dict[str, Any]:
    return json.loads((checkpoint / STATE).read_text())


def _best(checkpoint: Path) -> Path | None:
    """The checkpoint whose validated weights were best when this one was written."""
    named = _state(checkpoint).get("best_model_checkpoint")
    return checkpoint.parent / Path(named).name if named else None


def mark(folder: Path, step: int) -> None:
    """Write a checkpoint through to the disk and declare it complete."""
    checkpoint = folder / f"checkpoint-{step}"
    files = sorted(path for path in checkpoint.rglob("*") if path.is_file())
    for path in files:
        checksums.sync(path)
    partial = checkpoint / f"{MARK}.partial"
    partial.write_text(json.dumps({path.relative_to(checkpoint).as_posix(): checksums.digest(path) for path in files}))
    checksums.sync(partial)
    partial.replace(checkpoint / MARK)
    checksums.sync(checkpoint)
    checksums.sync(folder)


def latest(folder: Path) -> str | None:
    """The whole checkpoint of the highest step, as `Trainer` wants it."""
    newest = _newest(folder)
    return str(newest) if newest else None


def _newest(folder: Path) -> Path | None:
    return next((checkpoint for checkpoint in _by_step(folder) if is_whole(checkpoint)), None)


def _by_step(folder: Path) -> list[Path]:
    """The highest step first."""
    return sorted(folder.glob("checkpoint-*"), key=_step, reverse=True)


def is_whole(checkpoint: Path) -> bool:
    """Whether every file is there as it was when the checkpoint was declared complete.

    Of checkpoints that are older than their checksums, whether the files can be read.
    """
    try:
        noted = json.loads((checkpoint / MARK).read_bytes() or "{}")
        return all(checksums.digest(checkpoint / name) == known for name, known in noted.items()) and (
            bool(noted) or _can_be_read(checkpoint)
        )
    except (OSError, ValueError, AttributeError):  # a file is gone, or the mark itself is damaged
        return False


def weights_are_whole(path: Path) -> bool:
    """Whether a file of weights is as it was written; of one without a checksum, whether it can be read."""
    if checksums.beside(path).exists():
        return checksums.intact(path)
    return _are_weights(path)


def _can_be_read(checkpoint: Path) -> bool:
    archives = [*checkpoint.glob("*.pt"), *checkpoint.glob("*.pth")]  # zip files with a checksum of each entry
    try:
        sound = len(archives) >= 3 and all(zipfile.ZipFile(path).testzip() is None for path in archives)
        return sound and "global_step" in _state(checkpoint) and _are_weights(checkpoint / WEIGHTS)
    except zipfile.BadZipFile:
        return False


def _are_weights(path: Path) -> bool:
    try:
        with safe_open(path, "numpy"):
            return True
    except (OSError, SafetensorError):
        return False


def drop_damaged(folder: Path) -> int:
    """Remove checkpoints that cannot be gone on from; returns how many of them had been complete.

    One can be gone on from where it is whole and where the best one that it names is so, too, or is no more, since a
    better one took its place: that will be made again. `Trainer` counts folders when it decides which old ones may go,
    so those that are later than the one that is gone on from are removed as well.
    """
    every = _by_step(folder)
    damaged = [checkpoint for checkpoint in every if not is_whole(checkpoint)]
    lost = sum((checkpoint / MARK).exists() for checkpoint in damaged)
    from_here = next((one for one in every if one not in damaged and _best(one) not in damaged), None)
    for checkpoint in every:
        if checkpoint in damaged or from_here is None or _step(checkpoint) > _step(from_here):
            shutil.rmtree(checkpoint)
    return lost


def keep_last(folder: Path, step: int, best: int | None) -> None:
    """Keep the weights of the last step, beside those of the best one, until the run is over."""
    weights, last = folder / f"checkpoint-{step}" / WEIGHTS, folder / LAST
    checksums.discard(last)
    if best is not None and step != best and weights.exists():
        partial = last.with_suffix(".partial")
        partial.unlink(missing_ok=True)
        share(weights, partial)
        checksums.settle(partial, last)


def ends(folder: Path) -> list[Path]:
    """The weights of the best epoch of a training that is over, and those of its last where that is another."""
    return [folder / TRAINED, *([folder / LAST] if checksums.intact(folder / LAST) else [])]


def has_its_best(folder: Path, step: int | None) -> bool:
    """Whether the weights of the best validated step can be given."""
    return step is None or is_whole(folder / f"checkpoint-{step}")


def conclude(folder: Path) -> Kept | None:
    """Declare a training over as it stands: it ends with the weights of its best epoch, and what only going on needs is
    removed. None where it has no weights yet."""
    found = kept(folder)
    if found is None:
        return None
    newest, best = _newest(folder), found.weights.parent
    if newest is not None:
        for checkpoint in _by_step(folder):
            if checkpoint not in (newest, best):
                shutil.rmtree(checkpoint)
            else:
                _lighten(
                    checkpoint, {STATE, *([WEIGHTS] if checkpoint == best or found.weights.parent == folder else [])}
                )
    partial = (folder / TRAINED).with_suffix(".partial")
    partial.unlink(missing_ok=True)
    share(found.weights, partial)
    checksums.settle(partial, folder / TRAINED)
    partial.unlink(missing_ok=True)  # where both are the same file already, it stays
    return kept(folder)


def _lighten(checkpoint: Path, names: Set[str]) -> None:
    """Remove all files but these, and mark it anew."""
    (checkpoint / MARK).unlink(missing_ok=True)
    for path in [path for path in checkpoint.rglob("*") if path.is_file() and path.name not in names]:
        path.unlink()
    mark(checkpoint.parent, _step(checkpoint))


def share(file: Path, under: Path) -> None:
    """The same file under another name: its bytes lie on the disk once, where that can be."""
    try:
        os.link(file, under)
    except OSError:  # a disk that knows no such names
        shutil.copyfile(file, under)


def trained(folder: Path) -> dict[str, Any]:
    """How far a training came: epochs and steps, and the epoch whose weights were kept; empty where there was none."""
    found = kept(folder)
    if found is None:
        noted = folder / TRAINED_FACTS
        return json.loads(noted.read_text("utf-8")) if noted.exists() else {}
    each = found.stop.steps / found.stop.epochs
    epochs = round(found.stop.step / each, 2)
    return {"epochs": epochs, "steps": found.stop.step, "best_epoch": float(found.epoch or epochs)}


def note_trained(folder: Path, facts: Mapping[str, Any]) -> None:
    """Keep what `trained` returned of a training whose checkpoints are gone, beside its weights."""
    known = {name: facts[name] for name in ("epochs", "steps", "best_epoch") if name in facts}
    checksums.replace(folder / TRAINED_FACTS, json.dumps(known))


def _step(checkpoint: Path) -> int:
    return int(checkpoint.name.removeprefix("checkpoint-"))
