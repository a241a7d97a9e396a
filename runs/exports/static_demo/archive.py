"""The one file that a static demo leaves as."""

from __future__ import annotations

import re
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile

from models.progress import ProgressReporter
from models.storage import checksums

FILE = "static-demo.zip"
PACKED = frozenset({".wasm", ".mjs", ".js", ".json", ".css", ".html", ".md", ".svg", ".wav"})


def named(title: str) -> str:
    """A title as the name of a folder and in an address."""
    words = re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")[:60]
    return f"demo-{words}" if words else "demo"


def write(folder: Path, path: Path, report: ProgressReporter) -> int:
    """Pack what is in `folder` into the file `path`; how many files these are. Weights hardly shrink and stay as they
    are."""
    unfinished, files = path.with_suffix(".zip.partial"), sorted(one for one in folder.rglob("*") if one.is_file())
    try:
        with ZipFile(unfinished, "w") as archive:
            for file in files:
                report.check()
                packing = ZIP_DEFLATED if file.suffix in PACKED else ZIP_STORED
                archive.write(file, file.relative_to(folder), packing)
        checksums.settle(unfinished, path)
    finally:
        unfinished.unlink(missing_ok=True)
    return len(files)
