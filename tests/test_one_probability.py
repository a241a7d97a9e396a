"""One item, one probability: what the evaluation keeps of a test item is what the bundle answers about it."""

from __future__ import annotations

import numpy as np
import pytest

import cases
from cases.base import Part, Place
from models.report import Quiet

BOUND = 1e-4  # of a probability: other kernels sum in another order
CLASSIFYING = [name for name in cases.NAMES if "classes" in [task.targets for task in cases.get(name).tasks]]


@pytest.mark.parametrize("mode", ["head", "full"])
@pytest.mark.parametrize("name", CLASSIFYING)
def test_evaluation_and_bundle_give_a_test_item_the_same_probability(
    name, mode, materials, tokens_at_hand, home, tmp_path
):
    case, (model, file) = cases.get(name), materials[name]
    tokens_at_hand(home)
    folder = home / "data"
    folder.mkdir()
    dataset = case.read([Part(file, file.name)], Place(folder, home / "cache"), "0123456789abcdef", Quiet())
    settings = case.Settings(model=str(model), epochs=2, precision="bf16", mode=mode)
    learner = case.build(settings, dataset, Place(tmp_path / "run", tmp_path), Quiet())
    learner.fit(Quiet())
    evaluation = learner.evaluate(Quiet())
    known = learner.save(tmp_path / "bundle", {
        "data": {**learner.counts, "set_aside": 0}, "test": evaluation.metrics, "references": learner.references,
    }, Quiet())  # fmt: skip

    test = evaluation.outcome.of("test")
    files = [case.file(dataset, int(row), tmp_path / f"{row}.txt") for row in test.rows]
    answers = case.answerer(tmp_path / "bundle")(files)
    answered = [[dict(zip(one.labels, one.probabilities, strict=True))[label] for label in test.classes]
                for one in answers]  # fmt: skip
    assert np.abs(np.array(answered) - test.probabilities).max() < BOUND
    assert known["onnx"]["largest_difference"] < BOUND
