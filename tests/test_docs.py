"""The documents are true in both languages: links lead somewhere, commands are accepted, tables agree with the code."""

from __future__ import annotations

import argparse
import os
import re
import runpy
import shlex
import subprocess
import sys
from dataclasses import fields
from functools import cache
from importlib.util import find_spec
from unittest.mock import patch

import pytest
from babel.messages.pofile import read_po
from conftest import ROOT
from streamlit.web.cli import main_run

import cases
from cases import limits, settings
from cases.base import Case, Grouping, Task, Trainer
from cases.ingest.archives.limits import Limits
from runs import arguments

ENGLISH = [ROOT / "README.md", *sorted(path for path in ROOT.glob("docs/*.md") if ".zh-CN" not in path.name)]
CHINESE = [path.with_suffix(".zh-CN.md") for path in ENGLISH]
DOCUMENTS = [*ENGLISH, *CHINESE, *sorted(ROOT.glob("cases/*/README.md")), ROOT / "benchmarks/README.md"]
CELLS_WITH_MARKS = r"(?<!\\)\|"
PROGRAMS = ("make", "python", "python3", "apt-get", ".ci/run", "streamlit")


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


# Every command that is shown is accepted by its program


def commands(path):
    """What a page shows in blocks and in sentences that begins with one of the programs."""
    text = path.read_text("utf-8")
    shown = [*code_lines(text), *in_code(without_code(text))]
    begins = re.compile(rf"(\.venv[/\\](bin|Scripts)[/\\])?({'|'.join(map(re.escape, PROGRAMS))})(\s|$)")
    words = [shlex.split(line, comments=True, posix="\\" not in line) for line in shown if begins.match(line)]
    return [line for line in words if len(line) > 1 or line == [".ci/run"]]


class Parsed(Exception):
    """Ends a program once its arguments were understood."""


def parser_of(module, given):
    """The parser of a program and what it makes of `given`; nothing but that is done."""
    parse = argparse.ArgumentParser.parse_args

    def stop(self, args=None, namespace=None):
        raise Parsed(self, parse(self, args, namespace) if given is not None else None)

    with (
        patch.object(sys, "argv", [module, *(given or [])]),
        patch.object(argparse.ArgumentParser, "parse_args", stop),
        patch.dict(os.environ),
        pytest.raises(Parsed) as parsed,
    ):
        runpy.run_module(module, run_name="__main__")
    return parsed.value.args


def is_accepted(words):
    program, *given = words
    program = program.replace("\\", "/").rpartition("/")[2]
    if words == [".ci/run"]:
        assert os.access(ROOT / ".ci/run", os.X_OK)
    elif program == "make":
        assert set(given) <= targets(), given
    elif program == "apt-get":
        ci = (ROOT / ".ci/run").read_text("utf-8")
        assert given[0] == "install" and all(package in ci for package in given[1:])
    elif program == "streamlit":
        assert given[0] == "run" and (ROOT / given[1]).is_file()
        main_run.make_context("run", given[1:], resilient_parsing=True)
    elif given[0] == "-m":
        module_is_accepted(given[1], given[2:])
    else:  # a script that lies in every bundle
        assert all((ROOT / "cases" / name / "predict.py").is_file() for name in cases.NAMES)
        assert given[0] in ("predict.py", "repeat.py") and (ROOT / "runs/jobs/repeat.py").is_file()


def module_is_accepted(module, given):
    if module == "pip":
        files = [given[at + 1] for at, word in enumerate(given) if word == "-r"]
        assert all((ROOT / file).is_file() for file in files)
        assert pip_accepts(*given), given
    elif module == "venv":
        assert given == [".venv"]
    elif module == "pytest":
        files = given[2:] if given[0] == "-m" else given
        assert files == given or f'"{given[1]}: ' in (ROOT / "pyproject.toml").read_text("utf-8")
        assert files and all((ROOT / file).exists() for file in files)
    elif module == "benchmarks.NAME":  # for any of the table
        assert all(find_spec(f"benchmarks.{name}") for name in benchmarks())
    else:
        assert find_spec(module), module
        if given:
            _, args = parser_of(module, given)
            if module == "runs.fine_tune":
                args.like = None  # there is no such file here
                arguments.settings(args, arguments.like(args))
                arguments.columns(args, arguments.like(args))


@cache
def pip_accepts(*given):
    """It gives its help once it knows all options before that one."""
    command = [sys.executable, "-m", "pip", *given, "--help"]
    return subprocess.run(command, cwd=ROOT, capture_output=True, timeout=120).returncode == 0


def targets():
    return set(re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))


def benchmarks():
    text = (ROOT / "benchmarks/README.md").read_text("utf-8")
    return {in_code(name)[0]: in_code(about + time) for name, about, time in tables(text)[0]}


@pytest.mark.slow
@every_document
def test_every_command_that_is_shown_is_accepted_by_its_program(path):
    for words in commands(path):
        is_accepted(words)


@pytest.mark.parametrize("name", benchmarks())
def test_the_options_that_the_table_of_benchmarks_names_are_there(name):
    assert find_spec(f"benchmarks.{name}")
    if options := [word for code in benchmarks()[name] for word in code.split() if word.startswith("--")]:
        parser, _ = parser_of(f"benchmarks.{name}", None)
        assert all(option in parser.format_help() for option in options), options


def test_the_command_line_has_the_options_that_its_page_describes_and_no_others():
    text = (ROOT / "docs/command-line.md").read_text("utf-8")
    described = {in_code(option)[0].split()[0] for option, _ in tables(text)[0]}
    parser, _ = parser_of("runs.fine_tune", None)
    assert described == set(re.findall(r"--[a-z-]+", parser.format_usage()))
