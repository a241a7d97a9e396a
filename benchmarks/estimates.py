"""What the estimate says before the start, and what the run then takes: seconds of each phase and the most memory.

    python -m benchmarks.estimates --out
    python -m benchmarks.estimates --sets hymenoptera trec6 --ways head lora --repeats 1

Both are done as the app does them, by its agent: the estimate (a run of the kind “profile”), then the run itself.
Before each pair what earlier ones left in the cache is removed, so that features and packed bodies are made anew;
converted weights stay. Reading the data is not part of either.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import psutil

import cases
from benchmarks import table
from benchmarks.spoken import spoken
from cases import tasks
from cases.base import UploadedFile
from cases.dataset import Dataset
from cases.hyperparameters import training_length
from cases.settings import as_json, dividing
from cases.splits import sizes
from models.errors import InputError
from models.progress import QUIET
from models.training.cost_estimate import CostEstimate
from runs import paths
from runs.jobs import data_import, profile
from runs.store import dataset_rows, records

OWNER = "local"
PHASES = ("prepare", "train", "evaluate", "export")
TIME, MEMORY, SHORT = 1 / 3, 1 / 4, 10.0  # how far off an estimate may be; seconds below which it is not judged
WAYS = {  # case → name → settings
    "image_recognition": {"head": {}, "lora": {"mode": "lora"}, "full": {"mode": "full"}},
    "text_analysis": {"head": {}, "lora": {"mode": "lora"}, "full": {"mode": "full"},
                      "head, MiniLM": {"model": "all-MiniLM-L6-v2"},
                      "full, MiniLM": {"model": "all-MiniLM-L6-v2", "mode": "full"}},
    "speech": {"head": {}, "lora": {"mode": "lora"}, "full": {"mode": "full"}},
    "transcription": {"full": {"mode": "full"}, "lora": {"mode": "lora"}},
    "recommendation": {"default": {}, "attention": {"network": "attention"}, "factors": {"network": "factors"}},
}  # fmt: skip


@dataclass(frozen=True)
class Set:
    """Data of one case; `bring` writes or finds them, given an empty folder; `ways`: the key in `WAYS`."""

    case: str
    bring: Callable[[Path], list[UploadedFile]]
    ways: str = ""
    left_out: tuple[str, ...] = field(default=())  # ways that take an hour on two cores


def _stored(name: str, **parts: str) -> Callable[[Path], list[UploadedFile]]:
    """Files in `../shared/data`, by the part of the data that each holds; a further letter tells two apart."""
    folder = table.SOUNDS / name
    return lambda _: [UploadedFile(folder / file, file, part.rstrip("_")) for part, file in parts.items()]


def _sample(case: str, name: str) -> Callable[[Path], list[UploadedFile]]:
    [sample] = [one for one in cases.get(case).samples if one.name == name]
    return lambda folder: [sample.write(folder)]


_TWO = {"train": "train.zip", "test": "test.zip"}
_TABLES = {"train": "train.csv", "test": "test.csv"}
_SLOW = ("lora", "full", "full, MiniLM")
SETS = {
    "places": Set("image_recognition", _sample("image_recognition", "places"), left_out=("lora", "full")),
    "digits": Set("image_recognition", _sample("image_recognition", "digits")),
    "hymenoptera": Set("image_recognition", _stored("img_hymenoptera", **_TWO)),
    "flowers": Set("image_recognition", _stored("img_flowers17_12", **_TWO)),
    "reviews_zh": Set("text_analysis", _sample("text_analysis", "zh")),
    "reviews_en": Set("text_analysis", _sample("text_analysis", "en")),
    "tnews": Set("text_analysis", _stored("txt_fewclue_tnews_zh", **_TABLES)),
    "trec6": Set("text_analysis", _stored("txt_trec6_en", **_TABLES), left_out=("lora", "full")),
    "sst2": Set("text_analysis", _stored("txt_sst2_en", **_TABLES), left_out=_SLOW),
    "waimai": Set("text_analysis", _stored("txt_waimai_zh", **_TABLES), left_out=_SLOW),
    "commands_en": Set("speech", _sample("speech", "commands_en"), left_out=("lora", "full")),
    "commands_zh": Set("speech", _sample("speech", "commands_zh"), left_out=("lora", "full")),
    "vowels": Set("speech", _sample("speech", "vowels")),
    "spoken_digits": Set("speech", _stored("spk_fsdd_digits", **_TWO), left_out=("lora", "full")),
    "speakers": Set("speech", _stored("spk_fsdd_speaker", **_TWO)),
    "sentences": Set("speech", spoken, "transcription"),
    "films": Set("recommendation", _sample("recommendation", "films")),
    "chinese_films": Set(
        "recommendation", _sample("recommendation", "chinese_films"), left_out=("attention", "factors")
    ),
    "ml100k": Set("recommendation", _stored("rec_ml100k", _="ratings.csv", __="items.csv")),
    "ml_latest": Set("recommendation", _stored("rec_ml_latest_small", _="ratings.csv", __="items.csv")),
}


def ways_of(chosen: Set) -> dict[str, dict[str, Any]]:
    known = WAYS[chosen.ways or chosen.case]
    return {name: settings for name, settings in known.items() if name not in chosen.left_out}


def read(chosen: Set, folder: Path) -> Dataset:
    parts = chosen.bring(folder)
    contents = [(data_import.sha256_of(part.path), part.split, part.label) for part in parts]
    content = data_import.digest_of(chosen.case, contents, [part.name for part in parts])
    digest, parts = data_import.named(OWNER, content, parts)
    return data_import.into_dataset(chosen.case, parts, digest, QUIET)


@contextmanager
def agent() -> Iterator[None]:
    """The app's own, in a new home; ended with all that it started."""
    with TemporaryDirectory(prefix="casebook-", ignore_cleanup_errors=True) as home:
        os.environ["CASEBOOK_HOME"] = home
        with (Path(home) / "agent.log").open("wb") as log:
            process = psutil.Popen([sys.executable, "-m", "runs.agent"], cwd=table.ROOT, stdout=log, stderr=log)
        try:
            yield
        finally:
            family = [process, *process.children(recursive=True)]
            for one in family:
                one.kill()
            psutil.wait_procs(family, timeout=10)


