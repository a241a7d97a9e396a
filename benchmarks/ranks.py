"""Two processes that train together, of one thread each, against one process with one thread.

    python -m benchmarks.ranks --out

The same effective batch, full fine-tuning, without dropout and augmentation; for pictures, texts, sounds that are made
up and recordings of spoken digits. Bars: losses apart by at most 0.001 over 20 steps, and at least 1.7 times as many
items a second. The one process takes each batch whole, and in another run in the two parts that the two processes have,
adding up their gradients: then nothing but what is shared between processes can differ.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks import table
from benchmarks.ranks_side import MATERIALS

APART, QUICKER = 1e-3, 1.7
SHOWN = ("data", "weights", "one, items/s", "two, items/s", "times", "bar", "", "losses apart", "bar", "",
         "from one in two parts", "")  # fmt: skip


def measure(
    name: str, folder: Path, learning_rate: float, *, quick: bool, processes: int, parts: int = 1
) -> dict[str, Any]:
    """What one side tells; see `benchmarks.ranks_side`."""
    out = folder / f"{name}-{processes}-{parts}.json"
    launcher = ["-m", "torch.distributed.run", "--standalone", "--local-addr", "127.0.0.1", "--nproc-per-node",
                str(processes)] if processes > 1 else []  # fmt: skip
    asked = [sys.executable, *launcher, "-m", "benchmarks.ranks_side", name, str(folder), str(out), str(learning_rate),
             "--parts", str(parts)]  # fmt: skip
    known = {"OMP_NUM_THREADS": "1", "OMP_WAIT_POLICY": "PASSIVE", "TORCH_CPP_LOG_LEVEL": "ERROR"}
    subprocess.run([*asked, *(["--quick"] if quick else [])], cwd=table.ROOT, check=True, env={**os.environ, **known})
    return json.loads(out.read_text())


def apart_by(one: dict[str, Any], other: dict[str, Any]) -> float:
    """How far the losses of a step are apart at most."""
    return max(abs(a - b) for a, b in zip(one["losses"], other["losses"], strict=True))


def main() -> None:
    parser = table.options(__doc__, "ranks")
    parser.add_argument("--only", nargs="+", choices=MATERIALS, default=list(MATERIALS))
    parser.add_argument("--repeats", type=int, default=3, help="of both sides in turn; the median of the ratios counts")
    parser.add_argument("--learning-rate", type=float, default=1e-4)
    args = parser.parse_args()
    rows, figures = [], {}
    for name in args.only:
        with TemporaryDirectory() as folder:
            pairs = [
                [measure(name, Path(folder), args.learning_rate, quick=args.quick, processes=count) for count in (1, 2)]
                for _ in range(1 if args.quick else args.repeats)
            ]
            in_parts = measure(name, Path(folder), args.learning_rate, quick=args.quick, processes=1, parts=2)
        pairs.sort(key=lambda pair: pair[1]["items_per_second"] / pair[0]["items_per_second"])
        one, two = pairs[len(pairs) // 2]
        times = two["items_per_second"] / one["items_per_second"]
        apart = max(apart_by(*pair) for pair in pairs)
        parts_apart = max(apart_by(in_parts, pair[1]) for pair in pairs)
        figures[name] = {"one": one, "in_parts": in_parts, "two": two, "times": times, "apart": apart,
                         "parts_apart": parts_apart}  # fmt: skip
        rows.append([name, one["weights"], one["items_per_second"], two["items_per_second"], times, QUICKER,
                     table.verdict(times, QUICKER, quick=args.quick, least=True), apart, APART,
                     table.verdict(apart, APART, quick=args.quick), parts_apart,
                     table.verdict(parts_apart, APART, quick=args.quick)])  # fmt: skip
    table.show(SHOWN, rows)
    table.write(args.out, learning_rate=args.learning_rate, data=figures)


if __name__ == "__main__":
    main()
