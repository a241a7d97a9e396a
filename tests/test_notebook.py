"""The code of a training runs without Casebook, from what is downloaded with it, and comes to the figure of the run."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import zipfile

import made_backbones
import made_items
import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient
from station import SHORT, case_of

import cases
from cases import tasks
from cases.base import UploadedFile, WorkDirs
from cases.notebook import STEPS, WEIGHTS, TrainingRecord
from cases.settings import as_json, knobs, used
from models.progress import QUIET
from runs import tokens
from runs.api.routes import ROUTES
from runs.exports import notebook
from runs.jobs import data_import
from runs.store import dataset_rows

pytestmark = pytest.mark.slow

LANGUAGES = ("en", "zh")
LONGEST = 80  # lines of a cell
WAYS = {  # a case or a task of it → settings of trainings; together they have every mode, loss, optimizer and network
    "text_analysis": [
        {"mode": "head", "final_fit": "cross_validated", "weight_decay": 0.01, "epochs": 2, "words": "with"},
        {"mode": "full", "learning_rate": 0.003, "dropout": 0.1, "label_smoothing": 0.1, "words": "with"},
        {"mode": "lora", "learning_rate": 0.01, "hidden": 8, "loss": "balanced"},
        {"mode": "last_blocks", "loss": "focal", "optimizer": "sgd", "patience": 2, "blocks": 1},
    ],
    "image_recognition": [
        {"mode": "head", "hidden": 8, "activation": "tanh", "epochs": 15},
        {"mode": "full", "contrastive": "supervised", "optimizer": "adafactor"},
        {"mode": "lora", "augmentation": "none", "lora_dropout": 0.1},
        {"body": "side_by_side", "mode": "last_blocks", "blocks": 1, "schedule": "linear", "augmentation": "crop"},
    ],
    "speech": [
        {"mode": "full", "augmentation": "all"},
        {"body": "wav2vec2", "mode": "head", "epochs": 15},
        {"body": "hubert", "mode": "full", "learning_rate": 0.003, "augmentation": "none"},
        {"body": "ast", "mode": "head", "epochs": 15},
        {"body": "speakers", "mode": "head", "epochs": 15},
    ],
    "recommendation": [
        {"network": "towers", "begin": "text", "seed": 1},
        {"network": "attention", "begin": "nothing", "width": 32},
        {"network": "factors", "epochs": 20},
        {"network": "list"},
    ],
    "speech: transcribe": [{"mode": "full", "augmentation": "none", "learning_rate": 0.003}],
}  # fmt: skip
FIGURES = {"recommendation": ("ndcg@10", "ndcg"), "speech: transcribe": ("wer", "rate")}  # of a run, and of its code
RUN_ALL = """
import json, os, sys
for folder, value in json.loads(sys.argv[1]):
    os.chdir(folder)
    told = json.load(open("notebook.ipynb", encoding="utf-8"))
    known = {"__name__": "__main__"}
    for cell in told["cells"]:
        if cell["cell_type"] == "code":
            exec(compile("".join(cell["source"]), cell["id"], "exec"), known)
    print("FIGURE", float(known[value]))
