"""A copy of the tree in which a fifth case lies: one folder, one page and one word, as whoever adds it brings them."""

from __future__ import annotations

import shutil
from pathlib import Path

ROOT = Path(__file__).parent.parent
CASE, NAME = ROOT / "tests/fifth_case", "table_rows"
COPIED = (
    "app.py",
    "pyproject.toml",
    "Makefile",
    ".streamlit",
    "cases",
    "lessons",
    "locale",
    "models",
    "pages",
    "runs",
    "tests",
)
LEFT = shutil.ignore_patterns("fifth_case", "*-pytest-*")  # what was compiled before stays


def lay(folder: Path) -> Path:
    """Make it; nothing else of the copy is touched."""
    for name in COPIED:
        place = ROOT / name
        if place.is_dir():
            shutil.copytree(place, folder / name, ignore=LEFT)
        else:
            shutil.copyfile(place, folder / name)
    shutil.copytree(CASE, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
    names = folder / "cases/__init__.py"
    before = names.read_text("utf-8")
    after = before.replace('"recommendation")', f'"recommendation", "{NAME}")')
    assert after != before
    names.write_text(after, "utf-8")
    return folder
