"""One run, from its row to its end: `python -m runs.worker RUN`, or called by a launcher.

Everything a run can meet ends here in a state the page can say: done, stopped, or failed with a cause and a remedy.
"""

from __future__ import annotations

import errno
import logging
import shutil
import sys
from importlib import import_module
from typing import Any

from models import checkpoints
from models.errors import N_, InputError
from models.memory import keep_what_is_freed
from models.report import Stopped
from runs import files, queue, store
from runs.kinds import KINDS
from runs.reporting import Reporting
from runs.store import Run

log = logging.getLogger(__name__)


def work(run: Run, report: Reporting | None = None) -> None:
    """Do the work of a run that was claimed; says in the store how it ended and never raises for that."""
    keep_what_is_freed()
    report = report or Reporting(run)
    outcome: dict[str, Any] = {}
    try:
        with report.beating():
            _step(run, report)
    except Stopped:
        outcome = {"status": "stopped"}
    except InputError as error:
        outcome = {"status": "failed", "error": error.as_json()}
    except Exception as error:  # the outermost frame of the process: a bug is logged whole and told calmly
        log.exception("Run %s failed.", run.id)
        told = _make_room() if _is_full_disk(error) else _bug(error)
        outcome = {"status": "failed", "error": {**told.as_json(), "resumable": True}}  # nothing given was at fault
    if outcome:
        report.flush()  # what a full disk did not take until room was made
        if outcome["status"] == "stopped":
            keep_the_best(run, report.wish)  # before the end is told, so that whoever reads of it finds this too
        queue.end(run.id, **outcome)


def _step(run: Run, report: Reporting) -> None:
    module, function = KINDS[run.kind].work.split(".")
    getattr(import_module(f"runs.{module}"), function)(run, report)


def keep_the_best(run: Run, wish: str | None) -> None:
    """A stopped training is evaluated and packed by work of its own, so that the next training need not wait."""
    if run.kind == "fine_tune" and wish == "stop" and checkpoints.kept(files.run(run.id)):
        store.create_run(run.owner, "keep", run.case, run.name, subject=run.id, dataset=run.dataset)


def _bug(error: Exception) -> InputError:
    return InputError(
        found=N_("Something went wrong that is our fault ({cause})."),
        expected=N_("Nothing you had is lost."),
        remedy=N_("Resume to try again. The log of the run tells the host more."),
        cause=f"{type(error).__name__}: {error}"[:300],
    )


def _is_full_disk(error: Exception) -> bool:
    """Only the standard library says it by number; SQLite and safetensors say it in words, and torch not at all."""
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return True
    words = ("No space left on device", "database or disk is full")
    return any(said in str(error) for said in words) or shutil.disk_usage(files.home()).free < 2**20


def _make_room() -> InputError:
    free = shutil.disk_usage(files.home()).free
    files.drop_ballast()
    return InputError(
        found=N_("The disk is full: {free} MB are free."),
        expected=N_("The run needs room for its checkpoints and its bundle."),
        remedy=N_("Free some space where Casebook keeps its files, then resume: what was learnt is kept."),
        free=free // 2**20,
    )


def main(identity: str) -> None:
    logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s: %(message)s", level=logging.INFO)
    work(queue.sign_in(identity))


if __name__ == "__main__":
    main(sys.argv[1])
