"""Which column of a table says who, what, how much and when, which describes an item how, and why we think so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from cases import columns
from cases.columns import Choice
from cases.headings import word
from cases.recommendation import movielens
from cases.recommendation.headings import BY_HEADING, BY_PERSON, BY_PLACE, COUNTS, HEADINGS
from cases.recommendation.movielens import NUMBER
from cases.tables import Record, Table
from models.errors import N_, InputError

LOOKED_AT = 1000  # lines that decide about a table without headings
HAD = ("user", "item", "value", "time", "part")  # of a table of what people have
TOLD = ("id", "title", "genres", "text")  # of a table of the items


@dataclass(frozen=True)
class Roles:
    """`found`: role → its column. A table `tells` of items where no column says who."""

    records: Sequence[Record]  # without the headings
    headings: list[str]  # one for each column, "" where there are none
    found: Mapping[str, Choice]
    spaced: frozenset[int] = frozenset()  # columns of several words with blanks between them, as RecBole has them

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
    found = _by_heading(headings) if headed else _by_place(records, len(headings))
    for role, name in asked.items():
        if name and name in [heading or str(number) for number, heading in enumerate(headings, 1)]:
            chosen = columns.by_person(table, headings, role, name, BY_PERSON[role])
            kept = {other: choice for other, choice in found.items() if choice.column != chosen.column}
            found = {**kept, role: chosen}
        elif not name:
            found = {other: choice for other, choice in found.items() if other != role}
    wanted = HAD if "user" in found else TOLD
    spaced = frozenset(column for column, name in enumerate(names) if headed and name.endswith(":token_seq"))
    return Roles(records, headings, {role: found[role] for role in wanted if role in found}, spaced)


def plain(heading: str) -> str:
    """A heading as the sets above have it; those of RecBole say the kind of values behind a colon."""
    return word(_shown(heading))


def _shown(heading: str) -> str:
    name, _, kind = heading.strip().partition(":")
    return name if kind in ("token", "token_seq", "float", "float_seq") else heading.strip()


def _is_headed(table: Table) -> bool:
    first, *rest = table.records
    if any(plain(cell) in names for cell in first.cells for names in HEADINGS.values()):
        return True
    numbers = [column for column in range(len(first.cells)) if rest and all(
        NUMBER.fullmatch(record.cell(column)) for record in rest[:LOOKED_AT])]  # fmt: skip
    return any(not NUMBER.fullmatch(first.cell(column)) for column in numbers)


def _by_heading(headings: Sequence[str]) -> dict[str, Choice]:
    """The first heading that fits a role; a table with a column of users is one of what people have."""

    def first(role: str) -> int | None:
        return next((column for column, heading in enumerate(headings) if plain(heading) in HEADINGS[role]), None)

    roles = HAD if first("user") is not None else TOLD
    places = {role: column for role in roles if (column := first(role)) is not None}
    if roles == HAD and "item" not in places and (column := _called_id(headings, places)) is not None:
        places["item"] = column
    return {role: columns.choose(column, list(headings), BY_HEADING[role]) for role, column in places.items()}


def _called_id(headings: Sequence[str], places: Mapping[str, int]) -> int | None:
    taken = set(places.values())
    return next((column for column, heading in enumerate(headings)
                 if column not in taken and plain(heading).endswith("id")), None)  # fmt: skip


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
        missing = N_("No column of the table “{table}” names users and items, or describes items.")
        raise InputError(
            found=missing,
            expected=N_("A line says who, which item and perhaps how much and when; or it describes an item."),
            remedy=N_("Choose the columns, or call them user, item, rating and time; or id, title and genres."),
            table=table,
        )
