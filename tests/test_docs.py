"""The documents are true in both languages: links lead somewhere, commands are accepted, tables agree with the code."""

from __future__ import annotations

import re
from dataclasses import fields

import pytest
from babel.messages.pofile import read_po
from conftest import ROOT

import cases
from cases import limits, settings
from cases.base import Case, Grouping, Task, Trainer
from cases.ingest.archives.limits import Limits

ENGLISH = [ROOT / "README.md", *sorted(path for path in ROOT.glob("docs/*.md") if ".zh-CN" not in path.name)]
CHINESE = [path.with_suffix(".zh-CN.md") for path in ENGLISH]
DOCUMENTS = [*ENGLISH, *CHINESE, *sorted(ROOT.glob("cases/*/README.md")), ROOT / "benchmarks/README.md"]
CELLS_WITH_MARKS = r"(?<!\\)\|"


def name_of(path):
    return str(path.relative_to(ROOT))


every_document = pytest.mark.parametrize("path", DOCUMENTS, ids=name_of)
both_languages = pytest.mark.parametrize("path", ENGLISH, ids=name_of)
LANGUAGES = pytest.mark.parametrize("ending", [".md", ".zh-CN.md"])


def page(name, ending):
    return (ROOT / "docs" / f"{name}{ending}").read_text("utf-8")


def code_lines(text):
    return [line.strip() for line in re.findall(r"^ {4}(?! )(\S.*)$", text, re.MULTILINE)]


def without_code(text):
    return re.sub(r"^ {4}.*$", "", text, flags=re.MULTILINE)


def links(text):
    return re.findall(r"\]\((?!https?:)([^)]+)\)", without_code(text))


