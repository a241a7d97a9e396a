"""What a model of a catalogue is asked, as a file says it; see `cases.recommendation.answering.ItemAnswerer`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from models.errors import N_, InputError

MOST_BYTES = 2**20


def read(file: Path) -> dict[str, Any]:
    """A question.

    Raises:
        InputError: it is none.
    """
    try:
        asked = json.loads(file.read_text("utf-8")) if file.stat().st_size <= MOST_BYTES else None
    except ValueError:
        asked = None
    if not isinstance(asked, dict) or not isinstance(asked.get("had", []), list):
        raise InputError(
            found=N_("This is not a request for recommendations."),
            expected=N_("A JSON file lists the items of a user, as {example}."),
            remedy=N_("Correct it and try again."),
            example='{"had": ["1", "50"]}',
        )
    return asked
