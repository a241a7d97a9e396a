"""Read a Dockerfile: the instructions that ours are made of. What else there is in the language is refused by name."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

# Of each instruction the options that are understood.
KNOWN: dict[str, tuple[str, ...]] = {
    "FROM": (), "ARG": (), "ENV": (), "WORKDIR": (), "COPY": ("chown", "chmod", "from"), "RUN": (), "USER": (),
    "VOLUME": (), "EXPOSE": (), "CMD": (), "HEALTHCHECK": ("interval", "timeout", "start-period", "retries"),
}  # fmt: skip
PROGRAMS = ("RUN", "CMD")  # what they run is read by a shell, or is a list already
_STAGE = re.compile(r"(?P<image>\S+)(?:\s+AS\s+(?P<name>\S+))?", re.IGNORECASE)
_LINE = re.compile(r"(?P<name>[A-Za-z]+)\s+(?P<rest>.*)", re.DOTALL)
_OPTION = re.compile(r"--(?P<name>[a-z-]+)(?:=(?P<value>\S+))?\s+")
_VARIABLE = re.compile(r"\$(?:(?P<plain>\w+)|\{(?P<name>\w+)(?::(?P<sign>[-+])(?P<word>[^}]*))?\})")


class NotUnderstood(ValueError):
    """A line that is not of the part of the language that is read here; says which, and why."""


@dataclass(frozen=True)
class Instruction:
    """`text` is what follows name and options; of RUN and CMD the command as the shell gets it, if it is no list."""

    line: int
    name: str
    text: str
    options: Mapping[str, str] = field(default_factory=dict)

    @property
    def words(self) -> tuple[str, ...]:
        """A list as it stands, a command for a shell with the shell before it, all else split at its spaces."""
        if self.text.startswith("["):
            return tuple(json.loads(self.text))
        return ("/bin/sh", "-c", self.text) if self.name in PROGRAMS else tuple(shlex.split(self.text))

    def __str__(self) -> str:
        return f"{self.name} {' '.join(self.text.split())}"


def read(path: Path) -> list[Instruction]:
    """
    Raises:
        NotUnderstood: there is a line that is not one of these instructions.
    """
    found = [_instruction(number, line) for number, line in _lines(path.read_text("utf-8"))]
    if not found or found[0].name != "FROM":
        raise NotUnderstood(f"{path.name}: it must begin with FROM.")
    return found


@dataclass(frozen=True)
class Stage:
    """From one FROM to the next; `name` is "" for the last one, which becomes the image."""

    name: str
    image: str
    instructions: tuple[Instruction, ...]  # the first is the FROM


def stages(path: Path) -> list[Stage]:
    """
    Raises:
        NotUnderstood: as `read`; a stage before the last has no name, or COPY asks for one that does not come before.
    """
    found: list[Stage] = []
    instructions = read(path)
    begins = [place for place, one in enumerate(instructions) if one.name == "FROM"]
    for begin, end in zip(begins, [*begins[1:], len(instructions)], strict=True):
        first, last = instructions[begin], end == len(instructions)
        matched = _STAGE.fullmatch(first.text)
        if matched is None or not (matched["name"] or last):
            raise NotUnderstood(f"Line {first.line}: FROM {first.text} needs a name (AS …), for another stage follows.")
        known = {stage.name for stage in found}
        for one in instructions[begin:end]:
            if one.options.get("from") not in (None, *known):
                raise NotUnderstood(f"Line {one.line}: no stage before is called “{one.options['from']}”.")
        found.append(Stage("" if last else matched["name"], matched["image"], tuple(instructions[begin:end])))
    return found


def _lines(text: str) -> Iterator[tuple[int, str]]:
    """Each instruction with the number of its first line; comments are gone, also those between continued lines."""
    begun, parts = 0, []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        begun = begun or number
        parts.append(line.rstrip().removesuffix("\\"))
        if not line.rstrip().endswith("\\"):
            yield begun, "".join(parts).strip()
            begun, parts = 0, []
    if parts:
        raise NotUnderstood(f"Line {begun}: what it continues on is missing.")


def _instruction(number: int, line: str) -> Instruction:
    matched = _LINE.fullmatch(line)
    name = matched["name"].upper() if matched else line.split()[0]
    if matched is None or name not in KNOWN:
        raise NotUnderstood(f"Line {number}: {name} is not understood. Known: {', '.join(KNOWN)}.")
    rest, options = matched["rest"], {}
    while option := _OPTION.match(rest):
        if option["name"] not in KNOWN[name] or option["value"] is None:
            raise NotUnderstood(f"Line {number}: {name} with {option[0].strip()} is not understood.")
        options[option["name"]] = option["value"]
        rest = rest[option.end() :]
    if name == "HEALTHCHECK":
        if not re.match(r"CMD\s", rest):
            raise NotUnderstood(f"Line {number}: HEALTHCHECK without CMD is not understood.")
        rest = rest[3:].lstrip()
    return Instruction(number, name, rest, options)


def filled_in(text: str, variables: Mapping[str, str]) -> str:
    """With the value of each variable, or nothing where there is none: `$A`, `${A}`, `${A:-word}` and `${A:+word}`."""

    def value(found: re.Match[str]) -> str:
        known = variables.get(found["plain"] or found["name"], "")
        if found["sign"] == "+":
            return found["word"] if known else ""
        return known or found["word"] or ""

    return _VARIABLE.sub(value, text)


class Ignored:
    """What a `.dockerignore` keeps out of an image; of the patterns that fit a path the last one counts."""

    def __init__(self, path: Path) -> None:
        lines = [line.strip() for line in path.read_text("utf-8").splitlines()] if path.is_file() else []
        given = [line for line in lines if line and not line.startswith("#")]
        self.patterns = [(not line.startswith("!"), _pattern(line.lstrip("!").strip("/"))) for line in given]

    def __call__(self, path: str) -> bool:
        """
        Args:
            path: with slashes, from the folder of the context.
        """
        kept_out = False
        for keeps_out, pattern in self.patterns:
            if pattern.fullmatch(path):
                kept_out = keeps_out
        return kept_out


def _pattern(text: str) -> re.Pattern[str]:
    """Of a path, or of any folder above it."""
    parts = re.split(r"(\*\*/|\*\*|\*|\?)", text)
    meant = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    return re.compile("".join(meant.get(part, re.escape(part)) for part in parts) + r"(?:/.*)?")
