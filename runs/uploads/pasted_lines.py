"""Lines that were typed or pasted become a file of a collection."""

from __future__ import annotations

import hashlib

from runs import paths
from runs.store import records
from runs.uploads import draft_files, drafts
from runs.uploads.class_names import cleaned
from runs.uploads.draft_files import DraftFile


def add(owner: str, draft: str, lines: str, label: str, split: str) -> bool:
    """Each line is a text of the class `label`; without one the lines are a table. False where nothing was added."""
    count = sum(bool(line.strip()) for line in lines.splitlines())
    if not count or drafts.find(owner, draft) is None:
        return False
    upload, content = records.new_id(), lines.encode()
    path, added = paths.uploads() / upload, False
    try:
        path.write_bytes(content)
        name = f"lines-{len(draft_files.of(draft)) + 1}.txt"
        piece = DraftFile(upload, name, len(content), cleaned(label), split, items=count)
        added = drafts.add(owner, draft, piece, hashlib.sha256(content).hexdigest())
    finally:
        if not added:
            path.unlink(missing_ok=True)
    return added
