"""Fine-tuning the multilingual Whisper on 200 Mandarin sentences: character errors before and after, and how long.

    python -m benchmarks.mandarin --out

The sentences are synthetic: reviews of takeaways (`txt_waimai_zh` in `../shared/data`, read in place), those of 8 to 14
Chinese characters, spoken by `espeak-ng`'s Mandarin, a voice by rules that is far from a person's, in four variants. It
is tested on other sentences in a fifth variant. Everything is left to the defaults; 15 of 100 sentences validate. Told
are the rates of the untouched model and of the fine-tuned one with their intervals, the seconds of the whole run and of
the processor. The bar: errors down by a third within 40 minutes on two cores.
"""

from __future__ import annotations

import csv
import io
import json
import os
import re
import resource
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from zipfile import ZipFile

import numpy as np

from benchmarks import table

FALL, SECONDS = 1 / 3, 40 * 60.0  # bars: of the untouched model's rate at least this less, and the whole run
SHORT = re.compile("[\u4e00-\u9fff，。！？、]{8,14}")
VOICES = {  # part → variant of the voice, words a minute, pitch
    "train": (("m3", 150, 45), ("f2", 160, 55), ("m1", 140, 40), ("f5", 150, 60)),
    "test": (("f4", 155, 50),),
}


def sentences(count: int) -> list[str]:
    """Different ones, drawn with seed 0."""
    with (table.SOUNDS / "txt_waimai_zh/train.csv").open(encoding="utf-8") as file:
        fit = sorted({line["text"] for line in csv.DictReader(file) if SHORT.fullmatch(line["text"])})
    return [fit[place] for place in np.random.default_rng(0).permutation(len(fit))[:count]]


def archive(path: Path, part: str, said: Sequence[str]) -> Path:
    """A zip of recordings with a table of file, transcript and speaker."""
    lines = io.StringIO()
    writer = csv.writer(lines)
    writer.writerow(["file", "transcript", "speaker"])
    with ZipFile(path, "w") as zipped:
        for number, text in enumerate(said):
            variant, speed, pitch = VOICES[part][number % len(VOICES[part])]
            made = path.with_suffix(".wav")
            command = ["espeak-ng", "-v", f"cmn+{variant}", "-s", str(speed), "-p", str(pitch), "-w", str(made), text]
            subprocess.run(command, check=True)
            zipped.write(made, f"{part}{number:03}.wav")
            writer.writerow([f"{part}{number:03}.wav", text, variant])
        zipped.writestr("table.csv", lines.getvalue())
    return path


def child(folder: Path) -> None:
    """Fine-tune by the defaults on what lies in `folder`, and print what came of it."""
    os.environ["CASEBOOK_HOME"] = str(folder / "home")
    import cases
    from cases.base import UploadedFile
    from runs import fine_tune

    data, test = folder / "train.zip", folder / "test.zip"
    parts = [UploadedFile(data, data.name, "train"), UploadedFile(test, test.name, "test")]
    start = time.monotonic()
    result = fine_tune.fine_tune("speech", parts, cases.get("speech").Settings(), folder / "out", edits={})
    used = resource.getrusage(resource.RUSAGE_SELF)
    print(json.dumps({
        "model": result["model"], "language": result["settings"]["language"], "counts": result["data"],
        "untouched": result["references"]["untouched"]["cer"], "fine_tuned": result["test"]["cer"],
        "seconds": {"all": time.monotonic() - start, **result["seconds"]},
        "processor_seconds": used.ru_utime + used.ru_stime, "memory_mb": result["peak_memory_mb"],
        "onnx": result["onnx"],
    }))  # fmt: skip


def rows(found: dict[str, Any], *, quick: bool) -> list[list[Any]]:
    before, after = (found[name]["value"] for name in ("untouched", "fine_tuned"))
    told = [[f"CER {name}, %", *(100 * found[name][side] for side in ("value", "low", "high")), ""]
            for name in ("untouched", "fine_tuned")]  # fmt: skip
    fall = 1 - after / before
    judged = table.verdict(fall, FALL, quick=quick, least=True)
    lasted = table.verdict(found["seconds"]["all"], SECONDS, quick=quick)
    return [
        *told,
        ["errors fallen by, %", 100 * fall, None, None, f"{judged} (≥ {100 * FALL:.0f})"],
        ["whole run, s", found["seconds"]["all"], None, None, f"{lasted} (≤ {SECONDS:.0f})"],
        ["processor, s", found["processor_seconds"], None, None, ""],
        ["memory, MB", found["memory_mb"], None, None, ""],
    ]


def main() -> None:
    parser = table.options(__doc__, "mandarin")
    parser.add_argument("--train", type=int, default=200, help="sentences to learn from")
    parser.add_argument("--test", type=int, default=40, help="sentences of another voice to test on")
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    if args.quick:
        args.train, args.test = 24, 4
    with TemporaryDirectory() as folder:
        said = sentences(args.train + args.test)
        archive(Path(folder, "train.zip"), "train", said[: args.train])
        archive(Path(folder, "test.zip"), "test", said[args.train :])
        command = [sys.executable, "-m", "benchmarks.mandarin", "--child", folder]
        limited = {**os.environ, "OMP_NUM_THREADS": str(args.threads)}
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env=limited)
    found = json.loads(done.stdout)
    table.show(["", "value", "low", "high", "bar"], rows(found, quick=args.quick))
    table.write(args.out, sentences=args.train, tested=args.test, threads=args.threads, **found)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--child"]:
        child(Path(sys.argv[2]))
    else:
        main()
