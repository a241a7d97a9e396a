"""Whether what a finished run left is as it was written: its single answers, and its model.

Both can come from another training only, so what is damaged is never shown and never used. Runs that are older than
these checksums are trusted.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from filelock import FileLock

from models.errors import N_, InputError
from models.storage import checksums
from runs.store import folders

FILE = "checksums.json"
BUNDLE, EVALUATION = "bundle", "evaluation"  # folders of a run
MAP = "map.parquet"


def note(folder: Path) -> None:
    """Keep the checksums of all that the evaluation and the export wrote into a run's `folder`.

    What has a checksum of its own beside it, and the map, can be made again.
    """
    with settling(folder):
        _note(folder)


def settling(folder: Path) -> FileLock:
    """Held by whoever writes files of a run's `folder` that have checksums, until these are written too."""
    return FileLock(folder / "checksums.lock")


def renew(folder: Path, names: Sequence[str]) -> None:
    """Keep the checksums of these files of a run's `folder`, which were replaced; called while `settling`."""
    checksums.renew(folder / FILE, folder, names)


def _note(folder: Path) -> None:
    tables = [path for path in folder.iterdir() if path.suffix in (".parquet", ".safetensors")]
    below = [path for part in (EVALUATION, BUNDLE) for path in (folder / part).rglob("*")]
    paths = [path for path in (*tables, *below) if path.is_file() and path.name != MAP]
    checksums.note(folder / FILE, folder, [path for path in paths if not _has_its_own(path)])


def forget(folder: Path) -> None:
    """Call it before anything is written anew."""
    checksums.discard(folder / FILE)


def of_answers(run: str) -> InputError | None:
    """Why the single answers of an evaluated run cannot be shown; None where nothing speaks against it."""
    damaged = _first_damaged(folders.run(run), lambda name: not _is_of_model(name))
    if damaged is None:
        return None
    return InputError(
        found=N_("Predictions of this run cannot be shown: its file “{file}” is missing or damaged."),
        expected=N_("The file must be exactly as the evaluation saved it."),
        remedy=N_("Run it again with the same settings to repeat the evaluation."),
        file=damaged,
    )


def of_model(run: str, *names: str) -> InputError | None:
    """Why the saved model of a run, or these files of its bundle alone, cannot be used; None where nothing speaks
    against it."""
    some = [f"{BUNDLE}/{name}" for name in names]
    damaged = _first_damaged(folders.run(run), lambda name: name in some if some else _is_of_model(name))
    if damaged is None:
        return None
    return InputError(
        found=N_("The model of this run cannot be used: its file “{file}” is missing or damaged."),
        expected=N_("Model files must be exactly as the run saved them."),
        remedy=N_("Start the training again with the same settings."),
        file=damaged,
    )


def require_model(run: str, *names: str) -> None:
    """
    Raises:
        InputError: see `of_model`.
    """
    if problem := of_model(run, *names):
        raise problem


def _has_its_own(path: Path) -> bool:
    return path.suffix == ".sha256" or checksums.beside(path).exists()


def _first_damaged(folder: Path, concerns: Callable[[str], bool]) -> str | None:
    return next(iter(checksums.changed(folder / FILE, folder, concerns)), None)


def _is_of_model(name: str) -> bool:
    """The bundle, and what answers beside it."""
    return name.startswith(f"{BUNDLE}/") or name.endswith(".safetensors")
