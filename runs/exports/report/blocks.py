"""The content of a report, in the reader's language: plain text that `document` escapes, never HTML.

What is called prose may hold `**bold**` and the escapes of `pages.shared.text.plain`, and no other markup.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Prose:
    """A paragraph; `quiet`: a note below something else."""

    text: str
    quiet: bool = False


@dataclass(frozen=True)
class Heading:
    """A title within a section."""

    text: str


@dataclass(frozen=True)
class Mark:
    """A place on a line from 0 to 1, and what stands there."""

    at: float
    told: str


@dataclass(frozen=True)
class Headline:
    """The figure of a run with its interval on a line; places on it are shares from 0 to 1.

    `tone`: above, level or below the strongest baseline.
    """

    name: str
    value: str
    of: str  # on how many it was measured
    interval: str
    at: float
    low: float
    high: float
    ends: tuple[str, str]
    tone: str
    baseline: Mark | None = None
    meaning: str = ""  # of the tone, whose colour the interval has


@dataclass(frozen=True)
class Bar:
    """A row of a chart: `at` as a share of its axis, with an interval where `low` and `high` are given.

    `told` is shown on pointing at it; `value` always.
    """

    name: str
    value: str
    at: float
    told: str = ""
    tone: str = ""  # good, bad, main or "" for neither
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Bars:
    """Rows one below the other; `line`: a place across all of them, as that of this model. `points`: no bars."""

    label: str  # for who hears the report read aloud
    rows: Sequence[Bar]
    line: Mark | None = None
    points: bool = False


@dataclass(frozen=True)
class Series:
    """A line of a chart: (x, y) points in its own units."""

    name: str
    points: Sequence[tuple[float, float]]
    main: bool = False
    dashed: bool = False
    apart: bool = False  # open points, and no line through them


@dataclass(frozen=True)
class Curves:
    """Lines over one axis. `told`: x → what is read off there.

    `levels` and `places`: values on the y and the x axis with their labels, in order; the y axis ends at the outer two.
    """

    label: str
    series: Sequence[Series]
    told: Sequence[tuple[float, str]]
    levels: Sequence[tuple[float, str]]
    below: str  # what the x axis is
    places: Sequence[tuple[float, str]] = ()
    left: float | None = None  # where the x axis begins; None: at the first point


@dataclass(frozen=True)
class Matrix:
    """Counts by label (row) and prediction (column)."""

    label: str
    corner: str  # what rows and columns are
    names: Sequence[str]
    counts: Sequence[Sequence[int]]
    told: Sequence[Sequence[str]]  # on pointing at a cell


@dataclass(frozen=True)
class Table:
    """Rows of texts under their headings; the columns in `numbers` are aligned to the right."""

    headings: Sequence[str]
    rows: Sequence[Sequence[str]]
    numbers: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Facts:
    """What something is called and what it is."""

    rows: Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Example:
    """An item of the test part and what the model said of it; `picture` and `sound` are addresses with their data.

    `pairs`: words that were said beside words that were transcribed, None for nothing. `lists`: titles of items under
    what the list is.
    """

    title: str
    note: str = ""
    picture: str = ""
    sound: str = ""
    text: str = ""
    pairs: Sequence[tuple[str | None, str | None]] = ()
    lists: Sequence[tuple[str, Sequence[str]]] = ()


@dataclass(frozen=True)
class Examples:
    items: Sequence[Example]


Block = Prose | Heading | Headline | Bars | Curves | Matrix | Table | Facts | Examples


@dataclass(frozen=True)
class Section:
    """A part of a report under its title."""

    title: str
    blocks: Sequence[Block]


@dataclass(frozen=True)
class Report:
    """All of it; `language` as HTML names it. `facts`: a line below the title; `purpose`: a paragraph below that."""

    language: str
    title: str
    kind: str  # stands over the title
    facts: str
    sections: Sequence[Section]
    made: str  # at the end
    words: dict[str, str] = field(default_factory=dict)  # of what the page itself says, see `document`
    purpose: str = ""
