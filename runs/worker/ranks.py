"""One of several processes that train a run, as `torch.distributed.run` starts them: `python -m runs.worker.ranks RUN`.

The first does the run as a single process would; the others train along. With `--tell` it also writes to the terminal.
"""

from __future__ import annotations

import ctypes
import logging
import os
import signal
import sys
from collections.abc import Callable

from models import memory
from models.freed_memory import keep_what_is_freed
from models.progress import QUIET
from models.training.ranks import group
from models.training.ranks.ended import RanksEnded
from models.training.ranks.follower import follow
from models.training.ranks.group import Ranks
from runs import machine
from runs.logs import lines
from runs.terminal import Terminal
from runs.worker import shortage, worker

PR_SET_PDEATHSIG = 1  # of prctl(2)
log = logging.getLogger(__name__)


def main(identity: str, *, tell: bool) -> None:
    _end_with_the_launcher()
    _take_a_card()
    lines.begin("worker", identity)
    told = Terminal() if tell else QUIET
    take_part(identity, group.join(cores=machine.threads()), lambda: worker.main(identity, told, os.getppid()))


def take_part(identity: str, ranks: Ranks, lead: Callable[[], None]) -> None:
    """Do this process's part of a run; where it cannot go on, the process is over.

    Args:
        lead: what the first does, while the others train along.
    """
    try:
        _take_part(ranks, lead)
    except Exception as error:
        short = error.short if isinstance(error, RanksEnded) else memory.ran_out(error)
        log.warning("Process %s of run %s ends: %s", ranks.rank, identity, error, exc_info=not short)
        if short:
            shortage.note(identity)
        logging.shutdown()
        os._exit(1)  # at once: the others wait for it


def _take_part(ranks: Ranks, lead: Callable[[], None]) -> None:
    if ranks.rank:
        keep_what_is_freed()
        follow(ranks)
        return
    with group.among(ranks), ranks.waiting():
        lead()
    ranks.dismiss()


def _end_with_the_launcher() -> None:
    """Also where that is killed; only Linux can be asked for it."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def _take_a_card() -> None:
    """Before CUDA starts: each process sees one card."""
    if cards := os.environ.get("CUDA_VISIBLE_DEVICES"):
        os.environ["CUDA_VISIBLE_DEVICES"] = cards.split(",")[int(os.environ["LOCAL_RANK"])]


if __name__ == "__main__":
    main(sys.argv[1], tell="--tell" in sys.argv)
    logging.shutdown()
    os._exit(0)  # threads of gloo that outlive the interpreter would abort the process
