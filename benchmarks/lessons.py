"""Whether the effect of a lesson that trains whole networks comes, how large it is, and how long the lesson takes.

    nice -n 19 env OMP_NUM_THREADS=2 python -m benchmarks.lessons --out

Lessons whose arms train whole networks (`minutes` in their file) are too long for the tests; here they are taken on the
samples that they suit, over three seeds. `--lessons` names others, `--data` other data, also of `../shared/data`. A
cell is one training: an arm of a lesson, on one data set, from one seed. Each finished cell is written at once, and one
that is written is not measured again: the program can be stopped at any time. The bar is a lesson's time on the clock,
three minutes on two cores for all its repetitions; beside other work the processor time tells more. What a frozen
network makes of the items counts with the arm that asks for it first.
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
Cell = tuple[str, str, int, str]  # lesson, data, seed, arm
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


def measure(cell: Cell, arms: LessonArms) -> dict[str, Any]:
    """One training."""
    identity, name, seed, arm = cell
    lesson = files.lessons()[identity]
    alone = replace(lesson, arms=(lesson.arm(arm),), effects=(), repetitions=1)
    clock, processor = time.monotonic(), time.process_time()
    found = experiment.perform(alone, cases.get(DATA[name]).Settings, arms, lambda *_told: None, first=seed)
    values = {measure: told[0] for measure, told in found["arms"][arm].items() if measure in lesson.measures}
    return {"lesson": identity, "data": name, "seed": seed, "arm": arm, "items": found["items"][arm],
            "held": found["held"], **values, "seconds": time.monotonic() - clock,
            "processor": time.process_time() - processor}  # fmt: skip


def summary(found: Sequence[Mapping[str, Any]], *, quick: bool) -> list[list[Any]]:
    """A line for each effect of which all arms are measured from some seeds: what was compared, and whether it came as
    it does in the app."""
    rows = []
    for identity, name in dict.fromkeys((one["lesson"], one["data"]) for one in found):
        lesson = files.lessons()[identity]
        known = {(one["seed"], one["arm"]): one for one in found if (one["lesson"], one["data"]) == (identity, name)}
        seeds = sorted({seed for seed, _arm in known})
        whole = [seed for seed in seeds if all((seed, arm.id) in known for arm in lesson.arms)]
        clock, processor = (lesson.repetitions * sum(known[seed, arm.id][key] for seed in whole for arm in lesson.arms)
                            / max(1, len(whole)) for key in ("seconds", "processor"))  # fmt: skip
        for expected in lesson.effects:
            needed = (*expected.arms, *filter(None, [expected.above]))
            some = [seed for seed in seeds if all((seed, arm) in known for arm in needed)]
            if not some:
                continue
            came = effect.judge(
                expected, {arm: [known[seed, arm][expected.measure] for seed in some] for arm in needed}
            )
            rows.append([f"{identity}, {name}", len(some), came.measure, came.arms[0], came.high, came.arms[1],
                         came.low, "yes" if came.met else "no", *((clock, processor, BAR) if whole else [None] * 3),
                         table.verdict(clock, BAR, quick=quick) if whole else ""])  # fmt: skip
    return rows


def cells(args: Any) -> Iterator[Cell]:
    """Those of one lesson and data set follow each other: what they learn from is made ready once."""
    for identity, name in product(args.lessons, args.data):
        lesson = files.lessons()[identity]
        if not lesson.cases or DATA[name] in lesson.cases:
            yield from ((identity, name, seed, arm.id) for seed in range(args.seeds) for arm in lesson.arms)


def main() -> None:
    parser = table.options(__doc__, "lessons")
    parser.add_argument("--lessons", nargs="+", choices=list(files.lessons()), default=LONGER)
    parser.add_argument("--data", nargs="+", choices=list(DATA), default=list(SAMPLES))
    parser.add_argument("--seeds", type=int, default=SEEDS)
    parser.add_argument("--home", type=Path, help="where data and features are kept for the next time")
    args = parser.parse_args()
    args.seeds = 1 if args.quick else args.seeds
    known = json.loads(args.out.read_text("utf-8"))["cells"] if args.out and args.out.exists() else []
    done = {(one["lesson"], one["data"], one["seed"], one["arm"]) for one in known}
    ready = dict[tuple[str, str], LessonArms]()
    with tempfile.TemporaryDirectory() as spare:
        os.environ["CASEBOOK_HOME"] = str(args.home or spare)
        for cell in cells(args):
            if cell in done:
                continue
            if cell[:2] not in ready:
                lesson = files.lessons()[cell[0]]
                ready = {cell[:2]: prepared(lesson, cell[1], Path(tempfile.mkdtemp(dir=spare)))}
            known.append(measure(cell, ready[cell[:2]]))
            print(json.dumps(known[-1]), flush=True)
            table.write(args.out, cells=known)
    table.show(SHOWN, summary(known, quick=args.quick))


if __name__ == "__main__":
    main()
