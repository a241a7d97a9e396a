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
from cases.base import UploadedFile, WorkDirs
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
    """When each kind of progress began and ended, each time it did."""

    def __init__(self) -> None:
        self.spans: dict[str, list[tuple[float, float]]] = {}
        self.began: dict[str, float] = {}  # of what is under way

    def progress(self, what: str, done: int, total: int, **more: object) -> None:
        now = time.perf_counter()
        if done < total:
            self.began.setdefault(what, now)
        elif what in self.began:  # the end may be told more than once
            self.spans.setdefault(what, []).append((self.began.pop(what), now))

    def seconds(self, what: str) -> list[float]:
        return [end - began for began, end in self.spans.get(what, [])]


def measured(chosen: Set, items: int, home: Path) -> dict[str, Any]:
    """Seconds of each step, and of the features of as many items as are asked about."""
    case, watch = cases.get(chosen.case), Watch()
    archive = chosen.write(home, items, np.random.default_rng(0))
    (home / "data").mkdir()
    place = WorkDirs(home / "data", home / "cache")
    dataset = case.read([UploadedFile(archive, archive.name)], place, "0123456789abcdef", NullReporter())
    settings = case.Settings(epochs=1, test=0.5, validation=0.1)
    build = time.perf_counter()
    trainer = case.tasks[0].build(settings, dataset, WorkDirs(home / "run", home / "cache"), watch)
    build = time.perf_counter() - build
    trainer.fit(NullReporter())
    evaluate = time.perf_counter()
    evaluation = trainer.evaluate(NullReporter())
    evaluate = time.perf_counter() - evaluate
    told = {"data": {**trainer.counts, "set_aside": 0}, "test": evaluation.metrics, "references": trainer.references}
    began = time.perf_counter()
    known = trainer.save(home / "run/bundle", told, watch)
    known |= trainer.prove(home / "run/bundle", watch)
    pack = time.perf_counter() - began
    asked = known["script"]["items"]
    features = watch.seconds("features")[-1] * asked / len(dataset.samples)
    onnx, script = watch.seconds("proof")
    opening = {way: opened(home / "run/bundle", trainer, way) for way in (proof.ONNX, proof.SCRIPT)}
    asking = onnx + script - sum(opening.values())
    return {
        "asked": asked, "build": build, "evaluate": evaluate, "features": features, "pack": pack,
        "write": pack - onnx - script, "onnx": onnx - opening[proof.ONNX], "script": script - opening[proof.SCRIPT],
        "opening": opening, "asking per features": asking / features, "agreement": known,
        "precision": trainer.note["precision"],
    }  # fmt: skip


def opened(bundle: Path, trainer: Any, way: str) -> float:
    """Seconds until a process has answered the shortest item, nearly all of them for imports and weights."""
    tested = trainer.tested
    place = int(np.argmin(tested.sizes))
    began = time.perf_counter()
    proof.answers(bundle, [tested.given[place]], np.zeros(1), way, NullReporter())
    return time.perf_counter() - began


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
    steps = ("asked", "features", "pack", "write", "onnx", "script", "asking per features")
    table.show(["seconds", *steps], [[name, *(one[step] for step in steps)] for name, one in found.items()])
    print()
    for name, one in found.items():
        verdict = table.verdict(one["asking per features"], BAR, quick=args.quick)
        same = [f"{file} {told['same']} of {told['items']}" for file, told in one["agreement"].items()]
        print(f"{name}: features in {one['precision']}; bar {BAR}: {verdict}; same label: {', '.join(same)}")
    table.write(args.out, bar=BAR, sets=found)


if __name__ == "__main__":
    main()
