"""A fifth case costs one folder, one page and one word: laid over a copy of the tree, it keeps what every case keeps.

The case is in `tests/fifth_case`; `docs/add-a-case.md` tells it step by step.
"""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from laid_over import CASE, NAME, lay

pytestmark = pytest.mark.slow

# What is asked of every case, and what is asked of the tree once: -k takes words of file names and of tests.
GENERAL = ("test_contract.py", "test_settings.py", "test_architecture.py", "test_language.py", "test_matrix.py")
ONCE = ("test_language", "test_architecture", "every_task_of_a_case")


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    return lay(tmp_path_factory.mktemp("house"))


def test_the_fifth_case_keeps_the_contract_has_its_place_and_its_page_with_no_other_file_touched(house):
    tests = [f"tests/{name}" for name in GENERAL]
    asked = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-q", *tests, "-k", " or ".join([NAME, *ONCE])]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")}
    ran = subprocess.run(asked, cwd=house, env=environment, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout[-6000:] + ran.stderr[-2000:]


def test_it_is_one_folder_and_one_page():
    files = {path.relative_to(CASE).as_posix() for path in CASE.rglob("*") if path.is_file() and path.suffix != ".pyc"}
    assert {path for path in files if not path.startswith(f"cases/{NAME}/")} == {f"pages/{NAME}.py"}
