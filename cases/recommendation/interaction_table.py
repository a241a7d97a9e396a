"""What a table tells of who had what, how much and when; lines that are of no use are set aside."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from cases.ingest.archives import SetAside
from cases.ingest.collection import SourceFile
from cases.ingest.tables.headings import PARTS
from cases.ingest.tables.table import Table
from cases.labels import plain
from cases.ranking import timestamps
from cases.recommendation.columns import Roles
from models.errors import N_

COLUMNS = ("user", "item", "value", "time", "part")
DAY = 86_400  # seconds
HUGE = 1e9  # a count or a rating beyond is a mistake; of one far beyond 32 bits would make infinity
USEFUL, NO_USER, NO_ITEM, NO_NUMBER, NOT_POSITIVE, TOO_MANY, NO_SUCH_TIME, COPY, BEYOND = range(9)
WHY = {
    NO_USER: N_("No user."),
    NO_ITEM: N_("No item."),
    NO_NUMBER: N_("The rating or count is not a number."),
    NOT_POSITIVE: N_("The count is not above zero."),
    TOO_MANY: N_("The count is above one billion."),
    NO_SUCH_TIME: N_("The time cannot be read."),
    COPY: N_("Exact copy of an earlier line."),
    BEYOND: N_("The rating is out of range (one billion)."),
}


def lines(found: SourceFile, which: Roles) -> pd.DataFrame:
    """All of them, by `COLUMNS` and with the column why: a number of `WHY` where one is of no use, whatever values are,
    else `USEFUL`."""
    cells = {role: [*which.records.column(choice.column)] for role, choice in which.found.items()}
    named = {role: [*map(plain, cells[role])] for role in ("user", "item")}
    frame = pd.DataFrame(named, dtype="str")
    blank = pd.Series([""] * len(frame), dtype="str")
    value, time = (pd.Series(cells[role], dtype="str") if role in cells else blank for role in ("value", "time"))
    numbers = pd.to_numeric(value, errors="coerce").to_numpy(np.float64)
    moments = timestamps.seconds(time)
    copies = _copies(which, frame.assign(value=numbers, time=moments))
    why = np.select(
        [frame["user"] == "", frame["item"] == "", (value != "") & ~np.isfinite(numbers),
         (time != "") & np.isnan(moments), copies],
        [NO_USER, NO_ITEM, NO_NUMBER, NO_SUCH_TIME, COPY], USEFUL,
    )  # fmt: skip
    said = pd.Series(cells["part"]).str.lower().map(PARTS).fillna("") if "part" in cells else blank
    return frame.assign(value=numbers, time=moments, part=found.split or said, why=why)


def _copies(which: Roles, frame: pd.DataFrame) -> np.ndarray:
    """(lines,) which say in every cell what an earlier line says, where a column or a time of day tells one event from
    another; else two equal lines may well be two events."""
    found = np.zeros(len(frame), bool)
    clock = frame["time"].to_numpy() % DAY
    if not which.copies_told or ("row" not in which.found and not clock[~np.isnan(clock)].any()):
        return found
    alike = frame.duplicated(keep=False).to_numpy()
    seen: set[tuple[str, ...]] = set()
    if alike.any():
        for number, record in enumerate(which.records):
            if alike[number]:
                found[number] = record.cells in seen
                seen.add(record.cells)
    return found


def left_out_copies(some: Sequence[pd.DataFrame]) -> list[dict[str, Any]]:
    """How many copies were left out, which a person may refuse."""
    n = sum(int((one["why"] == COPY).sum()) for one in some)
    if not n:
        return []
    message = N_("Lines left out because they copy an earlier line exactly: {n:,}.")
    return [{"message": message, "args": {"n": n}, "refusal": N_("Keep exact copies"), "columns": {"row": ""}}]


def are_counts(some: Sequence[pd.DataFrame], tables: Sequence[Roles]) -> bool:
    """Whether the values of all these tables are counts: by their headings or, where none says what values are, because
    they are whole and go beyond a hundred."""
    if all(which.counted for which in tables):
        return True
    if any("value" in which.found and any(which.headings) for which in tables):
        return False
    values = pd.concat([one.loc[one["why"] == USEFUL, "value"] for one in some]).dropna()
    values = values[values.abs() <= HUGE]
    return bool(len(values) and (values % 1 == 0).all() and values.max() > 100)


def useful(frame: pd.DataFrame, table: Table, which: Roles, counted: bool, aside: list[SetAside]) -> pd.DataFrame:
    """The lines of use, by `COLUMNS`; the others are set aside, each with its reason."""
    why = frame["why"].to_numpy()
    if counted or which.counted:
        wrong = np.select([frame["value"] <= 0, frame["value"] > HUGE], [NOT_POSITIVE, TOO_MANY], USEFUL)
    else:
        wrong = np.where(frame["value"].abs() > HUGE, BEYOND, USEFUL)
    why = np.where((wrong != USEFUL) & ~np.isin(why, [NO_USER, NO_ITEM, NO_NUMBER]), wrong, why)
    for row in np.flatnonzero(why != USEFUL).tolist():
        record = which.records[row]
        aside.append(SetAside(table.place(record.line, " ".join(record.cells)), WHY[int(why[row])]))
    aside.extend(SetAside(table.place(line.line, line.text), line.reason) for line in table.broken)
    return frame.loc[why == USEFUL, list(COLUMNS)]