def done(identity: str) -> records.Run:
    """Queued work, once it is over."""
    while not (run := records.run(identity, OWNER)).ended_already:
        time.sleep(0.1)
    if run.status != "done":
        raise RuntimeError(f"The work ended as {run.status}: {run.error}")
    return run


def said(case: Any, dataset: Dataset, settings: Mapping[str, Any]) -> dict[str, float]:
    """What the page tells before the start: seconds of each phase, and MB under "memory"; "asked": its own seconds."""
    subject = profile.subject(case, dataset, settings, prepared=False)
    run = done(profile.ask(OWNER, case, dataset, settings, subject))
    counts = run.result.get("counts") or sizes(dataset, **dividing(case.Settings, settings))
    pace, length = CostEstimate(**run.result["pace"]), training_length(case.Settings, settings, counts["train"])
    seconds = pace.seconds(counts, epochs=length.epochs, batch_size=length.batch_size)
    memory = pace.memory_mb(counts, batch_size=length.batch_size)
    return {**seconds, "memory": memory, "least": memory - pace.spared_mb, "asked": run.ended - run.started}


def taken(case: Any, dataset: Dataset, settings: Mapping[str, Any]) -> dict[str, float]:
    identity = records.create_run(OWNER, "fine_tune", case.name, dataset.name, dataset=dataset.digest,
                                  settings=dict(settings))  # fmt: skip
    run = done(identity)
    return {**run.seconds, "memory": run.result["peak_memory_mb"]}


