"""Log lines of every process: `begin` is called first. `CASEBOOK_LOG=json` makes each line one JSON object, also what
a library prints, warns of or writes with a handler and a format of its own.
"""

from __future__ import annotations

import io
import json
import logging
import os
import re
import sys
import threading
import time
import traceback
from collections import Counter
from collections.abc import Mapping
from contextvars import ContextVar
from types import TracebackType
from typing import Any, TextIO

from runs.logs.redact import redacted

TEXT = "%(asctime)s %(levelname)s %(name)s: %(message)s"
OURS = ("app", "runs", "cases", "models", "pages", "casebook", "__main__")  # of others only what goes wrong
errors: Counter[str] = Counter()  # logger → how many errors this process has logged

request: ContextVar[str] = ContextVar("request", default="")  # the id of the one that is being answered
_COLOURS = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
_process = {"part": "", "run": ""}  # what this process is, and which run it does


class SafeRecord(logging.LogRecord):
    """A record without secrets, whatever handler and format it meets."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        if isinstance(self.args, tuple):  # some formats take them apart
            self.args = tuple(redacted(one) if isinstance(one, str) else one for one in self.args)
        if self.exc_info and self.exc_info[0]:
            self.exc_text = redacted("".join(traceback.format_exception(*self.exc_info)).rstrip("\n"))
        if self.stack_info:
            self.stack_info = redacted(self.stack_info)
        if self.levelno >= logging.ERROR:
            errors[self.name] += 1

    def getMessage(self) -> str:
        return redacted(super().getMessage())


class TextLines(logging.Formatter):
    """One line each, with the request or the run that it concerns, where there is one."""

    def formatMessage(self, record: logging.LogRecord) -> str:
        known = {name: value for name, value in _concerned(record).items() if value not in record.message}
        return super().formatMessage(record) + "".join(f" ({name} {value})" for name, value in known.items())


class JsonLines(logging.Formatter):
    """One JSON object each: time, level, part, logger, message; request, run and error where there are any."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            **_head(record.created, record.levelno, record.name), "message": record.getMessage(), **_concerned(record),
        }  # fmt: skip
        if told := "\n".join(filter(None, (record.exc_text, record.stack_info))):
            line["error"] = told
        return json.dumps(line, ensure_ascii=False)


class BareLines:
    """Stands for standard output or error where the log is JSON: each line that is printed there becomes an object.

    A line is kept for its thread until it ends, so that no lock is held while a process forks.
    """

    def __init__(self, stream: TextIO, name: str, level: int) -> None:
        self.stream, self.name, self.level = stream, name, level
        self._begun = threading.local()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.stream, name)

    def write(self, text: str) -> int:
        if not isinstance(text, str):  # some ask in this way whether it takes bytes
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        *whole, rest = (getattr(self._begun, "line", "") + text).split("\n")
        self._begun.line = rest.rpartition("\r")[2]  # of a bar that draws itself again, what a terminal would show
        for line in whole:
            if line.strip():
                self._tell(line)
        return len(text)

    def writelines(self, lines: list[str]) -> None:
        self.write("".join(lines))

    def flush(self) -> None:
        self.stream.flush()

    def isatty(self) -> bool:
        return False

    def _tell(self, line: str) -> None:
        told = line.rstrip("\r").rpartition("\r")[2]
        record = SafeRecord(self.name, self.level, "", 0, "%s", (_COLOURS.sub("", told),), None)
        self.stream.write(_JSON.format(record) + "\n")
        self.stream.flush()


def begin(part: str, run: str = "") -> None:
    """From now on this process logs as it is asked to.

    Args:
        part: what it is: app, agent, worker or inference.
        run: the id of the run that it does, if it does one.
    """
    _process.update(part=part, run=run)
    logging.setLogRecordFactory(SafeRecord)
    sys.excepthook = _tell
    threading.excepthook = lambda told: _tell(told.exc_type, told.exc_value, told.exc_traceback)
    if os.environ.get("CASEBOOK_LOG") == "json":
        _all_as_json()
    if not logging.root.handlers:
        handler = logging.StreamHandler()
        handler.setFormatter(TextLines(TEXT))
        logging.root.addHandler(handler)
    for name in OURS:
        logging.getLogger(name).setLevel(logging.INFO)


def announce(text: str) -> None:
    """Print what is meant for who started this process, as it is: it may hold a link that a log would hide."""
    if isinstance(sys.stdout, BareLines):
        line = {**_head(time.time(), logging.INFO, "casebook"), "message": text.strip()}
        print(json.dumps(line, ensure_ascii=False), file=sys.stdout.stream, flush=True)
    else:
        print(text, flush=True)


def _all_as_json() -> None:
    """Every handler that writes to a stream, those too that a library will bring later; and what needs none."""
    if isinstance(sys.stderr, BareLines):
        return
    sys.stdout = BareLines(sys.stdout, "stdout", logging.INFO)
    sys.stderr = BareLines(sys.stderr, "stderr", logging.WARNING)
    logging.StreamHandler.format = _format  # type: ignore[assignment,method-assign]
    logging.lastResort = logging.StreamHandler()  # of a logger without any other
    logging.captureWarnings(True)
    sys.unraisablehook = lambda told: _unraised(told.err_msg, told.object, told.exc_value)


def _format(handler: logging.Handler, record: logging.LogRecord) -> str:
    """An object, unless the handler writes into memory; past `BareLines`, which would make an object of it again."""
    if not isinstance(handler, logging.StreamHandler) or isinstance(handler.stream, io.StringIO):
        return logging.Handler.format(handler, record)
    if isinstance(handler.stream, BareLines):
        handler.setStream(handler.stream.stream)
    return _JSON.format(record)


def _head(created: float, level: int, logger: str) -> dict[str, str]:
    moment = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(created))
    return {"time": f"{moment}.{int(created * 1000) % 1000:03}Z", "level": logging.getLevelName(level),
            "part": _process["part"], "logger": logger}  # fmt: skip


def _concerned(record: logging.LogRecord) -> Mapping[str, str]:
    told = {"request": request.get(), "run": getattr(record, "run", _process["run"])}
    return {name: value for name, value in told.items() if value}


def _tell(kind: type[BaseException], error: BaseException | None, trace: TracebackType | None) -> None:
    """What nobody has caught; an interrupt from the keyboard is no error."""
    if not issubclass(kind, (KeyboardInterrupt, SystemExit)):
        logging.getLogger("casebook").critical("It ended abruptly.", exc_info=(kind, error or kind(), trace))


def _unraised(message: str | None, where: object, error: BaseException | None) -> None:
    """What Python cannot raise, as from the end of an object."""
    trace = None if error is None else (type(error), error, error.__traceback__)
    logging.getLogger("casebook").error("%s: %r", message or "Exception ignored in", where, exc_info=trace)


_JSON = JsonLines()
