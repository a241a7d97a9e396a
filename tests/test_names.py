"""Modules are called by nouns, and what is public says what it is; `python tests/test_names.py` lists what does not."""

from __future__ import annotations

import ast
from pathlib import Path

ROOT = Path(__file__).parent.parent
CODE = [path for layer in ("models", "cases", "runs", "pages") for path in sorted(ROOT.glob(f"{layer}/**/*.py"))]

# Words in -ing that are nouns of the field.
NOUNS = {
    "training": "what a network goes through; every library calls the folder so",
    "length_bucketing": "the name of the method",
    "batchnorm_folding": "the name of the method",
    "gradient_checkpointing": "the name of the method",
    "ranking": "a ranked list, and the task type",
    "clustering": "what was clustered, and the method",
    "encoding": "of characters",
    "decoding": "of pictures and recordings",
    "polling": "the name of the method",
    "resampling": "the name of the method",
    "overfitting": "what a network does, and the field's word for it",
    "monitoring": "what is measured of a server, and the name of the field",
    "second_reading": "what happens to a data set: it is read once more",
}
SHORT = 5  # lines; a function of no more is its own explanation
ENTRIES = ("show", "main")  # what a page's module draws, and what a command does, is in the module's docstring


def gerunds():
    """Files and folders whose names are verbs in -ing."""
    names = {part for path in CODE for part in path.relative_to(ROOT).with_suffix("").parts}
    return sorted(name for name in names if name.split("_")[-1].endswith("ing") and len(name) > 4)


def untold():
    """Public functions and classes without a docstring, as path → names.

    Not asked of: up to five lines; the one public thing of a module, which the module's own docstring describes;
    `ENTRIES`; refusals, whose sentences stand in them; migrations; and fields of settings, whose labels stand in them.
    """
    found = {}
    for path in CODE:
        if "migrations" in path.parts:
            continue
        tree = ast.parse(path.read_text("utf-8"))
        public = [node for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
                  and not node.name.startswith("_")]  # fmt: skip
        names = [node.name for node in public if len(public) > 1 and not ast.get_docstring(node) and not _obvious(node)]
        if names:
            found[str(path.relative_to(ROOT))] = " ".join(names)
    return found


def _obvious(node):
    returned = ast.unparse(node.returns) if isinstance(node, ast.FunctionDef) and node.returns else ""
    field = any(isinstance(one, ast.Return) and isinstance(one.value, ast.Call)
                and ast.unparse(one.value.func) in ("choice", "number", "field") for one in node.body)  # fmt: skip
    return node.name in ENTRIES or node.end_lineno - node.lineno < SHORT or returned.startswith("InputError") or field


def test_no_module_is_called_by_a_verb_in_ing():
    assert gerunds() == sorted(NOUNS)


def test_what_is_public_says_what_it_is():
    assert untold() == {}


if __name__ == "__main__":
    print("By a verb in -ing:", *(set(gerunds()) - set(NOUNS)))
    print("Without a docstring:", *(f"\n    {path}: {names}" for path, names in untold().items()))
