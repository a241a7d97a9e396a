"""A bundle works where nothing is installed but what its card names: every test item, with the library and without.

The environment is new and empty. Into it are linked, of the packages that the tests run with, those that the card says
to install, and what these require: what pip would install, without fetching half a gigabyte again for each bundle.
"""

from __future__ import annotations

import re
import venv
from functools import cache
from importlib import metadata
from pathlib import Path

import numpy as np
import pytest
from packaging.requirements import Requirement
from station import SHORT, case_of

import cases
from cases import tasks
from cases.base import UploadedFile, WorkDirs
from cases.settings import as_json
from cases.training import proof
from models.evaluation.agreement import CLOSE
from models.progress import QUIET


def required(names):
    """The distributions of these names, and all that they require here."""
    found, open_ = {}, list(names)
    while open_:
        name = open_.pop()
        if name.lower() in found:
            continue
        found[name.lower()] = metadata.distribution(name)
        wanted = map(Requirement, found[name.lower()].requires or ())
        open_ += [one.name for one in wanted if one.marker is None or one.marker.evaluate({"extra": ""})]
    return found.values()


def link(distribution, folder):
    """The top-level files and folders of a distribution, by links."""
    for top in {file.parts[0] for file in distribution.files} - {"..", "__pycache__"}:
        if not (folder / top).exists():
            (folder / top).symlink_to(distribution.locate_file(top))


@pytest.fixture(scope="module")
def interpreter(tmp_path_factory):
    """Names of packages → the interpreter of a new environment that has only these."""

    @cache
    def make(names):
        folder = tmp_path_factory.mktemp("environment")
        venv.EnvBuilder(symlinks=True, with_pip=False).create(folder)
        [packages] = folder.glob("lib/python*/site-packages")
        for distribution in required(names):
            link(distribution, packages)
        return str(folder / "bin/python")

    return lambda names: make(tuple(sorted(names)))


def installed(card):
    """What the card says to install: with the library of the weights, and without torch."""
    return [names.split() for names in re.findall(r"pip install ([\w \-]+)", card)]


@pytest.fixture
def left(materials, tokens_at_hand, home, tmp_path):
    """The task, the trainer and the bundle of a short training."""

    def leave(name):
        case, (model, file) = cases.get(case_of(name)), materials[name]
        (home / "data").mkdir()
        given = [UploadedFile(file, file.name)]
        dataset = case.read(given, WorkDirs(home / "data", home / "cache"), "0123456789abcdef", QUIET)
        settings = case.Settings(**{"model": str(model), **SHORT[name], "epochs": 2})
        task = tasks.of(case, tasks.decided(case, dataset, as_json(settings)))
        trainer = task.build(settings, dataset, WorkDirs(tmp_path / "run", home / "cache"), QUIET)
        trainer.fit(QUIET)
        test = trainer.evaluate(QUIET).metrics
        told = {"data": {**trainer.counts, "set_aside": 0}, "test": test, "references": trainer.references}
        trainer.save(tmp_path / "bundle", told, QUIET)
        return task, trainer, tmp_path / "bundle"

    return leave


def first_and_lead(prediction):
    """The label, and how far the next is behind it."""
    first, second, *_ = (*prediction.probabilities, 0.0, 0.0)
    return prediction.labels[0], first - second


@pytest.mark.parametrize("name", SHORT)
def test_every_test_item_gets_the_label_of_the_evaluation(name, left, interpreter, tmp_path):
    task, trainer, bundle = left(name)
    tested, wanted = trainer.tested, installed((bundle / "README.md").read_text("utf-8"))
    ways = [proof.SCRIPT, proof.ONNX][: len(wanted)]
    assert len(wanted) == len(ways) and ("torch" in wanted[0]) == (len(wanted) == 2) and "torch" not in wanted[-1]
    for way, names in zip(ways, wanted, strict=True):
        answered = proof.answers(bundle, tested.given, tested.sizes, way, QUIET, python=interpreter(names))
        found = tested.compare(answered)
        assert found.items == len(tested.names) == tested.total and found.wrong == []
        if way == proof.SCRIPT and ":" not in name and name != "recommendation":
            assert labelled_otherwise(name, task, trainer, bundle, answered) == []

    model = tmp_path / "model"  # for other programs
    model.mkdir()
    told = task.standalone(bundle, model, "float32", trainer.context.dataset, QUIET)
    answered = proof.answers(model, tested.given, tested.sizes, proof.SCRIPT, QUIET, python=interpreter(told["python"]))
    found = tested.compare(answered)
    assert found.items == len(tested.names) and found.same >= found.items - len(found.close)


def labelled_otherwise(name, task, trainer, bundle, answered):
    """The test items that get another label in the app than by the script."""
    given = [one.encode() if cases.get(name).takes_content else Path(one) for one in trainer.tested.given]
    said = [first_and_lead(one) for one in task.predictor(bundle)(given)]
    labels = trainer.context.dataset.classes
    return [item for item, (label, lead), row in zip(trainer.tested.names, said, answered, strict=True)
            if lead > CLOSE and label != labels[int(np.argmax(row))]]  # fmt: skip


def test_a_package_that_the_card_does_not_name_is_not_there(interpreter, tmp_path):
    (tmp_path / "predict.py").write_text("import torch")
    with pytest.raises(RuntimeError, match="No module named 'torch'"):
        proof.answers(tmp_path, [1], np.zeros(1), proof.SCRIPT, QUIET, python=interpreter(["numpy", "pillow"]))
