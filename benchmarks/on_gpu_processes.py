"""Each part of `benchmarks.on_gpu` in processes of its own with a limit of time: what one does leaves the others."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.on_gpu_told import MACHINE, MEASURED, RESUMED

ROOT = Path(__file__).parent.parent
FIRST = 0.7  # of a part's seconds at most until it has killed itself; what is left is for the one that goes on
TOLD = 20_000  # characters of what a process wrote that are kept


@dataclass(frozen=True)
class Asked:
    """`cache`: where weights may lie; `packages`: a folder of packages that the machine lacks, see `on_gpu_pack`."""

    cache: Path
    tiny: bool = False
    packages: Path | None = None


@dataclass(frozen=True)
class Ended:
    """`code`: as a process has it, None where its time was over; `written`: all that it wrote."""

    code: int | None
    written: str


def machine(asked: Asked, seconds: float) -> dict[str, Any]:
    """What it is, the ceiling of its matrix products, and errors."""
    with TemporaryDirectory() as folder:
        ended = _run(MACHINE, Path(folder), asked, seconds)
        known = _known(Path(folder) / MEASURED)
        if ended.code != 0:
            known["errors"][MACHINE] = _why(ended, known, seconds)
        return known


def part(name: str, asked: Asked, seconds: float) -> dict[str, Any]:
    """What a part found out, with all errors in full, in at most so many seconds."""
    start = time.monotonic()
    with TemporaryDirectory() as given:
        folder = Path(given)
        ended = _run(name, folder, asked, FIRST * seconds)
        known = _known(folder / MEASURED)
        killed = known.get("section") == "killed" and ended.code == -signal.SIGKILL
        if not killed and ended.code != 0:
            known["errors"][known.get("section", "start")] = _why(ended, known, FIRST * seconds)
        if killed:
            left = seconds - (time.monotonic() - start)
            known |= _gone_on(name, folder, asked, left, known["errors"])
    known.pop("section", None)
    return {**known, "seconds": round(time.monotonic() - start, 1)}


def _gone_on(name: str, folder: Path, asked: Asked, seconds: float, errors: dict[str, str]) -> dict[str, Any]:
    ended = _run(name, folder, asked, seconds, "--resume")
    known = _known(folder / RESUMED)
    errors |= known["errors"]
    if ended.code != 0:
        errors["resume"] = _why(ended, known, seconds)
    return {"resume": known["resume"]} if "resume" in known else {}


def _known(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text("utf-8")) if path.exists() else {"errors": {}}


def _why(ended: Ended, known: dict[str, Any], seconds: float) -> str:
    where = known.get("section", "start")
    said = f"not over after {seconds:.0f} s" if ended.code is None else f"ended with {ended.code}"
    return f"The process was {said}, in the section “{where}”. It wrote:\n{ended.written[-TOLD:]}"


def _run(name: str, folder: Path, asked: Asked, seconds: float, *more: str) -> Ended:
    """A process whose group is ended with it."""
    command = [sys.executable, "-m", "benchmarks.on_gpu_part", name, str(folder), "--cache", str(asked.cache.resolve()),
               "--until", str(time.time() + seconds), *(["--tiny"] if asked.tiny else []), *more]  # fmt: skip
    written = folder / "written.txt"
    with written.open("ab") as file:
        process = subprocess.Popen(command, cwd=ROOT, stdout=file, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
                                   start_new_session=True, env=_environment(asked))  # fmt: skip
        try:
            code: int | None = process.wait(max(1.0, seconds))
        except subprocess.TimeoutExpired:
            code = None
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)  # also what loads items for one that is gone
            process.wait()
    return Ended(code, written.read_text("utf-8", "replace"))


def _environment(asked: Asked) -> dict[str, str]:
    found = [str(asked.packages.resolve())] if asked.packages else []
    paths: Sequence[str] = [*found, *filter(None, [os.environ.get("PYTHONPATH")])]
    known = {"PYTHONPATH": os.pathsep.join(paths)} if paths else {}
    known["CUDA_VISIBLE_DEVICES"] = os.environ.get("CUDA_VISIBLE_DEVICES", "0").partition(",")[0]  # one card
    known["HF_HUB_OFFLINE"] = "1"  # weights are found or made, never fetched
    return {**os.environ, **known, "PYTHONUNBUFFERED": "1", "PYTHONFAULTHANDLER": "1"}
