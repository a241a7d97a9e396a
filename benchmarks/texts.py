"""What a hundred thousand texts cost until they can be checked: seconds and memory, step by step.

    python -m benchmarks.texts --out

The texts are made by a stated rule: 5 to 120 words of three letters drawn from 2,000, or 5 to 120 Chinese characters
drawn from 2,000, half of each; every fiftieth is another one again with its last word changed; four classes; seed 0.
They are read as a table, with the tokenizer of the default model, in a process of their own, whose highest memory is
told.
"""

from __future__ import annotations

import csv
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from benchmarks import table

SECONDS, MEMORY = 60.0, 2000.0  # bars: the whole reading, its highest memory in MB
MODEL = "multilingual-e5-small"


def texts(path: Path, count: int) -> Path:
    random = np.random.default_rng(0)
    latin = ["".join(random.choice(list("aeioulmnrst"), 3)) + " " for _ in range(2000)]
    chinese = [chr(code) for code in range(0x4E00, 0x4E00 + 2000)]
    made: list[str] = []
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["text", "label"])
        for number in range(count):
            words = (latin, chinese)[number % 2]
            if number % 50 == 49:
                made.append(made[random.integers(len(made))].rstrip()[:-3] + words[0])
            else:
                made.append("".join(words[place] for place in random.integers(0, 2000, random.integers(5, 121))))
            writer.writerow([made[-1].strip(), number % 4])
    return path


def child(path: Path, model: str) -> None:
    """Read `path` and print the seconds of each step and the highest memory."""
    from cases.base import UploadedFile
    from cases.text_analysis import checks, reader
    from models.progress import NullReporter
    from models.text import tokenizer

    class Watch(NullReporter):
        """When each kind of progress was first told."""

        def __init__(self) -> None:
            self.began: dict[str, float] = {}

        def progress(self, what: str, done: int, total: int, **more: object) -> None:
            self.began.setdefault(what, time.monotonic())

    tokeniser, watch = tokenizer.load(Path(model)), Watch()
    with tempfile.TemporaryDirectory() as folder:
        start = time.monotonic()
        dataset = reader.read([UploadedFile(path, path.name)], Path(folder), "0", watch, count=tokeniser.lengths)
        read = time.monotonic()
        found = checks.findings(dataset)
        end = time.monotonic()
    tokens, copies = watch.began["tokens"], watch.began["copies"]
    steps = {"table": tokens - start, "tokens": copies - tokens, "copies and saving": read - copies,
             "findings": end - read, "all": end - start}  # fmt: skip
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**10
    alike = int((dataset.samples["alike"] >= 0).sum())
    print(json.dumps({"seconds": steps, "peak": peak, "alike": alike, "findings": [one.name for one in found]}))


def main() -> None:
    parser = table.options(__doc__, "texts")
    parser.add_argument("--count", type=int, default=100_000)
    args = parser.parse_args()
    count = 2000 if args.quick else args.count
    with tempfile.TemporaryDirectory() as folder:
        from models.pretrained import catalog

        model = catalog.folder(MODEL, Path(folder) / "models")
        path = texts(Path(folder) / "texts.csv", count)
        command = [sys.executable, "-m", "benchmarks.texts", "--child", str(path), str(model)]
        told = json.loads(subprocess.check_output(command, cwd=table.ROOT, text=True).splitlines()[-1])
    rows = [*told["seconds"].items(), ("highest memory, MB", told["peak"]), ("nearly the same texts", told["alike"])]
    table.show([f"{count:,} texts", "seconds"], rows)
    print(f"\nbar {SECONDS} s: {table.verdict(told['seconds']['all'], SECONDS, quick=args.quick)}")
    print(f"bar {MEMORY} MB: {table.verdict(told['peak'], MEMORY, quick=args.quick)}")
    table.write(args.out, count=count, bars={"seconds": SECONDS, "peak": MEMORY}, **told)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--child"]:
        child(Path(sys.argv[2]), sys.argv[3])
    else:
        main()
