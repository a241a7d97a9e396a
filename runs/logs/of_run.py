"""The log of one run as its owner may read it: its last lines, without secrets and without the paths of the server."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from runs import paths
from runs.logs.redact import redacted

MOST = 256 * 1024  # bytes that are read, from the end
MOST_OF_ERROR = 60  # lines
ELSEWHERE = "…"
_LINE = re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d")  # how a line of ours begins; others belong to the one before
_ERROR = re.compile(rf"{_LINE.pattern}\S* (?:ERROR|CRITICAL) |Traceback \(most recent call last\):")
_FOLDERS = (  # of an absolute path, all but the last part; an address of the web is none
    re.compile(r"(?<![\w:/.~…])/(?:[^\s/\"'<>|:;,()]+/)+"),
    re.compile(r"(?<!\w)(?:[A-Za-z]:|\\)\\(?:[^\\\"'<>|:;,()\r\n]+\\)+"),
)
_CONTROL = re.compile(r"\x1b\[[0-9;]*[A-Za-z]|[\x00-\x08\x0b-\x1f\x7f]")


@dataclass(frozen=True)
class RunLog:
    """`error`: the last one with its traceback, "" where there is none; `cut`: earlier lines are left out."""

    text: str
    error: str
    cut: bool


def read(identities: Sequence[str]) -> RunLog:
    """The logs of a run and of the work that went on with it, one after the other. Who calls has asked whether they
    may be seen."""
    told = [_tail(paths.logs() / f"{identity}.log") for identity in identities]
    lines = safe("\n".join(line for text, _cut in told for raw in text.splitlines() for line in _plain(raw))).split(
        "\n"
    )
    return RunLog("\n".join(lines), "\n".join(_last_error(lines)), any(cut for _text, cut in told))


def safe(text: str) -> str:
    """The same lines without secrets, folders of the server, and signs that a terminal obeys."""
    for known, name in _known_folders():
        text = text.replace(known, name)
    for folders in _FOLDERS:
        text = folders.sub(f"{ELSEWHERE}/", text)
    return redacted(_CONTROL.sub("", text))


def _known_folders() -> list[tuple[str, str]]:
    """Those whose names may hold spaces, the longest first."""
    known = {str(paths.home()): "<home>", str(paths.home().resolve()): "<home>", str(paths.CODE): "<casebook>",
             sys.prefix: "<python>", sys.base_prefix: "<python>", str(Path.home()): "~"}  # fmt: skip
    return sorted(((one, name) for one, name in known.items() if len(one) > len(os.sep)), key=lambda one: -len(one[0]))


def _tail(path: Path) -> tuple[str, bool]:
    """Its end from the beginning of a line, and whether more comes before."""
    if not path.is_file():
        return "", False
    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - MOST))
        content = file.read(MOST)
    cut = size > MOST
    return (content.partition(b"\n")[2] if cut else content).decode("utf-8", "replace"), cut


def _plain(raw: str) -> list[str]:
    """A line as text, also where the process was asked for JSON."""
    try:
        told = json.loads(raw) if raw.startswith("{") else None
    except ValueError:
        told = None
    if not isinstance(told, dict) or "message" not in told:
        return [raw]
    head = " ".join(str(told.get(name, "")) for name in ("time", "level", "logger"))
    return [f"{head}: {told['message']}", *str(told.get("error", "")).splitlines()]


def _last_error(lines: Sequence[str]) -> list[str]:
    begins = [place for place, line in enumerate(lines) if _ERROR.match(line)]
    if not begins:
        return []
    start = begins[-1]
    if lines[start].startswith("Traceback") and start and _ERROR.match(lines[start - 1]):
        start -= 1
    end = next((place for place in range(begins[-1] + 1, len(lines)) if _LINE.match(lines[place])), len(lines))
    found = list(lines[start:end])
    return found if len(found) <= MOST_OF_ERROR else [found[0], ELSEWHERE, *found[-MOST_OF_ERROR:]]
