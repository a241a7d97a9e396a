"""Which column of a table names the file, which the class and which the part, and why we think so."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from cases.tables import Record, Table
from models.errors import N_

PARTS = {
    "train": "train", "training": "train", "训练": "train", "训练集": "train",
    "val": "validation", "valid": "validation", "validation": "validation", "dev": "validation",
    "验证": "validation", "验证集": "validation",
    "test": "test", "testing": "test", "测试": "test", "测试集": "test",
}  # fmt: skip
_FILE = {
    "file", "file_name", "filename", "path", "file_path", "filepath", "image", "image_id", "image_name", "img",
    "picture", "photo", "文件", "文件名", "路径", "图片", "图像", "照片",
}  # fmt: skip
LABEL = {
    "label", "labels", "class", "class_name", "classname", "category", "target", "tag", "species", "breed",
    "标签", "类别", "分类", "种类", "类",
}  # fmt: skip
PART = {"split", "set", "subset", "part", "partition", "usage", "dataset", "划分", "数据集", "子集"}


@dataclass(frozen=True)
class Choice:
    """A column, its heading or number, and a sentence about why it was chosen (a message id with places)."""

    column: int
    name: str
    reason: str


@dataclass(frozen=True)
class Columns:
    records: list[Record]  # without the headings
    file: Choice
    label: Choice | None
    part: Choice | None
    named: int  # lines whose file is there


def find(table: Table, is_file: Callable[[str], bool]) -> Columns | None:
    """None where no column names a file that `is_file` knows."""
    known = [sum(is_file(record.cell(column)) for record in table.records) for column in range(table.width)]
    best = known.index(max(known))
    if not known[best]:
        return None
    first, *rest = table.records
    headed = bool(rest) and not is_file(first.cell(best)) and (_is_heading(first) or known[best] == len(rest))
    records = rest if headed else table.records
    headings = [first.cell(column) if headed else "" for column in range(table.width)]
    others = [column for column in range(table.width) if column != best]
    part = part_column(records, headings, others)
    label = _label(records, headings, [column for column in others if part is None or column != part.column])
    reason = N_("“{table}”: column “{column}” names the files; {n} of {total} lines name one that you brought.")
    return Columns(records, choose(best, headings, reason), label, part, known[best])


def _is_heading(record: Record) -> bool:
    return any(word(cell) in _FILE | LABEL | PART for cell in record.cells)


def part_column(records: list[Record], headings: list[str], columns: list[int]) -> Choice | None:
    for column in columns:
        values = {record.cell(column).lower() for record in records} - {""}
        if values and values <= PARTS.keys() and (word(headings[column]) in PART or len(columns) > 1):
            return choose(
                column,
                headings,
                N_("“{table}”: column “{column}” gives the part; it holds only names of parts."),
            )
    return None


def _label(records: list[Record], headings: list[str], columns: list[int]) -> Choice | None:
    for column in columns:
        if word(headings[column]) in LABEL:
            return choose(column, headings, N_("“{table}”: column “{column}” gives the class; its heading says so."))
    if len(columns) == 1:
        return choose(
            columns[0], headings, N_("“{table}”: column “{column}” gives the class; it is the only other column.")
        )
    kinds = {column: len({record.cell(column) for record in records} - {""}) for column in columns}
    repeating = {column: n for column, n in kinds.items() if n > 1 and 2 * n <= len(records)}
    if not repeating:
        return None
    return choose(
        min(repeating, key=repeating.get),
        headings,
        N_("“{table}”: column “{column}” gives the class; its entries repeat the most."),
    )


def choose(column: int, headings: list[str], reason: str) -> Choice:
    return Choice(column, headings[column] or str(column + 1), reason)


def word(text: str) -> str:
    return text.strip().lower().replace(" ", "_").replace("-", "_")


def explain(table: Table, *choices: Choice | None, **more: Any) -> list[dict[str, Any]]:
    """How the table was understood, as messages and their arguments, so that a wrong guess is seen."""
    told = [
        {"message": choice.reason, "args": {"table": table.name, "column": choice.name, **more}}
        for choice in choices
        if choice is not None
    ]
    return [table.note, *told]
