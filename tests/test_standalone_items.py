"""A recommender that leaves for other programs gives the scores of its bundle, from the numbers of items alone."""

from __future__ import annotations

import json

import made_items
import numpy as np
import pandas as pd
import pytest
import torch
from safetensors import safe_open

import cases
from cases.base import Evaluation
from cases.recommendation import predict
from cases.recommendation.portable import ByMean
from cases.recommendation.towers import DecayedMeanTower, SASRec
from models.onnx import runtime
from models.progress import QUIET

RANK = cases.get("recommendation").tasks[0]


@pytest.fixture(scope="module")
def books(tmp_path_factory):
    return made_items.write(tmp_path_factory.mktemp("books") / "data")


@pytest.fixture(scope="module", params=["towers", "factors", "residual", "list", "automatic"])
def learnt(request, books, text_body, tmp_path_factory):
    """A trainer and its bundle, for each kind of what may be kept."""
    folder = tmp_path_factory.mktemp(request.param)
    trainer = made_items.learn(books, folder, QUIET, network=request.param, model=str(text_body), learning_rate=0.02)
    trainer.save(folder / "run/bundle", made_items.result_of(trainer, QUIET), QUIET)
    return trainer, folder / "run/bundle"


def test_all_scores_come_of_the_numbers_of_items(learnt, books, tmp_path):
    bundle = learnt[1]
    told = RANK.standalone(bundle, tmp_path, RANK.standalone_choices(bundle)[0], books, QUIET)
    assert told["kind"] == "ranking"
    found = RANK.prove_standalone(bundle, tmp_path, books, Evaluation({}, pd.DataFrame()), QUIET)
    assert found["items"] == found["of"] == len(learnt[0].context.test.people)
    assert found["same"] >= found["items"] - 1
    assert found["largest_difference"] < 1e-4
    model, run = predict.load(bundle), runtime.load(tmp_path / "model.onnx")
    for had in ([3], [5, 1, 7], list(range(20))):
        assert np.abs(run({"items": np.array(had)}) - predict.scores(model, [had])[0]).max() < 1e-4
    assert json.loads((tmp_path / "items.json").read_text("utf-8"))["ids"] == model["ids"]


def test_the_user_network_is_there_as_safetensors_too(learnt):
    trainer, bundle = learnt
    people, stored = trainer.portable.people, bundle / "user.safetensors"
    assert stored.exists() == (people is not None)
    if people is None:
        return
    with safe_open(stored, "pt") as file:
        told = json.loads(file.metadata()["user"])
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    assert int(told["longest"]) == trainer.portable.longest and float(told["share"]) == people.share
    assert told["network"] in (DecayedMeanTower.__name__, ByMean.__name__, SASRec.__name__)
    learnt_ones = people.people.state_dict()
    assert all(torch.equal(value, learnt_ones[f"people.{name}" if f"people.{name}" in learnt_ones else name])
               for name, value in tensors.items())  # fmt: skip
