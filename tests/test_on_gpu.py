"""The command for a lent card runs with nothing but a stock PyTorch image, here on the processor."""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys

import pytest
import stock_image
import torch
from conftest import ROOT

from benchmarks import on_gpu, on_gpu_pack, on_gpu_processes
from benchmarks.on_gpu_meters import Stopwatch, covered
from benchmarks.on_gpu_parts import PARTS, Part, chosen, find
from benchmarks.on_gpu_processes import Asked

pytestmark = pytest.mark.slow

SMALL = [part for part in PARTS if part.cap_gb is None]
LARGE = [part for part in PARTS if part.cap_gb is not None]
FIGURES = ("items_per_second", "busy", "loss_before", "loss_after", "flops_per_item", "of_ceiling")

# Each part in one process that has what the image has: imports, data, and a step of both sides.
EVERY = """
import sys
from pathlib import Path
import torch
from benchmarks import on_gpu_material, on_gpu_stock
from benchmarks.on_gpu_parts import PARTS
from benchmarks.on_gpu_training import Training
for part in PARTS:
    if part.cap_gb is None:
        folder = Path(sys.argv[1], part.name)
        folder.mkdir(parents=True)
        training = Training(part, on_gpu_material.prepare(part, folder, folder, tiny=True), folder)
        counted = training.counted()["flops_per_item"], on_gpu_stock._flops(part, training.material)
        print(part.name, *map(int, counted), training.material.weights, flush=True)
"""


def run(image, tmp_path, *given):
    out = tmp_path / "on_gpu.json"
    always = ("--tiny", "--minutes", "30", "--cache", str(tmp_path), "--out", str(out))
    command = [sys.executable, "-m", "benchmarks.on_gpu", *always, *given]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=1900, env=image)
    return ran, json.loads(out.read_text("utf-8")) if out.exists() else None


def test_a_part_trains_beside_the_stock_example_and_resumes_exactly_after_a_kill(tmp_path):
    """And what fails, here for want of a package, is told in full and leaves the others."""
    folder = stock_image.install(tmp_path / "image", without=("transformers.models.whisper",))
    parts = ("sounds/head", "pictures/full/ViT-B", "lists/full/attention")
    ran, told = run({**os.environ, "PYTHONPATH": str(folder)}, tmp_path, "--only", *parts)
    rows = {row["name"]: row for row in told["parts"]}
    row = rows["lists/full/attention"]
    assert row["errors"] == {}
    for side in (row, row["stock"]):
        assert all(math.isfinite(side[name]) and side[name] > 0 for name in FIGURES)
    assert row["times_stock"] > 0
    assert row["resume"]["verdict"] == "exact"
    assert row["resume"]["from_step"] == row["resume"]["of_steps"] // 2 + 1  # the checkpoint of the first epoch
    assert (rows["pictures/full/ViT-B"]["not_run"], rows["pictures/full/ViT-B"]["errors"]) == ("no card", {})
    assert told["machine"]["device"] == "CPU" and set(told["ceiling"]) == {"bf16", "fp32"}

    error = rows["sounds/head"]["errors"]["training"]
    assert error.startswith("Traceback (most recent call last)") and "WhisperModel" in error
    assert error in ran.stdout and "lists/full/attention" in ran.stdout
    assert ran.returncode == 1
    assert (told["summary"]["exact"], told["summary"]["failed"]) == (1, 1), ran.stdout + ran.stderr


def test_the_image_has_all_that_any_part_imports(tmp_path):
    image = {**os.environ, "PYTHONPATH": str(stock_image.install(tmp_path / "image"))}
    ran = subprocess.run([sys.executable, "-c", EVERY, str(tmp_path)], cwd=ROOT, capture_output=True, text=True,
                         timeout=600, env=image)  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    lines = [line.split() for line in ran.stdout.splitlines()]
    assert [line[0] for line in lines] == [part.name for part in SMALL]
    assert all(int(line[1]) > 0 and int(line[2]) > 0 and line[3].startswith("random") for line in lines)


