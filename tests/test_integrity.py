"""What a finished run left is used as it was written, and not at all where it is damaged."""

from __future__ import annotations

import shutil
from itertools import cycle

import numpy as np
import pandas as pd
import pytest
from opened_pages import opened
from starlette.applications import Starlette
from starlette.testclient import TestClient
from told import given

from cases.clusters import Group, Groups
from models.errors import InputError
from models.storage import checksums
from runs import integrity, paths, tokens
from runs.api import bundle_zip
from runs.api.routes import ROUTES
from runs.inference import client
from runs.jobs import batch_prediction, clustering
from runs.results import paired_runs, predictions
from runs.store import queue, records

ANSWERS = ("predictions.parquet", "evaluation/probabilities.npy", "evaluation/vectors.npy", "evaluation/items.parquet")
SAID = "Predictions of this run cannot be shown: its file “{}” is missing or damaged."


def cut(path):
    path.write_bytes(path.read_bytes()[:-20])


def flipped(path):
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def deleted(path):
    path.unlink()


def warned(app):
    """The one warning of a page, without the marks that keep a name from being Markdown."""
    (told,) = app.warning
    return told.value.replace("\\", "")


def each(names):
    """Each file is damaged, and each damage is done to one of them at least."""
    return pytest.mark.parametrize(("name", "damage"), [*zip(names, cycle((flipped, deleted, cut)))])


damages = pytest.mark.parametrize("damage", [flipped, deleted])


@pytest.fixture
def finished(usual):
    """A run whose answers and model were noted when they were written."""
    folder, outcome = paths.run(usual), predictions.of(records.run(usual, "local"))
    test = outcome.of("test")
    table = pd.DataFrame({"id": test.rows, "label": test.labels.astype(str), "predicted": test.predicted.astype(str)})
    table.to_parquet(folder / "predictions.parquet")
    (folder / "bundle").mkdir()
    (folder / "bundle/head.safetensors").write_bytes(np.arange(400, dtype=np.float32).tobytes())
    integrity.note(folder)
    return records.run(usual, "local")


@each(ANSWERS)
def test_damaged_answers_are_said_in_one_sentence_and_never_shown(finished, open_run, name, damage):
    assert predictions.of(finished) and paired_runs.tested(finished) is not None
    damage(paths.run(finished.id) / name)
    assert predictions.of(finished) is None and paired_runs.tested(finished) is None
    problem = warned(open_run(finished.id, see="classes"))
    assert problem.startswith(SAID.format(name)) and problem.endswith("to repeat the evaluation.")


def test_the_figures_of_a_run_stay_where_its_answers_are_damaged_which_is_said_in_chinese_too(finished, open_run):
    flipped(paths.run(finished.id) / ANSWERS[1])
    app = open_run(finished.id)
    assert given(app, "casebook_hero")["value"] == "75.0%"
    assert f"see_{finished.id}" not in app.session_state
    assert warned(open_run(finished.id, "zh-CN")).startswith("无法显示此次运行的预测")


@pytest.mark.parametrize("damage", [cut, flipped, deleted])
def test_checksums_that_are_damaged_themselves_are_no_leave_to_show_anything(finished, damage):
    damage(paths.run(finished.id) / integrity.FILE)
    assert integrity.of_answers(finished.id) and integrity.of_model(finished.id)


def test_a_file_is_read_once_for_each_state_of_it(finished):
    integrity.of_answers(finished.id)
    known = checksums._digest.cache_info().misses
    for _ in range(5):
        assert integrity.of_answers(finished.id) is None
    assert checksums._digest.cache_info().misses == known


@pytest.mark.slow
@damages
def test_a_damaged_model_is_neither_packed_nor_asked(finished, damage):
    folder = paths.run(finished.id)
    damage(folder / "bundle/head.safetensors")
    with pytest.raises(InputError, match=r"its file “bundle/head.safetensors” is missing or damaged\. Model files"):
        bundle_zip.of(folder)
    given = paths.home() / "tries/local/one.png"
    given.parent.mkdir(parents=True, exist_ok=True)
    given.write_bytes(b"some")
    with pytest.raises(InputError, match=r"The model of this run cannot be used"):
        client.answers(finished, [given])
    token = tokens.sign("run", run=finished.id, owner="local")
    told = TestClient(Starlette(routes=ROUTES)).get("/api/bundle", params={"token": token})
    assert told.status_code == 410 and told.json()["message"].startswith("The model of this run cannot be used")
    assert paired_runs.tested(finished) is not None  # its answers are another matter


def test_a_run_of_the_agent_notes_all_that_it_leaves(at_station):
    run = at_station.unbroken
    noted = checksums.noted(paths.run(run.id) / integrity.FILE)
    assert {*ANSWERS, "evaluation/classes.json", "bundle/head.safetensors", "bundle/model.onnx"} <= noted.keys()
    assert not [name for name in noted if "pycache" in name]  # nothing that Python writes anew
    assert integrity.of_answers(run.id) is None and integrity.of_model(run.id) is None


@each(["items.parquet", "groups.json", "items.parquet"])
def test_damaged_groups_are_said_to_be(damage, name):
    job = records.create_run("local", "cluster", "text_analysis", "texts")
    folder = paths.run(job)
    items = pd.DataFrame({"name": ["a", "b"], "text": ["moss", "rust"], "x": [0.0, 1.0], "y": [0.0, 1.0], "2": [0, 1]})
    Groups(items, {2: (Group(1, ("moss",), (0,)), Group(1, ("rust",), (1,)))}, 2).save(folder)
    clustering.note(folder)
    queue.claim_here(job)
    queue.end(job, "done", result={"items": 2, "suggested": 2})
    done = records.run(job, "local")
    assert clustering.of(done).suggested == 2
    damage(folder / name)
    with pytest.raises(InputError, match=r"The clusters cannot be shown"):
        clustering.of(done)
    shutil.rmtree(folder)


NO_TABLE = "cannot be opened: some of its files are missing or damaged"


@damages
def test_a_damaged_table_of_the_data_is_said_and_can_be_read_again_and_the_figures_stay(finished, open_run, damage):
    damage(paths.datasets() / "d1/samples.parquet")
    app = open_run(finished.id)
    assert any(NO_TABLE in one.value for one in app.warning)
    assert given(app, "casebook_hero")["value"] == "75.0%"
    assert any(NO_TABLE in one.value for one in opened("image_recognition.py", data="d1").warning)


def test_a_damaged_table_of_predictions_is_not_given():
    job = records.create_run("local", "predict", "image_recognition", "many.zip")
    path = paths.run(job) / batch_prediction.FILE
    path.with_suffix(".partial").write_text("Name,Prediction,Problem\na.png,moss,\nb.png,rust,\n")
    checksums.settle(path.with_suffix(".partial"), path)
    token = tokens.sign("run", run=job, owner="local")
    client = TestClient(Starlette(routes=ROUTES))
    assert "moss" in client.get("/api/predictions", params={"token": token}).text
    flipped(path)
    told = client.get("/api/predictions", params={"token": token})
    assert told.status_code == 410 and told.json()["message"].endswith("Predict the same files again.")
