"""The pages of lessons and courses: predict, run, see, one question; what did not come is told honestly."""

from __future__ import annotations

import json
import re

import pytest
from made_lessons import LESSONS, WHOLE, begun, finished, read
from opened_pages import open_page, said, sound
from told import given

from pages.shared.text import small
from pages.steps.lesson.course import answers
from runs.identity import people, removal
from runs.lessons import courses, files
from runs.store import lesson_answers, queue, records

__all__ = ["open_page", "read"]  # fixtures


@pytest.mark.parametrize("locale", ["en-GB", "zh-CN"])
def test_the_page_lists_the_lessons_by_chapter(open_page, locale):
    app = open_page("lessons.py", locale=locale)
    language = "zh" if locale == "zh-CN" else "en"
    labels = {link.proto.label for link in app.get("page_link")}
    assert {lesson.title[language] for lesson in LESSONS.values()} <= labels
    assert {small(lesson.summary[language]) for lesson in LESSONS.values()} <= {*said(app)}


def test_a_reader_predicts_runs_and_is_followed(open_page, read):
    app = open_page("lessons.py", lesson="learning-rate")
    button = app.button(key="lesson_run_learning-rate")
    assert button.disabled
    data = app.selectbox(key="lesson_data_learning-rate")
    assert data.value == "sample_image_recognition"  # whose effect is known
    sound(data.set_value("data_d1").run())
    sound(app.radio(key="lesson_predicted_learning-rate").set_value("large").run())
    sound(app.button(key="lesson_run_learning-rate").click().run())
    [run] = records.run_list("local", kind="lesson")
    assert app.query_params["run"] == run.id and run.dataset == "d1" and run.settings["lesson"] == "learning-rate"
    assert lesson_answers.of_run("local", run.id).predicted == "large"
    assert given(app, "casebook_plot")["traces"]


@pytest.mark.parametrize(("came", "predicted", "words"), [
    (True, "right", ("**The effect appeared:**", "Held-out loss: 0.9 with “Too small (0.0001)”, 0.4 with",
                     "Your prediction was right: 0.01: a hundred")),
    (True, "large", ("**The effect appeared:**", "On these data it was “0.01: a hundred times larger”")),
    (False, "same", ("**The effect did not come:**", "On these data it made no clear difference: why?")),
])  # fmt: skip
def test_what_came_is_told_with_its_size_beside_the_prediction(open_page, read, came, predicted, words):
    app = open_page("lessons.py", lesson="learning-rate", run=finished(came, predicted=predicted))
    told = "\n".join([*said(app), *(one.value for one in app.success)]).replace("\\", "")
    for sentence in words:
        assert sentence in told, told


def test_where_a_part_of_the_effect_came_no_prediction_is_called_right(open_page, read):
    run = finished(False, predicted="same")
    effects = records.run(run, "local").result["effects"]
    effects[0]["met"] = True
    queue.beat(run, result={**records.run(run, "local").result, "effects": effects})
    app = open_page("lessons.py", lesson="learning-rate", run=run)
    assert not app.success and "came only in part" in app.info[0].value
    told = "\n".join(said(app))
    assert "**The effect appeared:**" in told and "**The effect did not come:**" in told and "made no clear" not in told


def test_from_how_many_the_arms_learnt_stands_once_below_their_table_or_where_they_differ_in_it(open_page, read):
    run, lesson = finished(True), LESSONS["learning-rate"]
    for most in (60, 1234):
        result = records.run(run, "local").result
        queue.beat(run, result={**result, "items": {**result["items"], lesson.arms[0].id: most}})
        app = open_page("lessons.py", lesson=lesson.id, run=run)
        [table] = [[line.split(" | ") for line in text.splitlines()] for text in said(app) if "| --- |" in text]
        assert {len(row) for row in table} == {1 + (most != 60) + len(lesson.measures)}
        assert [row[1] for row in table[2:]] == ["1,234", "60", "60"] or most == 60
        assert any(re.search(r"\b60 · One repetition|\b60 · Mean of", text) for text in said(app)) == (most == 60)


@pytest.mark.parametrize(("locale", "single", "range_of"), [
    ("en-GB", "90.0 points", "60.0 points (50.0–70.0)"), ("zh-CN", "90.0 个百分点", "60.0 个百分点 (50.0–70.0)"),
])  # fmt: skip
def test_a_difference_of_shares_is_told_in_points(open_page, read, locale, single, range_of):
    run = finished(True, "leakage", LESSONS["leakage"].choices[0].id)
    told = "\n".join(said(open_page("lessons.py", lesson="leakage", run=run, locale=locale))).replace("\\", "")
    assert single in told and range_of in told and "90.0%" not in told


