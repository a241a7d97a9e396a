"""One item, one probability: what the evaluation keeps of a test item is what the bundle answers about it."""

from __future__ import annotations

import numpy as np
import pytest

import cases
from cases.base import UploadedFile, WorkDirs
from cases.task_types import CLASSIFICATION
from models.progress import NullReporter

BOUND = 1e-4  # of a probability: other kernels sum in another order
CLASSIFYING = [name for name in cases.NAMES if CLASSIFICATION in [task.task_type for task in cases.get(name).tasks]]


@pytest.mark.parametrize(("name", "mode"), [(CLASSIFYING[0], "head"), *((name, "full") for name in CLASSIFYING[1:])])
def test_evaluation_and_bundle_give_a_test_item_the_same_probability(
    name, mode, materials, tokens_at_hand, home, tmp_path
):
    case, (model, file) = cases.get(name), materials[name]
    tokens_at_hand(home)
    folder = home / "data"
    folder.mkdir()
    dataset = case.read(
        [UploadedFile(file, file.name)], WorkDirs(folder, home / "cache"), "0123456789abcdef", NullReporter()
    )
    settings = case.Settings(model=str(model), epochs=1, precision="bf16", mode=mode)
    trainer = case.tasks[0].build(settings, dataset, WorkDirs(tmp_path / "run", tmp_path), NullReporter())
    trainer.fit(NullReporter())
    evaluation = trainer.evaluate(NullReporter())
    known = trainer.save(tmp_path / "bundle", {
        "data": {**trainer.counts, "set_aside": 0}, "test": evaluation.metrics, "references": trainer.references,
    }, NullReporter())  # fmt: skip

    test = evaluation.outcome.of("test")
    given = [case.content(dataset, int(row)) for row in test.rows]
    answers = case.tasks[0].predictor(tmp_path / "bundle")(given)
    answered = [[dict(zip(one.labels, one.probabilities, strict=True))[label] for label in test.classes]
                for one in answers]  # fmt: skip
    assert np.abs(np.array(answered) - test.probabilities).max() < BOUND
    assert known["onnx"]["largest_difference"] < BOUND
