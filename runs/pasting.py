"""Lines that were typed or pasted become a file of a collection."""

from __future__ import annotations

import hashlib

from runs import drafts, files, pieces, store
from runs.pieces import Piece
from runs.receiving import cleaned


def add(owner: str, draft: str, lines: str, label: str, split: str) -> bool:
    """Each line is a text of the class `label`; without one the lines are a table. False where nothing was added."""
    count = sum(bool(line.strip()) for line in lines.splitlines())
    if not count or drafts.find(owner, draft) is None:
        return False
    upload, content = store.new_id(), lines.encode()
    (files.uploads() / upload).write_bytes(content)
    name = f"lines-{len(pieces.of(draft)) + 1}.txt"
    store.add_upload(owner, upload, name, len(content), hashlib.sha256(content).hexdigest())
    pieces.add(draft, Piece(upload, name, len(content), cleaned(label), split, items=count))
    return True
