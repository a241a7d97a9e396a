"""Whether training works on this machine, and how fast: every case, head, LoRA and full, in one command.

    python -m benchmarks.on_gpu
    python -m benchmarks.on_gpu --minutes 5 --out on_gpu.json

Made for a machine that is lent for ten minutes and has a stock PyTorch image only: torch, torchvision, transformers,
timm, accelerate, safetensors and scikit-learn. Of everything else it takes what is there: the pretrained weights that
packages or a cache hold, otherwise random ones of a usual size; `peft` for the adapters, otherwise plain ones. Without
a card all is smaller. Data are made by a rule that can be learnt, so that a loss that does not fall shows.

Each combination trains for two epochs with the engine that every run has. Then it trains once more, is stopped in the
middle of the second epoch, goes on from its checkpoint, and must have the same weights to the bit. A line each, a
summary, and exit status 1 where something failed.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # before torch is imported

import torch
from transformers.utils import logging

from benchmarks.on_gpu_parts import COMBINATIONS, Combination
from benchmarks.on_gpu_training import Outcome, train
from models.training import device

HOME = Path(os.environ.get("CASEBOOK_HOME", "var"))
HEADINGS = ("case", "part", "weights", "items/s", "features/s", "memory MB", "loss", "resume", "seconds")
WIDTHS = (12, 10, 22, 9, 10, 9, 16, 26, 7)
NO_TIME = "no time was left to begin it"


def main(given: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--minutes", type=float, default=9.0, help="begin no combination that would end later than this"
    )
    parser.add_argument("--only", nargs="+", metavar="CASE", help="some cases, as the first column calls them")
    parser.add_argument("--small", action="store_true", help="the sizes that a machine without a card takes")
    parser.add_argument("--cache", type=Path, default=HOME / "cache/models", help="where weights may lie already")
    parser.add_argument("--out", type=Path, help="write the figures as JSON")
    asked = parser.parse_args(given)
    os.environ.setdefault("HF_HUB_OFFLINE", "1")  # weights are found or made, never fetched
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    chosen = [one for one in COMBINATIONS if not asked.only or one.case in asked.only]
    machine = describe()
    print("  ".join(f"{name}: {value}" for name, value in machine.items()), flush=True)
    print(_line(HEADINGS), flush=True)
    rows = run(chosen, asked.minutes * 60, asked.cache, small=asked.small or device.pick().type == "cpu")
    summary = summed_up(rows)
    print("\n" + "  ".join(f"{name}: {value}" for name, value in summary.items()))
    if asked.out:
        told = {"machine": machine, "combinations": rows, "summary": summary}
        asked.out.write_text(json.dumps(told, indent=1) + "\n", "utf-8")
    return 0 if summary["failed"] == summary["inexact"] == 0 else 1


def run(chosen: Sequence[Combination], seconds: float, cache: Path, *, small: bool) -> list[dict[str, Any]]:
    begun, longest, rows = time.monotonic(), 0.0, []
    for one in chosen:
        start = time.monotonic()
        if rows and start - begun + longest > seconds:
            row = _row(one, None, NO_TIME, 0.0)
        else:
            row = _tried(one, cache, small=small)
            longest = max(longest, time.monotonic() - start)
        rows.append(row)
        print(_line(_told(row)), flush=True)
    return rows


def _tried(one: Combination, cache: Path, *, small: bool) -> dict[str, Any]:
    start = time.monotonic()
    outcome, error = None, ""
    try:
        with TemporaryDirectory() as folder:
            outcome = train(one, Path(folder), cache, small=small)
    except Exception as failure:  # the others are to be tried all the same; what went wrong is the result
        error = f"{type(failure).__name__}: {failure}"[:500]
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
    return _row(one, outcome, error, time.monotonic() - start)


def _row(one: Combination, outcome: Outcome | None, error: str, seconds: float) -> dict[str, Any]:
    known = vars(outcome) if outcome else {}
    return {"case": one.case, "part": one.part, **known, "error": error, "seconds": round(seconds, 1)}


def _told(row: dict[str, Any]) -> Sequence[str]:
    if row["error"]:
        return (row["case"], row["part"], row["error"] if row["error"] == NO_TIME else f"FAILED {row['error']}")
    features = f"{row['features_per_second']:.0f}" if row["features_per_second"] else ""
    loss = f"{row['loss_before']:.3f} → {row['loss_after']:.3f}"
    return (row["case"], row["part"], row["weights"], f"{row['items_per_second']:.0f}", features,
            f"{row['memory_mb']:.0f}", loss, row["resume"], f"{row['seconds']:.1f}")  # fmt: skip


def _line(cells: Sequence[str]) -> str:
    widths = (*WIDTHS[: len(cells) - 1], 0)
    return " ".join(f"{cell:<{width}}" for cell, width in zip(cells, widths, strict=True))


def summed_up(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    done = [row for row in rows if not row["error"]]
    return {
        "done": len(done),
        "failed": sum(row["error"] not in ("", NO_TIME) for row in rows),
        "left out": sum(row["error"] == NO_TIME for row in rows),
        "exact": sum(row["resume"] == "exact" for row in done),
        "inexact": sum(row["resume"].startswith("DIFFERS") for row in done),
        "learnt": sum(row["loss_after"] < row["loss_before"] for row in done),
        "most memory MB": round(max((row["memory_mb"] for row in done), default=0)),
        "seconds": round(sum(row["seconds"] for row in rows), 1),
    }


def describe() -> dict[str, Any]:
    import timm
    import transformers

    where = device.pick()
    card = {"card MB": round(device.memory_mb(where)), "CUDA": torch.version.cuda} if where.type == "cuda" else {}
    return {
        "device": device.describe(where), **card, "bf16": device.use_bf16("auto", where),
        "threads": torch.get_num_threads(), "Python": platform.python_version(), "torch": torch.__version__,
        "transformers": transformers.__version__, "timm": timm.__version__,
    }  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
