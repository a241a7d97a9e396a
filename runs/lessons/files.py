"""The lessons as their authors wrote them: `lessons/*.md`, each with TOML between two lines of `+++`; see
docs/lessons.md."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import cache
from pathlib import Path
from typing import Any

from cases import task_types
from models.lessons.effect import Expected
from models.lessons.kind import ArmModel, LessonKind
from runs.language import LANGUAGES

FOLDER = Path(__file__).parent.parent.parent / "lessons"
PROSE = ("idea", "came", "otherwise")  # what the text of a lesson tells, in this order
KINDS = {one.name: one.lessons for one in task_types.ALL if one.lessons}  # task type → its kind of lesson
_FRONT = re.compile(r"\A\+\+\+\n(.*?)\n\+\+\+\n(.*)\Z", re.DOTALL)
_PART = re.compile(r"^# (\w+) · (\w+)\n", re.MULTILINE)

Words = Mapping[str, str]  # language → text


class LessonError(ValueError):
    """A file does not say what a lesson says; for its author, with the name of the file."""


@dataclass(frozen=True)
class Arm:
    """One training of a lesson: by which settings, on which data, of what; both by its `LessonKind`.

    Where the figure of the lesson goes along more than epochs, it is a point of the line `line`, at `at`.
    """

    id: str
    name: Words
    settings: Mapping[str, Any]
    data: Any
    model: ArmModel
    line: str = ""
    at: float = 0.0


@dataclass(frozen=True)
class Choice:
    """Something a reader may predict. `expected`: it is what the lesson expects; `otherwise`: it is right where the
    expected effect does not come."""

    id: str
    text: Words
    expected: bool = False
    otherwise: bool = False


@dataclass(frozen=True)
class Answer:
    """One answer to the question at the end, with what there is to say of it."""

    id: str
    text: Words
    because: Words
    right: bool = False


@dataclass(frozen=True)
class Lesson:
    """A lesson: predict, run, see, one question.

    Attributes:
        order: by which lessons of a chapter follow one another.
        chapter: in lessons/book.toml; `terms`: in the glossary.
        cases: those it suits, empty for all; `tasks`: the same of task types.
        curve: of its kind, which the figure shows; "" where no arm has epochs: then the figure has the measures.
        beside: another curve of the same unit, dotted in the figure; "" for none.
        more: measures that the table tells besides those that something is expected of.
        summary: what is seen in it, in a sentence that does not give the answer away.
        predict, question: what is asked before and after.
        prose: language → name in `PROSE` → Markdown.
        sample: the case whose sample is offered first, and on which a test shows that the effect comes.
        repetitions: trainings of each arm, with other seeds.
        minutes: that it takes on two cores, where it is longer than others; 0 for at most one.
        along: what the figure goes along in place of epochs: its arms are then points of lines; empty for epochs.
        lines: the id of each line → its name.
    """

    id: str
    order: int
    chapter: str
    terms: tuple[str, ...]
    title: Words
    summary: Words
    predict: Words
    question: Words
    arms: tuple[Arm, ...]
    effects: tuple[Expected, ...]
    choices: tuple[Choice, ...]
    answers: tuple[Answer, ...]
    prose: Mapping[str, Words]
    curve: str = ""
    beside: str = ""
    more: tuple[str, ...] = ()
    cases: tuple[str, ...] = ()
    tasks: tuple[str, ...] = ("classification",)
    sample: str = "image_recognition"
    repetitions: int = 3
    minutes: int = 0
    along: Words = field(default_factory=dict)
    lines: Mapping[str, Words] = field(default_factory=dict)

    @property
    def kind(self) -> LessonKind:
        return KINDS[self.tasks[0]]

    @property
    def measures(self) -> tuple[str, ...]:
        """What is told of every arm: the first of its kind, what it expects something of, and what there is `more`."""
        return tuple(dict.fromkeys([self.kind.measures[0], *(one.measure for one in self.effects), *self.more]))

    def arm(self, identity: str) -> Arm:
        return next(arm for arm in self.arms if arm.id == identity)

    def suits(self, case: str, task_type: str) -> bool:
        return task_type in self.tasks and (not self.cases or case in self.cases)

    def choice(self, identity: str) -> Choice | None:
        """None where its author has taken it away since."""
        return next((one for one in self.choices if one.id == identity), None)

    def answer(self, identity: str | None) -> Answer | None:
        """The same of an answer."""
        return next((one for one in self.answers if one.id == identity), None)

    def right(self, *, came: bool) -> tuple[str, ...]:
        """The ids of the choices that were right, as it turned out."""
        return tuple(one.id for one in self.choices if (one.expected if came else one.otherwise))


def of_term(term: str) -> list[Lesson]:
    """The lessons that show a term of the glossary."""
    return [lesson for lesson in lessons().values() if term in lesson.terms]


@cache
def lessons() -> Mapping[str, Lesson]:
    """Id → lesson, in their order."""
    found = sorted(map(read, sorted(FOLDER.glob("*.md"))), key=lambda lesson: (lesson.order, lesson.id))
    return {lesson.id: lesson for lesson in found}


def read(path: Path) -> Lesson:
    """
    Raises:
        LessonError: something is missing, or stands there that means nothing.
    """
    try:
        return _lesson(path)
    except (KeyError, TypeError, ValueError) as error:  # also what TOML cannot be
        raise LessonError(f"{path.name}: {_told(error)}") from error


def _told(error: Exception) -> str:
    return f"{error} is missing." if isinstance(error, KeyError) else str(error)


def _lesson(path: Path) -> Lesson:
    parts = _FRONT.match(path.read_text("utf-8"))
    if parts is None:
        raise ValueError("it has to begin with TOML between two lines of +++.")
    front = tomllib.loads(parts[1])
    kind = _kind(front.get("tasks", ["classification"]))
    common, data = front.pop("settings", {}), front.pop("data", {})
    model = {one.name: front.pop(one.name) for one in fields(kind.model) if one.name in front}
    lines, points = front.pop("lines", []), front.pop("points", [])
    named = {one["id"]: _words(one["name"]) for one in lines}
    along = _words(front.pop("along")) if points else {}
    given = front.pop("arms", []) + [_crossed(line, point) for point in points for line in reversed(lines)]
    arms = tuple(_arm(told, kind, {**kind.plain, **common}, data, model) for told in given)
    words = {name: _words(front.pop(name)) for name in ("title", "summary", "predict", "question")}
    plain: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in front.items()
                             if name not in ("effects", "choices", "answers")}  # fmt: skip
    lesson = Lesson(
        arms=arms,
        effects=tuple(_expected(told) for told in front.pop("effects")),
        choices=tuple(Choice(text=_words(told.pop("text")), **told) for told in front.pop("choices")),
        answers=tuple(Answer(text=_words(told.pop("text")), because=_words(told.pop("because")), **told)
                      for told in front.pop("answers")),
        prose=_prose(parts[2]), lines=named, along=along,
        title=words["title"], summary=words["summary"], predict=words["predict"], question=words["question"], **plain,
    )  # fmt: skip
    _require_sense(lesson, path.stem)
    return lesson


def _crossed(line: Mapping[str, Any], point: Mapping[str, Any]) -> dict[str, Any]:
    """The arm of a line at a point: what both say, and of the same the line's."""
    name = {language: text.replace("{line}", line["name"][language]) for language, text in point["name"].items()}
    both = {key: {**point.get(key, {}), **line.get(key, {})} for key in ("settings", "data")}
    return {**point, **line, **both, "id": f"{line['id']}-{point['at']}", "name": name, "line": line["id"]}


