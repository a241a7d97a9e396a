"""Which column of a table holds the texts, which the classes and which the parts, and why we think so."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cases.ingest.tables import columns
from cases.ingest.tables.columns import Choice
from cases.ingest.tables.entry_stats import EntryStats, is_number, looks_of, words_of
from cases.ingest.tables.headings import LABEL as OF_CLASSES
from cases.ingest.tables.headings import PART, word
from cases.ingest.tables.records import Records
from cases.ingest.tables.table import Table
from models.errors import N_

TEXT = {
    "text", "texts", "sentence", "content", "review", "reviews", "review_text", "review_body", "comment", "comments",
    "message", "body", "question", "query", "utterance", "tweet", "post", "headline", "title", "news", "document",
    "article", "description", "abstract", "sms", "文本", "内容", "正文", "句子", "评论", "评论内容", "评价", "留言",
    "标题", "新闻", "问题", "短信", "描述", "摘要", "弹幕",
}  # fmt: skip
ALONE = TEXT | {  # what the only column of a table is called besides
    "feedback", "opinion", "opinions", "answer", "answers", "response", "responses", "note", "notes", "remark",
    "remarks", "summary", "sentences", "questions", "queries", "messages", "tweets", "posts", "titles", "headlines",
    "documents", "descriptions", "反馈", "意见", "建议", "回答", "答案", "原文", "语料", "语句", "备注", "观点", "话术",
}  # fmt: skip
LABEL = OF_CLASSES | {
    "sentiment", "polarity", "emotion", "intent", "topic", "label_text", "label_name", "star", "stars", "rating",
    "score", "y", "情感", "情绪", "意图", "主题", "话题", "极性", "评分", "星级", "领域", "分类标签",
}  # fmt: skip
_MOST_HEADING = 40  # characters
_MOST_NAME = 6  # words of a heading; a Chinese character is one
_STOPS = "。！？….!?;；,，"
_SURELY_TEXT = 8  # words of an entry, on average; then it is text although half of the entries are there twice


@dataclass(frozen=True)
class Columns:
    """`text` and `label` are None where there is none."""

    records: Records  # without the headings
    headings: list[str]  # one for each column, "" where there are none
    text: Choice | None
    label: Choice | None
    part: Choice | None


def find(table: Table, asked: Mapping[str, str], *, labelled: bool = True, one_of_several: bool = False) -> Columns:
    """`asked`: text, label or part → the heading, or the number from 1, of a column that a person chose for it; "" for
    the part: none.

    Where nothing is `labelled`, the only column of a table holds the texts whatever they look like. Of `one_of_several`
    tables, a column that a person chose may be another's; see `cases.ingest.tables.columns.require`.

    Raises:
        InputError: there is no such column.
    """
    asked = columns.chosen(asked)
    headed = bool(table.headings) or _is_headed(table)
    records = table.records if table.headings or not headed else table.records[1:]
    headings = _headings(table, headed)
    here = columns.of_table(asked, headings) if one_of_several else asked
    chosen = {role: _asked(table, headings, role, name) for role, name in here.items() if name}
    looks = looks_of(records, len(headings))
    free = [look for look in looks if look.number not in {choice.column for choice in chosen.values()}]
    parted = [] if asked.get("part") == "" else [look.number for look in free]
    part = chosen.get("part") or columns.part_column(records, headings, parted)
    free = [look for look in free if part is None or look.number != part.column]
    text = chosen.get("text") or _text(headings, free) or (None if labelled else _only(headings, free))
    free = [look for look in free if text is None or look.number != text.column]
    label = chosen.get("label") or (_label(headings, free) if text else None)
    return Columns(records, headings, text, label, part)


def _headings(table: Table, headed: bool) -> list[str]:
    """One for each column, "" where there are none; a few lines that are longer do not make more columns."""
    if not headed:
        widths = Counter(len(record.cells) for record in table.records)
        return [""] * widths.most_common(1)[0][0]
    if table.headings:
        return [heading.strip() for heading in table.headings]
    first = [heading.strip() for heading in table.records[0].cells]
    while not first[-1]:
        first.pop()  # spreadsheets save empty columns too
    return first


def _is_headed(table: Table) -> bool:
    """By a name that is known, or since the first line is short and its entries appear in no column that repeats; where
    there is one column only, since it is called as a column is and not as the texts below it are written."""
    first, rest = table.records[0], table.records[1:]
    named = [column for column, cell in enumerate(first.cells) if word(cell) in TEXT | LABEL | PART]
    if any(first.cell(column) not in rest.column(column) for column in named):
        return True
    repeating = [look.number for look in looks_of(rest, table.width) if look.repeats]
    known = {column: {*rest.column(column)} for column in repeating}
    short = all(0 < len(cell.strip()) <= _MOST_HEADING and not is_number(cell) for cell in first.cells)
    if short and bool(repeating) and all(first.cell(column) not in known[column] for column in repeating):
        return True
    return table.width == 1 and bool(rest) and _is_heading(first.cell(0), [*rest.column(0)])


def _is_heading(first: str, texts: Sequence[str]) -> bool:
    """Of a table of one column: a name that is known or made of one, or a name in the manner of programs, or a few
    words without a stop that are much shorter than the texts. What comes again is a text itself."""
    if not 0 < len(first) <= _MOST_HEADING or is_number(first) or first in texts or first[-1] in _STOPS:
        return False
    if re.fullmatch(r"[A-Za-z]+[_.][\w.]+|[a-z]+[A-Z]\w*", first):  # review_text, reviewText
        return True
    size, sizes = words_of(first), sorted(map(words_of, texts))
    known = any(name in first.lower().split() or (name in first and not name.isascii()) for name in ALONE)
    if known and size <= _MOST_NAME and 2 * size <= sizes[len(sizes) // 2]:
        return True
    return size <= _MOST_NAME and 3 * size < sizes[len(sizes) // 10]


def _text(headings: list[str], looks: Sequence[EntryStats]) -> Choice | None:
    usable = [look for look in looks if look.filled and not look.numeric]
    named = [look for look in usable if word(headings[look.number]) in TEXT]
    if named:
        best = max(named, key=lambda look: look.words)
        return _choice(best, headings, N_("“{table}”: column “{column}” detected as text from its name."))
    usable = [look for look in usable if word(headings[look.number]) not in LABEL and not look.repeats] or [
        look for look in usable if look.words > _SURELY_TEXT
    ]
    if not usable:
        return None
    best = max(usable, key=lambda look: look.words * look.kinds)
    reason = N_("“{table}”: column “{column}” detected as text: its values are the longest and most varied.")
    return _choice(best, headings, reason)


def _only(headings: list[str], looks: Sequence[EntryStats]) -> Choice | None:
    if len(looks) != 1:
        return None
    return _choice(looks[0], headings, N_("“{table}”: column “{column}” detected as text: it is the only column."))


def _label(headings: list[str], looks: Sequence[EntryStats]) -> Choice | None:
    looks = [look for look in looks if look.filled]
    named = [look for look in looks if word(headings[look.number]) in LABEL]
    if named:
        best = min(named, key=lambda look: (not look.repeats, look.numeric))  # names rather than their numbers
        return _choice(best, headings, N_("“{table}”: column “{column}” detected as class from its name."))
    if len(looks) == 1:
        reason = N_("“{table}”: column “{column}” detected as class: it is the only other column.")
        return _choice(looks[0], headings, reason)
    repeating = [look for look in looks if look.repeats]
    if not repeating:
        return None
    best = min(repeating, key=lambda look: look.kinds)
    return _choice(best, headings, N_("“{table}”: column “{column}” detected as class: its values repeat the most."))


def _choice(look: EntryStats, headings: list[str], reason: str) -> Choice:
    return columns.choose(look.number, headings, reason)


_CHOSEN = N_("“{table}”: column “{column}” is the text, as you chose.")


def _asked(table: Table, headings: list[str], role: str, name: str) -> Choice:
    return columns.by_person(table, headings, role, name, _CHOSEN if role == "text" else "")
