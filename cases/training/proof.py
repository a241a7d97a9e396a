"""The proof that what leaves says what was evaluated: a new process that knows only the bundle answers test items."""

from __future__ import annotations

import json
import os
import site
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Any

import numpy as np

from models.evaluation.agreement import Agreement
from models.progress import ProgressReporter

MOST = 2000  # test items; of more so many are drawn
SCRIPT, ONNX = "load", "load_onnx"  # functions of a bundle's predict.py: with the library of its weights, and without
OURS = ("PYTHON", "CASEBOOK_", "AWS_")  # what environment variables begin with that the process has not
OPENING = 5.0  # seconds until two new processes have imported what they need and read the weights, on two cores
HEARD = 0.2  # seconds until a wish to stop is heard

start = subprocess.Popen  # of the process that proves: one name, so that another way to start it can stand in

FOLDER = "proof"  # in the folder of a run, until it is packed: items that lie in no file of their own
PROCESS = Path(__file__).with_name("clean_process.py")


class ProofFailed(RuntimeError):
    """The new process gave no answers; `told`: its last words."""

    def __init__(self, folder: Path, told: str) -> None:
        super().__init__(f"The bundle {folder.name} failed in a new process: {told}")
        self.told = told


@dataclass(frozen=True, eq=False)
class ProofItems:
    """Test items with their `names`, each as `predict` of the bundle's script takes it, fit for JSON, and its size:
    items of like size are computed together. `compare` says how answers agree with what was evaluated; `total`: how
    many test items there are."""

    names: Sequence[str]
    given: Sequence[Any]
    sizes: np.ndarray
    compare: Callable[[Any], Agreement]
    total: int

    def ask(self, bundle: Path, loader: str, report: ProgressReporter) -> Agreement:
        """Have the bundle answer all items in a new process; see `answers`."""
        return self.compare(answers(bundle, self.given, self.sizes, loader, report))

    def as_json(self, found: Agreement) -> dict[str, Any]:
        """With the names of items, and `of` how many test items they are."""
        return {**found.as_json(self.names), "of": self.total}

    def told(self, bundle: Path, loader: str, report: ProgressReporter) -> dict[str, Any]:
        """What `ask` comes to, fit for JSON."""
        return self.as_json(self.ask(bundle, loader, report))


def drawn(count: int, seed: int) -> np.ndarray:
    """The places of all of so many test items, in order, or of `MOST` of them."""
    if count <= MOST:
        return np.arange(count)
    return np.sort(np.random.default_rng(seed).choice(count, MOST, replace=False))


def answers(
    bundle: Path, given: Sequence[Any], sizes: np.ndarray, loader: str, report: ProgressReporter, *,
    python: str = sys.executable,
) -> Any:  # fmt: skip
    """What the script of the bundle says of the items in their order: (items, classes), or a list; `python` is the
    interpreter, and with it the libraries that are there.

    Raises:
        ProofFailed: says how.
    """
    order = np.argsort(-sizes, kind="stable")
    with TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "items.json").write_text(json.dumps([given[place] for place in order], ensure_ascii=False), "utf-8")
        files = [PROCESS, bundle.resolve(), folder / "items.json", folder / "answers"]
        command = [python, *options(), *map(str, files[:2]), loader, *map(str, files[2:])]
        with (folder / "errors").open("w+b") as errors:
            process = start(
                command, cwd=folder, env=environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors,
                encoding="utf-8",
            )  # fmt: skip
            _watch(process, len(given), report)
            if process.returncode:
                raise ProofFailed(bundle, _last_words(process.returncode, errors))
        return _in_order(_read(folder), order)


def options() -> list[str]:
    """Of Python: nothing of the environment and the working directory, nothing written into the bundle; the packages of
    this user only where they are those of this process, as `pip install --user` has it."""
    own = site.getusersitepackages() in sys.path
    return ["-E", "-P", "-B"] if own else ["-I", "-B"]


def environment() -> Mapping[str, str]:
    """That of this process without what belongs to Casebook, and without a way to a model hub."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
    return {**kept, "HF_HUB_OFFLINE": "1"}


def _watch(process: subprocess.Popen[str], total: int, report: ProgressReporter) -> None:
    """Tell how far it is, until it has ended; it is ended where somebody wishes to stop."""
    done = [0]
    listening = threading.Thread(target=_listen, args=(process.stdout, done), daemon=True)
    listening.start()
    try:
        while process.poll() is None:
            report.check()
            report.progress("proof", done[-1], total)
            with suppress(subprocess.TimeoutExpired):
                process.wait(HEARD)
    finally:
        process.kill()
        process.wait()
        listening.join()
        for pipe in (process.stdin, process.stdout):
            if pipe:
                pipe.close()
    report.progress("proof", total, total)


def _listen(output: IO[str], done: list[int]) -> None:
    """Append what the process prints: how many items it has answered."""
    for line in output:
        if line.strip().isdigit():
            done.append(int(line))


def _last_words(code: int, errors: IO[bytes]) -> str:
    errors.seek(0)
    lines = errors.read().decode("utf-8", "replace").strip().splitlines() or [f"exit status {code}"]
    return lines[-1][:500]


def _read(folder: Path) -> Any:
    array = folder / "answers.npy"
    return np.load(array) if array.exists() else json.loads((folder / "answers.json").read_text("utf-8"))


def _in_order(found: Any, order: np.ndarray) -> Any:
    back = np.argsort(order)
    return found[back] if isinstance(found, np.ndarray) else [found[place] for place in back]
