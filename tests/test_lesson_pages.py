"""The pages of lessons: predict, run, see, one question; what did not come is told honestly."""

from __future__ import annotations

import pytest
from made_lessons import LESSONS, WHOLE, begun, finished, read  # noqa: F401  a fixture
from opened_pages import open_page, said, sound  # noqa: F401  a fixture
from told import given

from pages.shared.text import small
from runs.store import lesson_answers, queue, records


@pytest.mark.parametrize("locale", ["en-GB", "zh-CN"])
def test_the_page_lists_the_lessons_by_chapter(open_page, locale):  # noqa: F811
    app = open_page("lessons.py", locale=locale)
    language = "zh" if locale == "zh-CN" else "en"
    labels = {link.proto.label for link in app.get("page_link")}
    assert {lesson.title[language] for lesson in LESSONS.values()} <= labels
    assert {small(lesson.summary[language]) for lesson in LESSONS.values()} <= {*said(app)}


def test_a_reader_predicts_runs_and_is_followed(open_page, read):  # noqa: F811
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
def test_what_came_is_told_with_its_size_beside_the_prediction(open_page, read, came, predicted, words):  # noqa: F811
    app = open_page("lessons.py", lesson="learning-rate", run=finished(came, predicted=predicted))
    told = "\n".join([*said(app), *(one.value for one in app.success)]).replace("\\", "")
    for sentence in words:
        assert sentence in told, told


def test_where_a_part_of_the_effect_came_no_prediction_is_called_right(open_page, read):  # noqa: F811
    run = finished(False, predicted="same")
    effects = records.run(run, "local").result["effects"]
    effects[0]["met"] = True
    queue.beat(run, result={**records.run(run, "local").result, "effects": effects})
    app = open_page("lessons.py", lesson="learning-rate", run=run)
    assert not app.success and "came only in part" in app.info[0].value
    told = "\n".join(said(app))
    assert "**The effect appeared:**" in told and "**The effect did not come:**" in told and "made no clear" not in told


@pytest.mark.parametrize(("locale", "single", "range_of"), [
    ("en-GB", "90.0 points", "60.0 points (50.0–70.0)"), ("zh-CN", "90.0 个百分点", "60.0 个百分点 (50.0–70.0)"),
])  # fmt: skip
def test_a_difference_of_shares_is_told_in_points(open_page, read, locale, single, range_of):  # noqa: F811
    run = finished(True, "leakage", LESSONS["leakage"].choices[0].id)
    told = "\n".join(said(open_page("lessons.py", lesson="leakage", run=run, locale=locale))).replace("\\", "")
    assert single in told and range_of in told and "90.0%" not in told


def test_a_lesson_that_takes_longer_says_so_and_its_points_are_joined_to_lines(open_page, read):  # noqa: F811
    lesson = LESSONS[WHOLE]
    app = open_page("lessons.py", lesson=WHOLE)
    assert any("trains whole networks" in one.value and "about 3 minutes" in one.value for one in app.caption)
    app = open_page("lessons.py", lesson=WHOLE, run=finished(True, WHOLE, "few"))
    drawn = given(app, "casebook_plot")["traces"]
    assert [one["name"] for one in drawn] == [name["en"] for name in lesson.lines.values()]
    assert all(one["x"] == [3, 9, 27] and one["y"] == pytest.approx([0.8] * 3) for one in drawn)  # the last of each


def test_the_first_answer_is_kept_and_every_answer_explained(open_page, read):  # noqa: F811
    run = finished(True)
    app = open_page("lessons.py", lesson="learning-rate", run=run)
    sound(app.radio(key=f"lesson_answer_{run}").set_value("data").run())
    app = sound(app.button(key=f"lesson_answer_now_{run}").click().run())
    assert lesson_answers.of_run("local", run).answered == "data"
    lesson_answers.answer("local", run, "lower")
    assert lesson_answers.of_run("local", run).answered == "data"
    told = "\n".join(said(app))
    assert all(answer.because["en"] in told for answer in LESSONS["learning-rate"].answers)


def test_a_lesson_that_was_taken_leads_to_its_result_and_keeps_its_tick(open_page, read):  # noqa: F811
    first, *_others = finished(True), finished(True, "optimizer", LESSONS["optimizer"].choices[0].id)
    lesson_answers.answer("local", first, "lower")
    again = finished(True)  # taken once more, and not answered
    links = {link.proto.label: link.proto for link in open_page("lessons.py", lesson="learning-rate").get("page_link")}
    assert f"run={again}" in links["Your last result"].query_string
    listed = {link.proto.label: link.proto.icon for link in open_page("lessons.py").get("page_link")}
    ticked = [name for name, icon in listed.items() if icon == ":material/check_circle:"]
    assert ticked == [LESSONS["learning-rate"].title["en"]]


def test_runs_of_lessons_are_deleted_in_one_go_and_those_of_others_are_not_seen(open_page, read):  # noqa: F811
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
