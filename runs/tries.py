"""What a person gave a model to try: kept for a day below the home, so that it can also be explained. What was
explained of it goes with it."""

from __future__ import annotations

import re
import secrets
import shutil
import time
from pathlib import Path

from runs import files

DAY = 24 * 3600
SUFFIX = re.compile(r"\.[a-z0-9]{1,5}")


def new(name: str) -> Path:
    """A path for one more file, whose name tells nothing of a person's but its ending; old ones are removed."""
    folder = files.home() / "tries"
    folder.mkdir(exist_ok=True)
    for old in folder.iterdir():
        if time.time() - old.stat().st_mtime > DAY:
            old.unlink(missing_ok=True)
            for explained in (files.home() / "runs").glob(f"*/explanations/{old.stem}"):
                shutil.rmtree(explained, ignore_errors=True)
    suffix = Path(name).suffix.lower()
    return folder / f"{secrets.token_hex(16)}{suffix if SUFFIX.fullmatch(suffix) else ''}"
