"""A report as one HTML file: no script, no address but its own data, and a policy that allows nothing else."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Mapping
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from runs.exports.report import blocks, charts
from runs.exports.report.markup import escape, prose, short

LONGEST = 1200  # characters of a text that are printed; the rest is counted


def html(report: blocks.Report) -> str:
    """The whole file.

    `Report.words` has omitted, with a place {n:,}; and inserted, deleted: what is said of words on pointing at them.
    """
    style = _style()
    policy = (
        f"default-src 'none'; style-src 'sha256-{b64encode(sha256(style.encode()).digest()).decode()}'; "
        "img-src data:; media-src data:; base-uri 'none'; form-action 'none'"
    )
    contents = "".join(f'<li><a href="#s{n}"><bdi>{escape(one.title)}</bdi></a></li>'
                       for n, one in enumerate(report.sections, 1))  # fmt: skip
    sections = "".join(_section(n, one, report.words) for n, one in enumerate(report.sections, 1))
    return (
        f'<!doctype html>\n<html lang="{escape(report.language)}">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{escape(policy)}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="referrer" content="no-referrer">\n<meta name="color-scheme" content="light">\n'
        f"<title>{escape(short(report.title))}</title>\n<style>{style}</style>\n</head>\n<body>\n<main>\n"
        f'<header><p class="kind">{escape(report.kind)}</p><h1><bdi>{escape(short(report.title))}</bdi></h1>'
        f'<p class="facts"><bdi>{escape(report.facts)}</bdi></p>{_purpose(report.purpose)}</header>\n'
        f"<nav><ol>{contents}</ol></nav>\n{sections}"
        f"<footer><p>{escape(report.made)}</p></footer>\n</main>\n</body>\n</html>\n"
    )


def _purpose(text: str) -> str:
    return f'<p class="purpose"><bdi>{escape(text)}</bdi></p>' if text else ""


def _section(number: int, section: blocks.Section, words: Mapping[str, str]) -> str:
    title = f"<h2><bdi>{escape(section.title)}</bdi></h2>"
    groups, whole = [[title]], False  # a title with all that follows it up to its first figure, and the note below that
    for block in section.blocks:
        heading = isinstance(block, blocks.Heading)
        note = isinstance(block, blocks.Prose) and block.quiet
        if (whole and not note) or (heading and len(groups[-1]) > 1):
            groups.append([])
        groups[-1].append(_DRAWN[type(block)](block, words))
        whole = not heading and (whole or not isinstance(block, blocks.Prose))
    inside = "".join(f'<div class="titled">{"".join(group)}</div>' if len(group) > 1 else group[0] for group in groups)
    return f'<section id="s{number}">{inside}</section>\n'


def _prose(block: blocks.Prose, _words: Mapping[str, str]) -> str:
    return f"<p{' class=quiet' if block.quiet else ''}>{prose(block.text)}</p>" if block.text else ""


def _heading(block: blocks.Heading, _words: Mapping[str, str]) -> str:
    return f"<h3><bdi>{escape(block.text)}</bdi></h3>"


def _table(block: blocks.Table, _words: Mapping[str, str]) -> str:
    def kind(place: int) -> str:
        return ' class="number"' if place in block.numbers else ""

    head = "".join(f'<th scope="col"{kind(n)}>{escape(name)}</th>' for n, name in enumerate(block.headings))
    rows = "".join(
        "<tr>" + "".join(f"<td{kind(n)}><bdi>{escape(short(cell))}</bdi></td>" for n, cell in enumerate(row)) + "</tr>"
        for row in block.rows
    )
    return f'<div class="scroll"><table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>'


def _facts(block: blocks.Facts, _words: Mapping[str, str]) -> str:
    rows = "".join(f"<div><dt>{escape(name)}</dt><dd><bdi>{escape(short(value))}</bdi></dd></div>"
                   for name, value in block.rows)  # fmt: skip
    return f"<dl>{rows}</dl>"


def _examples(block: blocks.Examples, words: Mapping[str, str]) -> str:
    wide = any(one.text or one.pairs or one.lists or one.sound for one in block.items)
    cards = "".join(_example(one, words) for one in block.items)
    return f'<ul class="examples{" wide" if wide else ""}">{cards}</ul>'


def _example(one: blocks.Example, words: Mapping[str, str]) -> str:
    parts = []
    if one.picture:
        parts.append(f'<img src="{escape(one.picture)}" alt="{escape(short(one.title))}">')
    if one.sound:
        parts.append(f'<audio controls preload="none" src="{escape(one.sound)}"></audio>')
    parts.append(f'<p class="title"><bdi>{escape(short(one.title))}</bdi></p>')
    if one.text:
        parts.append(f'<p class="text"><bdi>{escape(_bounded(one.text, words))}</bdi></p>')
    if one.pairs:
        written = " ".join(_pair(said, heard, words) for said, heard in one.pairs)
        parts.append(f'<p class="text"><bdi>{written}</bdi></p>')
    for name, titles in one.lists:
        items = "".join(f"<li><bdi>{escape(short(title))}</bdi></li>" for title in titles)
        parts.append(f'<p class="list">{escape(name)}</p><ol>{items}</ol>')
    if one.note:
        parts.append(f'<p class="note"><bdi>{escape(short(one.note))}</bdi></p>')
    return f"<li>{''.join(parts)}</li>"


def _pair(said: str | None, heard: str | None, words: Mapping[str, str]) -> str:
    if said == heard:
        return escape(said or "")
    gone = f'<del title="{escape(words.get("deleted", ""))}">{escape(said)}</del>' if said else ""
    new = f'<ins title="{escape(words.get("inserted", ""))}">{escape(heard)}</ins>' if heard else ""
    return f"{gone} {new}".strip()


def _bounded(text: str, words: Mapping[str, str]) -> str:
    if len(text) <= LONGEST:
        return text
    return f"{text[:LONGEST]} … {words.get('omitted', '').format(n=len(text) - LONGEST)}"


@lru_cache(maxsize=1)
def _style() -> str:
    return Path(__file__).with_name("style.css").read_text("utf-8")


_DRAWN: Mapping[type, Callable[[Any, Mapping[str, str]], str]] = {
    blocks.Prose: _prose,
    blocks.Heading: _heading,
    blocks.Headline: lambda block, _words: charts.headline(block),
    blocks.Bars: lambda block, _words: charts.bars(block),
    blocks.Curves: lambda block, _words: charts.curves(block),
    blocks.Matrix: lambda block, _words: charts.matrix(block),
    blocks.Table: _table,
    blocks.Facts: _facts,
    blocks.Examples: _examples,
}
