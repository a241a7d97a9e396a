"""Where a network looked: the right place, through the weights that were saved, and kept once worked out."""

from __future__ import annotations

import json
import time
from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import save_file
from starlette.applications import Starlette
from starlette.testclient import TestClient

import cases
from cases.base import Item, UploadedFile
from cases.image_recognition import explanation, predict
from models.heads.head import Head
from models.progress import NullReporter
from runs import paths, tokens
from runs.api.routes import ROUTES
from runs.inference import inputs
from runs.jobs import data_import
from runs.results import explanations
from runs.store import dataset_rows, queue, records
from runs.worker import worker

CLASSES = ("moss", "rust", "slate")


def bundle_of(folder, architecture):
    """A saved model with a body of timm that was never trained, and a head that tells classes apart."""
    import timm

    with torch.random.fork_rng():
        torch.manual_seed(3)
        body = timm.create_model(architecture, num_classes=0)
        body.pretrained_cfg = {**body.pretrained_cfg, "crop_pct": 0.8}
        timm.models.save_for_hf(body, folder / "body", safe_serialization=True)
        head = Head(body.head_hidden_size, 3, hidden=0, activation="relu", dropout=0.0)
        torch.nn.init.normal_(head.output.weight)
    save_file(head.state_dict(), folder / "head.safetensors")
    size = body.pretrained_cfg["input_size"][-1]
    kept = {"size": round(size / 0.8), "crop": size, "interpolation": "bicubic", "mean": [0.5] * 3, "std": [0.5] * 3}
    (folder / "labels.json").write_text(json.dumps(CLASSES))
    (folder / "preprocessing.json").write_text(json.dumps({**kept, "activation": "relu"}))
    return folder


def spotted(path, at):
    """Grey, with one square of noise."""
    random = np.random.default_rng(0)
    pixels = np.full((200, 200, 3), 128, np.uint8)
    pixels[at[0] : at[0] + 50, at[1] : at[1] + 50] = random.integers(0, 255, (50, 50, 3))
    Image.fromarray(pixels).save(path)
    return path


@pytest.mark.parametrize("architecture", ["test_resnet", "test_vit", "test_convnext", "test_efficientnet"])
def test_every_kind_of_body_is_explained_by_the_class_its_bundle_names_and_by_another_label(tmp_path, architecture):
    bundle, picture = bundle_of(tmp_path / "bundle", architecture), spotted(tmp_path / "a.png", (30, 30))
    shares = predict.predict(predict.load(bundle), [picture])[0]
    said = CLASSES[shares.argmax()]
    other = next(name for name in CLASSES if name != said)
    for truth, known in ((None, None), (said, said), (other, other), ("a class it never met", None)):
        folder = tmp_path / str(truth)
        folder.mkdir()
        found = cases.get("image_recognition").tasks[0].explain(bundle, Item(file=picture, truth=truth), folder)
        assert (found["predicted"], found["truth"]) == (said, known)
        assert found["confidence"] == pytest.approx(shares.max(), abs=1e-5)
        assert found["pictures"] == ["seen", "predicted", *(["truth"] if truth == other else [])]
        assert {path.stem: Image.open(path).size for path in folder.iterdir()} == dict.fromkeys(
            found["pictures"], (448, 448)
        )


class Patches(torch.nn.Module):
    """A body whose features are the brightness of each sixteenth of the side, meant over all places."""

    def forward_features(self, x):
        return torch.nn.functional.avg_pool2d(x, 16).mean(1, keepdim=True).repeat(1, 4, 1, 1)

    def forward_head(self, features):
        return features.mean((2, 3))


def test_the_heat_lies_where_the_class_is_seen():
    head = Head(4, 2, hidden=0, activation="relu", dropout=0.0)
    with torch.no_grad():
        head.output.weight[0] = 1.0  # the first class is brightness
    pixels = np.zeros((64, 64, 3), np.uint8)
    pixels[16:32, 48:] = 255
    scores, seen = explanation.forward({"body": Patches(), "mean": [0.0] * 3, "std": [1.0] * 3}, head, pixels)
    heat = explanation.heat(scores[0], seen)
    assert heat.shape == (4, 4) and heat[1, 3] == 1 and heat.sum() == 1
    warm = explanation.overlaid(pixels, heat).astype(int)
    assert warm[24, 56].sum() > warm[56, 8].sum() + 200


