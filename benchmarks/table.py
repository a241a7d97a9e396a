"""How every benchmark is asked and how it answers: `--quick`, `--out`; a table, the same as JSON."""

from __future__ import annotations

import argparse
import json
import platform
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import psutil

ROOT = Path(__file__).parent.parent
FLOWERS, QUESTIONS = (ROOT.parent / "shared/data" / name for name in ("img_flowers17_12", "txt_trec6_en"))
SOUNDS = ROOT.parent / "shared/data"


def options(document: str, name: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=document.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="only see that it works: few repeats, nothing judged")
    parser.add_argument(
        "--out", type=Path, nargs="?", const=ROOT / f"benchmarks/results/{name}.json", help="write the figures as JSON"
    )
    return parser


def verdict(value: float, bar: float, *, quick: bool, least: bool = False) -> str:
    """met or missed; `least`: the bar is the lowest value allowed, not the highest."""
    if quick:
        return "not judged"
    return "met" if (value >= bar if least else value <= bar) else "missed"


def show(headers: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """The first column to the left, the figures to the right."""
    cells = [list(headers), *[[_text(value) for value in row] for row in rows]]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    for row in [cells[0], ["-" * width for width in widths], *cells[1:]]:
        (first, width), *rest = zip(row, widths, strict=True)
        print("  ".join([first.ljust(width), *(text.rjust(width) for text, width in rest)]))


def write(out: Path | None, **figures: Any) -> None:
    """`figures` and the machine they are of, where `--out` was given."""
    if out is None:
        return
    machine = {
        "cores": psutil.cpu_count(),
        "memory_gb": round(psutil.virtual_memory().total / 2**30, 1),
        "python": platform.python_version(),
        "load_now": psutil.getloadavg()[0],
    }
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps({"machine": machine, **figures}, ensure_ascii=False, indent=1) + "\n", "utf-8")


def _text(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.1f}" if abs(value) >= 10 else f"{value:.3g}"
    return "" if value is None else str(value)
