"""A large upload is decoded by tasks of the Ray cluster; what they do not do is done here, and comes to the same."""

from __future__ import annotations

import logging
import secrets
import shutil
import time
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cases.base.decoding import Decode, Decoded
from cases.ingest.decoded_files import on_cores
from cases.ingest.decoded_slices import Slices
from models import environment
from models.errors import N_, InputError
from models.progress import Checking, ProgressReporter
from runs.cluster import jobs, programs
from runs.cluster.jobs import NoAnswer, Wanted

MODULE = "runs.worker.decode_on_ray"  # what the job runs
SECONDS = "CASEBOOK_RAY_DECODING"  # environment
REPAID = 60.0  # seconds of decoding here; a job takes about ten before its first slice is there
LOOK, EVERY = 0.2, 2.0  # seconds between two looks for slices, and between two questions about the job
PATIENCE, AWAY = 120.0, 30.0  # seconds without a slice, as where no host has room, and without an answer

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class OnCluster:
    """See `cases.base.decoding.Decoders`. `folder`: where results lie meanwhile; all hosts see it there."""

    folder: Path

    def __call__(
        self, files: Sequence[Path], decode: Decode, report: ProgressReporter, *, batch: int, phase: str
    ) -> Generator[Decoded]:
        """The first of the files are decoded here, and how long that takes says whether the others repay a job."""
        report.progress(phase, 0, len(files))
        start = time.monotonic()
        first = list(on_cores(files[:batch], decode, Checking(report), batch=batch, phase=phase))
        rest, beside = files[batch:], _OfTheRest(report, len(first), len(files))
        expected = (time.monotonic() - start) / max(1, len(first)) * len(rest)
        repaid = bool(rest) and expected >= environment.number(SECONDS, REPAID)
        yield from first
        yield from (self._by_tasks if repaid else on_cores)(rest, decode, beside, batch=batch, phase=phase)

    def _by_tasks(
        self, files: Sequence[Path], decode: Decode, report: ProgressReporter, *, batch: int, phase: str
    ) -> Generator[Decoded]:
        folder = self.folder / f"decoding-{secrets.token_hex(8)}"  # another than that of an attempt before this one
        try:
            job = _Job(Slices.cut(folder, files, decode, batch), report)
            if not job.submitted():
                yield from on_cores(files, decode, report, batch=batch, phase=phase)
                return
            with job:
                for number in job.slices.numbers:
                    yield from job.outcomes(number, phase) or job.made_up_for(number, decode, phase)
            report.progress(phase, len(files), len(files))
        finally:
            shutil.rmtree(folder, ignore_errors=True)  # which ends a job that did not hear that it is to stop


class _OfTheRest(Checking):
    """Tells of the rest of the files as of all."""

    def __init__(self, beside: ProgressReporter, before: int, total: int) -> None:
        super().__init__(beside)
        self.before, self.total = before, total

    def progress(self, what: str, done: int, total: int, **more: Any) -> None:
        self.beside.progress(what, self.before + done, self.total, **more)

    def note(self, message: str, **args: Any) -> None:
        self.beside.note(message, **args)


class _Job:
    """The job that decodes slices, followed from here."""

    def __init__(self, slices: Slices, report: ProgressReporter) -> None:
        self.slices, self.report = slices, report
        self.id = f"casebook-{slices.folder.name}"
        self.over = self.made_up = False
        self.taken = 0  # files
        self.known, self.news = 0, time.monotonic()  # files that are done, and since when it is no more
        self.asked = self.heard = self.news

    def __enter__(self) -> _Job:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind:
            self.stop()

    def submitted(self) -> bool:
        wanted = Wanted(programs.command(MODULE, str(self.slices.folder)), programs.environment(1))
        try:
            jobs.submit(self.id, wanted)
        except (NoAnswer, InputError) as error:
            log.warning("Files could not be given to the Ray cluster: %s", error)
            self.report.note(N_("The Ray cluster could not be used; this server decodes the files."))
            self.stop()  # it may have come there all the same
            return False
        return True

    def outcomes(self, number: int, phase: str) -> list[Decoded] | None:
        """What came of the files of a slice, as soon as it is there; None where nothing comes any more."""
        while True:
            self._tell(number, phase)
            was_over = self.over  # what it had done by then is there
            found = self.slices.take(number)
            if found is not None or was_over:
                self.taken += len(self.slices.of(number))
                return found
            self._ask()
            time.sleep(LOOK)

    def made_up_for(self, number: int, decode: Decode, phase: str) -> Iterator[Decoded]:
        if not self.made_up:
            self.report.note(N_("The Ray cluster did not decode all files; this server decodes the rest."))
        self.made_up = True
        files = [Path(path) for path, _ in self.slices.of(number)]
        return on_cores(files, decode, Checking(self.report), batch=len(files), phase=phase)

    def stop(self) -> None:
        if self.over:
            return
        self.over = True
        try:
            jobs.stop(self.id)
        except (NoAnswer, InputError) as error:
            log.warning("The Ray job %s could not be stopped: %s", self.id, error)

    def _tell(self, number: int, phase: str) -> None:
        self.report.check()
        done = self.taken + self.slices.ready(number)
        if done != self.known:
            self.known, self.news = done, time.monotonic()
        self.report.progress(phase, done, len(self.slices.files))

    def _ask(self) -> None:
        """How the job is, every few seconds; it is given up where nothing comes of it any more."""
        now = time.monotonic()
        if now - self.news > PATIENCE or now - self.heard > AWAY:
            log.warning("The Ray job %s is given up: nothing came of it for too long.", self.id)
            self.stop()
        elif now - self.asked > EVERY:
            self._find()
            self.asked = time.monotonic()

    def _find(self) -> None:
        try:
            job = jobs.find(self.id)
        except (NoAnswer, InputError) as error:
            log.warning("The Ray cluster does not tell of the job %s: %s", self.id, error)
            return
        self.heard = time.monotonic()
        self.over = job.over
        if self.over and job.status != "SUCCEEDED":
            log.warning("The Ray job %s is over: %s %s", job.id, job.status, job.message)
