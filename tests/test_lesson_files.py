"""Lessons: each file says all it needs in both languages, and what its author got wrong is named."""

from __future__ import annotations

import re

import pytest
from made_lessons import LESSONS, SAMPLES, read  # noqa: F401  a fixture
from opened_pages import open_page, said, sound  # noqa: F401  a fixture
from test_language import CROWDED, HALF_WIDTH, LINKS

import cases
from pages.shared import glossary
from runs.language import LANGUAGES
from runs.lessons import experiment, files

EVERY = pytest.mark.parametrize("lesson", LESSONS.values(), ids=LESSONS)


@EVERY
def test_every_name_in_a_lesson_is_there(lesson):
    assert lesson.chapter in glossary.book() and {*lesson.terms} <= glossary.terms().keys() and lesson.terms
    assert {*lesson.cases} <= {*cases.NAMES} and lesson.sample in {*SAMPLES, "recommendation"}
    suited = [case for case in map(cases.get, cases.NAMES)
              if any(lesson.suits(case.name, task.task_type.name) for task in case.tasks)]  # fmt: skip
    assert suited
    for case in suited:
        for arm in lesson.arms:
            settings = experiment.settings_of(arm, case.Settings, 0)
            trains = getattr(arm.model, "body", "") and lesson.minutes
            assert trains or getattr(settings, "mode", "head") == "head", "features are computed once"


def sentences(lesson):
    """All texts of a lesson in each language."""
    words = [lesson.title, lesson.summary, lesson.predict, lesson.question, *(arm.name for arm in lesson.arms)]
    words += [one.text for one in (*lesson.choices, *lesson.answers)] + [one.because for one in lesson.answers]
    return {language: [*(one[language] for one in words), *lesson.prose[language].values()] for language in LANGUAGES}


@EVERY
def test_a_lesson_is_told_in_both_languages_in_short_sentences(lesson):
    told = sentences(lesson)
    for text in told["en"]:
        assert not re.search("[\u4e00-\u9fff]", text)
        for sentence in re.split(r"[.!?:;]\s", re.sub(r"\$[^$]*\$", "formula", text)):
            assert len(re.findall(r"\w\S*", sentence)) <= 20, sentence
    for text in told["zh"]:
        plain = re.sub(r"\$[^$]*\$", "", LINKS.sub("", text))
        assert not HALF_WIDTH.search(plain) and not CROWDED.search(plain), text
        assert re.search("[\u4e00-\u9fff]", text) or text in told["en"], text  # Dropout, ReLU


RANKED = 'ranker = "popularity"'
WRONG = {  # lesson → a part of its text, what an author writes instead, and what is said of it
    "learning-rate": [
        ("+++\n", "", "has to begin with TOML"),
        ('id = "learning-rate"', 'id = "other"', "the name of the file"),
        ('zh = "学习率', 'fr = "学习率', "every language"),
        ("# zh · came", "# zh · gone", "means nothing"),
        ('below = ["right"]', 'below = ["left"]', "effects name arms"),
        ('measure = "loss"', 'measure = "beauty"', "measures are"),
        ("expected = true\n", "", "one choice is expected"),
        ("[settings]", "[data]\nshares = 1\n\n[settings]", "no such data options: shares"),
        ("[settings]", 'body = "brain"\n\n[settings]', "A body is 'pretrained' or 'scratch', not 'brain'"),
        ('chapter = "basics"\n', "", "chapter"),
    ],
    "popularity-bias": [
        ('tasks = ["ranking"]', 'tasks = ["ranking", "classification"]', "of one kind"),
        ('tasks = ["ranking"]', 'tasks = ["cooking"]', "tasks are classification, ranking"),
        (RANKED, 'ranker = "beauty"', "A ranker is one of popularity, item_knn"),
        (RANKED, "settings = { epochs = 2 }", "the curve is one of train_loss, hit@10"),
        (RANKED, 'settings = { network = "factors" }', "one of towers, attention"),
        (RANKED, "layers = 2", "layers"),
        (RANKED, f"{RANKED}\ndata = {{ leak = 0.5 }}", "no such data options: leak"),
        (RANKED, f"{RANKED}\ndata = {{ new = 1.0 }}", "`new` is a share"),
        ('measure = "coverage"', 'measure = "accuracy"', "measures are hit@10"),
    ],
}


@pytest.mark.parametrize(("lesson", "before", "after", "told"), [(name, *one) for name in WRONG for one in WRONG[name]])
def test_what_an_author_got_wrong_is_named(tmp_path, lesson, before, after, told):
    text = (files.FOLDER / f"{lesson}.md").read_text("utf-8")
    assert before in text
    path = tmp_path / f"{lesson}.md"
    path.write_text(text.replace(before, after, 1 if lesson == "popularity-bias" else -1), "utf-8")
    with pytest.raises(files.LessonError, match=told) as refused:
        files.read(path)
    assert str(refused.value).startswith(f"{lesson}.md: ")


def test_the_targets_that_label_smoothing_names_are_those_of_its_formula():
    """Of ten classes, for each value that the lesson trains with."""
    lesson, classes = LESSONS["label-smoothing"], 10
    for smoothing in (arm.settings.get("label_smoothing", 0.0) for arm in lesson.arms):
        right, other = 1 - smoothing + smoothing / classes, smoothing / classes
        for language in LANGUAGES:
            assert f"{right:.0%}" in lesson.predict[language]
            assert not smoothing or f"{right:.0%}" in lesson.prose[language]["idea"]
            assert not smoothing or f"{other:.0%}" in lesson.prose[language]["idea"]