def pair(case: Any, dataset: Dataset, chosen: Mapping[str, Any]) -> tuple[dict[str, float], dict[str, float]]:
    for kept in ("features", "pixels", "bodies", "profiles"):
        shutil.rmtree(paths.cache() / kept, ignore_errors=True)
    settings = tasks.decided(case, dataset, as_json(case.Settings(**chosen)))
    return said(case, dataset, settings), taken(case, dataset, settings)


def judged(pairs: Sequence[tuple[dict[str, float], dict[str, float]]], *, quick: bool) -> dict[str, Any]:
    """Medians of what was said and taken, their ratios, and whether they are within the bars."""
    told, took = ({name: median(one[side].get(name, 0.0) for one in pairs) for name in (*PHASES, "memory", "least")}
                  for side in (0, 1))  # fmt: skip
    for side in (told, took):
        side["whole"] = sum(side[phase] for phase in PHASES)
    verdicts = {
        "time": "short" if max(told["whole"], took["whole"]) < SHORT
        else table.verdict(_off(told["whole"], took["whole"]), TIME, quick=quick),
        "memory": table.verdict(_beyond(told["least"], told["memory"], took["memory"]), MEMORY, quick=quick),
    }  # fmt: skip
    return {"said": told, "taken": took, "asked": median(one["asked"] for one, _ in pairs), "verdicts": verdicts,
            "ratios": {name: told[name] / took[name] for name in ("whole", "memory")}}  # fmt: skip


def _off(told: float, took: float) -> float:
    return abs(told - took) / took


def _beyond(least: float, most: float, took: float) -> float:
    """Where a range was said, how far off its nearer end is; nothing within it."""
    return 0.0 if least <= took <= most else min(_off(least, took), _off(most, took))


def row(name: str, one: Mapping[str, Any]) -> list[Any]:
    pairs = [f"{one['said'][phase]:.1f} / {one['taken'][phase]:.1f}" for phase in (*PHASES, "whole")]
    said = one["said"]
    least = "" if said["least"] == said["memory"] else f"{said['least']:.0f} to "
    memory = f"{least}{said['memory']:.0f} / {one['taken']['memory']:.0f}"
    ratios, verdicts = one["ratios"], one["verdicts"]
    return [name, one["asked"], *pairs, ratios["whole"], verdicts["time"], memory, ratios["memory"], verdicts["memory"]]


COLUMNS = ["said / taken", "asked, s", *(f"{phase}, s" for phase in PHASES), "whole, s", "time ratio", "time",
           "memory, MB", "memory ratio", "memory"]  # fmt: skip


def main() -> None:
    parser = table.options(__doc__, "estimates")
    parser.add_argument("--sets", nargs="+", choices=SETS, default=list(SETS))
    parser.add_argument("--ways", nargs="+", help="names in WAYS; all without it")
    parser.add_argument("--repeats", type=int, default=3)
    args = parser.parse_args()
    repeats, rows, figures = 1 if args.quick else args.repeats, [], {}
    for name in args.sets:
        chosen = SETS[name]
        with agent(), TemporaryDirectory() as brought:
            case = cases.get(chosen.case)
            try:
                dataset = read(chosen, Path(brought))
            except (FileNotFoundError, InputError) as error:
                print(f"{name} is left out: {error}", file=sys.stderr)
                continue
            dataset_rows.add(OWNER, dataset.digest, chosen.case, dataset.name, sample=False)
            for way, settings in ways_of(chosen).items():
                if args.ways and way not in args.ways:
                    continue
                pairs = [pair(case, dataset, settings) for _ in range(repeats)]
                one = judged(pairs, quick=args.quick)
                figures[f"{name}, {way}"] = {**one, "pairs": pairs}
                rows.append(row(f"{name}, {way}", one))
                print(json.dumps(dict(zip(COLUMNS, rows[-1], strict=False))), file=sys.stderr, flush=True)
    table.show(COLUMNS, rows)
    table.write(args.out, host=socket.gethostname(), figures=figures)


if __name__ == "__main__":
    main()
