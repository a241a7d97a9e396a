"""What each reader takes for files that grow: time in proportion, and memory within bounds.

    python -m benchmarks.reader_bounds --out

Files of one rule are made so large that reading takes a part of a second, and twice as large: the time of the
processor, the median of several, may be 2.3 times as much at most. Then files as large as a reader allows: the memory
beyond an idle reader may be three times the bytes allowed at most. Each is read in a process of its own, so that other
work disturbs little.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks import largest_files, table
from benchmarks.growing_files import RULES, Rule

sys.path.append(str(table.ROOT / "tests"))

from hostile import corpus
from hostile.measured import measure

TIMES, BYTES = 2.3, 3.0  # bars: seconds for twice the input, memory for the bytes allowed
SECONDS, LARGEST = 0.3, 12_000_000  # grow a file until its reading takes so long, or it has so many bytes
PAIRS = 5
IN_MEMORY = Path("/dev/shm")  # a file system there, on Linux


def main() -> int:
    parser = table.options(__doc__, "reader_bounds")
    parser.add_argument("--only", nargs="+", metavar="READER", help="some readers")
    parser.add_argument("--seconds", type=float, default=SECONDS, help="what the smaller of two files takes at least")
    asked = parser.parse_args()
    if IN_MEMORY.is_dir():  # else the journal of the disk is measured: its time for each file is another at each turn
        tempfile.tempdir = str(IN_MEMORY)
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        rows = [_doubled(name, rule, place, 0.0 if asked.quick else asked.seconds, 1 if asked.quick else PAIRS)
                for name, rule in RULES.items() if not asked.only or rule.reader in asked.only]  # fmt: skip
        most = [_vast(name, one, place) for name, one in ({} if asked.quick else largest_files.FILES).items()
                if not asked.only or one.reader in asked.only]  # fmt: skip
    for row in rows:
        row["bar"] = table.verdict(row["times"], TIMES, quick=asked.quick) if row["judged"] else "too quick"
    for row in most:
        row["bar"] = table.verdict(row["times"], BYTES, quick=asked.quick)
    told = ("name", "reader", "n", "kb", "seconds", "twice", "times", "bar")
    heads = ["what grows", "reader", "n", "kB", "seconds", "twice", "times", f"bar {TIMES}"]
    table.show(heads, [[row[key] for key in told] for row in rows])
    if most:
        print()
        table.show(["as large as is allowed", "reader", "MB allowed", "MB grown", "times", f"bar {BYTES:g}", "ended"],
                   [[row["name"], row["reader"], row["allowed_mb"], row["grown_mb"], row["times"], row["bar"],
                     row["refusal"][:60]] for row in most])  # fmt: skip
    table.write(asked.out, bars={"times": TIMES, "bytes": BYTES}, time=rows, memory=most)
    return 1 if any(row["bar"] == "missed" for row in [*rows, *most]) else 0


def _doubled(name: str, rule: Rule, folder: Path, seconds: float, pairs: int) -> dict[str, Any]:
    """Grow until it is worth measuring, then measure in turns."""
    small, once, twice = (folder / kind / rule.name for kind in ("small", "once", "twice"))
    _write(small, _small(rule.reader, rule.name))
    n = rule.first
    content = rule.make(n)
    while True:
        _write(once, content)
        double = rule.make(2 * n)
        _write(twice, double)
        taken = measure(rule.reader, once, small)
        if taken.seconds >= seconds or len(double) > LARGEST or 4 * n > rule.most:
            break
        n, content = 2 * n, double
    told = [(measure(rule.reader, once, small), measure(rule.reader, twice, small)) for _ in range(pairs)]
    one, two = (statistics.median(each.seconds for each in some) for some in zip(*told, strict=True))
    times = statistics.median(b.seconds / max(a.seconds, 1e-6) for a, b in told)
    print(f"{name}: {times:.2f}", file=sys.stderr, flush=True)
    return {"name": name, "reader": rule.reader, "n": n, "kb": len(content) / 1000, "seconds": one, "twice": two,
            "times": times, "judged": two >= 0.2, "ended": told[0][1].refusal or "read"}  # fmt: skip


def _vast(name: str, one: largest_files.Vast, folder: Path) -> dict[str, Any]:
    small, path = folder / "small" / one.name, folder / "vast" / one.name
    _write(small, _small(one.reader, one.name))
    path.parent.mkdir(exist_ok=True)
    one.write(path)
    taken = measure(one.reader, path, small)
    print(f"{name}: {taken}", file=sys.stderr, flush=True)
    path.unlink()
    return {"name": name, "reader": one.reader, "allowed_mb": one.allowed / 1e6, "grown_mb": taken.grown / 1e6,
            "seconds": taken.seconds, "times": taken.grown / one.allowed, "refusal": taken.refusal}  # fmt: skip


def _small(reader: str, name: str) -> bytes:
    """A true file, of the same kind where there is one."""
    made = corpus.true()[reader]
    return next((content for known, content in made.items() if Path(known).suffix == Path(name).suffix),
                next(iter(made.values())))  # fmt: skip


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)


if __name__ == "__main__":
    sys.exit(main())
