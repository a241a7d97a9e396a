"""A hundred thousand pictures and a million texts, read and checked: items a second, memory, the time until the page.

    python -m benchmarks.reading_scale --out

The data are made by a stated rule, seed 0: JPEG pictures of 320 × 240 pixels, six by eight fields of any colour drawn
smooth; texts of 15 to 39 words drawn from 5,000 as often as one over their rank, with a further column; ten classes
each. Every reading is a process of its own. Beside it stands one plain loop over the same decoder: `seen` for each
picture, the lines of the `csv` module and the same count of tokens for texts.

Memory is what the process holds beside files that are mapped (`RssAnon`), every 20 ms; those the kernel takes back when
it needs room. What an item takes is the difference to a tenth of the items. The check is on the page once the script of
step 2 has run. The pixels of 100,000 pictures take 20 GB below `--folder`.
"""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
import zipfile
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from benchmarks import table

BASE, EACH = 1000.0, 1e-3  # bar: MB at most, and for each item
CLASSES, LOOP = 10, 2000  # classes; items of the plain loop
COUNTS = {"pictures": 100_000, "texts": 1_000_000}
CASES = {"pictures": "image_recognition", "texts": "text_analysis"}
FILES = {"pictures": "pictures.zip", "texts": "texts.csv"}
STATUS = Path("/proc/self/status")


def pictures(path: Path, count: int) -> None:
    random = np.random.default_rng(0)
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(count):
            fields = Image.fromarray(random.integers(0, 255, (6, 8, 3), np.uint8))
            buffer = io.BytesIO()
            fields.resize((320, 240), Image.Resampling.BICUBIC).save(buffer, "JPEG", quality=85)
            archive.writestr(f"class {number % CLASSES}/{number}.jpg", buffer.getvalue())


def texts(path: Path, count: int) -> None:
    random = np.random.default_rng(0)
    words = np.array(["".join(random.choice(list("aeioulmnrst"), random.integers(3, 9))) for _ in range(5000)])
    ranks = np.cumsum(1 / np.arange(1, 5001))
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["text", "label", "shop"])
        for number in range(count):
            drawn = np.searchsorted(ranks, random.random(random.integers(15, 40)) * ranks[-1])
            writer.writerow([" ".join(words[drawn]), f"class {number % CLASSES}", f"shop {number % 3}"])


class Watch:
    """The most memory held while this lasts, MB, and when each kind of progress began."""

    def __init__(self) -> None:
        self.peak, self.began, self._over = 0.0, dict[str, float](), threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def _look(self) -> None:
        while not self._over.wait(0.02):
            self.peak = max(self.peak, held())

    def __enter__(self) -> Watch:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()


def held() -> float:
    told = STATUS.read_text().partition("RssAnon:")[2]
    return int(told.split()[0]) / 1024


def child(kind: str, path: Path) -> None:
    """Read, and print what it took."""
    import cases
    from cases.base import UploadedFile
    from models.progress import NullReporter
    from runs import paths
    from runs.jobs import data_import
    from runs.store import dataset_rows

    case, watch = cases.get(CASES[kind]), Watch()
    begun = held()

    class Began(NullReporter):
        def progress(self, what: str, done: int, total: int, **more: object) -> None:
            watch.began.setdefault(what, time.monotonic())

    paths.home().mkdir(parents=True, exist_ok=True)
    start = time.monotonic()
    with watch:
        dataset = data_import.into_dataset(case.name, [UploadedFile(path, path.name)], "made", Began())
    read = time.monotonic()
    dataset_rows.add("local", "made", case.name, dataset.name, sample=False)
    count = len(dataset.samples)
    page, again, ended = _page(case.name)
    phases = {what: began - start for what, began in watch.began.items()}
    decoding = watch.began["copies"] - watch.began.get("pictures", start)  # of texts: table and tokens
    print(json.dumps({
        "items": count, "seconds": read - start, "a_second": count / (read - start),
        "decoded_a_second": count / decoding,
        "loop_a_second": _loop(kind, path, dataset), "idle_mb": begun, "peak_mb": watch.peak, "began": phases,
        "page": page, "rerun": again, "until_the_check": read - start + page, "problems": ended,
    }))  # fmt: skip


