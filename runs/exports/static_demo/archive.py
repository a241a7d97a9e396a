"""The one file that a static demo leaves as."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile

from models.progress import ProgressReporter
from models.storage import checksums
from runs import paths
from runs.store import records
from runs.store.records import Run

FILE, KIND = "static-demo.zip", "static_demo"  # the kind of work that writes it
PACKED = frozenset({".wasm", ".mjs", ".js", ".json", ".css", ".html", ".md", ".svg", ".wav"})


def named(title: str) -> str:
    """A title as the name of a folder and in an address."""
    words = re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")[:60]
    return f"demo-{words}" if words else "demo"


def of(run: Run) -> Path | None:
    """The newest archive that was made of a run; None where there is none that is whole."""
    job = records.latest(KIND, run.id, run.owner)
    path = paths.run(job.id) / FILE if job and job.status == "done" else None
    return path if path and checksums.intact(path) else None


def unpacked(archive: Path) -> Path:
    """The folder with index.html in it, beside the archive, as hubs take it."""
    folder = archive.with_name("unpacked")
    shutil.rmtree(folder, ignore_errors=True)
    with ZipFile(archive) as whole:
        whole.extractall(folder)  # it was written by `write`
    return next(folder.glob("*/index.html")).parent


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
