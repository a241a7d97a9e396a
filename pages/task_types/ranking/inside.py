"""A history on its way through the network of a recommender."""

from __future__ import annotations

import json
from collections.abc import Sequence

from pages.components import inspection
from runs.inference import inputs
from runs.store.records import Run


def offer(run: Run, had: Sequence[str], following: str = "", *, place: str) -> None:
    """A switch that shows it; `had` and `following`, the item that came next, by their ids."""
    asked = {"had": [*had], **({"next": following} if following else {})}
    text = json.dumps(asked, ensure_ascii=False)
    inspection.offer(run, inputs.key_of_text(run.owner, text), place=place, text=text)
