"""What came of a lesson: the effect with its size, or honestly none; and whether the prediction was right."""

from __future__ import annotations

from itertools import groupby
from typing import Any

import streamlit as st

from pages.shared import glossary
from pages.shared.i18n import _, labelled
from pages.shared.lesson_words import figure, measure, prose, said, spread
from pages.shared.text import plain
from runs.lessons.files import Lesson
from runs.store.lesson_answers import LessonAnswer
from runs.store.records import Run

HELD_OUT = "validation-data"  # the term of what every arm is judged by


def show(run: Run, lesson: Lesson, known: LessonAnswer | None, *, numbers: bool, explained: bool) -> None:
    """`known`: what the reader had predicted; `numbers`: with the table of all arms; `explained`: with the reason."""
    result = run.result or {}
    if known:
        _compare(lesson, known.predicted, result)
    for verdict, some in groupby(result["effects"], key=lambda effect: _verdict(lesson, effect)):
        st.markdown("\n".join([f"**{verdict}**", "", *(f"- {_figures(lesson, effect)}" for effect in some)]))
    if numbers:
        _numbers(lesson, result)
    if explained:
        st.markdown(prose(lesson, "came") if result["came"] else _why(lesson, result))


def _why(lesson: Lesson, result: dict[str, Any]) -> str:
    differs = _partly(result) or any(one["opposite"] for one in result["effects"])
    asked = _("Why?") if differs else _("On these data it made no clear difference: why?")
    return f"**{asked}** {prose(lesson, 'otherwise')}"


def _verdict(lesson: Lesson, effect: dict[str, Any]) -> str:
    """Whether what was expected was measured."""
    alike = not next(one.above for one in lesson.effects
                     if one.measure == effect["measure"] and set(effect["arms"]) <= {*one.arms, one.above})  # fmt: skip
    if alike:
        return _("About the same, which is the effect to see here:") if effect["met"] else _(
            "They differ, which is not the effect to see here:")  # fmt: skip
    if effect["met"]:
        return _("The effect appeared:")
    return _("It came the other way round:") if effect["opposite"] else _("The effect did not come:")


def _figures(lesson: Lesson, effect: dict[str, Any]) -> str:
    """Both figures that were compared."""
    name = effect["measure"]
    above, below = (plain(said(lesson.arm(arm).name)) for arm in effect["arms"])
    return _("{measure}: {high} with “{above}”, {low} with “{below}”", measure=measure(name), above=above, below=below,
             high=figure(name, effect["high"]), low=figure(name, effect["low"]))  # fmt: skip


def _numbers(lesson: Lesson, result: dict[str, Any]) -> None:
    """Mean and range over the repetitions of each arm, and from how many it learnt."""
    head, *rows = _of_lines(lesson, result) if lesson.along else _of_arms(lesson, result)
    st.markdown("\n".join(f"| {' | '.join(row)} |" for row in [head, ["---"] * len(head), *rows]))
    items = f"{max(result['items'].values()):,}"
    learnt = f"{labelled(_(lesson.kind.items), items)} · " if _alike(result) else ""
    repeated = _("One repetition each.") if lesson.repetitions == 1 else _(
        "Mean of {n} repetitions each, with the range in brackets.", n=lesson.repetitions)  # fmt: skip
    judged = _(lesson.kind.judged, n=f"{result['held']:,}")
    st.caption(f"{learnt}{repeated} {judged} {glossary.linked([HELD_OUT])}")


def _alike(result: dict[str, Any]) -> bool:
    """Whether all arms learnt from as many: then that stands below their table."""
    return len({*result["items"].values()}) == 1


def _of_arms(lesson: Lesson, result: dict[str, Any]) -> list[list[str]]:
    """A row for each arm, with all measures; the heading comes first."""
    names, alike = lesson.measures, _alike(result)
    rows = [[_(lesson.kind.arm), *([] if alike else [_(lesson.kind.items)]), *map(measure, names)]]
    for arm in lesson.arms:
        if values := result["arms"].get(arm.id):
            some = [] if alike else [f"{result['items'][arm.id]:,}"]
            rows.append([plain(said(arm.name)), *some, *(spread(name, values.get(name, [])) for name in names)])
    return rows


def _of_lines(lesson: Lesson, result: dict[str, Any]) -> list[list[str]]:
    """A row for each line, with what the figure draws at every point; the heading comes first."""
    places = sorted({arm.at for arm in lesson.arms})
    at = {(arm.line, arm.at): result["arms"].get(arm.id, {}).get(lesson.curve, []) for arm in lesson.arms}
    rows = [[plain(said(lesson.along)), *(f"{place:g}" for place in places)]]
    for line, name in lesson.lines.items():
        rows.append([plain(said(name)), *(spread(lesson.curve, at.get((line, place), [])) for place in places)])
    return rows


def _partly(result: dict[str, Any]) -> bool:
    """Whether some of what was expected came, and some did not: then no choice was wholly right."""
    return len({one["met"] for one in result["effects"]}) > 1


def _compare(lesson: Lesson, predicted: str, result: dict[str, Any]) -> None:
    choice, right = lesson.choice(predicted), lesson.right(came=result["came"])
    if choice is None:
        return
    told = plain(said(choice.text))
    if _partly(result):
        st.info(_("You predicted “{guess}”. On these data the effect came only in part.", guess=told),
                icon=":material/lightbulb:")  # fmt: skip
        return
    if choice.id in right:
        st.success(_("Your prediction was right: {guess}.", guess=told), icon=":material/check_circle:")
        return
    true = plain(next((said(one.text) for one in lesson.choices if one.id in right), ""))
    st.info(_("You predicted “{guess}”. On these data it was “{came}”.", guess=told, came=true),
            icon=":material/lightbulb:")  # fmt: skip