def test_a_lesson_that_takes_longer_says_so_and_its_points_are_joined_to_lines(open_page, read):
    lesson = LESSONS[WHOLE]
    app = open_page("lessons.py", lesson=WHOLE)
    assert any("trains whole networks" in one.value and "about 3 minutes" in one.value for one in app.caption)
    app = open_page("lessons.py", lesson=WHOLE, run=finished(True, WHOLE, "few"))
    drawn = given(app, "casebook_plot")["traces"]
    assert [one["name"] for one in drawn] == [name["en"] for name in lesson.lines.values()]
    assert all(one["x"] == [3, 9, 27] and one["y"] == pytest.approx([0.8] * 3) for one in drawn)  # the last of each


def test_the_first_answer_is_kept_and_every_answer_explained(open_page, read):
    run = finished(True)
    app = open_page("lessons.py", lesson="learning-rate", run=run)
    sound(app.radio(key=f"lesson_answer_{run}").set_value("data").run())
    app = sound(app.button(key=f"lesson_answer_now_{run}").click().run())
    assert lesson_answers.of_run("local", run).answered == "data"
    lesson_answers.answer("local", run, "lower")
    assert lesson_answers.of_run("local", run).answered == "data"
    told = "\n".join(said(app))
    assert all(answer.because["en"] in told for answer in LESSONS["learning-rate"].answers)


def test_a_lesson_that_was_taken_leads_to_its_result_and_keeps_its_tick(open_page, read):
    first, *_others = finished(True), finished(True, "optimizer", LESSONS["optimizer"].choices[0].id)
    lesson_answers.answer("local", first, "lower")
    again = finished(True)  # taken once more, and not answered
    links = {link.proto.label: link.proto for link in open_page("lessons.py", lesson="learning-rate").get("page_link")}
    assert f"run={again}" in links["Your last result"].query_string
    listed = {link.proto.label: link.proto.icon for link in open_page("lessons.py").get("page_link")}
    ticked = [name for name, icon in listed.items() if icon == ":material/check_circle:"]
    assert ticked == [LESSONS["learning-rate"].title["en"]]


def test_runs_of_lessons_are_deleted_in_one_go_and_those_of_others_are_not_seen(open_page, read):
    finished(True)
    finished(False)
    others = begun(owner="bob", dataset=None)
    app = open_page("lessons.py", lesson="learning-rate", run=others)
    assert app.button(key="lesson_run_learning-rate")  # as if there were no such run
    app = open_page("lessons.py")
    assert app.button(key="lessons_clear").label == "Delete 2 runs of lessons"
    sound(app.button(key="lessons_clear").click().run())
    assert records.run_list("local", kind="lesson") == [] and records.run(others, "bob")
    assert len(lesson_answers.of_owner("local")) == 2


@pytest.mark.parametrize(("locale", "told"), [("en-GB", "No hidden layer · 1 of 3 wrong"),
                                              ("zh-CN", "无隐藏层 · 错 1/3")])  # fmt: skip
def test_each_arm_has_a_panel_with_its_answers_behind_the_points_and_wrong_ones_marked(open_page, read, locale, told):
    lesson = LESSONS["hidden-layer"]
    run = finished(True, lesson.id, "both")
    plane = {"x": [-1, 1], "y": [-2, 2], "grid": [1000, 0, 0, 1000],
             "points": [[0.5, 1.0, 0, 0], [-0.5, 1.0, 1, 1], [0.5, -1.0, 1, 0]]}  # fmt: skip
    planes = {arm.id: plane for arm in lesson.arms}
    queue.beat(run, result={**records.run(run, "local").result, "planes": planes})
    app = open_page("lessons.py", lesson=lesson.id, run=run, locale=locale)
    figures = [one.proto for one in app.get("bidi_component") if one.proto.component_name == "casebook_plot"]
    _curves, *panels = [json.loads(figure.json) for figure in figures]
    assert len(panels) == 3 and told in said(app)
    for panel in panels:
        ground, first, second = panel["traces"]
        assert ground["z"] == [[1, 0], [0, 1]]
        assert [ground[name] for name in ("x0", "dx", "y0", "dy")] == [-1, 2, -2, 4]
        assert (ground["contours"]["start"], ground["contours"]["end"]) == (0.5, 0.5)
        assert (first["x"], first["y"], first["marker"]["symbol"]) == ([0.5], [1.0], ["circle"])
        assert (second["x"], second["marker"]["symbol"]) == ([-0.5, 0.5], ["diamond", "diamond-x-open"])


# A course: a teacher's text and lessons at an address, without what is hidden, and the answers for the host.


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


def test_a_course_shows_its_text_and_its_lessons_and_hides_what_its_teacher_says(open_page, read, course):
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


def test_a_teacher_fixes_the_data_of_all(open_page, read, course):
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
