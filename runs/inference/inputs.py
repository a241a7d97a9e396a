"""What a person gave a model to try: kept for a day below the home, so that it can also be explained. What was
explained of it goes with it."""

from __future__ import annotations

import hashlib
import re
import secrets
import shutil
import time
from pathlib import Path

from runs import paths

DAY = 24 * 3600
SUFFIX = re.compile(r"\.[a-z0-9]{1,5}")
VISITORS = "visitors"  # the owner of what comes through links, which is deleted as soon as it is answered
_KEPT = re.compile(r"([0-9a-f]{32})(\.[a-z0-9]{1,5})?")


def new(owner: str, name: str) -> Path:
    """A path for one more file, whose name tells nothing of a person's but its ending; old ones are removed."""
    place = paths.tries(owner)
    place.mkdir(parents=True, exist_ok=True)
    for old in place.parent.rglob("*"):  # those of an earlier version lie without an owner
        if old.is_file() and time.time() - old.stat().st_mtime > DAY:
            old.unlink(missing_ok=True)
            for kept in ("explanations", "inspections"):
                for told in (paths.home() / "runs").glob(f"*/{kept}/{old.stem}"):
                    shutil.rmtree(told, ignore_errors=True)
    suffix = Path(name).suffix.lower()
    return place / f"{secrets.token_hex(16)}{suffix if SUFFIX.fullmatch(suffix) else ''}"


def keep(owner: str, text: str) -> str:
    """Write a text that is to be explained into a file; what `new` calls it below the home, the same for the same
    text."""
    path = new(owner, "text.txt").with_name(f"{key_of_text(owner, text)}.txt")
    path.write_bytes(_content(text))
    return named(path)


def named(path: Path) -> str:
    """What a file of `new` is called below the home."""
    return path.relative_to(paths.home()).as_posix()


def key_of_text(owner: str, text: str) -> str:
    """What an explanation of it goes by: what one has typed tells nothing of what another has."""
    return hashlib.sha256(f"{owner}\0".encode() + _content(text)).hexdigest()[:32]


def _content(text: str) -> bytes:
    return text.encode("utf-8", "replace")  # half a character comes from no keyboard, but from a browser


def key_of(owner: str, file: str) -> str | None:
    """What an explanation of this file goes by; None for a path that `new` never made for this owner."""
    place = f"{named(paths.tries(owner))}/"
    made = _KEPT.fullmatch(file.removeprefix(place)) if file.startswith(place) else None
    return made[1] if made else None
