"""Every command that the documents show is accepted by its program, and does what its page says."""

from __future__ import annotations

import argparse
import json
import os
import re
import runpy
import shlex
import subprocess
import sys
from functools import cache
from importlib.util import find_spec
from unittest.mock import patch

import pytest
from conftest import ROOT
from streamlit.web.cli import main_run
from test_docs import code_lines, every_document, in_code, tables, without_code

import cases
from runs import arguments, fine_tune

PROGRAMS = ("make", "python", "python3", "apt-get", ".ci/run", "streamlit")


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


def test_the_first_command_of_the_command_line_gives_the_result_that_its_page_describes(
    home, tmp_path, monkeypatch, body, pictures, zip_of
):
    command = commands(ROOT / "docs/command-line.md")[0]
    assert command[:3] == ["python", "-m", "runs.fine_tune"]
    for name, count in (("train.zip", 6), ("test.zip", 2)):
        zip_of(tmp_path / name, pictures(count, seed=count))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", [*command[2:], "--model", str(body), "--set", "epochs=1"])  # a small one
    assert fine_tune.main() == 0
    result = json.loads((tmp_path / "results/result.json").read_text("utf-8"))
    rows = tables((ROOT / "docs/command-line.md").read_text("utf-8"))[1]
    inner = {key: in_code(about) for names, about in rows for key in in_code(names)}
    assert set(result) <= inner.keys()
    for key in ("trained", "data", "seconds"):
        assert set(result[key]) <= {*inner[key], "step"}, key
    assert set(result["references"]) <= set(inner["references"])


def test_the_command_line_has_the_options_that_its_page_describes_and_no_others():
    text = (ROOT / "docs/command-line.md").read_text("utf-8")
    described = {in_code(option)[0].split()[0] for option, _ in tables(text)[0]}
    parser, _ = parser_of("runs.fine_tune", None)
    assert described == set(re.findall(r"--[a-z-]+", parser.format_usage()))
