"""Read hostile files in processes of their own, within limits of time and memory: a hang or a crash ends only those."""

from __future__ import annotations

import hashlib
import multiprocessing
import os
import resource
import signal
import tempfile
import traceback
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

import hypothesis
from hypothesis import Phase
from hypothesis.strategies import SearchStrategy

from hostile.readers import READERS
from models.errors import InputError
from runs.limits import processes

ROOT = Path(__file__).parents[2]
SECONDS, MEMORY = 20, 2 * 2**30  # of the processor for one file; bytes beyond those of an idle process
READ, REFUSED = "read", "refused"
FORKS = "fork" in multiprocessing.get_all_start_methods()

File = tuple[str, bytes]
Tell = Callable[[File], str]


@dataclass(frozen=True)
class Outcome:
    """`end`: read, refused, or what went wrong, in a word that may name a file; `trace` tells it whole."""

    file: File
    end: str
    trace: str = ""

    @property
    def failed(self) -> bool:
        return self.end not in (READ, REFUSED)

    @property
    def name(self) -> str:
        name, content = self.file
        return f"{self.end}-{hashlib.sha256(content).hexdigest()[:8]}{Path(name).suffix}"


def outcomes(reader: str, files: Sequence[File], **limits: int) -> Iterator[Outcome]:
    """One for each file; after a hang or a crash a new process goes on with the next."""
    done = 0
    while done < len(files):
        rest = files[done:]
        for outcome in _watched(reader, lambda attempt, rest=rest: _each(rest, attempt), **limits):
            done += 1
            yield outcome


def _each(files: Iterable[File], attempt: Tell) -> None:
    for file in files:
        attempt(file)


def drawn(
    reader: str, files: SearchStrategy[File], seed: int, examples: int, *, shrink: bool = False, **limits: int
) -> Iterator[Outcome]:
    """One for each file that hypothesis makes up; where one fails, `shrink` has smaller ones tried that fail too."""
    phases = [Phase.generate, Phase.shrink] if shrink else [Phase.generate]

    def work(attempt: Tell) -> None:
        failures: dict[str, type[Exception]] = {}

        @hypothesis.seed(seed)
        @hypothesis.settings(max_examples=examples, database=None, deadline=None, phases=phases,
                             suppress_health_check=list(hypothesis.HealthCheck), report_multiple_bugs=True)  # fmt: skip
        @hypothesis.given(files)
        def every(file: File) -> None:
            end = attempt(file)
            if end not in (READ, REFUSED):
                raise failures.setdefault(end, type("Failed", (Exception,), {}))(end)

        try:
            every()
        except Exception:
            if not failures:  # else it was told already
                raise

    return _watched(reader, work, **limits)


def _watched(
    reader: str, work: Callable[[Tell], None], *, seconds: int = SECONDS, memory: int = MEMORY
) -> Iterator[Outcome]:
    with tempfile.TemporaryFile() as said:
        ours, theirs = multiprocessing.Pipe(duplex=False)
        made = multiprocessing.get_context("fork").Process(
            target=_read, args=(reader, work, theirs, said.fileno(), seconds, memory), daemon=True
        )
        made.start()
        theirs.close()
        try:
            yield from _heard(ours, made, said, 10 * seconds)
        finally:
            made.kill()
            made.join()


def _heard(ours: Connection, made: BaseProcess, said: BinaryIO, patience: int) -> Iterator[Outcome]:
    now = None
    try:
        while ours.poll(patience):
            now = ours.recv()
            if not ours.poll(patience):
                break
            yield Outcome(now, *ours.recv())
            now = None
    except EOFError:
        made.join(patience)
        said.seek(0)
        if now is None and made.exitcode:
            raise RuntimeError(f"No file could be made: {said.read().decode(errors='replace')}") from None
        if now is not None:
            limit = -made.exitcode in (signal.SIGXCPU, signal.SIGKILL)
            end = "hangs" if limit else f"ended-with-{abs(made.exitcode)}"
            yield Outcome(now, end, said.read().decode(errors="replace"))
    else:
        if now is not None:
            yield Outcome(now, "hangs")


def _read(reader: str, work: Callable[[Tell], None], telling: Connection, said: int, seconds: int, memory: int) -> None:
    """Tell each file before it is read, and then how that ended; libraries in C say what they have to say to `said`."""
    os.dup2(said, 2)
    warnings.simplefilter("ignore")
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    processes.hold(memory, processes.held())
    with tempfile.TemporaryDirectory() as folder:

        def attempt(file: File) -> str:
            path = Path(folder) / file[0]
            path.write_bytes(file[1])
            telling.send(file)
            _grant(seconds)
            end, trace = _end(reader, path)
            telling.send((end, trace))
            return end

        work(attempt)


def _grant(seconds: int) -> None:
    """So much time of the processor from now on; then the kernel ends this process."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    most = int(used.ru_utime + used.ru_stime) + 1 + seconds
    resource.setrlimit(resource.RLIMIT_CPU, (most, resource.getrlimit(resource.RLIMIT_CPU)[1]))


def _end(reader: str, path: Path) -> tuple[str, str]:
    try:
        return (READ, "") if READERS[reader](path) else ("neither-read-nor-refused", "")
    except InputError as refusal:
        return (REFUSED, "") if str(refusal) else ("refused-without-a-word", "")
    except BaseException as error:  # whatever it is, it is the finding
        return f"{type(error).__name__}-{_place(error.__traceback__)}", traceback.format_exc()


def _place(trace: TracebackType | None) -> str:
    """The innermost line of ours."""
    frames = traceback.extract_tb(trace)
    ours = [frame for frame in frames if (path := Path(frame.filename)).is_relative_to(ROOT)
            and path.relative_to(ROOT).parts[0] in ("cases", "models", "runs")]  # fmt: skip
    return f"{Path(ours[-1].filename).stem}-{ours[-1].lineno}" if ours else "elsewhere"