def prepare() -> None:
    """Convert the model whose tokens are counted, as is done once in a home: that takes more memory than a reading."""
    from cases.text_analysis import reader
    from runs import paths

    reader.counting(paths.cache() / "models")


def _page(case: str) -> tuple[float, float, list[str]]:
    """Seconds of the script of the page, the first time and again."""
    from streamlit.testing.v1 import AppTest

    app = AppTest.from_file(str(table.ROOT / "app.py"), default_timeout=3600)
    app.query_params["data"] = "made"
    app.run()
    marks = [time.monotonic()]
    for step in (lambda: app.switch_page(f"pages/{case}.py").run(), app.run):
        step()
        marks.append(time.monotonic())
    first, again = np.diff(marks).tolist()
    return first, again, [problem.value for problem in app.exception]


def _loop(kind: str, path: Path, dataset: Any) -> float:
    """Items a second of one plain loop over some of them."""
    from cases.image_recognition.decoder import seen
    from cases.text_analysis import reader
    from runs import paths

    if kind == "pictures":
        some = [dataset.file(name) for name in dataset.samples["file"].iloc[:LOOP]]
        start = time.monotonic()
        for file in some:
            seen(file)
        return len(some) / (time.monotonic() - start)
    count = reader.counting(paths.cache() / "models")
    start = time.monotonic()
    with path.open(encoding="utf-8", newline="") as file:
        lines = islice(csv.DictReader(file), 10 * LOOP)
        counted = sum(len(count([line["text"]])) for line in lines)
    return counted / (time.monotonic() - start)


def measured(kind: str, count: int, folder: Path) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(dir=folder) as place:
        path = Path(place) / FILES[kind]
        {"pictures": pictures, "texts": texts}[kind](path, count)
        command = [sys.executable, "-m", "benchmarks.reading_scale"]
        environment = {**os.environ, "CASEBOOK_HOME": str(Path(place) / "home"), "CASEBOOK_AGENT": "elsewhere",
                       "ARROW_DEFAULT_MEMORY_POOL": "system"}  # fmt: skip
        subprocess.run([*command, "--prepare"], cwd=table.ROOT, env=environment, check=True, stderr=subprocess.DEVNULL)
        command += ["--child", kind, str(path)]
        told = subprocess.check_output(command, cwd=table.ROOT, env=environment, text=True, stderr=subprocess.DEVNULL)
    return json.loads(told.splitlines()[-1])


def main() -> None:
    parser = table.options(__doc__, "reading_scale")
    parser.add_argument("--only", nargs="+", choices=COUNTS, default=[*COUNTS])
    parser.add_argument("--items", type=int, help="another number of items, of each kind")
    parser.add_argument("--folder", type=Path, help="where the data lie meanwhile, on a disk with 25 GB of room")
    args = parser.parse_args()
    found, rows = {}, []
    for kind in args.only:
        count = args.items or (COUNTS[kind] // 200 if args.quick else COUNTS[kind])
        few, many = (measured(kind, some, args.folder) for some in (max(20, count // 10), count))
        many["kb_an_item"] = 1000 * (many["peak_mb"] - few["peak_mb"]) / (many["items"] - few["items"])
        many["bar_mb"] = BASE + EACH * count
        found[kind] = {"tenth": few, "all": many}
        rows.append([kind, many["items"], many["a_second"], many["decoded_a_second"], many["loop_a_second"],
                     many["peak_mb"], many["kb_an_item"],
                     f"{many['bar_mb']:,.0f}: {table.verdict(many['peak_mb'], many['bar_mb'], quick=args.quick)}",
                     many["until_the_check"], many["rerun"], " ".join(many["problems"])])  # fmt: skip
    table.show(["", "items", "read a second", "decoded", "plain loop", "peak MB", "kB an item", "bar MB",
                "s until the check", "s a rerun", "problems"], rows)  # fmt: skip
    table.write(args.out, bars={"base_mb": BASE, "mb_an_item": EACH}, **found)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--child"]:
        child(sys.argv[2], Path(sys.argv[3]))
    elif sys.argv[1:] == ["--prepare"]:
        prepare()
    else:
        main()
