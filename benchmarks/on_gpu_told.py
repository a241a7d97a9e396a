"""What the processes of `benchmarks.on_gpu` tell one another, in files."""

from __future__ import annotations

import json
import traceback
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

MEASURED, RESUMED = "measured.json", "resumed.json"
MACHINE = "machine"  # the part that comes before all others


class Told:
    """What is known, written to a file each time that more is; of a section that fails the whole trace of the error."""

    def __init__(self, path: Path) -> None:
        self.path, self.known = path, {"errors": {}}

    def section(self, name: str, work: Callable[[], Mapping[str, Any]], *, under: str = "") -> bool:
        """Do `work` and note what it returns, by the name `under` where there is one; whether it came to its end."""
        self.known["section"] = name
        self._write()
        try:
            found = work()
        except Exception:  # whatever it is, it is the result, and the others are to be tried all the same
            self.known["errors"][name] = traceback.format_exc()
            found = {}
        self.known |= {under: found} if under else found
        self._write()
        return name not in self.known["errors"]

    def _write(self) -> None:
        partial = self.path.with_suffix(".partial")
        partial.write_text(json.dumps(self.known), "utf-8")
        partial.replace(self.path)
