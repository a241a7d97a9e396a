"""Modules are called by nouns, and what is public says what it is."""

from __future__ import annotations

import ast

from conftest import ROOT
from test_architecture import CODE, layer

MODULES = [path for path in CODE if layer(path) != "app"]

# Words in -ing that are nouns of the field or names of methods.
NOUNS = {
    "training", "length_bucketing", "batchnorm_folding", "gradient_checkpointing", "ranking", "clustering", "encoding",
    "decoding", "polling", "resampling", "overfitting", "monitoring", "second_reading",
}  # fmt: skip
SHORT = 5  # lines; a function of no more is its own explanation
ENTRIES = ("show", "main")  # what a page's module draws, and what a command does, is in the module's docstring


def _obvious(node):
    returned = ast.unparse(node.returns) if isinstance(node, ast.FunctionDef) and node.returns else ""
    field = any(isinstance(one, ast.Return) and isinstance(one.value, ast.Call)
                and ast.unparse(one.value.func) in ("choice", "number", "field") for one in node.body)  # fmt: skip
    return node.name in ENTRIES or node.end_lineno - node.lineno < SHORT or returned.startswith("InputError") or field


def test_no_module_is_called_by_a_verb_in_ing():
    names = {part for path in MODULES for part in path.relative_to(ROOT).with_suffix("").parts}
    assert sorted(one for one in names if one.split("_")[-1].endswith("ing") and len(one) > 4) == sorted(NOUNS)


def test_what_is_public_says_what_it_is():
    """Not asked of: up to five lines; the one public thing of a module, which the module's own docstring describes;
    `ENTRIES`; refusals, whose sentences stand in them; migrations; and fields of settings, whose labels stand there."""
    untold = {}
    for path in (one for one in MODULES if "migrations" not in one.parts):
        body = ast.parse(path.read_text("utf-8")).body
        named = [one for one in body if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)]
        public = [node for node in named if not node.name.startswith("_")]
        names = [node.name for node in public if len(public) > 1 and not ast.get_docstring(node) and not _obvious(node)]
        untold |= {str(path.relative_to(ROOT)): names} if names else {}
    assert untold == {}
