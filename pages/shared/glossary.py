"""The glossary and the chapters of the book as their authors wrote them in `lessons/`; see docs/glossary.md."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import cases
from cases.base import Case
from cases.settings import knobs
from models.errors import N_
from pages.shared import address, i18n
from pages.shared.i18n import _
from runs.language import LANGUAGES

LESSONS = Path(__file__).parent.parent.parent / "lessons"
STEPS = ("data", "check", "model", "train", "evaluate", "try", "export")  # as the files name the seven, in their order
GROUPS = {"data": N_("Data"), "network": N_("Network"), "training": N_("Training"), "evaluation": N_("Evaluation"),
          "export": N_("Export & share")}  # fmt: skip
_NAME = re.compile(r"(<msub>)?<m[io]>(\w{2,})</m[io]>(<mo)?")  # of a function, as log
_SIGNS = {  # which `latex2mathml` takes for names → as a browser has to get them
    f"<mi>{name}</mi>": f"<mo>{sign}</mo>"
    for name, sign in {
        "&#x0007E;": "∼",
        "&#x000B1;": "±",
        ";": ";",
        "&#x029F5;": "∖",
        "&#x02308;": "⌈",
        "&#x02309;": "⌉",
    }.items()
}


@dataclass(frozen=True)
class Words:
    """A term in one language; `also` is what else it is called, separated by commas."""

    name: str
    text: str
    also: str = ""


@dataclass(frozen=True)
class Chapter:
    """A chapter of the book, or with `section` in its number and title one of its sections."""

    number: str  # "" of the appendix
    titles: Mapping[str, str]


@dataclass(frozen=True)
class Term:
    """A term of the glossary.

    Attributes:
        group: the file it stands in: one of `GROUPS`, or the case it belongs to.
        chapter, section: ids in book.toml; no section where the author named none.
        formula: LaTeX; "" for none.
        figure: a name in `pages.components.term_figure`; "" for none.
        steps: those of `STEPS` whose line names it.
        tasks: the task types it belongs to; empty for all.
        view: of the evaluation where it is seen; "" for the first.
    """

    id: str
    group: str
    words: Mapping[str, Words]
    chapter: str
    section: str = ""
    formula: str = ""
    figure: str = ""
    steps: tuple[str, ...] = ()
    tasks: tuple[str, ...] = ()
    view: str = ""
    related: tuple[str, ...] = ()

    @property
    def said(self) -> Words:
        """The term in the reader's language."""
        return self.words[i18n.current()]

    def belongs_to(self, case: str, task_type: str) -> bool:
        """Whether it means something in this case and to this type of task."""
        return self.group in (*GROUPS, case) and (not self.tasks or task_type in self.tasks)


@cache
def terms() -> Mapping[str, Term]:
    """Id → term, group by group in the order of the files' lines."""
    files = [(group, LESSONS / "glossary" / f"{group}.toml") for group in (*GROUPS, *cases.NAMES)]
    there = [(group, tomllib.loads(path.read_text("utf-8"))) for group, path in files if path.exists()]
    return {name: _term(name, group, said) for group, entries in there for name, said in entries.items()}


def _term(name: str, group: str, said: Mapping[str, Any]) -> Term:
    told = {key: tuple(value) if isinstance(value, list) else value for key, value in said.items()}
    words = {language: Words(**told.pop(language)) for language in LANGUAGES}
    return Term(id=name, group=group, words=words, **told)


@cache
def book() -> Mapping[str, Chapter]:
    """Id → chapter, and chapter/section → section, in the order of the book."""
    found = {}
    for name, said in tomllib.loads((LESSONS / "book.toml").read_text("utf-8")).items():
        found[name] = _chapter(said)
        found |= {f"{name}/{section}": _chapter(inner) for section, inner in said.get("sections", {}).items()}
    return found


def _chapter(said: Mapping[str, Any]) -> Chapter:
    return Chapter(said["number"], {language: said[language] for language in LANGUAGES})


def place_in_book(term: Term) -> str:
    """Chapter and, where its author named one, section, in the reader's language."""
    names = [term.chapter, *([f"{term.chapter}/{term.section}"] if term.section else [])]
    found = [(book()[name].number, book()[name].titles[i18n.current()]) for name in names]
    _first, *inner = found
    return " · ".join([chapter_title(book()[term.chapter]), *(f"{n} {title}" for n, title in inner)])


def chapter_title(chapter: Chapter) -> str:
    """With its number, where it has one, in the reader's language."""
    title = chapter.titles[i18n.current()]
    return _("Chapter {n}: {title}", n=chapter.number, title=title) if chapter.number else title


def groups() -> dict[str, str]:
    """Group → its title, in the reader's language."""
    there = {term.group for term in terms().values()}
    named = {**GROUPS, **{name: cases.get(name).title for name in cases.NAMES}}
    return {group: _(title) for group, title in named.items() if group in there}


def of_step(number: int, case: str, task_type: str) -> list[Term]:
    """The terms that the line of a step, from 1 on, names."""
    step = STEPS[number - 1]
    return [term for term in terms().values() if step in term.steps and term.belongs_to(case, task_type)]


def in_fields(case: Case, name: str) -> set[int]:
    """The steps, from 1 on, in which a field of the case is what this term means."""
    found = [knob.group for _field, knob in knobs(case.Settings).values() if name in knob.terms]
    return {STEPS.index("check" if group in ("data", "task") else "model") + 1 for group in found}


def linked(names: Sequence[str]) -> str:
    """Markdown with a link for each of these terms; "" for none."""
    return " · ".join(f"[{terms()[name].said.name}]({link(name)})" for name in names)


def formula(name: str) -> str:
    """The formula of a term as MathML, which browsers draw without a library; "" for none."""
    written = terms()[name].formula
    return _drawn(written) if written else ""


@cache
def _drawn(written: str) -> str:
    from latex2mathml.converter import convert

    made = _NAME.sub(_upright, convert(written, display="block"))
    return re.sub("|".join(_SIGNS), lambda found: _SIGNS[found[0]], made)


def _upright(name: re.Match[str]) -> str:
    """Apart from a variable behind it."""
    before, said, after = name[1] or "", name[2], name[3] or ""
    space = "" if before or after else '<mspace width="0.167em" />'
    return f'{before}<mi mathvariant="normal">{said}</mi>{space}{after}'


def link(name: str) -> str:
    """The address of a term."""
    return address.of_route(f"/glossary?term={name}")


def searched(term: Term) -> str:
    """What a search looks through: names and sentences in every language, in lower case."""
    said: Iterable[Words] = term.words.values()
    return " ".join(f"{one.name} {one.also} {one.text}" for one in said).lower()