def anchors(path):
    """As GitHub makes them of the headings."""
    headings = re.findall(r"^#+ (.+)$", without_code(path.read_text("utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def tables(text):
    """Each table as rows of cells, without the heading."""
    found = re.findall(r"(?:^\|.*\n?)+", text, re.MULTILINE)
    return [[[cell.strip() for cell in re.split(CELLS_WITH_MARKS, line)[1:-1]] for line in one.splitlines()[2:]]
            for one in found]  # fmt: skip


def rows_of(text):
    return [row for one in tables(text) for row in one]


def in_code(text):
    return re.findall(r"`([^`]+)`", text)


# Links and languages


@every_document
def test_every_link_and_every_file_of_the_project_that_a_sentence_names_is_there(path):
    text = path.read_text("utf-8")
    for link in links(text):
        target, _, anchor = link.partition("#")
        file = (path.parent / target) if target else path
        assert file.exists(), link
        assert not anchor or anchor in anchors(file), link
        chinese = path in CHINESE and f"]({link})" in text.split("\n", 3)[3]  # after the line with the other language
        assert not chinese or file.resolve() not in ENGLISH, link
    for name in re.findall(r"`((?:app|cases|docs|models|pages|runs|tests|benchmarks|locale)/[\w./-]+)`", text):
        assert (ROOT / name).exists() or "NAME" in name, name


@both_languages
def test_a_page_is_there_in_chinese_with_the_same_parts(path):
    english, chinese = path.read_text("utf-8"), path.with_suffix(".zh-CN.md").read_text("utf-8")
    for mark in (r"^#+(?= )", r"^- ", r"^\d\. ", r"^\|", r"^!\[", r"^\*\*(?!English)"):
        assert re.findall(mark, english, re.MULTILINE) == re.findall(mark, chinese, re.MULTILINE), mark
    if path.name != "README.md":  # whose tree is translated, see below
        shown = [[line.partition("#")[0].strip() for line in code_lines(text)] for text in (english, chinese)]
        assert shown[0] == shown[1]
    for ours, theirs in zip(rows_of(english), rows_of(chinese), strict=True):
        assert [code.split()[0] for code in in_code(ours[0])] == [code.split()[0] for code in in_code(theirs[0])]


@both_languages
def test_a_page_leads_to_its_readme_and_to_itself_in_the_other_language(path):
    for here, readme in ((path, "README.md"), (path.with_suffix(".zh-CN.md"), "README.zh-CN.md")):
        other = path.with_suffix(".zh-CN.md") if here == path else path
        top = here.read_text("utf-8").splitlines()[2]
        assert f"({other.name})" in top
        if path.parent != ROOT:
            assert f"(../{readme})" in top
            assert f"(docs/{here.name})" in (ROOT / readme).read_text("utf-8")


def test_the_figures_are_the_same_in_both_languages():
    english, chinese = (rows_of(page("measured", ending)) for ending in (".md", ".zh-CN.md"))
    for ours, theirs in zip(english, chinese, strict=True):
        figures = [sorted(re.findall(r"\d+(?:[.,]\d+)*", " ".join(row))) for row in (ours, theirs)]
        assert figures[0] == figures[1], ours


# What the pages say of the code


def rows_of_tree(path):
    """Of the tree in a README: (folder, names, description) of each line."""
    lines, top = re.findall(r"^ {4}( *)(\S.*)$", path.read_text("utf-8").split("    app.py")[1], re.MULTILINE), ""
    lines = [("", "app.py"), *lines]
    for indent, line in lines:
        names, _, about = re.sub(r"\s{2,}", "\t", line).partition("\t")
        top = "" if not indent else top
        if len(indent) <= 2:
            yield top, names.split(), about
        if not indent and names.split()[0].endswith("/"):
            top = names.split()[0]


@pytest.mark.parametrize("path", [ROOT / "README.md", ROOT / "README.zh-CN.md"], ids=name_of)
def test_the_tree_is_short_and_names_what_is_there(path):
    rows = list(rows_of_tree(path))
    assert 20 < len(rows) <= 40
    for top, names, about in rows:
        for name in names:
            assert (ROOT / top / name).exists(), name
        beside = [ROOT, ROOT / top, *(ROOT / top / name for name in names)]
        for name in re.findall(r"[\w./-]+(?:/|\.py|\.txt)(?![\w/])", about):
            assert any((folder / name).exists() for folder in beside), name


@pytest.mark.parametrize(("name", "language"), [("README.md", "en"), ("README.zh-CN.md", "zh_CN")])
def test_the_first_steps_name_buttons_as_the_pages_do(name, language):
    with (ROOT / f"locale/{language}/LC_MESSAGES/casebook.po").open("rb") as file:
        words = {word for message in read_po(file) if isinstance(message.id, str) for word in
                 (message.string or message.id, message.id if language == "en" else message.string)}  # fmt: skip
    steps = re.findall(r"^\d\. .*(?:\n {3}.*)*", (ROOT / name).read_text("utf-8"), re.MULTILINE)
    buttons = re.findall(r"\*\*([^*]+)\*\*", "\n".join(steps))
    assert len(buttons) == 7
    assert set(buttons) <= words


@LANGUAGES
@pytest.mark.parametrize("name", cases.NAMES)
def test_the_table_of_settings_says_what_the_case_takes(name, ending):
    shared, differing, ranking, _ = tables(page("settings", ending))
    title = title_of(name, ending)
    general = {in_code(row[0])[0]: row[1:] for row in (ranking if name == "recommendation" else shared)}
    special = {in_code(row[1])[0]: row[2:] for row in differing if row[0] == title}
    known = settings.knobs(cases.get(name).Settings)
    assert {*general, *special} == set(known)
    for setting, (field, knob) in known.items():
        usual, values = special.get(setting) or general[setting]
        assert usual in (("automatic", "自动") if field.default is None else (shown(field.default),)), setting
        if knob.low is not None and setting not in special:
            bounds = {float(number) for number in re.findall(r"(?<![\w.])\d[\d.]*(?:e-\d+)?", values)}
            assert {float(knob.low), float(knob.high)} <= bounds, setting
        if knob.options and not knob.free and setting != "language":
            assert set(knob.options) <= set(in_code(values)), setting


def title_of(name, ending):
    """How a document calls a case."""
    chinese = dict(zip(cases.NAMES, ("图像识别", "文本分析", "语音处理", "推荐系统"), strict=True))
    return chinese[name] if "zh" in ending else name.replace("_", " ")


def shown(default):
    return f"`{default}`" if isinstance(default, str) else f"{default:g}"


@LANGUAGES
def test_the_table_of_variables_has_those_that_the_code_reads(ending):
    rows = [in_code(row[0])[0] for row in tables(page("settings", ending))[3]]
    described = {*rows}
    code = [ROOT / "app.py", *(path for layer in ("runs", "cases", "models", "pages") for path in
                               (ROOT / layer).rglob("*.py"))]  # fmt: skip
    named = r'"(CASEBOOK_[A-Z_]+|DATABASE_URL|OMP_NUM_THREADS|(?:HF|RAY)_[A-Z_]+)"'
    read = {name for path in code for name in re.findall(named, path.read_text("utf-8"))}
    assert described == read | {"HF_TOKEN"}  # which the library reads by itself
    assert len(rows) == len(described)


@LANGUAGES
def test_the_limits_are_those_of_the_code(ending):
    rows = tables(page("limits", ending))[0]
    assert f"{limits.upload_bytes() // 10**9} GB" in rows[0][1]
    archive = Limits()
    for bound in (f"{archive.total_bytes // 10**9} GB", f"{archive.file_bytes // 10**6} MB", f"{archive.files:,}"):
        assert bound in rows[1][1]
    assert f"{limits.files():,}" in rows[2][1]
    for bound in (f"{limits.table_bytes() // 10**6:,} MB", f"{limits.lines():,}", f"{limits.cells():,}"):
        assert bound in rows[3][1]


@LANGUAGES
def test_the_page_on_adding_a_case_names_the_whole_contract(ending):
    text = page("add-a-case", ending)
    case, task, *_others = [{name for row in one for name in in_code(row[0])} for one in tables(text)]
    assert case == {field.name for field in fields(Case)} and task == members(Task)
    assert members(Trainer) | members(Grouping) <= set(in_code(text))
    for path in re.findall(r"`((?:cases|pages|tests)/[\w./]+)`", text):
        assert (ROOT / path).exists() or "NAME" in path, path


def members(protocol):
    own = [name for name in vars(protocol) if not name.startswith("_")]
    return {*own, *protocol.__annotations__}
