"""What a model of a catalogue is asked, as JSON says it; see `cases.recommendation.predictor.ItemPredictor`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from models.errors import N_, InputError

MOST_BYTES = 2**20


def read(given: Path | bytes) -> dict[str, Any]:
    """A question, from a file or as it stands.

    Raises:
        InputError: it is none.
    """
    if isinstance(given, Path):
        with given.open("rb") as file:
            given = file.read(MOST_BYTES + 1)
    try:
        asked = json.loads(given) if len(given) <= MOST_BYTES else None
    except ValueError:
        asked = None
    if not isinstance(asked, dict) or not isinstance(asked.get("had", []), list):
        raise InputError(
            found=N_("This is not a request for recommendations."),
            expected=N_("A JSON file lists the items of a user, for example {example}."),
            remedy=N_("Correct it and try again."),
            example='{"had": ["1", "50"]}',
        )
    return asked
