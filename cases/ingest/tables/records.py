"""The records of a table, packed: as strings of Python, short cells would take fifty times what they are in the file,
and long ones up to four times."""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import accumulate, chain, islice, pairwise
from pathlib import Path
from typing import NamedTuple, TypeVar, overload

from cases.ingest.tables import formulas
from cases.ingest.tables.spill import Spill, Stored

T = TypeVar("T")
MOST_COLUMNS = 1000
HELD = 64 * 2**20  # bytes of a table that stay in memory
_CELLS, _CHARACTERS = 2048, 1 << 16  # a block has hardly more, so that any record is found at once


class Record(NamedTuple):
    """One line of a table (several where a cell holds line breaks); `line` is the first, from 1."""

    line: int
    cells: tuple[str, ...]

    def cell(self, column: int) -> str:
        """ "" where the line is too short."""
        return self.cells[column].strip() if column < len(self.cells) else ""


class _Block(NamedTuple):
    content: Stored  # all cells, one behind the other, in UTF-8; then how many characters each has
    size: int  # bytes of the cells
    kind: str  # of the numbers that follow them
    widths: array[int]  # cells of each record
    lines: array[int]

    def opened(self) -> tuple[str, array[int]]:
        content, lengths = self.content.read(), array(self.kind)
        lengths.frombytes(content[self.size :])
        return content[: self.size].decode("utf-8"), lengths

    def records(self) -> Iterator[Record]:
        text, lengths = self.opened()
        cells = iter([text[start:end] for start, end in pairwise(accumulate(lengths, initial=0))])
        return (Record(line, tuple(islice(cells, width))) for line, width in zip(self.lines, self.widths, strict=True))

    def column(self, column: int) -> Iterator[str]:
        text, lengths = self.opened()
        bounds, first = [*accumulate(lengths, initial=0)], column
        for width in self.widths:
            yield text[bounds[first] : bounds[first + 1]] if column < width else ""
            first += width

    def record(self, place: int) -> Record:
        (text, lengths), first = self.opened(), sum(self.widths[:place])
        bounds = accumulate(lengths[first : first + self.widths[place]], initial=sum(lengths[:first]))
        return Record(self.lines[place], tuple(text[start:end] for start, end in pairwise(bounds)))


class Records(Sequence[Record]):
    """Made anew each time they are asked for. A slice takes no memory of its own.

    `guarded`: how many cells have an apostrophe that keeps a spreadsheet from running them; 0 where another cell lacks
    it, for such a table was not written with them.
    """

    def __init__(
        self, blocks: Sequence[_Block], starts: Sequence[int], places: range, guarded: int = 0, *, plain: bool = False
    ) -> None:
        """`starts`: the number of the first record of each block; `places`: the records that are meant; `plain`: cells
        come without their guards."""
        self._blocks, self._starts, self._places, self._plain = blocks, starts, places, plain
        self.guarded = guarded

    def __len__(self) -> int:
        return len(self._places)

    def __iter__(self) -> Iterator[Record]:
        return map(self._read, self._of_blocks(_Block.records))

    def column(self, column: int) -> Iterator[str]:
        """That cell of each record, as `Record.cell` has it."""
        cells = self._of_blocks(lambda block: block.column(column))
        return (formulas.unguarded(cell).strip() if self._plain else cell.strip() for cell in cells)

    def unguarded(self) -> Records:
        """The same records without the apostrophes that `guarded` counts."""
        return Records(self._blocks, self._starts, self._places, plain=True) if self.guarded else self

    def _read(self, record: Record) -> Record:
        return Record(record.line, tuple(map(formulas.unguarded, record.cells))) if self._plain else record

    def _of_blocks(self, each: Callable[[_Block], Iterator[T]]) -> Iterator[T]:
        if not self._places:
            return iter(())
        number = bisect_right(self._starts, self._places.start) - 1
        every = chain.from_iterable(map(each, islice(self._blocks, number, None)))
        skipped = self._places.start - self._starts[number]
        return islice(every, skipped, skipped + len(self._places))

    @overload
    def __getitem__(self, place: int) -> Record: ...
    @overload
    def __getitem__(self, place: slice) -> Records: ...
    def __getitem__(self, place: int | slice) -> Record | Records:
        found = self._places[place]
        if isinstance(found, range):
            if found.step != 1:
                raise ValueError("a slice of records has no steps")
            return Records(self._blocks, self._starts, found, self.guarded, plain=self._plain)
        number = bisect_right(self._starts, found) - 1
        return self._read(self._blocks[number].record(found - self._starts[number]))


class Packing:
    """Takes records one after the other; cells beyond `MOST_COLUMNS` are left out. `bytes`: what is packed has in
    UTF-8. `width`: the cells of the widest, those left out too.

    What is beyond `HELD` bytes goes into a file in `folder`, so that a table may be larger than memory.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._spill = Spill(folder, HELD)
        self._guarded = self._open = 0
        self.bytes = self.width = 0
        self._blocks: list[_Block] = []
        self._starts: list[int] = []
        self._total = self._characters = 0
        self._cells: list[str] = []
        self._widths: list[int] = []
        self._lines: list[int] = []

    def __len__(self) -> int:
        return self._total + len(self._lines)

    def add(self, line: int, cells: Sequence[str]) -> None:
        width = len(cells)
        if width > self.width:
            self.width = width
        if width > MOST_COLUMNS:
            cells, width = cells[:MOST_COLUMNS], MOST_COLUMNS
        self._cells += cells
        self._widths.append(width)
        self._lines.append(line)
        self._characters += sum(map(len, cells))
        if self._characters > _CHARACTERS or len(self._cells) > _CELLS:
            self._pack()

    def packed(self) -> Records:
        if self._lines:
            self._pack()
        return Records(self._blocks, self._starts, range(self._total), 0 if self._open else self._guarded)

    def _pack(self) -> None:
        if not formulas.FIRST.isdisjoint({cell[:1] for cell in self._cells}):
            guarded, unprotected = formulas.count(self._cells)
            self._guarded += guarded
            self._open += unprotected
        text = "".join(self._cells).encode("utf-8")
        lengths = _least(map(len, self._cells))
        content = self._spill.put(text + lengths.tobytes())
        block = _Block(content, len(text), lengths.typecode, _least(self._widths), array("I", self._lines))
        self.bytes += len(text)
        self._blocks.append(block)
        self._starts.append(self._total)
        self._total += len(self._lines)
        self._cells, self._widths, self._lines, self._characters = [], [], [], 0


def _least(numbers: Iterable[int]) -> array[int]:
    """In as many bytes as the largest needs."""
    every = [*numbers]
    most = max(every)
    return array("B" if most < 1 << 8 else "H" if most < 1 << 16 else "I", every)
