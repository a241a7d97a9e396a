"""Imports go one way, the web process stays light, and nothing is ever unpickled."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from functools import cache

from conftest import ROOT

import cases
from cases.settings import knobs
from pages.shared import text

LAYERS = ("models", "cases", "runs", "pages", "app")  # each may import itself and those before it
CODE = [path for layer in LAYERS for path in sorted([*ROOT.glob(f"{layer}/**/*.py"), *ROOT.glob(f"{layer}.py")])]
WEB = (
    ["runs.agent", "runs.store.database", "runs.api.routes", "runs.tokens"]
    + [f"cases.{name}" for name in cases.NAMES]
    + [".".join(path.relative_to(ROOT).with_suffix("").parts) for path in ROOT.glob("pages/*/**/*.py")]
)


def nodes(path):
    return ast.walk(ast.parse(path.read_text("utf-8")))


@cache
def imported(path):
    """The full names of all modules a file imports, also inside its functions."""
    found = []
    for node in nodes(path):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: a relative import hides where it leads"
            found += [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    return frozenset(found)


def layer(path):
    return path.relative_to(ROOT).with_suffix("").parts[0]


ABOVE = [path for path in CODE if layer(path) in ("pages", "runs")]  # what all cases share


def test_there_is_code_in_every_layer():
    assert {layer(path) for path in CODE} == set(LAYERS)


def test_imports_go_one_way():
    for path in CODE:
        above = LAYERS[LAYERS.index(layer(path)) + 1 :]
        assert not {name.split(".")[0] for name in imported(path)} & {*above}, path


def test_only_pages_and_the_server_know_streamlit():
    knowing = {layer(path) for path in CODE if any(name.split(".")[0] == "streamlit" for name in imported(path))}
    assert knowing == {"pages", "app"}


def test_runs_know_no_case_by_its_name():
    for path in CODE:
        if layer(path) in ("models", "runs"):
            assert not [name for name in cases.NAMES if f"cases.{name}" in imported(path)], path


def test_of_pages_only_its_own_knows_a_case_by_its_name():
    for path in CODE:
        if layer(path) == "pages":
            known = [name for name in cases.NAMES if any(one.startswith(f"cases.{name}") for one in imported(path))]
            assert known in ([], [path.stem]) if path.parent == ROOT / "pages" else not known, path


# Attribute → the room that may look it up.
KNOWS = {"task_type": "pages/task_types", "modality": "pages/modalities"}


def compared(path):
    """The expressions that a branch or a look-up depends on."""
    for node in nodes(path):
        if isinstance(node, ast.Compare):
            yield from (node.left, *node.comparators)
        elif isinstance(node, ast.Subscript):
            yield node.slice
        elif isinstance(node, ast.Match):
            yield node.subject
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "get":
            yield from node.args


def test_nothing_branches_on_which_task_type_or_modality_it_has_but_the_room_that_knows_them():
    for path, expression in ((one, expression) for one in ABOVE for expression in compared(one)):
        last = expression
        if isinstance(last, ast.Attribute) and last.attr in ("name", "stored"):
            last = last.value
        room = KNOWS.get(last.attr) if isinstance(last, ast.Attribute) else None
        assert room is None or path.is_relative_to(ROOT / room), f"{path}:{last.lineno}: {ast.unparse(expression)}"


NAMES = {name for case in cases.NAMES for name in knobs(cases.get(case).Settings)} - {"validation", "test", "split"}


def test_which_settings_are_meant_says_the_field_and_no_list_of_names():
    for path, node in ((one, node) for one in ABOVE for node in nodes(one)):
        if isinstance(node, ast.Tuple | ast.List | ast.Set) and len(node.elts) > 1:
            names = {getattr(one, "value", None) for one in node.elts if isinstance(one, ast.Constant)}
            assert len(names & NAMES) < 2, f"{path}:{node.lineno}: {ast.unparse(node)}"


BUTTONS = {"button", "form_submit_button", "menu_button"}


def test_every_button_acts_in_its_callback():
    """What is done because a button's value is true is lost where the page is interrupted before it comes there."""
    for path in CODE:
        if layer(path) not in ("pages", "app"):
            continue
        tree = ast.parse(path.read_text("utf-8"))
        dropped = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
        for node in ast.walk(tree):
            name = getattr(node.func, "attr", getattr(node.func, "id", "")) if isinstance(node, ast.Call) else ""
            if name in BUTTONS:
                assert id(node) in dropped, f"{path}:{node.lineno}: what the button returns is used"


BASELINES = {one.name for case in cases.NAMES for task in cases.get(case).tasks for one in task.baselines}


def test_which_baselines_there_are_says_the_task_and_no_page():
    for path in ABOVE:
        named = {getattr(node, "value", None) for node in nodes(path) if isinstance(node, ast.Constant)}
        assert not BASELINES & named, path


def test_the_web_process_never_loads_the_heavy_libraries():
    program = (
        f"import importlib, sys, app, cases\nfor name in {WEB!r}: importlib.import_module(name)\n"
        "for name in cases.NAMES: cases.get(name)\n"
        "print(sorted({'torch', 'torchvision', 'transformers', 'timm', 'accelerate', 'optuna'} & set(sys.modules)))"
    )
    ran = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert ran.stdout.splitlines()[-1] == "[]"


def constants(call):
    return [keyword for keyword in call.keywords if isinstance(keyword.value, ast.Constant)]


# What processes that were started together hand to each other; nothing of it comes from a person or from a file.
AMONG_PROCESSES = ROOT / "models/training/ranks/handover.py"


def test_nothing_is_unpickled_or_run_from_text():
    forbidden = {"pickle", "cPickle", "dill", "cloudpickle", "joblib", "shelve", "marshal"}
    unpickling = [path for path in CODE if forbidden & {name.split(".")[0] for name in imported(path)}]
    assert unpickling == [AMONG_PROCESSES]
    for path in CODE:
        for node in nodes(path):
            if isinstance(node, ast.Call):
                called = node.func.id if isinstance(node.func, ast.Name) else ""
                assert called not in ("eval", "exec"), f"{path}:{node.lineno}"
                given = {(keyword.arg, keyword.value.value) for keyword in constants(node)}
                assert not given & {("weights_only", False), ("allow_pickle", True)}, f"{path}:{node.lineno}"
                if ast.unparse(node.func) == "torch.load":
                    assert "weights_only" in [keyword.arg for keyword in node.keywords], f"{path}:{node.lineno}"


def test_no_component_keeps_data_that_were_overtaken_while_its_script_was_loaded():
    exported = [
        path.name
        for path in (ROOT / "pages").rglob("*.js")
        if re.search(r"^export default (?!lasting\(|giving\()", path.read_text("utf-8"), re.MULTILINE)
    ]
    assert exported == []


def test_the_hidden_option_that_keeps_reruns_quick_still_exists_and_is_set():
    from streamlit import config

    assert "runner.postScriptGC" in config.get_config_options()
    settings = tomllib.loads((ROOT / ".streamlit/config.toml").read_text("utf-8"))
    assert settings["runner"]["postScriptGC"] is False
    assert settings["server"]["address"] == "127.0.0.1"
    assert settings["browser"]["gatherUsageStats"] is False
    for context in ("light", "dark"):  # figures name the theme's colours by their number
        assert len({*settings["theme"][context]["chartCategoricalColors"]}) == len(text.COLOURS)
