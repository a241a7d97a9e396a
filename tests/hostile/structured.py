"""Files that hypothesis makes up by the rules of their kind, so that they get past the first check of it."""

from __future__ import annotations

import csv
import datetime
import io
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

import cases
from cases.settings import knobs
from hostile.corpus import made_pictures, zipped
from hostile.forked import File

Rows = Sequence[Sequence[Any]]

ODD = [
    "", " ", "NaN", "NULL", "None", "inf", "-inf", "1e308", "-1e308", "1e999", "0", "-0.0", "1", "5", "3.5", "9" * 19,
    "9" * 25, "1,5", "0x1F", "١٢٣", "²", "true", "12:00", "2024-02-30", "2024-01-01", "2024-01-01T10:00:00+14:00",
    "9999-12-31 23:59:59", "0001-01-01", "31/12/1999", "1700000000", "1700000000000", "-1", "253402300800", "=1+1",
    'say "so"', 'a",b', "a\nb", "a\r\nb", "\0", "\ufeffa", "a\u200b", "\u202eabc", "é", "e\u0301", "好", "👍🏽",
    "\ufffd", "<b>", "../x", "a::b", "a|b", "a;b", "a\tb", "http://a.example/", "[1, 2]", "{}", "pos", "neg",
    "x" * 3000,
]  # fmt: skip
HEADINGS = ["text", "label", "user", "item", "rating", "timestamp", "title", "genres", "file", "transcript", "speaker",
            "part", "split", "id", "文本", "标签", "time", "count", "", "text"]  # fmt: skip
HARMLESS = st.characters(exclude_categories=["Cs"])
CELLS = st.one_of(st.sampled_from(ODD), st.text(HARMLESS, max_size=20), st.integers().map(str), st.floats().map(repr))
FEW = st.sampled_from(["a", "b", "u1", "u2", "u3", "i1", "i2", "i3", "i4", "i5", "1", "2"])


def lines_of(width: int) -> SearchStrategy[Rows]:
    """Lines of about that width, below headings that mean something or not."""
    line = st.lists(st.one_of(FEW, CELLS), min_size=max(1, width - 1), max_size=width + 1)
    headings = st.lists(st.one_of(st.sampled_from(HEADINGS), CELLS), min_size=width, max_size=width)
    return st.tuples(headings, st.lists(line, max_size=30)).map(lambda made: [made[0], *made[1]])


ROWS = st.integers(1, 5).flatmap(lines_of)


@st.composite
def interactions(draw: Callable[[SearchStrategy[Any]], Any]) -> Rows:
    """Enough users and items, and values and times among which some are odd."""
    values = st.one_of(st.sampled_from(["1", "2", "3", "4", "5"]), st.sampled_from(ODD), st.floats().map(repr))
    times = st.one_of(st.integers(0, 2 * 10**9).map(str), st.datetimes().map(str), st.sampled_from(ODD))
    people = [f"u{number}" for number in range(4)]
    rows = [[user, f"i{number}", draw(values), draw(times)] for user in people for number in range(6)]
    more = draw(st.lists(st.tuples(st.one_of(FEW, CELLS), st.one_of(FEW, CELLS), values, times).map(list), max_size=5))
    return [["user", "item", "rating", "timestamp"], *rows, *more]


@st.composite
def labelled(draw: Callable[[SearchStrategy[Any]], Any]) -> Rows:
    """Texts of a few classes, with texts and classes among them that are odd."""
    kinds = st.one_of(st.sampled_from(["pos", "neg"]), st.sampled_from(ODD))
    made = draw(st.lists(st.tuples(CELLS, kinds).map(list), min_size=4, max_size=30))
    return [["text", "label"], *made, *[[f"a good text {number}", "pos"] for number in range(5)]]


@st.composite
def separated(draw: Callable[[SearchStrategy[Any]], Any], rows: SearchStrategy[Rows]) -> File:
    buffer = io.StringIO(newline="")
    writer = csv.writer(
        buffer, delimiter=draw(st.sampled_from(",;\t|")), lineterminator=draw(st.sampled_from(["\n", "\r\n", "\r"])),
        quoting=draw(st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL])),
    )  # fmt: skip
    writer.writerows(draw(rows))
    encoding = draw(st.sampled_from(["utf-8", "utf-8", "utf-8-sig", "utf-16", "utf-32", "gb18030", "cp932", "cp1251"]))
    return draw(st.sampled_from(["t.csv", "t.tsv", "t.txt"])), buffer.getvalue().encode(encoding, "replace")


JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.sampled_from(ODD)),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(st.text(max_size=9), inner, max_size=4)),
    max_leaves=12,
)
OBJECTS = st.dictionaries(st.one_of(st.sampled_from(HEADINGS), st.text(max_size=9)), JSON, max_size=6)


