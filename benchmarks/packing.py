"""What packing costs beside the features that training begins with: writing the files, and asking them about the test.

    python -m benchmarks.packing --out
    python -m benchmarks.packing --sets long_texts --items 100

The bar: what is asked about so many test items takes no longer than the frozen body needs for their features. The data
are made by a stated rule, seed 0: texts of 20 to 900 words of three letters, so that half of them fill the 512 tokens
of the model; JPEGs of 640 × 480 pixels; tones of 1 to 30 seconds. Half of the items are the test part; the head alone
learns, for one epoch. The processes that ask need some seconds to import what they need; these are told apart, as
`opening`.
"""

from __future__ import annotations

import csv
import io
import os
import resource
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import numpy as np
import soundfile
from PIL import Image

import cases
from benchmarks import table
from cases import tasks
from cases.base import UploadedFile, WorkDirs
from cases.settings import as_json
from cases.training import proof
from models.progress import NullReporter

BAR = 1.0  # seconds of asking for each second of the features of the same items
RATE, SIDES = 16_000, (640, 480)


@dataclass(frozen=True)
class Set:
    """Data of a case: `write` makes a file of so many items of two classes."""

    case: str
    write: Callable[[Path, int, np.random.Generator], Path]
    items: int


def texts(folder: Path, count: int, random: np.random.Generator) -> Path:
    words = ["".join(random.choice(list("aeioulmnrst"), 3)) for _ in range(2000)]
    with (folder / "texts.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["text", "label"])
        for number in range(count):
            writer.writerow([" ".join(random.choice(words, random.integers(20, 901))), f"class {number % 2}"])
    return folder / "texts.csv"


def pictures(folder: Path, count: int, random: np.random.Generator) -> Path:
    def picture() -> bytes:
        coarse, buffer = random.integers(0, 255, (12, 16, 3), dtype=np.uint8), io.BytesIO()
        Image.fromarray(coarse).resize(SIDES, Image.Resampling.BICUBIC).save(buffer, "JPEG", quality=88)
        return buffer.getvalue()

    return zipped(folder / "pictures.zip", count, "jpg", picture)


def sounds(folder: Path, count: int, random: np.random.Generator) -> Path:
    def sound() -> bytes:
        times, buffer = np.arange(int(random.uniform(1, 30) * RATE)) / RATE, io.BytesIO()
        wave = 0.3 * np.sin(2 * np.pi * random.uniform(200, 3000) * times) + random.normal(0, 0.02, len(times))
        soundfile.write(buffer, wave, RATE, format="WAV")
        return buffer.getvalue()

    return zipped(folder / "sounds.zip", count, "wav", sound)


def zipped(archive: Path, count: int, suffix: str, make: Callable[[], bytes]) -> Path:
    """Class folders of what is made."""
    with ZipFile(archive, "w") as opened:
        for number in range(count):
            opened.writestr(f"class {number % 2}/{number:05}.{suffix}", make())
    return archive


SETS = {
    "long_texts": Set("text_analysis", texts, 400),
    "pictures": Set("image_recognition", pictures, 1000),
    "sounds": Set("speech", sounds, 200),
}


class Watch(NullReporter):
    """When each kind of progress began and ended, each time it did: seconds of the clock and of the processor."""

    def __init__(self) -> None:
        self.spans: dict[str, list[list[tuple[float, float]]]] = {}
        self.began: dict[str, tuple[float, float]] = {}  # of what is under way

    def progress(self, what: str, done: int, total: int, **more: object) -> None:
        spans = self.spans.setdefault(what, [])
        if done < total:
            self.began.setdefault(what, moment())
        elif what in self.began:
            spans.append([self.began.pop(what), moment()])
        elif spans:  # the end is told again when a process is gone, and only then what it used is known
            spans[-1][1] = moment()

    def seconds(self, what: str) -> list[tuple[float, float]]:
        return [passed(began, end) for began, end in self.spans.get(what, [])]


def moment() -> tuple[float, float]:
    """The clock, and what this process and those it has waited for have used of the processor."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return time.perf_counter(), sum(one.ru_utime + one.ru_stime for one in used)


def passed(began: tuple[float, float], end: tuple[float, float]) -> tuple[float, float]:
    return end[0] - began[0], end[1] - began[1]


def measured(chosen: Set, items: int, home: Path) -> dict[str, Any]:
    """Seconds, by the clock and of the processor, of each step, and of the features of as many items as are asked
    about."""
    case, watch = cases.get(chosen.case), Watch()
    archive = chosen.write(home, items, np.random.default_rng(0))
    (home / "data").mkdir()
    place = WorkDirs(home / "data", home / "cache")
    dataset = case.read([UploadedFile(archive, archive.name)], place, "0123456789abcdef", NullReporter())
    asked = as_json(case.Settings(epochs=1, test=0.5, validation=0.1))
    settings = case.Settings(**tasks.decided(case, dataset, asked))
    trainer = case.tasks[0].build(settings, dataset, WorkDirs(home / "run", home / "cache"), watch)
    trainer.fit(NullReporter())
    evaluation = trainer.evaluate(NullReporter())
    told = {"data": {**trainer.counts, "set_aside": 0}, "test": evaluation.metrics, "references": trainer.references}
    began = moment()
    known = trainer.save(home / "run/bundle", told, watch)
    known |= trainer.prove(home / "run/bundle", watch)
    pack = passed(began, moment())
    opening = {way: opened(home / "run/bundle", trainer, way) for way in (proof.ONNX, proof.SCRIPT)}
    asked = known["script"]["items"]
    features = tuple(one * asked / len(dataset.samples) for one in watch.seconds("features")[-1])
    onnx, script = watch.seconds("proof")
    steps = {"features": features, "pack": pack, "onnx": minus(onnx, opening[proof.ONNX]),
             "script": minus(script, opening[proof.SCRIPT]), "write": minus(minus(pack, onnx), script)}  # fmt: skip
    asking = [one + other for one, other in zip(steps["onnx"], steps["script"], strict=True)]
    return {
        "asked": asked, "seconds": steps, "opening": opening, "agreement": known,
        "precision": trainer.note["precision"],
        "asking per features": [one / other for one, other in zip(asking, features, strict=True)],
    }  # fmt: skip


def minus(one: tuple[float, float], other: tuple[float, float]) -> tuple[float, float]:
    return one[0] - other[0], one[1] - other[1]


def opened(bundle: Path, trainer: Any, way: str) -> tuple[float, float]:
    """Until a process has answered the shortest item, nearly all of it for imports and weights."""
    tested, began = trainer.tested, moment()
    place = int(np.argmin(tested.sizes))
    proof.answers(bundle, [tested.given[place]], np.zeros(1), way, NullReporter())
    return passed(began, moment())


def main() -> None:
    parser = table.options(__doc__, "packing")
    parser.add_argument("--sets", nargs="+", choices=SETS, default=list(SETS))
    parser.add_argument("--items", type=int, help="of each set, half of them for the test")
    args = parser.parse_args()
    found = {}
    for name in args.sets:
        with tempfile.TemporaryDirectory() as folder:
            os.environ["CASEBOOK_HOME"] = folder
            items = args.items or (24 if args.quick else SETS[name].items)
            found[name] = measured(SETS[name], items, Path(folder))
    steps = ("features", "pack", "write", "onnx", "script")
    for place, unit in enumerate(("seconds", "processor's seconds")):
        rows = []
        for name, one in found.items():
            each = [one["seconds"][step][place] for step in steps]
            rows.append([name, one["asked"], *each, one["asking per features"][place]])
        table.show([unit, "asked", *steps, "asking per features"], rows)
        print()
    for name, one in found.items():
        verdict = table.verdict(one["asking per features"][0], BAR, quick=args.quick)
        same = [f"{file} {told['same']} of {told['items']}" for file, told in one["agreement"].items()]
        print(f"{name}: features in {one['precision']}; bar {BAR}: {verdict}; same label: {', '.join(same)}")
    table.write(args.out, bar=BAR, sets=found)


if __name__ == "__main__":
    main()