def _kind(tasks: Sequence[str]) -> LessonKind:
    """That of all these task types."""
    found = {KINDS.get(one) for one in tasks}
    if len(found) != 1 or None in found:
        raise ValueError(f"tasks are {', '.join(KINDS)}, and those of a lesson are of one kind.")
    return KINDS[tasks[0]]


def _arm(told: dict[str, Any], kind: LessonKind, common: Mapping[str, Any], data: Mapping[str, Any],
         model: Mapping[str, Any]) -> Arm:  # fmt: skip
    settings, own = {**common, **told.pop("settings", {})}, {**data, **told.pop("data", {})}
    place = {key: told.pop(key) for key in ("line", "at") if key in told}
    return Arm(told.pop("id"), _words(told.pop("name")), settings, kind.data.of(own), kind.model(**{**model, **told}),
               **place)  # fmt: skip


def _expected(told: dict[str, Any]) -> Expected:
    arms: Sequence[str] = told.pop("same", None) or told.pop("below")
    return Expected(arms=tuple(arms), **told)


def _words(told: Mapping[str, str]) -> Words:
    if set(told) != set(LANGUAGES) or not all(told.values()):
        raise ValueError(f"{dict(told)} has to be there in every language: {', '.join(LANGUAGES)}.")
    return dict(told)


def _prose(body: str) -> Mapping[str, Words]:
    pieces = _PART.split(body)[1:]
    found: dict[str, dict[str, str]] = {language: {} for language in LANGUAGES}
    for language, name, text in zip(pieces[::3], pieces[1::3], pieces[2::3], strict=True):
        if language not in found or name not in PROSE:
            raise ValueError(f"“# {language} · {name}” means nothing; parts are {', '.join(PROSE)}.")
        found[language][name] = text.strip()
    for language, name in ((language, name) for language in LANGUAGES for name in PROSE):
        if not found[language].get(name):
            raise ValueError(f"“# {language} · {name}” is missing.")
    return found


def _require_sense(lesson: Lesson, stem: str) -> None:
    """Everything that is named is there."""
    known, kind = {arm.id for arm in lesson.arms}, lesson.kind
    trains = any([arm.model.epochs(arm.settings) for arm in lesson.arms])  # all of them, for each may refuse
    named = {arm for effect in lesson.effects for arm in (*effect.arms, *filter(None, [effect.above]))}
    checks = {
        "the id has to be the name of the file": lesson.id == stem,
        f"effects name arms: {', '.join(known)}": named <= known and bool(lesson.effects),
        f"measures are {', '.join(kind.measures)}": {*lesson.measures} <= {*kind.measures},
        "an effect has `above` with `by` or `times`, or `same` with `within`": all(
            bool(one.by or one.times) if one.above else one.within > 0 for one in lesson.effects
        ),
        f"the curve is one of {', '.join(kind.curves)}": lesson.curve in kind.curves or not (lesson.curve or trains),
        f"beside is one of {', '.join(kind.curves)}": lesson.beside in ("", *kind.curves),
        "one choice is expected, and at least one is right otherwise": (
            sum(one.expected for one in lesson.choices) == 1 and any(one.otherwise for one in lesson.choices)
        ),
        "one answer is right": sum(one.right for one in lesson.answers) == 1,
        "arms, choices and answers have ids of their own": all(
            len({one.id for one in some}) == len(some) for some in (lesson.arms, lesson.choices, lesson.answers)
        ),
    }
    if wrong := [told for told, holds in checks.items() if not holds]:
        raise ValueError("; ".join(wrong) + ".")