@st.composite
def objects(draw: Callable[[SearchStrategy[Any]], Any]) -> File:
    """One a line, or a list of them."""
    made = draw(st.lists(st.one_of(OBJECTS, OBJECTS, JSON), max_size=20))
    if draw(st.booleans()):
        return "t.json", json.dumps(made, ensure_ascii=draw(st.booleans())).encode("utf-8", "surrogatepass")
    return "t.jsonl", "\n".join(map(json.dumps, made)).encode()


@st.composite
def workbooks(draw: Callable[[SearchStrategy[Any]], Any]) -> File:
    moments = st.datetimes(datetime.datetime(1900, 3, 1), datetime.datetime(9999, 12, 31))
    typed = st.one_of(st.integers(), st.floats(allow_nan=False), st.booleans(), st.none(), moments, st.timedeltas(),
                      st.times(), CELLS.map(lambda text: ILLEGAL_CHARACTERS_RE.sub("", text)))  # fmt: skip
    book = openpyxl.Workbook()
    sheet = book.active
    for row in draw(st.lists(st.lists(typed, max_size=5), max_size=12)):
        sheet.append(row)
    for at in draw(st.lists(st.tuples(st.integers(1, 2000), st.integers(1, 1500)), max_size=3)):
        sheet.cell(*at).value = draw(typed)
    buffer = io.BytesIO()
    book.save(buffer)
    return "t.xlsx", buffer.getvalue()


KINDS: Mapping[pa.DataType, SearchStrategy[Any]] = {
    pa.int8(): st.integers(-128, 127), pa.uint64(): st.integers(0, 2**64 - 1), pa.float64(): st.floats(),
    pa.float32(): st.floats(width=32), pa.bool_(): st.booleans(), pa.string(): CELLS, pa.large_string(): CELLS,
    pa.binary(): st.binary(max_size=9), pa.date32(): st.integers(-(2**31), 2**31 - 1),
    pa.timestamp("s"): st.integers(-(2**50), 2**50), pa.timestamp("ns", "Asia/Tokyo"): st.integers(-(2**62), 2**62),
    pa.time64("us"): st.integers(-(2**40), 2**40), pa.duration("us"): st.integers(-(2**62), 2**62),
    pa.decimal128(38, 9): st.decimals(-(10**20), 10**20, places=9), pa.null(): st.none(),
    pa.list_(pa.string()): st.lists(CELLS, max_size=3), pa.list_(pa.int64()): st.lists(st.integers(-9, 9), max_size=3),
    pa.struct([("a", pa.string()), ("b", pa.list_(pa.float64()))]): st.fixed_dictionaries(
        {"a": CELLS, "b": st.lists(st.floats(), max_size=2)}),
    pa.map_(pa.string(), pa.string()): st.lists(st.tuples(CELLS, CELLS), max_size=3),
    pa.dictionary(pa.int32(), pa.string()): CELLS,
}  # fmt: skip


@st.composite
def parquet(draw: Callable[[SearchStrategy[Any]], Any]) -> File:
    """Columns of any kind and name, which may be there twice."""
    length, columns = draw(st.integers(0, 12)), []
    for kind in draw(st.lists(st.sampled_from(list(KINDS)), min_size=1, max_size=5)):
        values = draw(st.lists(st.one_of(st.none(), KINDS[kind]), min_size=length, max_size=length))
        counted = pa.types.is_temporal(kind)
        columns.append(
            pa.array(values, pa.int64()).cast(_number(kind)).view(kind) if counted else pa.array(values, kind)
        )
    names = draw(st.lists(st.sampled_from(HEADINGS), min_size=len(columns), max_size=len(columns)))
    told = {b"huggingface": json.dumps(draw(JSON)).encode()} if draw(st.booleans()) else None
    buffer = io.BytesIO()
    table = pa.Table.from_arrays(columns, names=names).replace_schema_metadata(told)
    pq.write_table(table, buffer, store_schema=draw(st.booleans()), row_group_size=5)
    return "t.parquet", buffer.getvalue()


def _number(kind: pa.DataType) -> pa.DataType:
    return pa.int32() if kind.bit_width == 32 else pa.int64()


NAMES = st.one_of(
    st.sampled_from(["a/1.txt", "b/2.txt", "a/", "../x.txt", "/x.txt", "C:\\x.txt", "a\\b.txt", "A/1.TXT", "a/./1.txt",
                     "__MACOSX/a.txt", ".hidden.txt", "a//b.txt", "labels.csv", "con.txt", "x" * 300 + ".txt"]),
    st.text(HARMLESS, min_size=1, max_size=20).filter(lambda name: name[0] != "\0"),
)  # fmt: skip


