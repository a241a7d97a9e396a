"""Says what runs' models answer, quickly and without torch: `python -m runs.answering`.

One a host and home; started when it is first asked, and leaves when nobody asks. It keeps the portable models of a few
runs and opens what people give, so that a file that brings a process down brings down no page. What is said to it and
by it is JSON, over a socket that only this home's secret opens.
"""

from __future__ import annotations

import json
import logging
import os
import socket
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from functools import lru_cache
from multiprocessing import AuthenticationError
from multiprocessing.connection import Connection, Listener
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

import cases
from cases.base import Answer, Answerer
from models.errors import InputError
from runs import files, tokens
from runs.answer_refusals import MOST_BYTES, broken, gone, too_large

MOST_FILES = 64  # in one question
MOST_QUESTION = 2**20  # bytes of JSON
KEPT = 4  # models in memory
LEAVE_AFTER = 600.0  # seconds without a question
PATIENCE = 5.0  # seconds until a visitor must have asked

log = logging.getLogger(__name__)


def address_file() -> Path:
    return files.home() / f"answering-{socket.gethostname()}.json"


def lock() -> FileLock:
    return FileLock(files.home() / f"answering-{socket.gethostname()}.lock")


def key() -> bytes:
    return tokens.key("answering")


class Answering:
    """Takes questions until nobody has asked for a while."""

    def __init__(self) -> None:
        self.listener = Listener(authkey=key())  # a socket in a folder that only this user may enter
        self.asked = time.monotonic()
        self.workers = ThreadPoolExecutor(4)

    def serve(self) -> None:
        partial = address_file().with_suffix(f".{os.getpid()}")
        partial.write_text(json.dumps({"address": self.listener.address, "pid": os.getpid()}), "utf-8")
        partial.replace(address_file())
        threading.Thread(target=self._accept, daemon=True).start()
        while time.monotonic() - self.asked < LEAVE_AFTER and address_file().exists():
            time.sleep(0.5)
        address_file().unlink(missing_ok=True)
        self.listener.close()

    def _accept(self) -> None:
        while True:
            try:
                visitor = self.listener.accept()
            except (AuthenticationError, EOFError, ConnectionError):  # whoever it was does not know the secret
                continue
            except OSError:  # closed
                return
            self.asked = time.monotonic()
            self.workers.submit(self._attend, visitor)

    def _attend(self, visitor: Connection) -> None:
        with visitor:
            try:
                if visitor.poll(PATIENCE):
                    told = _reply(json.loads(visitor.recv_bytes(MOST_QUESTION)))
                    visitor.send_bytes(json.dumps(told).encode())
            except (OSError, EOFError, ValueError):  # it left, or said no JSON
                log.info("A visitor left, or made no sense.")
        self.asked = time.monotonic()


def _reply(question: dict[str, Any]) -> dict[str, Any]:
    """`{"answers": […]}` in the order of the files, each an answer or `{"error": …}`; or one error for all."""
    try:
        given = [Path(name) for name in question["files"]]
        answers = _answers(question["case"], question["run"], given, show=bool(question.get("show")))
    except InputError as error:
        return {"error": error.as_json()}
    except Exception:  # the outermost frame: a bug is logged whole and told calmly
        log.exception("A question could not be answered.")
        return {"error": broken().as_json()}
    return {"answers": [_told(answer) for answer in answers]}


def _answers(case: str, run: str, given: list[Path], *, show: bool) -> list[Answer | InputError]:
    if len(given) > MOST_FILES or not all(map(_is_ours, given)):
        raise PermissionError(f"Too many files, or one outside the home: {given}")
    bundle = files.run(Path(run).name) / "bundle"
    if not bundle.is_dir():
        raise gone()
    small = [path for path in given if path.stat().st_size <= MOST_BYTES]
    answers = iter(_model(case, bundle, bundle.stat().st_mtime_ns)(small, show=show))
    return [next(answers) if path in small else too_large() for path in given]


def _is_ours(path: Path) -> bool:
    return path.resolve().is_relative_to(files.home().resolve()) and path.is_file()


@lru_cache(maxsize=KEPT)
def _model(case: str, bundle: Path, _written: int) -> Answerer:
    return cases.get(case).answerer(bundle)


def _told(answer: Answer | InputError) -> dict[str, Any]:
    if isinstance(answer, InputError):
        return {"error": answer.as_json()}
    return asdict(answer)


def main() -> None:
    logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s: %(message)s", level=logging.INFO)
    try:
        with lock().acquire(timeout=0):
            Answering().serve()
    except Timeout:
        log.info("This host answers already.")


if __name__ == "__main__":
    sys.exit(main())
