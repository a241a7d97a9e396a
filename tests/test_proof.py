"""What leaves is asked by a process that knows nothing but its files, and what it answers there is told."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time

import numpy as np
import pytest

from cases.training import proof
from cases.training.proof import ProofItems
from models.evaluation import agreement
from models.progress import QUIET, NullReporter, Stopped

SCRIPT = """
import json, os, sys
import numpy as np
LABELS = ["odd", "even"]
def load(folder):
    return {"folder": folder}
def predict(model, items):
    return np.array([[item % 2, 1 - item % 2] for item in items], float)
"""


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


def test_progress_is_told_as_items_are_answered(bundle):
    class Counting(NullReporter):
        def progress(self, what, done, total, **more):
            seen.append((what, done, total))

    seen = []
    slow = SCRIPT.replace("    return np", "    import time; time.sleep(0.4)\n    return np")
    asked(bundle(slow), list(range(300)), Counting())
    assert seen[0] == ("proof", 0, 300) and seen[-1] == ("proof", 300, 300)
    assert ("proof", 128, 300) in seen and [done for _, done, _ in seen] == sorted(done for _, done, _ in seen)


def test_of_more_than_two_thousand_so_many_are_drawn_the_same_for_the_same_seed():
    assert proof.drawn(2000, 0).tolist() == list(range(2000))
    some = proof.drawn(5000, 3)
    assert len({*some.tolist()}) == 2000 and some.tolist() == sorted(some) == proof.drawn(5000, 3).tolist()
    assert some.tolist() != proof.drawn(5000, 4).tolist()


def test_what_is_answered_otherwise_is_told_by_name_and_what_is_torn_apart_from_it(bundle):
    expected = np.array([[0.9, 0.1], [0.9, 0.1], [0.5002, 0.4998]])
    tested = ProofItems(["one", "two", "torn"], [1, 2, 4], np.zeros(3),
                        lambda answered: agreement.of_probabilities(expected, answered), 7)  # fmt: skip
    told = tested.told(bundle(), proof.SCRIPT, QUIET)
    assert json.loads(json.dumps(told)) == {"items": 3, "same": 1, "close": ["torn"], "wrong": ["two"],
                                            "largest_difference": pytest.approx(0.9), "of": 7}  # fmt: skip
