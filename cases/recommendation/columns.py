"""Which column of a table says who, what, how much and when, which describes an item how, and why we think so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from cases.ingest.tables import columns
from cases.ingest.tables.columns import Choice
from cases.ingest.tables.records import Record, Records
from cases.ingest.tables.table import Table
from cases.recommendation import joined, movielens
from cases.recommendation.headings import ANY, COUNTS, plainest, squeezed
from cases.recommendation.movielens import NUMBER
from models.errors import N_, InputError

BY_HEADING = {
    "user": N_("“{table}”: column “{column}” detected as user from its name."),
    "item": N_("“{table}”: column “{column}” detected as item from its name."),
    "value": N_("“{table}”: column “{column}” detected as rating or count from its name."),
    "time": N_("“{table}”: column “{column}” detected as time from its name."),
    "part": N_("“{table}”: column “{column}” detected as split (training, validation, test) from its name."),
    "row": N_("“{table}”: column “{column}” detected as order or row ID from its name."),
    "id": N_("“{table}”: column “{column}” detected as item ID from its name."),
    "title": N_("“{table}”: column “{column}” detected as title from its name."),
    "genres": N_("“{table}”: column “{column}” detected as genres from its name."),
    "text": N_("“{table}”: column “{column}” detected as description from its name."),
    "year": N_("“{table}”: column “{column}” detected as year from its name."),
    "image": N_("“{table}”: column “{column}” detected as picture from its name."),
}
BY_PERSON = {
    "user": N_("“{table}”: column “{column}” is the user, as you chose."),
    "item": N_("“{table}”: column “{column}” is the item, as you chose."),
    "value": N_("“{table}”: column “{column}” is the rating or count, as you chose."),
    "time": N_("“{table}”: column “{column}” is the time, as you chose."),
    "row": N_("“{table}”: column “{column}” is the order or row ID, as you chose."),
    "id": N_("“{table}”: column “{column}” is the item ID, as you chose."),
    "title": N_("“{table}”: column “{column}” is the title, as you chose."),
    "genres": N_("“{table}”: column “{column}” holds the genres, as you chose."),
    "text": N_("“{table}”: column “{column}” is the description, as you chose."),
    "year": N_("“{table}”: column “{column}” is the year, as you chose."),
    "image": N_("“{table}”: column “{column}” is the picture, as you chose."),
}
BY_PLACE = {  # where there are no headings
    "user": N_("“{table}”: column “{column}” taken as user: without column names it is usually the first."),
    "item": N_("“{table}”: column “{column}” taken as item: without column names it is usually the second."),
    "value": N_("“{table}”: column “{column}” taken as rating or count: it follows the item."),
    "time": N_("“{table}”: column “{column}” taken as time: it holds times."),
    "id": N_("“{table}”: column “{column}” taken as item ID: it is the first, and no value occurs twice."),
    "title": N_("“{table}”: column “{column}” taken as title: it is the second, and holds words."),
    "genres": N_("“{table}”: column “{column}” taken as genres: it follows the title."),
}

LOOKED_AT = 1000  # lines that decide about a table without headings
HAD = ("user", "item", "value", "time", "part", "row")  # of a table of what people have
TOLD = ("id", "title", "genres", "text", "year", "image")  # of a table of the items
BESIDE = TOLD[1:]  # what a table of interactions may say of the items, too
DIFFERS = N_("“{table}”: column “{column}” is not used: it differs between lines of the same item.")
AS_IDS_END = ("id", "编号", "号", "代码", "编码")


@dataclass(frozen=True)
class Roles:
    """`found`: role → its column. A table `tells` of items where no column says who.

    `differing`: columns beside interactions that could describe the items, and do not.
    """

    records: Records  # without the headings
    headings: list[str]  # one for each column, "" where there are none
    found: Mapping[str, Choice]
    spaced: frozenset[int] = frozenset()  # columns of several words with blanks between them, as RecBole has them
    differing: tuple[Choice, ...] = ()
    copies_told: bool = True  # lines that copy an earlier one are no events of their own

    @property
    def tells(self) -> bool:
        return "user" not in self.found

    @property
    def complete(self) -> bool:
        """Whether it can be used at all."""
        about = {"title", "genres", "text"} & self.found.keys()
        return {"user", "item"} <= self.found.keys() or (self.tells and "id" in self.found and bool(about))

    @property
    def counted(self) -> bool:
        """Whether values are said to be counts, not ratings."""
        return "value" in self.found and plain(self.found["value"].name) in COUNTS


def find(table: Table, asked: Mapping[str, str]) -> Roles:
    """`asked`: role → the heading, or the number from 1, of a column that a person chose for it; "" for none.

    A table may lack a chosen column: several are brought, and each role belongs to one of them.
    """
    headed = bool(table.headings) or _is_headed(table)
    records = table.records if table.headings or not headed else table.records[1:]
    names = list(table.headings) if table.headings else [cell.strip() for cell in table.records[0].cells]
    headings = [_shown(name) for name in names] if headed else [""] * table.width
    found = _by_heading(headings, records) if headed else _by_place(records, len(headings))
    copies_told = True
    for role, name in columns.chosen(asked).items():
        if name and name in [heading or str(number) for number, heading in enumerate(headings, 1)]:
            chosen = columns.by_person(table, headings, role, name, BY_PERSON[role])
            kept = {other: choice for other, choice in found.items() if choice.column != chosen.column}
            found = {**kept, role: chosen}
        elif not name:
            copies_told = copies_told and role != "row"
            found = {other: choice for other, choice in found.items() if other != role}
    wanted = (*HAD, *BESIDE) if "user" in found else TOLD
    spaced = frozenset(column for column, name in enumerate(names) if headed and name.endswith(":token_seq"))
    held = {role: found[role] for role in wanted if role in found}
    return _agreeing(Roles(records, headings, held, spaced, copies_told=copies_told))


def _agreeing(roles: Roles) -> Roles:
    """Without the columns beside interactions in which an item says one thing here and another there."""
    item, off, differing = roles.found.get("item"), set(), []
    if item is None or "user" not in roles.found:
        return roles
    for role in (role for role in BESIDE if role in roles.found):
        told = joined.said(roles.records, item.column, roles.found[role].column)
        if told is None:
            differing.append(replace(roles.found[role], reason=DIFFERS))
        if not told:
            off.add(role)
    found = {role: choice for role, choice in roles.found.items() if role not in off}
    return replace(roles, found=found, differing=tuple(differing))


def plain(heading: str) -> str:
    """A heading as `headings` has it; those of RecBole say the kind of values behind a colon."""
    return squeezed(_shown(heading))


def _shown(heading: str) -> str:
    name, _, kind = heading.strip().partition(":")
    return name if kind in ("token", "token_seq", "float", "float_seq") else heading.strip()


def _is_headed(table: Table) -> bool:
    """Whether the first line names columns: some cell is such a name, and is no value of its column further down."""
    first, rest = table.records[0], table.records[1:]
    rest = rest[:LOOKED_AT]
    for column, cell in enumerate(first.cells):
        if plain(cell) in ANY and not any(record.cell(column) == first.cell(column) for record in rest):
            return True
    numbers = [column for column in range(len(first.cells)) if rest and all(
        NUMBER.fullmatch(record.cell(column)) for record in rest)]  # fmt: skip
    return any(not NUMBER.fullmatch(first.cell(column)) for column in numbers)


def _by_heading(headings: Sequence[str], records: Records) -> dict[str, Choice]:
    """The column that says a role most plainly; a table with a column of users is one of interactions."""
    named = {column: plain(heading) for column, heading in enumerate(headings)}
    places: dict[str, int] = {}
    row = plainest("row", named.items()) if plainest("user", named.items()) is not None else None
    if row is not None and not (named[row] in COUNTS and _repeats(records, row)):
        places["row"] = row  # before the count: “order number” may be either
    for role in (*HAD, *BESIDE) if plainest("user", named.items()) is not None else TOLD:
        free = {column: name for column, name in named.items() if column not in places.values()}
        column = plainest(role, free.items()) if role != "row" else None
        if column is None and role == "item":
            ids = [column for column, name in free.items() if name.endswith(AS_IDS_END)]
            column = next(iter(ids), None) if ids or "row" not in places else places.pop("row")
        if column is not None:
            places[role] = column
    return {role: columns.choose(column, list(headings), BY_HEADING[role]) for role, column in places.items()}


def _repeats(records: Records, column: int) -> bool:
    """Whether less than half of its first values differ."""
    cells = [*records[:LOOKED_AT].column(column)]
    return 2 * len(set(cells)) < len(cells)


def _by_place(records: Sequence[Record], width: int) -> dict[str, Choice]:
    some = list(islice(records, LOOKED_AT))
    places = movielens.items(some, width) or _had(some, width)
    return {role: Choice(column, str(column + 1), BY_PLACE[role]) for role, column in places.items()}


def _had(records: Sequence[Record], width: int) -> dict[str, int]:
    """user, item and, of the columns behind them, the first of small numbers and the one of times."""
    users, items = ({record.cell(column) for record in records} for column in (0, 1))
    if width < 2 or (len(users) == len(records) and 10 * len(items) < len(records)):
        return {}  # a line for each user, such as age and sex
    places = {"user": 0, "item": 1}
    for column in range(2, width):
        role = "time" if movielens.are_times([record.cell(column) for record in records]) else "value"
        places.setdefault(role, column)
    return places


def require(table: str, roles: Roles) -> None:
    """Raises InputError where nothing says who, and nothing says which item is described."""
    if not roles.complete:
        missing = N_("The table “{table}” has neither user and item columns nor item descriptions.")
        raise InputError(
            found=missing,
            expected=N_("A line is an interaction (user, item, rating or count, time) or describes an item."),
            remedy=N_("Choose the columns, or name them user, item, rating and time; or id, title and genres."),
            table=table,
        )
