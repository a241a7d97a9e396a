"""A training as plain code of PyTorch and transformers: short cells for each step, and all as a Jupyter notebook.

A template is Python in which lines of Jinja, begun with `#%`, choose what the settings choose, `# %% name` begins a
cell of a step, and comments stand in each language: `# en: …` and `# zh: …`, behind code on one line.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Any

from jinja2 import Environment, FunctionLoader, StrictUndefined

from models.errors import N_

STEPS = {  # that have cells, and what the steps of the page are called: message ids
    "data": N_("Data"), "check": N_("Check"), "model": N_("Model"), "train": N_("Fine-tune"),
    "evaluate": N_("Evaluate"), "try": N_("Try"), "export": N_("Export & share"),
}  # fmt: skip
DATA = "data"  # the folder of the data beside the notebook
WEIGHTS = "pretrained"  # that of the pretrained model
CELL = re.compile(r"^# %% (\w+)\n", re.MULTILINE)
LINE = re.compile(r"^[ \t]*#% (.*)$", re.MULTILINE)
COMMENT = re.compile(r"^(\s*# )(en|zh): ")
BESIDE = re.compile(r"# en: (?P<en>.*) # zh: (?P<zh>.*)$")  # behind a line of code


@dataclass(frozen=True)
class TrainingRecord:
    """What is known of a training, done or still to be done.

    `settings`: with what empty fields stand for; `result`: as `result.json` has it, {} before there is one; `model`:
    the folder or hub id from which the code loads the pretrained model; `weights`: where its files lie on this machine,
    None where they do not.
    """

    settings: Mapping[str, Any]
    result: Mapping[str, Any] = field(default_factory=dict)
    model: str = WEIGHTS
    weights: Path | None = None

    @property
    def trained(self) -> Mapping[str, Any]:
        """How far the training came, and what it chose."""
        return self.result.get("trained", {})

    @property
    def test(self) -> Mapping[str, Any]:
        """The metrics of the test part with their intervals."""
        return self.result.get("test", {})

    def stated(self, name: str) -> dict[str, Any]:
        """What a JSON file of the pretrained model says; {} where there is none."""
        file = self.weights / name if self.weights else None
        return json.loads(file.read_text("utf-8")) if file and file.is_file() else {}


@dataclass(frozen=True)
class Notebook:
    """`cells`: step → the code of its cells, each going on from those before it."""

    cells: Mapping[str, tuple[str, ...]]

    @property
    def code(self) -> str:
        """All of it."""
        return "\n".join(chain.from_iterable(self.cells.values()))

    def as_json(self, titles: Mapping[str, str]) -> bytes:
        """An .ipynb of format 4.5, in which the cells of a step stand below its title; `titles`: step → one."""
        found: list[dict[str, Any]] = []
        for step, cells in self.cells.items():
            found.append({"cell_type": "markdown", "id": f"{step}-title", "source": f"## {titles[step]}"})
            found += [{"cell_type": "code", "id": f"{step}-{number}", "source": code, "outputs": [],
                       "execution_count": None} for number, code in enumerate(cells, start=1)]  # fmt: skip
        cells = [{**cell, "metadata": {}, "source": cell["source"].splitlines(keepends=True)} for cell in found]
        kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
        told = {"nbformat": 4, "nbformat_minor": 5, "metadata": {"kernelspec": kernel}, "cells": cells}
        return json.dumps(told, ensure_ascii=False, indent=1).encode()


def render(template: str, language: str, record: TrainingRecord, **values: Any) -> Notebook:
    """The notebook of a training.

    Args:
        template: its path below `cases`.
        language: of the comments, en or zh.
        values: what the template knows besides the record.
    """
    given = {"settings": record.settings, "trained": record.trained, "test": record.test, "model": record.model}
    code = _environment().get_template(template).render(**given, **values)
    said = "\n".join(_in(language, code.splitlines())) + "\n"
    parts = CELL.split(said)[1:]
    cells: dict[str, list[str]] = {step: [] for step in STEPS}
    for step, part in zip(parts[::2], parts[1::2], strict=True):
        cells[step] += [f"{part.strip()}\n"] if part.strip() else []
    return Notebook({step: tuple(some) for step, some in cells.items()})


def _in(language: str, lines: list[str]) -> list[str]:
    """The lines without the comments of other languages."""
    said = [BESIDE.sub(lambda found: f"# {found[language]}", line) for line in lines]
    kept = [line for line in said if not (found := COMMENT.match(line)) or found[2] == language]
    return [COMMENT.sub(r"\1", line) for line in kept]


class _Code(str):
    """What stands in the code as it is."""


@cache
def _environment() -> Environment:
    made = Environment(
        loader=FunctionLoader(_template), undefined=StrictUndefined, finalize=_written, trim_blocks=True,
        keep_trailing_newline=True, autoescape=False,
    )  # fmt: skip
    made.filters["code"] = _Code
    return made


def _template(path: str) -> str:
    """Its lines of Jinja as blocks; those of Jinja itself would take the empty lines after them along."""
    return LINE.sub(r"{% \1 %}", (Path(__file__).parent / path).read_text("utf-8"))


def _written(value: Any) -> str:
    """As Python writes it, numbers in the shortest form; what went through the filter `code` as it is."""
    if isinstance(value, _Code):
        return value
    return f"{value:g}" if isinstance(value, float) else repr(value)
