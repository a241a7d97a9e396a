"""A bundle works where nothing is installed but what its card names: every test item, with the library and without.

The environment is new and empty. Into it are linked, of the packages that the tests run with, those that the card says
to install, and what these require: what pip would install, without fetching half a gigabyte again for each bundle.
"""

from __future__ import annotations

import re
import venv
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

    def make(names):
        folder = tmp_path_factory.mktemp("environment")
        venv.EnvBuilder(symlinks=True, with_pip=False).create(folder)
        [packages] = folder.glob("lib/python*/site-packages")
        for distribution in required(names):
            link(distribution, packages)
        return str(folder / "bin/python")

    return make


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
        settings = case.Settings(**{"model": str(model), **SHORT[name]})
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
def test_every_test_item_gets_the_label_of_the_evaluation(name, left, interpreter, capsys):
    _task, trainer, bundle = left(name)
    tested, wanted = trainer.tested, installed((bundle / "README.md").read_text("utf-8"))
    ways = [proof.SCRIPT, proof.ONNX][: len(wanted)]
    assert len(wanted) == len(ways) and ("torch" in wanted[0]) == (len(wanted) == 2) and "torch" not in wanted[-1]
    for way, names in zip(ways, wanted, strict=True):
        answered = proof.answers(bundle, tested.given, tested.sizes, way, QUIET, python=interpreter(names))
        found = tested.compare(answered)
        assert found.items == len(tested.names) == tested.total and found.wrong == []
        with capsys.disabled():
            print(f"\n{name}, {way}: {found.same} of {found.items}; torn: {[tested.names[one] for one in found.close]}")


@pytest.mark.parametrize("name", [name for name in SHORT if ":" not in name and name != "recommendation"])
def test_the_app_gives_the_label_that_the_script_gives_in_an_environment_of_its_own(name, left, interpreter, tmp_path):
    task, trainer, bundle = left(name)
    tested = trainer.tested
    [names, *_] = installed((bundle / "README.md").read_text("utf-8"))
    answered = proof.answers(bundle, tested.given, tested.sizes, proof.SCRIPT, QUIET, python=interpreter(names))
    of_texts = cases.get(name).takes_content
    given = [one.encode() if of_texts else Path(one) for one in tested.given]
    said = [first_and_lead(one) for one in task.predictor(bundle)(given)]
    labels = trainer.context.dataset.classes
    other = [name for name, (label, lead), row in zip(tested.names, said, answered, strict=True)
             if lead > CLOSE and label != labels[int(np.argmax(row))]]  # fmt: skip
    assert other == []


@pytest.mark.parametrize("name", SHORT)
def test_a_model_for_other_programs_answers_with_the_packages_that_it_names(name, left, interpreter, tmp_path):
    task, trainer, bundle = left(name)
    tested, folder = trainer.tested, tmp_path / "model"
    folder.mkdir()
    told = task.standalone(bundle, folder, "float32", trainer.context.dataset, QUIET)
    python = interpreter(told["python"])
    answered = proof.answers(folder, tested.given, tested.sizes, proof.SCRIPT, QUIET, python=python)
    found = tested.compare(answered)
    assert found.items == len(tested.names) and found.same >= found.items - len(found.close)


def test_a_package_that_the_card_does_not_name_is_not_there(interpreter, tmp_path):
    (tmp_path / "predict.py").write_text("import torch")
    with pytest.raises(RuntimeError, match="No module named 'torch'"):
        proof.answers(tmp_path, [1], np.zeros(1), proof.SCRIPT, QUIET, python=interpreter(["numpy", "pillow"]))
