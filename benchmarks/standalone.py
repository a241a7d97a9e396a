"""What a model costs that needs no server: for each way to store its weights the size, and how far it is the same.

    python -m benchmarks.standalone --out

One run of each case by the defaults, with the head alone learning, on real data in `../shared/data`. Each choice is
written and compared with the bundle on the test part: the share of equal labels, the accuracy beside that of the
bundle, the largest difference of a probability, and the largest of what reaches the network (levels of 256 of a pixel,
units of a feature). The bars hold for the usual choice.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from benchmarks import table

SAME = 0.99  # bar: of the labels of the bundle
SETS = {  # name → case, train, test, settings, bar in megabytes
    "flowers": ("image_recognition", "img_flowers17_12/train.zip", "img_flowers17_12/test.zip", {}, 20),
    "ants and bees": ("image_recognition", "img_hymenoptera/train.zip", "img_hymenoptera/test.zip", {}, 20),
    "reviews, Chinese": ("text_analysis", "txt_waimai_zh/train.csv", "txt_waimai_zh/test.csv", {}, 40),
    "questions, English": ("text_analysis", "txt_trec6_en/train.csv", "txt_trec6_en/test.csv", {}, 40),
    "news titles, Chinese": (
        "text_analysis", "txt_fewclue_tnews_zh/train.csv", "txt_fewclue_tnews_zh/dev_0.csv", {}, 40,
    ),
    "digits, Whisper": ("speech", "spk_fsdd_digits/train.zip", "spk_fsdd_digits/test.zip", {}, 40),
    "speakers, GE2E": (
        "speech", "spk_fsdd_speaker/train.zip", "spk_fsdd_speaker/test.zip", {"model": "ge2e-speaker-encoder"}, 40,
    ),
    "films": ("recommendation", "rec_ml100k/ratings.csv", "rec_ml100k/items.csv", {}, None),
}  # fmt: skip
QUICK = ("ants and bees",)


def child(folder: Path, name: str) -> None:
    """Train on a set in a home below `folder` and print what each choice comes to."""
    os.environ["CASEBOOK_HOME"] = str(folder / "home")
    import cases
    from cases.base import UploadedFile
    from models.progress import QUIET
    from runs import fine_tune
    from runs.jobs import data_import
    from runs.results import predictions
    from runs.store import records

    case, train, test, chosen, _bar = SETS[name]
    data, other = (table.SOUNDS / path for path in (train, test))
    parts = ("", "") if case == "recommendation" else ("train", "test")
    given = [UploadedFile(path, path.name, part) for path, part in zip((data, other), parts, strict=True)]
    settings = cases.get(case).Settings(**chosen)
    fine_tune.fine_tune(case, given, settings, folder / "out", edits={})
    run = records.run_list(fine_tune.OWNER)[0]
    dataset, outcome = data_import.dataset_of(run), predictions.of(run)
    rows = outcome.of("test").rows if outcome else np.zeros(0, int)
    task = cases.get(case).tasks[0]
    found = {}
    for choice in task.standalone_choices(folder / "out/bundle"):
        made = folder / choice
        made.mkdir()
        told = task.standalone(folder / "out/bundle", made, choice, dataset, rows, QUIET)
        found[choice] = {"bytes": told["size"], **told["agreement"]}
    print(json.dumps(found))


def measured(name: str) -> dict[str, Any]:
    with TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "benchmarks.standalone", "--child", folder, name]
        return json.loads(
            subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.splitlines()[-1]
        )


def rows(name: str, found: dict[str, Any], *, quick: bool) -> list[list[Any]]:
    bar, told = SETS[name][4], []
    for number, (choice, one) in enumerate(found.items()):
        same, size = one["same"] / one["items"], one["bytes"] / 1e6
        judged = [table.verdict(same, SAME, quick=quick, least=True)]
        if bar:
            judged.append(table.verdict(size, bar, quick=quick))
        accuracies = [None if one.get(part) is None else 100 * one[part] for part in ("accuracy", "accuracy_full")]
        differences = [one.get(part) for part in ("largest_difference", "inputs_largest_difference")]
        last = "" if number else " ".join(dict.fromkeys(judged))
        told.append([f"{name}: {choice}", size, one["items"], 100 * same, *accuracies, *differences, last])
    return told


def main() -> None:
    parser = table.options(__doc__, "standalone")
    parser.add_argument("--only", nargs="*", choices=SETS, help="these sets only")
    args = parser.parse_args()
    names = args.only or (QUICK if args.quick else tuple(SETS))
    found = {name: measured(name) for name in names}
    heads = ["", "MB", "items", "same, %", "accuracy, %", "of the bundle, %", "probability", "input", ""]
    table.show(heads, [row for name in names for row in rows(name, found[name], quick=args.quick)])
    table.write(args.out, bars={"same": SAME, "megabytes": {name: SETS[name][4] for name in names}}, sets=found)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--child"]:
        child(Path(sys.argv[2]), sys.argv[3])
    else:
        main()
