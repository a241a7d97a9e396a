"""What leaves is asked by a process that knows nothing but its files, and what it answers there is told."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

import cases
from cases.base import UploadedFile, WorkDirs
from cases.task_types import CLASSIFICATION
from cases.training import proof
from cases.training.proof import ProofItems
from models.evaluation import agreement
from models.progress import QUIET, NullReporter, Stopped

pytestmark = pytest.mark.slow

SCRIPT = """
import json, os, sys
import numpy as np
LABELS = ["odd", "even"]
def load(folder):
    return {"folder": folder}
def predict(model, items):
    return np.array([[item % 2, 1 - item % 2] for item in items], float)
"""
BOUND = 1e-4  # of a probability: other kernels sum in another order
CLASSIFYING = [name for name in cases.NAMES if CLASSIFICATION in [task.task_type for task in cases.get(name).tasks]]
GOOD = {"items": 2000, "same": 2000, "close": [], "largest_difference": 2.1e-7, "of": 5000}


@pytest.fixture(autouse=True)
def process_of_its_own(monkeypatch):
    monkeypatch.setattr(proof, "start", subprocess.Popen)


@pytest.fixture
def bundle(tmp_path):
    """A folder whose script says whether numbers are even; or what else it is given."""

    def write(script=SCRIPT):
        folder = tmp_path / "bundle"
        folder.mkdir(exist_ok=True)
        (folder / "predict.py").write_text(script)
        return folder

    return write


def asked(folder, items, report=QUIET, sizes=None):
    return proof.answers(folder, items, np.zeros(len(items)) if sizes is None else sizes, proof.SCRIPT, report)


def test_answers_come_in_the_order_of_the_items_though_like_sizes_are_asked_together(bundle):
    items = [3, 4, 5, 6, 8]
    told = asked(bundle(), items, sizes=np.array([1, 9, 2, 8, 3]))
    assert told[:, 1].tolist() == [0, 1, 0, 1, 1]
    assert [file.name for file in bundle().iterdir()] == ["predict.py"]  # no __pycache__, which would leave with it
    texts = asked(bundle("def load(folder): pass\ndef predict(model, items): return [f'<{one}>' for one in items]"),
                  ["a", "书"], sizes=np.array([1, 2]))  # fmt: skip
    assert texts == ["<a>", "<书>"]


def test_the_process_knows_neither_casebook_nor_its_environment(bundle, monkeypatch, tmp_path):
    monkeypatch.setenv("CASEBOOK_HOME", str(tmp_path))
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    folder = bundle(
        "import os, sys\ndef load(folder): pass\n"
        "def predict(model, items):\n"
        "    known = [name for name in os.environ if name.startswith(('CASEBOOK_', 'PYTHON'))]\n"
        "    return [[known, sys.path, os.getcwd(), os.environ['HF_HUB_OFFLINE']]]"
    )
    [[names, path, where, offline]] = asked(folder, [0])
    assert names == [] and offline == "1" and path[0] == str(folder)
    assert str(tmp_path) not in path and str(proof.PROCESS.parents[2]) not in path
    assert where not in (str(tmp_path), str(folder))


@pytest.mark.parametrize(
    ("script", "told"),
    [
        ("import no_such_library", "No module named 'no_such_library'"),
        ("def load(folder): raise ValueError('the weights are torn')", "the weights are torn"),
        (f"import sys\nsys.path.append({str(proof.PROCESS.parents[2])!r})\nfrom models import errors\n"
         "def load(folder): pass\ndef predict(model, items): return items", "The bundle imported models of Casebook."),
        ("import os\ndef load(folder): os._exit(7)", "exit status 7"),
    ],
)  # fmt: skip
def test_what_fails_in_the_process_is_told_with_its_last_words(bundle, script, told):
    with pytest.raises(RuntimeError, match=r"The bundle bundle failed in a new process: ") as failed:
        asked(bundle(script), [1])
    assert told in str(failed.value)


def test_a_wish_to_stop_ends_the_process_at_once(bundle):
    class Wishing(NullReporter):
        def check(self):
            if time.monotonic() > began + 0.5:
                raise Stopped

    folder, began = bundle("import time\ndef load(folder): time.sleep(60)"), time.monotonic()
    with pytest.raises(Stopped):
        asked(folder, [1], Wishing())
    assert time.monotonic() < began + 5 and threading.active_count() < 20


def test_the_process_ends_when_who_asked_is_gone(bundle, tmp_path):
    (tmp_path / "items.json").write_text("[1]")
    folder = bundle("import time\ndef load(folder): time.sleep(60)")
    command = [sys.executable, "-I", str(proof.PROCESS), str(folder), "load", "items.json", "answers"]
    process = subprocess.Popen(command, cwd=tmp_path, stdin=subprocess.PIPE)
    process.stdin.close()
    assert process.wait(20) == 1


def test_what_is_answered_otherwise_is_told_by_name_and_what_is_torn_apart_from_it(bundle):
    expected = np.array([[0.9, 0.1], [0.9, 0.1], [0.5002, 0.4998]])
    tested = ProofItems(["one", "two", "torn"], [1, 2, 4], np.zeros(3),
                        lambda answered: agreement.of_probabilities(expected, answered), 7)  # fmt: skip
    told = tested.told(bundle(), proof.SCRIPT, QUIET)
    assert json.loads(json.dumps(told)) == {"items": 3, "same": 1, "close": ["torn"], "wrong": ["two"],
                                            "largest_difference": pytest.approx(0.9), "of": 7}  # fmt: skip


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


def page(onnx, script):
    from pages.task_types.classification import model

    result = {"onnx": onnx, "script": script, "data": {"test": 5000}}
    model.tell_agreement(result)
    model.show_agreement(result)


def told(onnx, script):
    app = AppTest.from_function(page, kwargs={"onnx": onnx, "script": script}, default_timeout=60).run()
    assert not app.exception
    return [[one.value for one in some] for some in (app.markdown, app.caption, app.warning)]


def test_both_files_are_told_and_how_they_were_asked():
    markdown, captions, warnings = told(GOOD, {**GOOD, "same": 1999, "close": ["river"]})
    assert [one.partition(":")[0] for one in markdown] == ["Checked", "ONNX check", "Check of `predict.py`"]
    assert all(figure in one for figure, one in zip(("1,999 of", "**2,000 of", "**1,999 of"), markdown, strict=True))
    assert all("at most 0.000001." in one for one in markdown[1:])
    assert "2,000 of 5,000 test examples" in captions[1] and "river" in captions[2] and warnings == []


def test_one_sentence_says_that_every_file_gives_the_same_and_of_an_old_bundle_only_the_onnx_check():
    markdown, _, warnings = told(GOOD, GOOD)
    assert "for all 2,000 test examples." in markdown[0] and "check_circle" in markdown[0] and warnings == []
    markdown, captions, warnings = told({"items": 24, "same": 24, "close": [], "largest_difference": 0.0}, None)
    assert len(markdown) == 1 and captions == warnings == []


def test_below_999_of_a_thousand_a_warning_stands_and_other_answers_are_named():
    assert told(GOOD, {**GOOD, "same": 1998})[2] == []
    _, captions, warnings = told(GOOD, {**GOOD, "same": 1997, "wrong": ["lake", "sea"]})
    assert [one for one in captions if one.startswith("Other answers for: ")]
    assert len(warnings) == 1 and warnings[0].startswith("Fewer than 99.9% of the answers are the same")
