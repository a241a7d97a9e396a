"""Courses: a teacher's text and lessons at an address, without what is hidden, and the answers for the host."""

from __future__ import annotations

import json
import re

import pytest
from made_lessons import LESSONS, finished, read  # noqa: F401  a fixture
from opened_pages import open_page, said, sound  # noqa: F401  a fixture

from pages.steps.lesson.course import answers
from runs.identity import people, removal
from runs.lessons import courses, files
from runs.store import lesson_answers


def written(tmp_path, **changed):
    front = {"id": "week", "title": {"en": "Week 3"}, "lessons": ["learning-rate", "overfitting"], **changed}
    lines = [f"{name} = {_toml(value)}" for name, value in front.items()]
    path = tmp_path / "week.md"
    path.write_text("+++\n" + "\n".join(lines) + "\n+++\n\n# en\nWrite **one** sentence.\n", "utf-8")
    return path


def _toml(value):
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{name} = {_toml(one)}" for name, one in value.items()) + " }"
    return json.dumps(value)


@pytest.fixture
def course(tmp_path, monkeypatch):
    """Have these courses and no others."""

    def having(**changed):
        made = courses.read(written(tmp_path, **changed))
        monkeypatch.setattr(courses, "courses", lambda: {made.id: made})
        return made

    return having


def test_courses_of_authors_name_what_is_there(tmp_path):
    assert courses.courses()
    for changed, told in (({"lessons": ["nothing"]}, "no such lesson"), ({"hide": ["all"]}, "hidden is idea"),
                          ({"case": "cooking"}, "cases are"), ({"colour": "red"}, "colour")):  # fmt: skip
        with pytest.raises(files.LessonError, match=told):
            courses.read(written(tmp_path, **changed))


def test_a_course_shows_its_text_and_its_lessons_and_hides_what_its_teacher_says(open_page, read, course):  # noqa: F811
    course(hide=["idea", "numbers", "explanation"])
    app = open_page("lessons.py", course="week", locale="zh-CN")  # written in English alone
    assert app.title[0].value == "Week 3" and "Write **one** sentence." in said(app)
    labels = [link.proto.label for link in app.get("page_link")]
    assert [label for label in labels if re.match(r"\d ·", label)] == [
        f"{n} · {LESSONS[name].title['zh']}" for n, name in enumerate(["learning-rate", "overfitting"], 1)
    ]
    run = finished(True)
    lesson_answers.answer("local", run, "lower")
    app = open_page("lessons.py", course="week", lesson="learning-rate", run=run)
    told, known = "\n".join(said(app)), LESSONS["learning-rate"]
    assert "**The effect appeared:**" in told and "Your answer: A lower learning rate" in app.success[-1].value
    hidden = [known.prose["en"]["idea"], known.prose["en"]["came"], known.answers[0].because["en"], "| --- |"]
    assert not [text for text in hidden if text in told]


def test_a_teacher_fixes_the_data_of_all(open_page, read, course):  # noqa: F811
    course(case="text_analysis")
    app = open_page("lessons.py", course="week", lesson="learning-rate")
    assert app.selectbox(key="lesson_data_learning-rate").value == "sample_text_analysis"


def test_answers_of_everyone_are_collected_for_the_host_alone(monkeypatch, course):
    made = course()
    monkeypatch.setenv("CASEBOOK_LOGIN", "password")
    ann, bob = people.register("=ann", "a long password", host=True), people.register("bob", "a long password")
    for person, run, answered in ((bob, "r1", "lower"), (ann, "r2", None)):
        lesson_answers.predict(person.id, run, "learning-rate", "noise", "large")
        lesson_answers.note(person.id, run, came=True)
        if answered:
            lesson_answers.answer(person.id, run, answered)
    lesson_answers.predict("nobody", "r3", "learning-rate", "noise", "large")
    lesson_answers.predict(bob.id, "r4", "optimizer", "noise", "sgd")  # not of this course
    table = answers(made)
    assert table["person"].tolist() == ["bob", "=ann"] and table["answer_right"].tolist() == [True, None]
    assert table["prediction_right"].tolist() == [False, False]
    removal.remove(bob)
    assert answers(made)["person"].tolist() == ["=ann"]