def test_a_part_that_hangs_is_ended_and_says_where(tmp_path):
    (tmp_path / "torch.py").write_text("import time\ntime.sleep(600)\n")
    row = on_gpu_processes.part("texts/full", Asked(tmp_path, tiny=True, packages=tmp_path), 12.0)
    (error,) = row["errors"].values()
    assert "not over after 8 s, in the section “imports”" in error
    assert f'File "{tmp_path / "torch.py"}", line 2' in error


def test_every_case_is_trained_in_every_way_it_has():
    ways = {case: [part.way for part in SMALL if part.case == case] for case in {part.case for part in SMALL}}
    assert ways == {
        "pictures": ["full", "LoRA", "head"], "texts": ["full", "LoRA", "head"], "sounds": ["full", "LoRA", "head"],
        "transcripts": ["full", "LoRA"], "lists": ["full", "full"],
    }  # fmt: skip
    assert {(part.case, part.size) for part in LARGE} == {("pictures", "ViT-B"), ("texts", "300M")}
    assert chosen(["lists", "texts/full"]) == [find("texts/full"), *chosen(["lists"]), find("texts/full/300M")]


def test_ratios_count_one_look_at_each_item_where_the_head_learns():
    row = {"features_per_second": 100.0, "items_per_second": 1000.0, "flops_per_item": 2.0, "bf16": True,
           "stock": {"items_per_second": 50.0, "flops_per_item": 3.0}}  # fmt: skip
    told = on_gpu.with_ratios(row, Part("texts", "head"), {"bf16": 1000.0, "fp32": 500.0})
    assert told["of_ceiling"] == pytest.approx(0.2)
    assert told["stock"]["of_ceiling"] == pytest.approx(0.15)
    assert told["times_stock"] == pytest.approx((2 / 50) / (1 / 100 + 2 / 1000))


def test_time_in_which_two_kernels_run_at_once_counts_once():
    assert covered([(0, 10), (5, 15), (20, 30), (22, 25)]) == pytest.approx(25e-6)


def test_a_training_that_is_late_is_ended_and_timed_until_then():
    watch = Stopwatch(10, 20, deadline=0.0)
    for step in (1, 2, 3, 4):
        watch.step(step)
    assert watch.over and watch.per_step > 0


@pytest.mark.gpu
def test_on_a_card_every_part_trains_and_a_look_at_its_kernels_says_how_long_it_computes(tmp_path):
    out = tmp_path / "on_gpu.json"
    ran = subprocess.run([sys.executable, "-m", "benchmarks.on_gpu", "--out", str(out)], cwd=ROOT, capture_output=True,
                         text=True, timeout=660)  # fmt: skip
    assert ran.returncode == 0, ran.stdout + ran.stderr
    told = json.loads(out.read_text("utf-8"))
    assert told["machine"]["device"] == torch.cuda.get_device_name() and not told["tiny"]
    trained = [row for row in told["parts"] if "not_run" not in row]
    assert {row["name"] for row in trained} >= {part.name for part in SMALL}
    for side in (*trained, *(row["stock"] for row in trained)):
        assert 0 < side["busy"] < 1.25 and 0 < side["of_ceiling"] < 1 and side["memory_mb"] > 0
    assert all(row["memory_mb"] < find(row["name"]).cap_gb * 1024 for row in trained if find(row["name"]).cap_gb)


def test_packed_packages_are_used_where_the_image_lacks_them(tmp_path):
    assert [line.split()[0] for line in on_gpu_pack.pack(tmp_path / "packages", weights=False)] == ["peft"]
    image = stock_image.install(tmp_path / "image", also=("peft",))
    paths = os.pathsep.join(map(str, (tmp_path / "packages", image)))
    look = "from importlib.util import find_spec; print(find_spec('peft').origin)"
    ran = subprocess.run([sys.executable, "-c", look], cwd=ROOT, capture_output=True, text=True,
                         env={**os.environ, "PYTHONPATH": paths})  # fmt: skip
    assert ran.stdout.startswith(str(tmp_path / "packages")), ran.stderr
