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
KEPT = re.compile(r"tries/([0-9a-f]{32})(\.[a-z0-9]{1,5})?")


def new(name: str) -> Path:
    """A path for one more file, whose name tells nothing of a person's but its ending; old ones are removed."""
    folder = paths.home() / "tries"
    folder.mkdir(exist_ok=True)
    for old in folder.iterdir():
        if time.time() - old.stat().st_mtime > DAY:
            old.unlink(missing_ok=True)
            for explained in (paths.home() / "runs").glob(f"*/explanations/{old.stem}"):
                shutil.rmtree(explained, ignore_errors=True)
    suffix = Path(name).suffix.lower()
    return folder / f"{secrets.token_hex(16)}{suffix if SUFFIX.fullmatch(suffix) else ''}"


def keep(text: str) -> str:
    """Write a text that is to be explained into a file; its path below the home, the same for the same text."""
    path = new("text.txt").with_name(f"{key_of_text(text)}.txt")
    path.write_bytes(_content(text))
    return f"{path.parent.name}/{path.name}"


def key_of_text(text: str) -> str:
    """What an explanation of it goes by."""
    return hashlib.sha256(_content(text)).hexdigest()[:32]


def _content(text: str) -> bytes:
    return text.encode("utf-8", "replace")  # half a character comes from no keyboard, but from a browser


def key_of(file: str) -> str | None:
    """What an explanation of this file goes by; None for a path that `new` never made."""
    made = KEPT.fullmatch(file)
    return made[1] if made else None
