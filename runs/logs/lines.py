"""Log lines of every process: `begin` is called first. `CASEBOOK_LOG=json` makes each line one JSON object."""

from __future__ import annotations

import io
import json
import logging
import os
import sys
import threading
import time
import traceback
from collections import Counter
from collections.abc import Mapping
from contextvars import ContextVar
from types import TracebackType
from typing import Any

from runs.logs.redact import redacted

TEXT = "%(asctime)s %(levelname)s %(name)s: %(message)s"
OURS = ("app", "runs", "cases", "models", "pages", "casebook", "__main__")  # of others only what goes wrong
errors: Counter[str] = Counter()  # logger → how many errors this process has logged

request: ContextVar[str] = ContextVar("request", default="")  # the id of the one that is being answered
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
        moment = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
        line = {
            "time": f"{moment}.{int(record.msecs):03}Z", "level": record.levelname, "part": _process["part"],
            "logger": record.name, "message": record.getMessage(), **_concerned(record),
        }  # fmt: skip
        if told := "\n".join(filter(None, (record.exc_text, record.stack_info))):
            line["error"] = told
        return json.dumps(line, ensure_ascii=False)


class _Logger(logging.Logger):
    """One that is made after `begin`, by a library that brings a handler with a format of its own."""

    def addHandler(self, handler: logging.Handler) -> None:
        _write_json(handler)
        super().addHandler(handler)


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
    if not logging.root.handlers:
        handler = logging.StreamHandler()
        handler.setFormatter(TextLines(TEXT))
        logging.root.addHandler(handler)
    for name in OURS:
        logging.getLogger(name).setLevel(logging.INFO)
    if os.environ.get("CASEBOOK_LOG") == "json":
        logging.setLoggerClass(_Logger)
        for logger in (logging.root, *logging.root.manager.loggerDict.values()):
            for handler in getattr(logger, "handlers", ()):
                _write_json(handler)


def _write_json(handler: logging.Handler) -> None:
    if isinstance(handler, logging.StreamHandler) and not isinstance(handler.stream, io.StringIO):
        handler.setFormatter(JsonLines())


def _concerned(record: logging.LogRecord) -> Mapping[str, str]:
    told = {"request": request.get(), "run": getattr(record, "run", _process["run"])}
    return {name: value for name, value in told.items() if value}


def _tell(kind: type[BaseException], error: BaseException | None, trace: TracebackType | None) -> None:
    """What nobody has caught; an interrupt from the keyboard is no error."""
    if not issubclass(kind, (KeyboardInterrupt, SystemExit)):
        logging.getLogger("casebook").critical("It ended abruptly.", exc_info=(kind, error or kind(), trace))
