"""Whether the effect of a lesson that trains whole networks comes, how large it is, and how long the lesson takes.

    nice -n 19 env OMP_NUM_THREADS=2 python -m benchmarks.lessons --out

Lessons whose arms train whole networks (`minutes` in their file) are too long for the tests; here they are taken on the
samples that they suit, over three seeds. `--lessons` names others, `--data` other data, also of `../shared/data`. A
cell is one lesson on one data set from one seed. Each finished cell is written at once, and one that is written is not
measured again: the program can be stopped at any time. The bar is a lesson's time on the clock, three minutes on two
cores for all its repetitions, with features that were computed before; beside other work the processor time tells more.
"""

from __future__ import annotations

import json
import os
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np

import cases
from benchmarks import few_examples, table
from cases import tasks
from cases.base import LessonArms, LessonTrainer, WorkDirs
from cases.dataset import Dataset
from cases.settings import as_json
from models.lessons import effect
from models.progress import QUIET
from runs import paths
from runs.jobs import data_import
from runs.lessons import experiment, files
from runs.lessons.files import Lesson

BAR = 180.0  # seconds
SEEDS = 3
SAMPLES = {"places": "image_recognition", "reviews": "text_analysis", "commands": "speech"}
DATA = {**SAMPLES, **{name: case for name, (case, _file, _settings) in few_examples.SETS.items()}}
LONGER = [name for name, lesson in files.lessons().items() if lesson.minutes]
SHOWN = ("lesson, data", "seeds", "measure", "higher", "", "lower", "", "came", "seconds", "processor", "bar, s", "")


def read(name: str, folder: Path) -> Dataset:
    if name not in SAMPLES:
        return few_examples.read(name, folder)
    case = cases.get(SAMPLES[name])
    sample = next(one for one in case.samples if not one.fetched)
    return data_import.into_dataset(case.name, [sample.write(folder)], f"lesson-{name}", QUIET)


def prepared(lesson: Lesson, name: str, folder: Path) -> LessonArms:
    """What the arms of the lesson learn from."""
    case, dataset = cases.get(DATA[name]), read(name, folder)
    chosen = few_examples.SETS[name][2] if name in few_examples.SETS else {}
    settings = tasks.decided(case, dataset, as_json(case.Settings()) | dict(lesson.kind.base) | chosen)
    task = tasks.of(case, settings)
    place = WorkDirs(folder, paths.cache())
    trainer = task.build(task.Settings(**settings), dataset.meant_as(task.task_type).without_test(), place, QUIET)
    if not isinstance(trainer, LessonTrainer):
        raise TypeError(f"{case.name} has no lessons of {lesson.id}.")
    return trainer.lesson_arms()


def measure(lesson: Lesson, name: str, seed: int, arms: LessonArms) -> dict[str, Any]:
    """One repetition of the lesson."""
    clock, processor = time.monotonic(), time.process_time()
    once = replace(lesson, repetitions=1)
    found = experiment.perform(once, cases.get(DATA[name]).Settings, arms, lambda *_told: None, first=seed)
    return {"lesson": lesson.id, "data": name, "seed": seed, "seconds": time.monotonic() - clock,
            "processor": time.process_time() - processor, "items": found["items"], "held": found["held"],
            "arms": {arm: {measure: values[0] for measure, values in one.items() if measure in lesson.measures}
                     for arm, one in found["arms"].items()}}  # fmt: skip


def summary(found: Sequence[Mapping[str, Any]], *, quick: bool) -> list[list[Any]]:
    """A line for each effect: what was compared, and whether it came as it does in the app."""
    rows = []
    for identity, name in dict.fromkeys((one["lesson"], one["data"]) for one in found):
        lesson = files.lessons()[identity]
        some = [one for one in found if (one["lesson"], one["data"]) == (identity, name)]
        clock, processor = (lesson.repetitions * float(np.mean([one[key] for one in some]))
                            for key in ("seconds", "processor"))  # fmt: skip
        for expected in lesson.effects:
            values = {arm.id: [one["arms"][arm.id][expected.measure] for one in some] for arm in lesson.arms}
            came = effect.judge(expected, values)
            rows.append([f"{identity}, {name}", len(some), came.measure, came.arms[0], came.high, came.arms[1],
                         came.low, "yes" if came.met else "no", clock, processor, BAR,
                         table.verdict(clock, BAR, quick=quick)])  # fmt: skip
    return rows


def cells(args: Any) -> Iterator[tuple[str, str, int]]:
    """Those of one lesson and data set follow each other: what they learn from is made ready once."""
    for lesson, name in product(args.lessons, args.data):
        suited = files.lessons()[lesson]
        if not suited.cases or DATA[name] in suited.cases:
            yield from ((lesson, name, seed) for seed in range(args.seeds))


def main() -> None:
    parser = table.options(__doc__, "lessons")
    parser.add_argument("--lessons", nargs="+", choices=list(files.lessons()), default=LONGER)
    parser.add_argument("--data", nargs="+", choices=list(DATA), default=list(SAMPLES))
    parser.add_argument("--seeds", type=int, default=SEEDS)
    parser.add_argument("--home", type=Path, help="where data and features are kept for the next time")
    args = parser.parse_args()
    args.seeds = 1 if args.quick else args.seeds
    known = json.loads(args.out.read_text("utf-8"))["cells"] if args.out and args.out.exists() else []
    done, ready = {(one["lesson"], one["data"], one["seed"]) for one in known}, dict[tuple[str, str], LessonArms]()
    with tempfile.TemporaryDirectory() as spare:
        os.environ["CASEBOOK_HOME"] = str(args.home or spare)
        for lesson, name, seed in cells(args):
            if (lesson, name, seed) in done:
                continue
            if (lesson, name) not in ready:
                ready = {(lesson, name): prepared(files.lessons()[lesson], name, Path(tempfile.mkdtemp(dir=spare)))}
            known.append(measure(files.lessons()[lesson], name, seed, ready[lesson, name]))
            print(json.dumps(known[-1]), flush=True)
            table.write(args.out, cells=known)
    table.show(SHOWN, summary(known, quick=args.quick))


if __name__ == "__main__":
    main()