def test_a_body_without_places_is_explained_by_its_pixels():
    x = torch.rand(1, 3, 64, 64, requires_grad=True)
    heat = explanation.heat(x[:, :, :32, :32].sum(), [(x, 1.0)])
    assert heat.shape == (4, 4)
    assert heat[:2, :2].min() == 1 and heat[2:].max() == heat[:, 2:].max() == 0


def done(pictures, zip_of, folder, architecture, **result):
    """A run that is done, with its data and its bundle."""
    part = UploadedFile(zip_of(folder / "noise.zip", pictures(4)), "noise.zip")
    data_import.into_dataset("image_recognition", [part], "d1", NullReporter())
    dataset_rows.add("local", "d1", "image_recognition", "noise", sample=False)
    made = {"dataset": "d1", "settings": {}, "edits": {}}
    identity = records.create_run("local", "fine_tune", "image_recognition", "noise", **made)
    bundle_of(paths.run(identity) / "bundle", architecture)
    queue.claim_here(identity)
    queue.end(identity, "done", result=result)
    return records.run(identity, "local")


@pytest.fixture
def run(pictures, zip_of, tmp_path):
    return done(pictures, zip_of, tmp_path, "test_resnet")


def work(run):
    job = records.latest("explain", run.id, "local")
    worker.work(queue.claim_here(job.id))
    return records.run(job.id, "local")


def test_a_file_that_its_owner_gave_is_explained_and_no_other(run, tmp_path):
    given, others = inputs.new("local", "tried.png"), inputs.new("ann", "hers.png")
    explanations.ask(run, "tried", file=inputs.named(spotted(given, (10, 10))))
    assert work(run).status == "done"
    assert explanations.known(run, "tried")["truth"] is None
    spotted(tmp_path / "outside.png", (10, 10))
    spotted(others, (10, 10))
    for number, name in enumerate((inputs.named(others), f"tries/local/../ann/{others.name}", "../outside.png")):
        explanations.ask(run, f"other{number}", file=name)
        assert work(run).status == "failed"


def test_an_explanation_is_worked_out_once_and_the_route_tells_how_it_stands_and_gives_out_its_pictures(run):
    client = TestClient(Starlette(routes=ROUTES))
    token = tokens.sign("run", run=run.id, owner="local")

    def told(**query):
        return client.get("/api/explanation", params={"token": token, "key": "row2", **query})

    assert told().json() == {"status": "none", "message": ""}
    for _ in range(2):
        explanations.ask(run, "row2", row=2)
        assert told().json() == {"status": "queued", "message": ""}
        assert len(records.run_list("local", kind="explain")) == 1
    assert work(run).status == "done"
    found = explanations.known(run, "row2")
    assert (found["status"], found["truth"]) == ("done", "moss") and told().json()["status"] == "done"
    for name in found["pictures"]:
        picture = told(file=f"{name}.webp")
        assert picture.headers["content-type"] == "image/webp" and picture.content[8:12] == b"WEBP"
    for key, name in (("../x", "seen.webp"), ("row2", "../facts.json"), ("row2", "facts.json"), ("row1", "seen.webp"),
                      ("", "x")):  # fmt: skip
        assert explanations.file(run, key, name) is None and told(key=key, file=name).status_code == 404
    explanations.ask(run, "row2", row=2)
    assert len(records.run_list("local", kind="explain")) == 1
    assert explanations.known(replace(run, ended=time.time()), "row2")["status"] == "none"  # as of another model
    for wrong in ({"key": "../row2"}, {"token": "forged"}, {"token": tokens.sign("run", run=run.id, owner="ann")}):
        assert (told(**wrong).status_code, told(**wrong).json()) == (404, {"message": "There is no such run."})
    explanations.ask(run, "none", file="uploads/none.png")
    work(run)
    assert told(key="none").json()["status"] == "failed"
    assert told(key="none", lang="zh").json()["message"]