assert not {"cases", "models", "runs", "pages"} & set(sys.modules)
"""


def executed(asked):
    """Of pairs of a folder with a notebook and a name: the number of this name after all of its cells, by a process
    that knows nothing of Casebook."""
    alone = {name: one for name, one in os.environ.items() if name != "PYTHONPATH"} | {"HF_HUB_OFFLINE": "1"}
    command = [sys.executable, "-P", "-c", RUN_ALL, json.dumps([(str(folder), value) for folder, value in asked])]
    ran = subprocess.run(command, cwd=asked[0][0], env=alone, capture_output=True, text=True, check=False)
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
    return {"settings": trainer.used, "trained": trainer.trained, "test": told.metrics,
            "references": trainer.references, **told.more}  # fmt: skip


def laid(case, dataset, record, folder, language="en"):
    for name, content in notebook.entries(case, dataset, record, language):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.read_bytes() if hasattr(content, "read_bytes") else b"".join(content))
    return folder


def test_the_code_comes_to_the_figure_of_the_run(materials, sound_bodies, tokens_at_hand, tmp_path, zip_of):
    # of sixty readers a network learns so little that each of its trainings comes to another figure
    books = zip_of(tmp_path / "books.zip", dict(zip(("ratings.csv", "books.csv"), made_items.tables(300), strict=True)))
    materials = {**materials, "recommendation": (materials["recommendation"][0], books)}
    bodies = {**sound_bodies, "side_by_side": made_backbones.write_side_by_side(tmp_path / "both")}
    (tmp_path / "runs").mkdir()
    asked, expected = [], []

    def ask(learnt, case, dataset, record, figures):
        folder = tmp_path / "away" / str(len(asked))
        asked.append((laid(case, dataset, record, folder, LANGUAGES[len(asked) % 2]), value))
        expected.append((learnt, record.result.get("kept"), figures[metric]))

    for learnt, ways in WAYS.items():
        case, dataset = cases.get(case_of(learnt)), read(materials, learnt)
        metric, value = FIGURES.get(learnt, ("accuracy", "accuracy"))
        for way in ways:
            body = bodies[way["body"]] if "body" in way else materials[learnt][0]
            chosen = {"model": str(body), **SHORT[learnt], **{name: one for name, one in way.items() if name != "body"}}
            result = trained(case, dataset, tmp_path / "runs" / str(len(asked)), chosen)
            ask(learnt, case, dataset, TrainingRecord(result["settings"], result, WEIGHTS, body), result["test"])
        if learnt == "recommendation":  # the last, of lists: with the figures of each of them
            assert {"popularity", "item_knn", "ease", "ease_decayed"} <= result["references"].keys()
            for name, told in result["references"].items():
                ask(learnt, case, dataset, TrainingRecord(result["settings"], {**result, "kept": name}), told)
    told = list(zip(expected, executed(asked), strict=True))
    assert not [one for one in told if not one[0][2]["low"] - 1e-6 <= one[1] <= one[0][2]["high"] + 1e-6]


def options(case, task):
    """The settings of a task, each of its choices once, and each number that is 0 by itself once as 1 or one half."""
    known = knobs(case.Settings)
    base = {"task": task.name} if "task" in known else {}
    if task.task_type.name == "transcription":
        base["mode"] = "full"
    yield base
    for name, (setting, knob) in known.items():
        if knob.role == "task" or knob.group == "data":
            continue
        found = [one for one in knob.options or {} if one not in knob.unfit.get(task.name, ())]
        if setting.default == 0:
            found = [min(0.5, knob.high)] if isinstance(setting.default, float) else [1]
        yield from ({**base, name: one} for one in found)
        if name == "network":
            yield from ({**base, name: one, "begin": "text"} for one in found)


def code_of(case, task, dataset, language, chosen, **result):
    record = TrainingRecord(used(case.Settings(**chosen)), result)
    return task.notebook(record, dataset, language)


@pytest.mark.parametrize("name", cases.NAMES)
def test_every_choice_makes_short_code_of_nothing_but_the_libraries(materials, tokens_at_hand, tmp_path, name):
    case, dataset = cases.get(name), read(materials, name)
    libraries = {"json", "re", "unicodedata", "pathlib", "numpy", "pandas", "torch", "torchvision", "transformers",
                 "timm", "PIL", "soundfile", "safetensors", "sklearn"}  # fmt: skip
    for task in case.tasks:
        for number, chosen in enumerate(options(case, task)):
            found = code_of(case, task, dataset, LANGUAGES[number % 2], chosen)
            code, cells = found.code, [one for some in found.cells.values() for one in some]
            assert [*found.cells] == [*STEPS] and all(found.cells.values())
            assert max(len(one.splitlines()) for one in cells) <= LONGEST
            imports = {line.split()[1].partition(".")[0] for line in code.splitlines()
                       if line.startswith(("import ", "from "))}  # fmt: skip
            assert imports <= libraries and "#%" not in code and "# zh:" not in code and "# en:" not in code
            (tmp_path / f"{task.name}-{number}.py").write_text(code, "utf-8")
    linted = [sys.executable, "-m", "ruff", "check", "--isolated", "--no-cache", "--select=F,E,I", "--ignore=E402",
              "--line-length=120", "--output-format=concise", str(tmp_path)]  # fmt: skip
    ran = subprocess.run(linted, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout[-3000:]


def test_a_notebook_is_one_of_format_4_5_and_says_the_same_in_both_languages():
    case = cases.get("text_analysis")
    codes = []
    for language in LANGUAGES:
        found = code_of(case, case.tasks[0], None, language, {})
        told = json.loads(found.as_json(notebook.titles(language)))
        assert (told["nbformat"], told["nbformat_minor"]) == (4, 5)
        titles = [place for place, cell in enumerate(told["cells"]) if cell["cell_type"] == "markdown"]
        assert [b - a for a, b in zip(titles, [*titles[1:], len(told["cells"])], strict=True)] == [
            1 + len(cells) for cells in found.cells.values()]  # fmt: skip
        assert len({cell["id"] for cell in told["cells"]}) == len(told["cells"])
        assert "".join(told["cells"][1]["source"]) == found.cells["data"][0]
        codes.append([line.split("  # ")[0] for line in found.code.splitlines()
                      if not line.strip().startswith("#")])  # fmt: skip
    assert codes[0] == codes[1]
    train = "".join(found.cells["train"])
    assert "# 交叉熵" in train and "# Cross-entropy" not in train


def test_the_download_holds_the_data_in_the_parts_of_the_settings_and_only_for_its_owner(materials, tokens_at_hand):
    case, dataset = cases.get("text_analysis"), read(materials, "text_analysis")
    dataset_rows.add("local", dataset.digest, case.name, dataset.name, sample=False)
    chosen = as_json(case.Settings(model=str(materials["text_analysis"][0]), validation=0.3, seed=5))
    client = TestClient(Starlette(routes=ROUTES))

    def asked(owner):
        token = tokens.sign("export", dataset=dataset.digest, owner=owner, settings=chosen)
        return client.get("/api/dataset", params={"token": token, "lang": "zh"})

    with zipfile.ZipFile(io.BytesIO(asked("local").content)) as archive:
        names = archive.namelist()
        table = archive.read("data/texts.csv").decode("utf-8-sig").splitlines()
        assert "看" not in names and "数据集" in archive.read("notebook.ipynb").decode()
    assert {"pretrained/model.safetensors", "pretrained/tokenizer.json"} <= {*names}
    parts = [line.rsplit(",", 1)[1] for line in table[1:]]
    assert {part: parts.count(part) for part in ("train", "validation", "test")} == {
        "train": 44, "validation": 24, "test": 12}  # fmt: skip
    assert asked("ann").status_code == 404
