"""The code of a training runs without Casebook, from what is downloaded with it, and comes to the figure of the run."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import zipfile

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient
from station import SHORT, case_of

import cases
from cases import stored_settings, tasks
from cases.base import UploadedFile, WorkDirs
from cases.notebook import STEPS, WEIGHTS, TrainingRecord
from cases.settings import as_json, knobs, used
from models.progress import QUIET
from runs import paths, tokens
from runs.api.routes import ROUTES
from runs.exports import notebook
from runs.jobs import data_import
from runs.store import records

LANGUAGES = ("en", "zh")
LONGEST = 120  # lines of a cell
WAYS = {  # a case or a task of it → settings of trainings, which together have every mode, loss, optimizer and network
    "text_analysis": [
        {"mode": "head", "learning_rate": 0.01, "epochs": 15},
        {"mode": "head", "final_fit": "cross_validated", "weight_decay": 0.01, "epochs": 2},
        {"mode": "full", "learning_rate": 0.003, "dropout": 0.1, "label_smoothing": 0.1},
        {"mode": "lora", "learning_rate": 0.01, "hidden": 8, "loss": "balanced"},
        {"mode": "last_blocks", "loss": "focal", "optimizer": "sgd", "patience": 2, "blocks": 1},
    ],
    "image_recognition": [
        {"mode": "head", "hidden": 8, "activation": "tanh", "epochs": 15},
        {"mode": "full", "contrastive": "supervised", "optimizer": "adafactor"},
        {"mode": "lora", "augmentation": "none", "lora_dropout": 0.1},
        {"mode": "last_blocks", "schedule": "linear", "augmentation": "crop"},
    ],
    "speech": [
        {"mode": "head", "epochs": 15},
        {"mode": "full", "augmentation": "all"},
    ],
    "recommendation": [
        {"network": "towers", "begin": "text"},
        {"network": "attention", "begin": "nothing", "width": 32},
        {"network": "factors", "epochs": 20},
        {"network": "list"},
    ],
    "speech: transcribe": [{"mode": "full", "augmentation": "none", "learning_rate": 0.003}],
}  # fmt: skip
FIGURES = {"recommendation": ("ndcg@10", "ndcg"), "speech: transcribe": ("wer", "rate")}  # of a run, and of its code
RUN_ALL = """
import json, os, sys, traceback
for folder in sys.argv[2:]:
    os.chdir(folder)
    told = json.load(open("notebook.ipynb", encoding="utf-8"))
    known = {"__name__": "__main__"}
    for cell in told["cells"]:
        if cell["cell_type"] == "code":
            exec(compile("".join(cell["source"]), cell["id"], "exec"), known)
    print("FIGURE", float(known[sys.argv[1]]))
assert not {"cases", "models", "runs", "pages"} & set(sys.modules)
"""


def executed(folders, value):
    """The number `value` after all cells of each notebook, by a process that knows nothing of Casebook."""
    alone = {name: one for name, one in os.environ.items() if name != "PYTHONPATH"} | {"HF_HUB_OFFLINE": "1"}
    command = [sys.executable, "-P", "-c", RUN_ALL, value, *map(str, folders)]
    ran = subprocess.run(command, cwd=folders[0], env=alone, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr[-4000:] + ran.stdout[-1000:]
    return [float(line.split()[1]) for line in ran.stdout.splitlines() if line.startswith("FIGURE ")]


def read(materials, learnt):
    _body, archive = materials[learnt]
    return data_import.into_dataset(case_of(learnt), [UploadedFile(archive, archive.name)], archive.stem, QUIET)


def trained(case, dataset, folder, chosen):
    """What `result.json` says that the code needs, of a training in `folder`."""
    settings = case.Settings(**chosen)
    task = tasks.of(case, as_json(settings))
    trainer = task.build(settings, dataset.meant_as(task.task_type), WorkDirs(folder, folder.parent / "cache"), QUIET)
    trainer.fit(QUIET)
    told = trainer.evaluate(QUIET)
    return {"settings": trainer.used, "trained": trainer.trained, "test": told.metrics, **told.more}


def laid(case, dataset, record, folder, language="en"):
    for name, content in notebook.entries(case, dataset, record, language):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.read_bytes() if hasattr(content, "read_bytes") else b"".join(content))
    return folder


@pytest.mark.parametrize("learnt", WAYS)
def test_the_code_comes_to_the_figure_of_the_run(materials, tokens_at_hand, tmp_path, learnt):
    case, dataset, body = cases.get(case_of(learnt)), read(materials, learnt), materials[learnt][0]
    metric, value = FIGURES.get(learnt, ("accuracy", "accuracy"))
    folders, figures = [], []
    for number, way in enumerate(WAYS[learnt]):
        chosen = {"model": str(body), **SHORT[learnt], **way}
        (tmp_path / "runs").mkdir(exist_ok=True)
        result = trained(case, dataset, tmp_path / "runs" / str(number), chosen)
        record = TrainingRecord(result["settings"], result, WEIGHTS, body)
        folders.append(laid(case, dataset, record, tmp_path / "away" / str(number), LANGUAGES[number % 2]))
        figures.append(result["test"][metric])
    found = executed(folders, value)
    told = list(zip(WAYS[learnt], found, figures, strict=True))
    assert all(figure["low"] - 1e-6 <= one <= figure["high"] + 1e-6 for _way, one, figure in told), told
