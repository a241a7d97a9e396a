"""Fine-tuning from the command line, in a process of its own or in this one, and a zip for it."""

from __future__ import annotations

import subprocess
import sys

import pytest
from conftest import ROOT

from runs.fine_tune import main


def fine_tune(*given):
    command = [sys.executable, "-m", "runs.fine_tune", "image_recognition", *map(str, given)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300)


@pytest.fixture
def here(monkeypatch, capsys):
    """The same in this process, which has torch loaded: the status and the last line of standard error."""

    def fine_tune_here(*given, case="image_recognition"):
        monkeypatch.setattr(sys, "argv", ["fine_tune", case, *map(str, given)])
        return main(), capsys.readouterr().err.splitlines()[-1]

    return fine_tune_here


@pytest.fixture(scope="module")
def archive(tmp_path_factory, pictures, zip_of):
    return zip_of(tmp_path_factory.mktemp("zip") / "noise.zip", {**pictures(12), "moss/letter.jpg": b"Dear Sir"})
