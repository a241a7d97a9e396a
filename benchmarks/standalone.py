"""What a model costs that needs no server: for each way to store its weights the size, and how far it is the same.

    python -m benchmarks.standalone --out

One run of each case by the defaults, classifiers with the head alone learning, on real data in `../shared/data`. Each
choice is written, and a new process that has only its folder answers the test part: the share of answers that are those
of the evaluation, the metric of the task by both, and the largest difference of a probability or score. The bars hold
for the usual choice. Transcription is tested on connected digits, see `benchmarks.connected_digits`.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks import connected_digits, table
from models.evaluation.metrics import FALLING

SAME = 0.99  # bar: of the labels of the bundle
WORSE = 0.005  # bar: of the errors of a transcriber


@dataclass(frozen=True)
class Set:
    """`given`: a folder → the files for training and for testing, or both tables of a recommender."""

    case: str
    given: Callable[[Path], tuple[Path, Path]]
    settings: dict[str, Any] = field(default_factory=dict)
    megabytes: float | None = 40  # bar


def _stored(train: str, test: str, folder: Path) -> tuple[Path, Path]:
    return table.SOUNDS / train, table.SOUNDS / test


def _digits(folder: Path) -> tuple[Path, Path]:
    source = table.SOUNDS / "spk_fsdd_digits"
    given = {"train": 200, "test": 60}
    train, test = (connected_digits.archive(folder / f"{part}.zip", source / f"{part}.zip", most)
                   for part, most in given.items())  # fmt: skip
    return train, test


def _of(name: str, kind: str = "zip", test: str = "test") -> Callable[[Path], tuple[Path, Path]]:
    return partial(_stored, f"{name}/train.{kind}", f"{name}/{test}.{kind}")


SETS = {
    "flowers": Set("image_recognition", _of("img_flowers17_12"), megabytes=20),
    "ants and bees": Set("image_recognition", _of("img_hymenoptera"), megabytes=20),
    "reviews, Chinese": Set("text_analysis", _of("txt_waimai_zh", "csv")),
    "questions, English": Set("text_analysis", _of("txt_trec6_en", "csv")),
    "news titles, Chinese": Set("text_analysis", _of("txt_fewclue_tnews_zh", "csv", "dev_0")),
    "digits, Whisper": Set("speech", _of("spk_fsdd_digits")),
    "speakers, GE2E": Set("speech", _of("spk_fsdd_speaker"), {"model": "ge2e-speaker-encoder"}),
    "connected digits, transcribed": Set("speech", _digits, {"task": "transcribe"}, megabytes=60),
    "films": Set("recommendation", partial(_stored, "rec_ml100k/ratings.csv", "rec_ml100k/items.csv"), megabytes=None),
}  # fmt: skip
QUICK = ("ants and bees",)


def child(folder: Path, name: str) -> None:
    """Train on a set in a home below `folder` and print what each choice comes to."""
    os.environ["CASEBOOK_HOME"] = str(folder / "home")
    import cases
    from cases.base import UploadedFile
    from models.progress import QUIET
    from runs import fine_tune
    from runs.exports.static_demo import model
    from runs.store import records

    chosen = SETS[name]
    parts = ("", "") if chosen.case == "recommendation" else ("train", "test")
    files = zip(chosen.given(folder), parts, strict=True)
    given = [UploadedFile(path, path.name, part) for path, part in files]
    case = cases.get(chosen.case)
    fine_tune.fine_tune(case.name, given, case.Settings(**chosen.settings), folder / "out", edits={})
    run = records.run_list(fine_tune.OWNER)[0]
    found = model.measure(run, folder / "measured", QUIET)
    print(json.dumps({choice: {"bytes": one["size"], **one["agreement"]} for choice, one in found.items()}))


def measured(name: str) -> dict[str, Any]:
    with TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "benchmarks.standalone", "--child", folder, name]
        return json.loads(
            subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.splitlines()[-1]
        )


def rows(name: str, found: dict[str, Any], *, quick: bool) -> list[list[Any]]:
    bar, told = SETS[name].megabytes, []
    for number, (choice, one) in enumerate(found.items()):
        size = one["bytes"] / 1e6
        judged = [_judged(one, quick=quick)]
        if bar:
            judged.append(table.verdict(size, bar, quick=quick))
        values = [None if one.get(part) is None else 100 * one[part] for part in ("value", "value_full")]
        last = "" if number else " ".join(dict.fromkeys(judged))
        same = 100 * one["same"] / one["items"]
        largest = one.get("largest_difference")
        told.append([f"{name}: {choice}", size, one["items"], same, one.get("metric"), *values, largest, last])
    return told


def _judged(one: dict[str, Any], *, quick: bool) -> str:
    """A metric that falls as a model becomes better may rise by so much; of other answers most stay the same."""
    if one.get("metric") in FALLING:
        return table.verdict(one["value"] - one["value_full"], WORSE, quick=quick)
    return table.verdict(one["same"] / one["items"], SAME, quick=quick, least=True)


def main() -> None:
    parser = table.options(__doc__, "standalone")
    parser.add_argument("--only", nargs="*", choices=SETS, help="these sets only")
    args = parser.parse_args()
    names = args.only or (QUICK if args.quick else tuple(SETS))
    found = {name: measured(name) for name in names}
    heads = ["", "MB", "items", "same, %", "metric", "%", "as evaluated, %", "difference", ""]
    table.show(heads, [row for name in names for row in rows(name, found[name], quick=args.quick)])
    bars = {"same": SAME, "worse": WORSE, "megabytes": {name: SETS[name].megabytes for name in names}}
    table.write(args.out, bars=bars, sets=found)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--child"]:
        child(Path(sys.argv[2]), sys.argv[3])
    else:
        main()
