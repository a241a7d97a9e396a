"""Which column of a table names the file, which the class and which the part, and why we think so."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from cases.ingest.tables import CLASS_FOLDER, ENCODING, LABELS
from cases.ingest.tables.headings import CHOSEN, FILE, LABEL, MORE, PART, PARTS, TRANSCRIPT, word
from cases.ingest.tables.records import Record, Records
from cases.ingest.tables.table import Table
from models.errors import N_, InputError

SENTENCE = 12  # characters, or more


@dataclass(frozen=True)
class Choice:
    """A column, its heading or number, and a sentence about why it was chosen (a message id with places)."""

    column: int
    name: str
    reason: str


@dataclass(frozen=True)
class Columns:
    """`more`: what else was asked for and found, by its name in `MORE`; a transcript is the label as well."""

    records: Records  # without the headings
    file: Choice
    label: Choice | None
    part: Choice | None
    named: int  # lines whose file is there
    headings: list[str] = field(default_factory=list)  # one for each column, "" where there are none
    more: Mapping[str, Choice] = field(default_factory=dict)

    @property
    def roles(self) -> dict[int, str]:
        """Column → what it was taken for."""
        known = {"label": self.label, "file": self.file, "part": self.part, **self.more}
        return {choice.column: role for role, choice in known.items() if choice is not None}


def find(
    table: Table,
    is_file: Callable[[str], bool],
    asked: Mapping[str, str] = {},
    more: Sequence[str] = (),
    *,
    one_of_several: bool = False,
) -> Columns | None:
    """None where no column names a file that `is_file` knows.

    Args:
        asked: file, label, part or one of `more` → the heading, or the number from 1, of a column that a person chose;
            "" for part or one of `more`: none.
        more: names in `MORE` that are looked for too.
        one_of_several: a column that a person chose may be another table's; see `require`.

    Raises:
        InputError: there is no such column.
    """
    asked = chosen(asked)
    known = [sum(map(is_file, table.records.column(column))) for column in range(table.width)]
    best = known.index(max(known))
    if not known[best]:
        return None
    first, rest = table.records[0], table.records[1:]
    headed = bool(rest) and not is_file(first.cell(best)) and (_is_heading(first) or known[best] == len(rest))
    records = rest if headed else table.records
    headings = [first.cell(column) if headed else "" for column in range(table.width)]
    here = of_table(asked, headings) if one_of_several else asked
    by_hand = {role: by_person(table, headings, role, name) for role, name in here.items() if name}
    reason = N_("“{table}”: column “{column}” detected as file name: {n} of {total} lines match an uploaded file.")
    file = by_hand.get("file") or choose(best, headings, reason)
    taken = {file.column, *(choice.column for choice in by_hand.values())}
    free = [column for column in range(table.width) if column not in taken]
    off = {role for role, name in asked.items() if not name}
    if "label" in by_hand and "transcript" not in by_hand:
        off.add("transcript")  # the person wants classes
    part = by_hand.get("part") or part_column(records, headings, [] if "part" in off else free)
    free = [column for column in free if part is None or column != part.column]
    extra = {role: by_hand.get(role) or _called(headings, free, role) for role in more if role not in off}
    others = [column for column in free if column not in {choice.column for choice in extra.values() if choice}]
    label = extra.get("transcript") or by_hand.get("label") or _label(records, headings, others)
    label = label or _label(records, headings, free)
    if "transcript" in more and "transcript" not in off and label and "label" not in by_hand:
        extra["transcript"] = extra.get("transcript") or _spoken(records, headings, label)
    found = {role: choice for role, choice in extra.items()
             if choice and (role == "transcript" or not label or choice.column != label.column)}  # fmt: skip
    return Columns(records, file, label, part, known[file.column], headings, found)


def _called(headings: list[str], columns: Sequence[int], role: str) -> Choice | None:
    names, reason = MORE[role]
    found = next((column for column in columns if word(headings[column]) in names), None)
    return None if found is None else choose(found, headings, reason)


def _spoken(records: Records, headings: list[str], label: Choice) -> Choice | None:
    """The same column, where what was taken for classes reads like sentences: most are there once, and long."""
    given = [*records.column(label.column)]
    once, long = 2 * len(set(given)) > len(given), sum(len(text) >= SENTENCE for text in given) > len(given) / 2
    if not (once and long):
        return None
    return choose(
        label.column, headings, N_("“{table}”: column “{column}” detected as transcript: it holds sentences.")
    )


def _is_heading(record: Record) -> bool:
    return any(word(cell) in FILE | LABEL | PART | TRANSCRIPT for cell in record.cells)


def part_column(records: Records, headings: list[str], columns: list[int]) -> Choice | None:
    """Find the column whose cells are all names of parts (train, validation, test)."""
    for column in columns:
        if _are_parts(records.column(column)) and (word(headings[column]) in PART or len(columns) > 1):
            return choose(
                column,
                headings,
                N_("“{table}”: column “{column}” detected as split (training, validation, test) from its values."),
            )
    return None


def _are_parts(cells: Iterator[str]) -> bool:
    """Whether some name a part, and the others are empty."""
    known = False
    for cell in filter(None, cells):
        if cell.lower() not in PARTS:
            return False
        known = True
    return known


def _label(records: Records, headings: list[str], columns: list[int]) -> Choice | None:
    for column in columns:
        if word(headings[column]) in LABEL:
            return choose(column, headings, N_("“{table}”: column “{column}” detected as class from its name."))
    if len(columns) == 1:
        return choose(
            columns[0], headings, N_("“{table}”: column “{column}” detected as class: it is the only other column.")
        )
    kinds = {column: len({*records.column(column)} - {""}) for column in columns}
    repeating = {column: n for column, n in kinds.items() if n > 1 and 2 * n <= len(records)}
    if not repeating:
        return None
    return choose(
        min(repeating, key=repeating.__getitem__),
        headings,
        N_("“{table}”: column “{column}” detected as class: its values repeat the most."),
    )


def choose(column: int, headings: list[str], reason: str) -> Choice:
    return Choice(column, headings[column] or str(column + 1), reason)


def by_person(table: Table, headings: list[str], role: str, name: str, reason: str = "") -> Choice:
    """The column that a person chose for `role`, by its heading or its number from 1.

    Raises:
        InputError: there is no such column.
    """
    require({role: name}, [(table.name, headings)])
    return Choice(_names(headings).index(name), name, reason or CHOSEN[role])


def chosen(asked: Mapping[str, str]) -> dict[str, str]:
    """What of `asked` concerns columns."""
    return {role: name for role, name in asked.items() if role not in (ENCODING, LABELS, CLASS_FOLDER)}


def of_table(asked: Mapping[str, str], headings: Sequence[str]) -> dict[str, str]:
    """What of `asked` concerns a table with these headings, where several were brought."""
    return {role: name for role, name in asked.items() if not name or name in _names(headings)}


def require(asked: Mapping[str, str], tables: Sequence[tuple[str, Sequence[str]]]) -> None:
    """Every column that a person chose must be in some table; `tables`: the name and the headings of each.

    Raises:
        InputError: one is in none.
    """
    for name in filter(None, chosen(asked).values()):
        if tables and not any(name in _names(headings) for _, headings in tables):
            table, headings = tables[0]
            raise InputError(
                found=N_("The table “{table}” has no column “{column}”."),
                expected=N_("Its columns are: {columns}."),
                remedy=N_("Choose one of them."),
                table=table,
                column=name,
                columns=", ".join(_names(headings)),
            )


def _names(headings: Sequence[str]) -> list[str]:
    return [heading or str(number) for number, heading in enumerate(headings, start=1)]


def explain(table: Table, *choices: Choice | None, **more: Any) -> list[dict[str, Any]]:
    """How the table was understood, as messages and their arguments, so that a wrong guess is seen."""
    told = [
        {"message": choice.reason, "args": {"table": table.name, "column": choice.name, **more}}
        for choice in choices
        if choice is not None
    ]
    return [table.note, *table.warnings, *told]
