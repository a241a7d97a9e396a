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
from workshop import done, queued

from runs import tokens
from runs.api.routes import ROUTES

# What the cells are followed by: the figure as JSON.
FIGURE = {
    "image_recognition": "accuracy", "text_analysis": "accuracy",
}  # fmt: skip


def downloaded(run, folder, language="en"):
    """The notebook and all it needs, unpacked into `folder`."""
    token = tokens.sign("export", dataset=run.dataset, owner="local", settings=run.settings, run=run.id)
    client = TestClient(Starlette(routes=ROUTES))
    answer = client.get("/api/dataset", params={"token": token, "lang": language})
    assert answer.status_code == 200, answer.text
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert archive.testzip() is None
        archive.extractall(folder)
    return json.loads((folder / "notebook.ipynb").read_text("utf-8"))


def executed(notebook, folder, value):
    """The number `value` after all cells, which a process computes that knows nothing of Casebook."""
    cells = ["".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "code"]
    forbidden = "import sys\nassert not {'cases', 'models', 'runs', 'pages'} & set(sys.modules)\n"
    (folder / "code.py").write_text("\n".join([*cells, forbidden, f"print('FIGURE', float({value}))"]), "utf-8")
    alone = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    alone |= {"HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1"}
    ran = subprocess.run([sys.executable, "-P", "code.py"], cwd=folder, env=alone, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr[-3000:]
    return float(ran.stdout.split("FIGURE ")[1])


@pytest.mark.parametrize(
    ("learnt", "chosen"),
    [
        ("text_analysis", {"mode": "head", "learning_rate": 0.01, "epochs": 15}),
        ("text_analysis", {"mode": "full", "learning_rate": 0.003, "dropout": 0.1, "epochs": 6}),
        ("text_analysis", {"mode": "lora", "learning_rate": 0.01, "hidden": 8, "dropout": 0, "epochs": 6}),
        ("text_analysis", {"mode": "last_blocks", "loss": "focal", "optimizer": "sgd", "patience": 2}),
        ("image_recognition", {"mode": "head", "hidden": 8, "loss": "balanced", "epochs": 15}),
        ("image_recognition", {"mode": "full", "contrastive": "supervised", "optimizer": "adafactor"}),
        ("image_recognition", {"mode": "lora", "augmentation": "none"}),
        ("image_recognition", {"mode": "last_blocks", "schedule": "linear"}),
    ],
)
def test_the_code_comes_to_the_figure_of_the_run(materials, tokens_at_hand, tmp_path, learnt, chosen):
    run = done(queued(materials, learnt, **chosen))
    assert run.status == "done", run.error
    figure = run.result["test"][FIGURE[learnt]]
    notebook = downloaded(run, tmp_path / "away", "zh")
    value = executed(notebook, tmp_path / "away", FIGURE[learnt])
    print(value, figure, run.result["trained"], len(run.log if hasattr(run, "log") else ""))
    assert figure["low"] - 1e-6 <= value <= figure["high"] + 1e-6
