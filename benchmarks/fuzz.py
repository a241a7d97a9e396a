"""Files that are changed or made up by chance, given to everything that reads what people bring.

    python -m benchmarks.fuzz --minutes 10 --keep FOLDER
    python -m benchmarks.fuzz --again FOLDER/table/*

Small true files of every kind are changed (also within what is packed), and hypothesis makes up others by the rules of
their kind. They are read in processes of their own, within limits of time and memory. What ends otherwise than read, or
refused with words for the person, is kept as READER/CAUSE-SHA256 with its traceback beside it; the exit status
is then 1.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from benchmarks import table

sys.path.append(str(table.ROOT / "tests"))

from hostile import corpus, forked, structured
from hostile.forked import Outcome
from hostile.readers import READERS

from benchmarks.fuzz_changes import changed

BATCH, MOST_BYTES = 40, 2_000_000  # files that one process reads, and bytes of each
EACH = 20  # files that are kept of one cause, the smallest; all are counted
Turn = tuple[str, str]  # a reader, and what is made up for it, "" where true files are changed


def main() -> int:
    parser = table.options(__doc__, "fuzz")
    parser.add_argument("--minutes", type=float, default=5.0, help="begin nothing new after so long")
    parser.add_argument("--keep", type=Path, default=Path("fuzz"), metavar="FOLDER", help="where what failed is kept")
    parser.add_argument("--only", nargs="+", choices=READERS, default=list(READERS), help="some readers")
    parser.add_argument("--seed", type=int, default=round(time.time()), help="the same seed, the same files")
    parser.add_argument("--seconds", type=int, default=forked.SECONDS, help="of the processor, for one file")
    parser.add_argument("--memory", type=float, default=forked.MEMORY / 2**30, help="GB for one file")
    parser.add_argument("--again", type=Path, nargs="+", metavar="FILE", help="read what was kept once more, only that")
    asked = parser.parse_args()
    limits = {"seconds": asked.seconds, "memory": round(asked.memory * 2**30)}
    if asked.again:
        return again(asked.again, limits)
    print(f"seed {asked.seed}", flush=True)
    rows = fuzz(asked, limits)
    table.show(["reader", "files", "inputs", "read", "refused", "failed", "inputs/s"], rows)
    failed = sum(row[5] for row in rows)
    table.write(asked.out, seed=asked.seed, minutes=asked.minutes, inputs=sum(row[2] for row in rows), failed=failed,
                readers=[dict(zip(("reader", "files", "inputs", "read", "refused", "failed", "per_second"), row,
                                  strict=True)) for row in rows])  # fmt: skip
    return 1 if failed else 0


def fuzz(asked: argparse.Namespace, limits: dict[str, int]) -> list[list[object]]:
    """Turn by turn until the time is over; with `--quick` one turn each."""
    turns: list[Turn] = [(reader, "") for reader in asked.only]
    turns += [(reader, kind) for kind, (reader, _) in structured.FILES.items() if reader in asked.only]
    counts: dict[Turn, Counter[str]] = {turn: Counter() for turn in turns}
    took, causes, end = Counter[Turn](), Counter[str](), time.monotonic() + 60 * asked.minutes
    for number in range(1 if asked.quick else sys.maxsize):
        for turn in turns:
            if (start := time.monotonic()) > end:
                break
            for outcome in _outcomes(turn, asked.seed + number, limits):
                counts[turn]["failed" if outcome.failed else outcome.end] += 1
                if outcome.failed:
                    _keep(asked.keep / turn[0], outcome, causes)
            took[turn] += time.monotonic() - start
        else:
            continue
        break
    return [
        [reader, kind or "changed", told.total(), told["read"], told["refused"], told["failed"],
         told.total() / max(took[reader, kind], 1e-9)]
        for (reader, kind), told in counts.items()
    ]  # fmt: skip


def _outcomes(turn: Turn, seed: int, limits: dict[str, int]) -> Iterator[Outcome]:
    reader, kind = turn
    if kind:
        return forked.drawn(reader, structured.FILES[kind][1], seed, BATCH, shrink=True, **limits)
    chance, made = np.random.default_rng([seed, list(READERS).index(reader)]), list(corpus.true()[reader].items())
    some = [made[int(place)] for place in chance.integers(0, len(made), BATCH)]
    return forked.outcomes(reader, [(name, changed(whole, chance)[:MOST_BYTES]) for name, whole in some], **limits)


def _keep(folder: Path, outcome: Outcome, causes: Counter[str]) -> None:
    cause = f"{folder.name} {outcome.end}"
    causes[cause] += 1
    if causes[cause] == 1:
        print(f"{cause}\n{outcome.trace[-2000:]}", flush=True)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / outcome.name).write_bytes(outcome.file[1])
    (folder / f"{outcome.end}.trace").write_text(outcome.trace, "utf-8")
    if len(kept := [path for path in folder.glob(f"{outcome.end}-*")]) > EACH:
        max(kept, key=lambda path: path.stat().st_size).unlink()


def again(paths: list[Path], limits: dict[str, int]) -> int:
    """Each file by the reader that its folder is called by."""
    failed = 0
    for path in paths:
        reader = path.absolute().parent.name
        if path.suffix != ".trace":
            [outcome] = forked.outcomes(reader, [("run.json" if reader == "record" else path.name, path.read_bytes())],
                                        **limits)  # fmt: skip
            failed += outcome.failed
            print(f"{outcome.end:<40} {path}\n{outcome.trace}", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
