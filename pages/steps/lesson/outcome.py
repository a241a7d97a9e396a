"""What came of a lesson: the effect with its size, or honestly none; and whether the prediction was right."""

from __future__ import annotations

from typing import Any

import numpy as np
import streamlit as st

from pages.shared.i18n import _, labelled
from pages.shared.lesson_words import figure, measure, prose, said
from pages.shared.text import plain
from runs.lessons.files import Lesson
from runs.store.lesson_answers import LessonAnswer
from runs.store.records import Run


def show(run: Run, lesson: Lesson, known: LessonAnswer | None, *, numbers: bool, explained: bool) -> None:
    """`known`: what the reader had predicted; `numbers`: with the table of all arms; `explained`: with the reason."""
    result = run.result or {}
    for effect in result["effects"]:
        st.markdown(f"**{_sentence(lesson, effect)}**")
    if numbers:
        _numbers(lesson, result)
    if known:
        _compare(lesson, known.predicted, came=result["came"])
    if explained:
        st.markdown(prose(lesson, "came") if result["came"] else _why(lesson, result))


def _why(lesson: Lesson, result: dict[str, Any]) -> str:
    asked = _("Why?") if any(one["opposite"] for one in result["effects"]) else _(
        "On these data it made no clear difference: why?")  # fmt: skip
    return f"**{asked}** {prose(lesson, 'otherwise')}"


def _sentence(lesson: Lesson, effect: dict[str, Any]) -> str:
    """An expectation against what was measured, with both figures."""
    name = effect["measure"]
    above, below = (plain(said(lesson.arm(arm).name)) for arm in effect["arms"])
    told = {"measure": measure(name), "above": above, "below": below, "high": figure(name, effect["high"]),
            "low": figure(name, effect["low"])}  # fmt: skip
    alike = not next(one.above for one in lesson.effects
                     if one.measure == name and set(effect["arms"]) <= {*one.arms, one.above})  # fmt: skip
    if alike and effect["met"]:
        return _("As expected, about the same. {measure}: “{above}” {high}, “{below}” {low}.", **told)
    if alike:
        return _("Not as expected: they differ. {measure}: “{above}” {high}, “{below}” {low}.", **told)
    if effect["met"]:
        return _("The expected effect came. {measure}: “{above}” {high}, “{below}” {low}.", **told)
    if effect["opposite"]:
        return _("It came out the other way round. {measure}: “{above}” {high}, “{below}” {low}.", **told)
    return _("The expected effect did not come. {measure}: “{above}” {high}, “{below}” {low}.", **told)


def _numbers(lesson: Lesson, result: dict[str, Any]) -> None:
    """Mean and range over the repetitions of each arm, and from how many it learnt."""
    many, kind = result["items"], lesson.kind
    head, *rows = _of_lines(lesson, result) if lesson.along else _of_arms(lesson, result)
    st.markdown("\n".join(f"| {' | '.join(row)} |" for row in [head, ["---"] * len(head), *rows]))
    learnt = f"{labelled(_(kind.items), f'{max(many.values()):,}')} · " if _alike(result) else ""
    repeated = _("One repetition each.") if lesson.repetitions == 1 else _(
        "Mean of {n} repetitions each, with the range in brackets.", n=lesson.repetitions)  # fmt: skip
    judged = _(kind.judged, n=f"{result['held']:,}")
    st.caption(f"{learnt}{repeated} {judged}")


def _alike(result: dict[str, Any]) -> bool:
    """Whether all arms learnt from as many: then that stands below their table."""
    return len({*result["items"].values()}) == 1


def _of_arms(lesson: Lesson, result: dict[str, Any]) -> list[list[str]]:
    """A row for each arm, with all measures; the heading comes first."""
    names, alike = lesson.measures, _alike(result)
    rows = [[_(lesson.kind.arm), *([] if alike else [_(lesson.kind.items)]), *map(measure, names)]]
    for arm in lesson.arms:
        if values := result["arms"].get(arm.id):
            many = [] if alike else [f"{result['items'][arm.id]:,}"]
            rows.append([plain(said(arm.name)), *many, *(_spread(name, values[name]) for name in names)])
    return rows


def _of_lines(lesson: Lesson, result: dict[str, Any]) -> list[list[str]]:
    """A row for each line, with what the figure draws at every point; the heading comes first."""
    places = sorted({arm.at for arm in lesson.arms})
    at = {(arm.line, arm.at): result["arms"].get(arm.id, {}).get(lesson.curve, []) for arm in lesson.arms}
    rows = [[plain(said(lesson.along)), *(f"{place:g}" for place in places)]]
    for line, name in lesson.lines.items():
        rows.append([plain(said(name)), *(_spread(lesson.curve, at.get((line, place), [])) for place in places)])
    return rows


def _spread(name: str, values: list[float]) -> str:
    if not values:
        return ""
    low, high, mean = (figure(name, float(one)) for one in (min(values), max(values), np.mean(values)))
    return f"{mean} ({low}–{high})" if len(values) > 1 else mean


def _compare(lesson: Lesson, predicted: str, *, came: bool) -> None:
    choice, right = lesson.choice(predicted), lesson.right(came=came)
    if choice is None:
        return
    told = plain(said(choice.text))
    if choice.id in right:
        st.success(_("Your prediction was right: {guess}.", guess=told), icon=":material/check_circle:")
        return
    true = plain(next((said(one.text) for one in lesson.choices if one.id in right), ""))
    st.info(_("Your prediction: {guess}. What came: {came}.", guess=told, came=true), icon=":material/lightbulb:")