GOOD = {f"{'ab'[number % 2]}/good{number}.txt": f"a good text {number}".encode() for number in range(12)}


def packed(contents: SearchStrategy[bytes], beside: Mapping[str, bytes] = {}) -> SearchStrategy[File]:
    """What is drawn, `beside` files that are true."""
    return st.dictionaries(NAMES, contents, max_size=6).map(lambda made: ("a.zip", zipped({**beside, **made})))


@st.composite
def tabled(draw: Callable[[SearchStrategy[Any]], Any]) -> File:
    """Pictures, and a table beside them that says of some what they are, more or less."""
    flat = {f"{number}.png": content for number, content in enumerate(made_pictures().values())}
    names = st.one_of(st.sampled_from([*flat, "x/0.png", "0", "0.PNG", "9.png"]), CELLS)
    rows = draw(
        st.lists(st.tuples(names, st.one_of(FEW, CELLS), st.sampled_from(["train", "test", "", "x"])), max_size=20)
    )
    more = [[name, "ab"[number % 2], ""] for number, name in enumerate(flat)] if draw(st.booleans()) else []
    name, content = draw(separated(st.just([["file", "label", "part"], *more, *rows])))
    return "p.zip", zipped({**flat, f"labels{name[1:]}": content})


@st.composite
def typed(draw: Callable[[SearchStrategy[Any]], Any], rows: SearchStrategy[Rows]) -> File:
    """Lines of texts in the kinds of file that have types, some as numbers where they are some."""
    headings, *lines = draw(rows)
    numbers, kind = draw(st.booleans()), draw(st.sampled_from(["t.jsonl", "t.xlsx", "t.parquet"]))
    columns = [[line[place] if place < len(line) else None for line in lines] for place in range(len(headings))]
    columns = [_numbers(column) if numbers else column for column in columns]
    buffer = io.BytesIO()
    if kind == "t.parquet":
        pq.write_table(pa.Table.from_arrays([pa.array(column) for column in columns], names=headings), buffer)
    elif kind == "t.xlsx":
        book = openpyxl.Workbook()
        for line in [headings, *zip(*columns, strict=True)]:
            book.active.append([ILLEGAL_CHARACTERS_RE.sub("", one) if isinstance(one, str) else one for one in line])
        book.save(buffer)
    else:
        found = [dict(zip(headings, line, strict=True)) for line in zip(*columns, strict=True)]
        buffer.write("\n".join(map(json.dumps, found)).encode())
    return kind, buffer.getvalue()


def _numbers(column: Sequence[str | None]) -> Sequence[Any]:
    try:
        return [None if cell is None else float(cell) for cell in column]
    except ValueError:
        return column


def _settings() -> SearchStrategy[Any]:
    named = sorted({name for case in cases.NAMES for name in knobs(cases.get(case).Settings)} | {"probes"})
    return st.dictionaries(st.one_of(st.sampled_from(named), st.text(max_size=9)), JSON, max_size=4)


RECORDS = st.fixed_dictionaries(
    {"settings": st.one_of(_settings(), JSON)},
    optional={"edits": st.one_of(st.dictionaries(st.integers().map(str), st.one_of(st.none(), st.text())), JSON),
              "columns": st.one_of(st.dictionaries(st.sampled_from(HEADINGS), st.text()), JSON),
              "later_columns": st.one_of(st.lists(st.dictionaries(st.text(), st.text())), JSON), "data": JSON},
).map(lambda told: ("run.json", json.dumps({"edits": {}, **told}).encode()))  # fmt: skip

FILES: Mapping[str, tuple[str, SearchStrategy[File]]] = {  # what is made up → the reader that it is given to
    "separated": ("table", separated(ROWS)), "objects": ("table", objects()), "workbooks": ("table", workbooks()),
    "parquet": ("table", parquet()), "archives": ("archive", packed(st.binary(max_size=99))),
    "records": ("record", RECORDS),
    "texts": ("text_analysis", separated(st.one_of(labelled(), ROWS))), "text objects": ("text_analysis", objects()),
    "text parquet": ("text_analysis", parquet()), 
    "text archives": ("text_analysis", packed(st.one_of(st.binary(max_size=99), CELLS.map(str.encode)), GOOD)),
    "labelled pictures": ("image_recognition", tabled()),
    "interactions": ("recommendation", separated(st.one_of(interactions(), ROWS))),
    "typed texts": ("text_analysis", typed(labelled())),
    "typed interactions": ("recommendation", typed(interactions())),
    "item parquet": ("recommendation", parquet()), "item objects": ("recommendation", objects()),
}  # fmt: skip
