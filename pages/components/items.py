"""Items as a browser takes them: the address of a picture or sound, the text, and the words beside them."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import cases
from cases.dataset import Dataset
from pages.shared import owner
from pages.shared.address import of_route
from pages.shared.i18n import _
from runs import paths

PREVIEW = 300  # characters of a text in a list; a card shows fewer
MOST = 20_000  # characters of a text that are shown at once
LONGEST = 30.0  # seconds of a recording that can be heard
Pairs = Sequence[tuple[str | None, str | None]]  # words that were said beside words that were heard


@dataclass(frozen=True)
class Entry:
    """One item of a list: its row in the data set, and words below it; `tone` colours the note: good, bad or ""."""

    row: int
    title: str = ""
    note: str = ""
    tone: str = ""
    pairs: Pairs | None = None
    marks: str = ""  # where the telling words of a text are asked for, see `explanation.address`
    versions: Sequence[tuple[str, Pairs]] = ()  # who heard it, and what beside what was said: several below each other


@dataclass(frozen=True)
class Several:
    """Of a list, several can be selected at once: rows that are, whether every click selects, and who is told."""

    rows: Sequence[int]
    every_click: bool
    on_selected: Callable[[], None]  # then `session.told(key, "selected", list)` holds their ids


def told(entry: Entry) -> dict[str, Any]:
    """An entry as the elements that hold many take it, without the item itself."""
    return {"id": str(entry.row), "title": entry.title, "note": entry.note, "tone": entry.tone}


def selecting(several: Several | None) -> dict[str, Any] | None:
    """As the elements that hold many take it."""
    return several and {"selected": [str(row) for row in several.rows], "every_click": several.every_click}


def address(dataset: Dataset, row: int) -> str:
    """Where a browser finds an item; the same all day, so that it is asked for once."""
    return f"{addresses(dataset)}{row}"


def addresses(dataset: Dataset) -> str:
    """What the addresses of all its items begin with; the row comes last."""
    return of_route(f"/api/item?token={_today(dataset.digest, dataset.case)}&row=")


def heard(dataset: Dataset, row: int) -> dict[str, Any]:
    """A recording as the player takes it; of a long one the beginning is kept, and it is as long as that."""
    picture = address(dataset, row)
    seconds = min(float(dataset.as_read.at[row, "seconds"]), LONGEST)
    return {"picture": picture, "sound": f"{picture}&heard=1", "seconds": seconds}


def text(dataset: Dataset, row: int) -> str:
    content, _media_type = cases.get(dataset.case).thumbnail(dataset, row)
    return content.decode()


def bounded(whole: str) -> str:
    """Its beginning and its end where it is so long that a browser would stumble over it."""
    if len(whole) <= MOST:
        return whole
    left_out = _("[{n:,} more characters not shown]", n=len(whole) - MOST)
    return f"{whole[: MOST // 2]} …\n\n{left_out}\n\n… {whole[-MOST // 2 :]}"


def thumbnail(dataset: str, case: str) -> str:
    """Where a browser finds a small picture of the data set `dataset`; see `runs.api.thumbnails`."""
    return of_route(f"/api/thumbnail?token={_today(dataset, case)}")


def _today(dataset: str, case: str) -> str:
    return _token(paths.home(), dataset, case, owner.current(), owner.session_id(), int(time.time() // 86400))


@lru_cache(maxsize=64)
def _token(_home: Path, dataset: str, case: str, _whose: str, _session: str, _day: int) -> str:
    return owner.sign("dataset", dataset=dataset, case=case)
