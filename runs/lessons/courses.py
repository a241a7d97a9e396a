"""Courses: what a teacher puts together of lessons, with a text of their own; `lessons/courses/*.md`, see
docs/lessons.md."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import cases
from runs.language import LANGUAGES
from runs.lessons import files
from runs.lessons.files import FOLDER, LessonError

PARTS = ("idea", "numbers", "explanation", "question")  # of a lesson, which a course may hide
_FRONT = re.compile(r"\A\+\+\+\n(.*?)\n\+\+\+\n(.*)\Z", re.DOTALL)
_LANGUAGE = re.compile(r"^# (\w\w)$", re.MULTILINE)


@dataclass(frozen=True)
class Course:
    """Lessons in a teacher's order.

    Attributes:
        title, text: by language; a teacher may write in one alone.
        lessons: their ids.
        case: the case whose sample all lessons are tried on; "" where the reader chooses.
        hide: those of `PARTS` that nobody sees.
    """

    id: str
    title: Mapping[str, str]
    text: Mapping[str, str]
    lessons: tuple[str, ...]
    case: str = ""
    hide: tuple[str, ...] = ()

    def shows(self, part: str) -> bool:
        return part not in self.hide

    def after(self, lesson: str) -> str | None:
        """The id of the next lesson; None after the last."""
        place = self.lessons.index(lesson) + 1
        return self.lessons[place] if place < len(self.lessons) else None


def said(words: Mapping[str, str], language: str) -> str:
    """In the reader's language, or in the one that it was written in."""
    return words.get(language) or next(iter(words.values()), "")


@cache
def courses() -> Mapping[str, Course]:
    """Id → course."""
    found = map(read, sorted((FOLDER / "courses").glob("*.md")))
    return {course.id: course for course in found}


def read(path: Path) -> Course:
    """
    Raises:
        LessonError: something is missing, or names what is not there.
    """
    parts = _FRONT.match(path.read_text("utf-8"))
    try:
        front = tomllib.loads(parts[1]) if parts else {}
        pieces = _LANGUAGE.split(parts[2])[1:] if parts else []
        text = dict(zip(pieces[::2], map(str.strip, pieces[1::2]), strict=True))
        told: dict[str, Any] = {key: tuple(one) if isinstance(one, list) else one for key, one in front.items()}
        course = Course(text=text, **told)
    except (TypeError, ValueError) as error:
        raise LessonError(f"{path.name}: {error}") from error
    checks = {
        "the id has to be the name of the file": course.id == path.stem,
        f"languages are {', '.join(LANGUAGES)}": bool(course.title) and {*course.title, *text} <= set(LANGUAGES),
        "there is no such lesson": bool(course.lessons) and {*course.lessons} <= files.lessons().keys(),
        f"what can be hidden is {', '.join(PARTS)}": {*course.hide} <= set(PARTS),
        f"cases are {', '.join(cases.NAMES)}": course.case in ("", *cases.NAMES),
    }
    if wrong := [told for told, holds in checks.items() if not holds]:
        raise LessonError(f"{path.name}: {'; '.join(wrong)}.")
    return course
