"""One run, from its row to its end: `python -m runs.worker RUN`, or called by a launcher.

Everything a run can meet ends here in a state the page can say: done, stopped, or failed with a cause and a remedy.
"""

from __future__ import annotations

import logging
from contextlib import nullcontext
from importlib import import_module
from typing import Any

from models import memory
from models.errors import N_, InputError, fill
from models.freed_memory import keep_what_is_freed
from models.progress import QUIET, ProgressReporter, Stopped
from models.training import checkpoints
from models.training.ranks.ended import RanksEnded
from runs import machine, outages, paths
from runs.cluster import LAUNCHER
from runs.kinds import KINDS, JobResult
from runs.limits import processes
from runs.logs import lines
from runs.search import journal
from runs.store import database, queue, records
from runs.store.records import Run
from runs.worker import object_sync, orphans, process_watch, shortage
from runs.worker.reporter import StoreReporter

log = logging.getLogger(__name__)


def work(run: Run, report: StoreReporter | None = None) -> None:
    """Do the work of a run that was claimed; says in the store how it ended and never raises for that.

    Raises:
        RanksEnded: it did not end, but the processes that trained it did; it is to be taken up again.
    """
    keep_what_is_freed()
    with database.waiting_long():
        _work(run, report or StoreReporter(run))


def _work(run: Run, report: StoreReporter) -> None:
    outcome: dict[str, Any] = {}
    _tidy(run)  # an attempt before this one may have been killed
    try:
        with report.beating(), memory.halved(shortage.times(run.id)):
            with object_sync.following(run, report):
                result = _step(run, report)
            if KINDS[run.kind].trains and machine.gpus() and queue.shared_its_card(run):
                report.note(N_("Another run used the same graphics card meanwhile, so times are not comparable."))
            object_sync.finish(run, report)
        queue.end(run.id, "done", **result.values)
        result.then()
        object_sync.leave(run)
    except Stopped:
        outcome = {"status": "stopped"}
    except RanksEnded:
        raise
    except InputError as error:
        outcome = {"status": "failed", "error": error.as_json()}
    except Exception as error:  # the outermost frame of the process: a bug is logged whole and told calmly
        outage = _no_memory() if memory.ran_out(error) else outages.told(error)
        if outage:
            log.error("Run %s failed: %s", run.id, outages.cause(error), exc_info=memory.ran_out(error))
        else:
            log.exception("Run %s failed.", run.id)
        told = _make_room() if outages.is_full_disk(error) else outage or _bug(error)
        outcome = {"status": "failed", "error": {**told.as_json(), "resumable": True}}  # nothing given was at fault
    if outcome:
        _tidy(run)  # where memory ended, it could not be removed
        report.flush()  # what a full disk did not take until room was made
        if outcome["status"] == "stopped":
            keep_the_best(run, report.wish)  # before the end is told, so that whoever reads of it finds this too
        queue.end(run.id, **outcome)


def _step(run: Run, report: StoreReporter) -> JobResult:
    module, function = KINDS[run.kind].work.rsplit(".", 1)
    work = getattr(import_module(f"runs.{module}"), function)
    with processes.named() if KINDS[run.kind].reads else nullcontext():
        try:
            result = work(run, report)
        except Exception as error:
            if not outages.is_lost_file(error):
                raise
            log.warning("Run %s misses a file; what was kept is made again: %s", run.id, outages.cause(error))
            report.note(N_("Files of this run were removed while it was running; they are created again."))
            result = work(run, report)
    if not isinstance(result, JobResult):
        raise TypeError(f"{KINDS[run.kind].work} returned {result!r} in place of a JobResult.")
    return result


def _tidy(run: Run) -> None:
    if KINDS[run.kind].reads:
        orphans.unpacked_by(run)


def keep_the_best(run: Run, wish: str | None) -> None:
    """A stopped training is evaluated and packed by work of its own, so that the next training need not wait; where it
    was on the Ray cluster, whose hosts need no agent, by any that has one."""
    if KINDS[run.kind].trains and run.parent is None and wish == "stop" and _has_learnt(run):
        anywhere: dict[str, Any] = {"home": None} if run.launcher == LAUNCHER else {}
        records.create_run(run.owner, "keep", run.case, run.name, subject=run.id, dataset=run.dataset, **anywhere)


def _has_learnt(run: Run) -> bool:
    """Whether there is a model: a search may have found one that has no weights to train."""
    searched = journal.of(records.run(run.id, run.owner) or run)
    return bool(searched.best) if searched else checkpoints.kept(paths.run(run.id)) is not None


def _bug(error: Exception) -> InputError:
    return InputError(
        found=N_("An internal error occurred ({cause})."),
        expected=N_("None of your data is lost."),
        remedy=N_("Resume to try again. The administrator can find details in the log."),
        cause=outages.cause(error)[:300],
    )


def _no_memory() -> InputError:
    return InputError(
        found=N_("Memory ran out."),
        expected=N_("Memory must hold the model and one batch."),
        remedy=N_("Choose a smaller model or batch size, or close other programs, then resume; progress is kept."),
    ).mended_by(halved=["batch_size"])  # fmt: skip


def _make_room() -> InputError:
    free = max(outages.free(), 0)
    paths.drop_ballast()
    return InputError(
        found=N_("Too little disk space: {free} MB free."),
        expected=N_("The run needs space for checkpoints and its bundle."),
        remedy=N_("Free some space on Casebook's disk, then resume; progress is kept."),
        free=free // 10**6,
    )


def main(identity: str, beside: ProgressReporter = QUIET, pid: int | None = None) -> None:
    """Do a run that was claimed; `pid`: see `queue.sign_in`."""
    lines.begin("worker", identity)
    run = queue.sign_in(identity, pid)
    if run.attempt > 1 and run.notes:
        log.warning("Attempt %s. %s", run.attempt, fill(run.notes[-1]["message"], run.notes[-1]["args"], ", "))
    processes.hold(process_watch.room_of(run), processes.held())
    work(run, StoreReporter(run, beside))
