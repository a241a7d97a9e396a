"""Items as a person sees them: many in one element, or one as large as its place allows."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import cases
from cases.dataset import Dataset
from pages.parts import gallery, passages, recordings
from pages.parts.language import _
from runs import files, tokens

PREVIEW = 300  # characters of a text in a list; a card shows fewer
READ = ("text", "item")  # media whose items are texts
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


def show(
    dataset: Dataset,
    entries: Sequence[Entry],
    *,
    key: str,
    chosen: int | None = None,
    size: int = 112,
    on_picked: Callable[[], None] | None = None,
) -> None:
    """Many items in one element; after a click `picked(key)` says which. `size` is that of a picture."""
    told = [{"id": str(e.row), "title": e.title, "note": e.note, "tone": e.tone} for e in entries]
    marked = None if chosen is None else str(chosen)
    medium = cases.get(dataset.case).medium
    if medium in READ:
        drawn = [{**one, "text": text(dataset, e.row)[:PREVIEW]} for one, e in zip(told, entries, strict=True)]
        passages.show(drawn, key=key, chosen=marked, on_picked=on_picked)
    elif medium == "sound":
        marked_words = [{} if e.pairs is None else {"pairs": list(e.pairs)} for e in entries]
        drawn = [{**one, **heard(dataset, e.row), **more}
                 for one, e, more in zip(told, entries, marked_words, strict=True)]  # fmt: skip
        recordings.show(drawn, key=key, chosen=marked, on_picked=on_picked)
    else:
        drawn = [{**one, "src": address(dataset, e.row)} for one, e in zip(told, entries, strict=True)]
        gallery.show(drawn, key=key, chosen=marked, size=size, on_picked=on_picked)


def large(dataset: Dataset, row: int, *, key: str, pairs: Pairs | None = None) -> None:
    """One item, as large as its place allows; `pairs` as those of an `Entry`."""
    medium = cases.get(dataset.case).medium
    if medium in READ:
        passages.show([{"id": str(row), "text": bounded(text(dataset, row))}], key=key, whole=True)
    elif medium == "sound":
        more = {} if pairs is None else {"pairs": list(pairs)}
        recordings.show([{"id": str(row), **heard(dataset, row), **more}], key=key, large=True)
    else:
        gallery.show([{"id": str(row), "src": address(dataset, row)}], key=key, size=320)


def original(dataset: Dataset, row: int) -> dict[str, Any]:
    """An item as the explanation takes it: a text, what is to be heard, or the address of a picture."""
    medium = cases.get(dataset.case).medium
    if medium in READ:
        return {"text": bounded(text(dataset, row))}
    return heard(dataset, row) if medium == "sound" else {"picture": address(dataset, row)}


def address(dataset: Dataset, row: int) -> str:
    """Where a browser finds an item; the same all day, so that it is asked for once."""
    today = int(time.time() // 86400)
    return f"/api/item?token={_token(files.home(), dataset.digest, dataset.case, today)}&row={row}"


def heard(dataset: Dataset, row: int) -> dict[str, Any]:
    """A recording as the player takes it; of a long one the beginning is kept, and it is as long as that."""
    picture = address(dataset, row)
    seconds = min(float(dataset.as_read.at[row, "seconds"]), LONGEST)
    return {"picture": picture, "sound": f"{picture}&heard=1", "seconds": seconds}


def text(dataset: Dataset, row: int) -> str:
    content, _media_type = cases.get(dataset.case).show(dataset, row)
    return content.decode()


def bounded(whole: str) -> str:
    """Its beginning and its end where it is so long that a browser would stumble over it."""
    if len(whole) <= MOST:
        return whole
    left_out = _("[{n:,} characters are not shown here]", n=len(whole) - MOST)
    return f"{whole[: MOST // 2]} …\n\n{left_out}\n\n… {whole[-MOST // 2 :]}"


@lru_cache(maxsize=64)
def _token(_home: Path, dataset: str, case: str, _day: int) -> str:
    return tokens.sign("dataset", dataset=dataset, case=case)
