"""The glossary: complete in both languages, every link of a term and a chapter leads somewhere, and each term is linked
from where it happens."""

from __future__ import annotations

import html
import re

import pytest
from opened_pages import opened, sound
from test_language import CROWDED, HALF_WIDTH
from told import given, tell

import cases
from cases.settings import knobs
from cases.task_types import CLASSIFICATION, RANKING, TRANSCRIPTION
from pages import task_types
from pages.components import term_figure
from pages.shared import glossary, i18n
from pages.shared.glossary import STEPS
from pages.steps import section
from runs.language import LANGUAGES

BOOKS = (
    "data", "feature", "label", "sample", "data-set", "training-data", "validation-data", "test-data", "feature-vector",
    "input-layer", "hidden-layer", "output-layer", "activation-function", "loss-function", "optimizer", "epochs",
    "batch-size", "regularisation", "pretraining", "fine-tuning", "learning-without-labels", "model-complexity",
    "data-driven", "end-to-end",
)  # fmt: skip
TERMS = glossary.terms()
EVERY = pytest.mark.parametrize("term", TERMS.values(), ids=TERMS)
TYPES = {one.name: one for one in (CLASSIFICATION, TRANSCRIPTION, RANKING)}


def words(text):
    return max(len(part.split()) for part in re.split(r"(?<=[.])\s", text))


@EVERY
def test_a_term_is_told_in_both_languages_in_a_sentence(term):
    english, chinese = (term.words[language] for language in LANGUAGES)
    assert words(english.text) <= 20 and english.text.endswith(".") and chinese.text.endswith("。")
    assert re.search("[\u4e00-\u9fff]", chinese.text) and not re.search("[\u4e00-\u9fff]", english.text + english.name)
    for text in (chinese.text, chinese.name):
        assert not HALF_WIDTH.search(text) and not CROWDED.search(text), text


@EVERY
def test_every_link_of_a_term_resolves_and_it_is_linked_from_where_it_happens(term):
    """By the line of a step, or by the help of a field."""
    assert {*term.related} <= TERMS.keys() - {term.id}
    assert {*term.steps} <= set(STEPS) and {*term.tasks} <= TYPES.keys()
    assert term.chapter in glossary.book() and (not term.section or f"{term.chapter}/{term.section}" in glossary.book())
    assert not term.figure or term.figure in term_figure.FIGURES
    tasks = [(name, task.task_type.name) for name in cases.NAMES for task in cases.get(name).tasks]
    types = {kind for name, kind in tasks if term.belongs_to(name, kind)}
    assert types
    if term.view:
        assert all(term.view in task_types.ALL[one].evaluation.views() for one in types)
    lines = {step for step in term.steps if any(term in glossary.of_step(STEPS.index(step) + 1, *one) for one in tasks)}
    fields = any(glossary.in_fields(cases.get(name), term.id) for name in cases.NAMES)
    assert lines == set(term.steps) and (lines or fields)


def test_the_24_terms_of_the_book_are_there_names_are_told_apart_and_no_figure_is_left_over():
    assert len(BOOKS) == 24 and set(BOOKS) <= TERMS.keys() and len(STEPS) == len(section.NAMES)
    for language in LANGUAGES:
        names = [term.words[language].name for term in TERMS.values()]
        assert len(names) == len(set(names))
    assert {term.figure for term in TERMS.values()} - {""} | {"complexity"} == {*term_figure.FIGURES, "complexity"}
    chapters = [chapter.number for name, chapter in glossary.book().items() if "/" not in name]
    assert chapters == ["1", "2", "3", "4", "5", ""]
    assert all(chapter.titles[language] for chapter in glossary.book().values() for language in LANGUAGES)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", term_figure.FIGURES)
def test_every_figure_is_drawn(name, language):
    with i18n.speaking(language):
        figure = term_figure.FIGURES[name]()
    assert figure.svg.startswith("<svg ") and figure.caption
    assert "nan" not in figure.svg and "style=" not in figure.svg  # colours come of the theme
    high = float(re.search(r'viewBox="0 0 [\d.]+ ([\d.]+)"', figure.svg)[1])
    assert all(0 <= float(y) <= high for y in re.findall(r' y="([^"]*)"', figure.svg))
    assert 'd="M"' not in figure.svg  # what lies outside the axes is cut off: of each line something is left


def test_the_page_lists_every_term_and_opens_one_at_its_address():
    app = opened("glossary.py")
    listed = given(app, "casebook_term_list")
    assert [term["id"] for group in listed["groups"] for term in group["terms"]] == list(TERMS)
    assert not app.get("subheader")
    app = sound(tell(app, "casebook_term_list", "picked", "overfitting"))
    assert app.query_params["term"] == "overfitting" and app.subheader[0].value == "Overfitting"
    assert given(app, "casebook_term_figure")["caption"].endswith("(made data).")  # nobody has trained here


def test_a_term_has_formula_chapter_relatives_and_the_steps_where_it_happens():
    app = opened("glossary.py", locale="zh-CN", term="calibration")
    assert app.subheader[0].value == "校准" and "ECE" in app.latex[0].value
    assert any(one.value == "书中位置：第 2 章 基本概念" for one in app.caption)
    labels = [link.proto.label for link in app.get("page_link")]
    assert {"图像识别：步骤 5 · 评估", "Softmax 函数"} <= set(labels) and not [one for one in labels if "推荐" in one]
    assert any(one.value.startswith("还没有数据的案例会从步骤 1 打开") for one in app.caption)


@EVERY
def test_a_formula_is_drawn_without_network(term):
    """As MathML, which a browser draws by itself: no command of LaTeX is left, and nothing is loaded."""
    drawn = glossary.formula(term.id)
    assert bool(drawn) == bool(term.formula)
    if drawn:
        assert drawn.startswith("<math ") and drawn.endswith("</math>")
        assert not re.search(r"\\|merror|<script|href|src=", drawn)
        names = [html.unescape(name) for name in re.findall("<mi[^>]*>(.+?)</mi>", drawn)]
        assert all(name.isalpha() or name in "∇∂′…⊤@" for name in names), names  # no relation and no bracket, slanted
        assert not re.search(r"<mo[^>]*>\w{2,}<", drawn)  # a function has no space before its argument


def test_a_term_of_a_line_and_the_help_of_a_field_show_the_formula():
    from pages.shared import vocabulary

    lines = [term for step in range(1, 8) for name in cases.NAMES for term in
             glossary.of_step(step, name, cases.get(name).tasks[0].task_type.name)]  # fmt: skip
    assert {STEPS.index(step) + 1 for term in lines for step in term.steps} == set(range(1, 8))
    _field, knob = knobs(cases.get("image_recognition").Settings)["learning_rate"]
    with i18n.speaking("en"):
        assert f"$\\displaystyle {TERMS['learning-rate'].formula}$" in vocabulary.explained(knob)
