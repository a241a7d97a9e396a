"""Freed memory is used again without asking the kernel for new pages; where it runs out, less is done at once."""

from __future__ import annotations

import errno
import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from conftest import ROOT
from torch import nn

from cases.image_recognition.predictor import ImagePredictor
from cases.text_analysis import explanation
from cases.training import clean_process
from models import memory
from models.errors import InputError
from models.heads.head import Head
from models.memory import Fitting
from models.progress import QUIET, NullReporter
from models.text import encoder, tokenizer
from models.training import device

COUNT = """
import resource
from models.freed_memory import keep_what_is_freed

if {told}:
    assert keep_what_is_freed()
b"x" * (64 * 2**20)
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(10):
    b"x" * (64 * 2**20)
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


def faults(told):
    done = subprocess.run([sys.executable, "-c", COUNT.format(told=told)], cwd=ROOT, capture_output=True, check=True)
    return int(done.stdout)


@pytest.mark.skipif(sys.platform != "linux", reason="only glibc can be told")
def test_large_blocks_come_back_without_new_pages():
    assert faults(told=True) < 100 < 1000 < faults(told=False)


class Noting(NullReporter):
    def __init__(self):
        self.notes = []

    def note(self, message, **args):
        self.notes.append(message.format(**args))


class Room:
    """Squares numbers, at most `most` at once, as a card would that is too small for more."""

    def __init__(self, most, error=torch.OutOfMemoryError):
        self.most, self.error, self.asked = most, error, []

    def __call__(self, start, stop):
        self.asked.append((start, stop))
        if stop - start > self.most:
            raise self.error("CUDA out of memory.")
        return np.arange(start, stop) ** 2


@pytest.mark.parametrize("error", [torch.OutOfMemoryError, MemoryError])
def test_where_memory_runs_out_half_as_much_is_done_at_once_from_then_on(error):
    room, report = Room(3, error), Noting()
    fitting = Fitting(report)
    done = [part for start in (0, 8) for part in fitting(room, start, start + 8)]
    assert np.concatenate(done).tolist() == [number**2 for number in range(16)]
    assert room.asked == [(0, 8), (0, 4), (0, 2), (2, 4), (4, 6), (6, 8), (8, 10), (10, 12), (12, 14), (14, 16)]
    assert report.notes == [f"Memory ran out: batch size reduced to {n}." for n in (4, 2)]


def test_where_it_does_not_hold_a_single_item_cause_and_remedy_are_told_and_another_error_is_another():
    with pytest.raises(InputError) as refused:
        Fitting(Noting())(Room(0), 0, 4)
    assert str(refused.value) == (
        "The model and one example do not fit into memory. Memory must hold the model and one example. Choose a "
        "smaller model, or close other programs, then resume."
    )
    with pytest.raises(ZeroDivisionError):
        Fitting(Noting())(lambda start, stop: 1 / 0, 0, 4)
    for error in (RuntimeError("shapes cannot be multiplied"), OSError(errno.EIO, "")):
        assert not memory.ran_out(error)


def test_a_process_after_one_that_was_killed_begins_with_less():
    room = Room(100)
    with memory.halved(2):
        Fitting(Noting())(room, 8, 16)
    Fitting(Noting())(room, 8, 16)
    assert room.asked == [(8, 10), (10, 12), (12, 14), (14, 16), (8, 16)]


# Wherever many items are computed


HALVED = "Memory ran out: batch size reduced to {}."


def limited(network, most):
    """Has the network refuse more than so many items, as a card would that is too small for more."""

    def refuse(_module, given, named):
        if len(next(iter([*given, *named.values()]))) > most:
            raise torch.OutOfMemoryError("CUDA out of memory.")

    return network.register_forward_pre_hook(refuse, with_kwargs=True)


def test_vectors_of_texts(text_body):
    body, tokeniser, report = encoder.load_body(text_body), tokenizer.load(text_body), Noting()
    texts = [f"good {'food ' * (number % 7)}" for number in range(24)]
    see = lambda: encoder.vectors(body, tokeniser, texts, bf16=False, report=report)  # noqa: E731
    whole = see()
    limited(body, 5)
    assert np.allclose(see(), whole, atol=1e-5)
    assert report.notes == [HALVED.format(n) for n in (12, 6, 3)]


def test_an_explanation_of_a_text(text_body):
    body, words = encoder.load_body(text_body), tokenizer.load(text_body)
    head = Head(encoder.width(body), 2, hidden=0, activation="relu", dropout=0.0)
    nn.init.normal_(head.output.weight)
    network = explanation.Scores(body.eval(), head.eval())
    ids = torch.from_numpy(words.ids(["good food good food"])[0]).long()
    table = body.get_input_embeddings()
    explain = lambda: explanation.attribute(network, table, ids, ids * 0, 1, bf16=False)  # noqa: E731
    whole = explain()
    hook = limited(network, 5)
    assert torch.allclose(explain(), whole, atol=1e-4)
    hook.remove()


def test_pictures_that_are_asked_about(tmp_path, pictures):
    files = []
    for number, content in enumerate(pictures(2).values()):
        files.append(tmp_path / f"{number}.png")
        files[-1].write_bytes(content)

    def model(inputs):
        if len(inputs["pixels"]) > 2:
            raise MemoryError("Failed to allocate memory for requested buffer of size 150994944")
        return inputs["pixels"].mean((1, 2))[:, :2]

    opened = ImagePredictor.__new__(ImagePredictor)  # the file of a bundle is not needed for this
    opened.model, opened.labels, opened.size, opened.interpolation = model, ("dark", "light"), 16, "bilinear"
    opened.pool = SimpleNamespace(map=lambda work, some: [work(one) for one in some])
    assert len(opened(files)) == len(files) == 6


def test_a_new_process_that_asks_a_bundle(capsys):
    asked = []

    def predict(_model, items):
        asked.append(len(items))
        if len(items) > 40:
            raise RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory")
        return np.array(items)

    told = clean_process.answered(SimpleNamespace(predict=predict), None, [*range(200)])
    assert told.tolist() == [*range(200)] and asked == [128, 64, 32, 32, 32, 32, 32, 32, 8]
    assert capsys.readouterr().out.split()[-1] == "200"
    with pytest.raises(ZeroDivisionError):
        clean_process.answered(SimpleNamespace(predict=lambda *_: 1 / 0), None, [1, 2])


def test_what_needs_all_items_at_once_moves_to_the_processor():
    card, places, report = torch.device("meta"), [], Noting()  # stands for a card

    def work(where):
        places.append(where.type)
        if where.type != "cpu":
            raise torch.OutOfMemoryError("CUDA out of memory.")
        return 7

    assert device.there_or_here(work, card, report) == 7 and places == ["meta", "cpu"]
    assert report.notes == ["The GPU ran out of memory; the processor computed this part."]
    with pytest.raises(ZeroDivisionError):
        device.there_or_here(lambda where: 1 / 0, card, report)
    with pytest.raises(MemoryError):  # where it is the processor itself there is nothing else
        device.there_or_here(lambda where: (_ for _ in ()).throw(MemoryError), torch.device("cpu"), report)


def test_work_that_goes_through_its_items_itself_is_given_half_as_many():
    sizes, report = [], Noting()

    def work(size):
        sizes.append(size)
        if size > 3:
            raise MemoryError
        return "done"

    assert memory.fewer(work, 16, report) == "done"
    assert sizes == [16, 8, 4, 2] and report.notes == [HALVED.format(n) for n in (8, 4, 2)]
    with pytest.raises(InputError, match="do not fit into memory"):
        memory.fewer(lambda size: (_ for _ in ()).throw(MemoryError), 4, QUIET)
    with memory.halved(2):
        memory.fewer(sizes.append, 16, QUIET)
    assert sizes[-1] == 4


PROGRAM = """
import resource
import numpy as np, torch
from models.evaluation import label_errors, projection
from models.progress import NullReporter

class Noting(NullReporter):
    notes = []
    def note(self, message, **args):
        self.notes.append(message.format(**args))

torch.set_num_threads(1)
random = np.random.default_rng(0)
vectors = (random.normal(size=(10_000, 8)) @ random.normal(size=(8, 1000))).astype(np.float32)
points, labels = random.normal(size=(10_000, 40)).astype(np.float32), random.integers(2, size=10_000)
laid, pairs = projection.condense(vectors), label_errors.neighbours(points, labels, Noting())
used = int(next(line for line in open("/proc/self/status") if line.startswith("VmSize")).split()[1]) * 1024
resource.setrlimit(resource.RLIMIT_AS, (used + 30 * 2**20,) * 2)
again, same = projection.condense(vectors, Noting()), label_errors.neighbours(points, labels, Noting())
assert np.array_equal(pairs, same)
lengths = [np.linalg.norm(one[:1000] - one[1000:2000], axis=1) for one in (laid, again)]
print(np.corrcoef(lengths)[0, 1], len(Noting.notes), Noting.notes[0])
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="only Linux limits what a process may map")
def test_a_map_and_pairs_of_neighbours_under_a_real_limit():
    ran = subprocess.run([sys.executable, "-c", PROGRAM], cwd=ROOT, capture_output=True, text=True, timeout=600)
    assert ran.returncode == 0, ran.stderr
    alike, notes, first = ran.stdout.split(maxsplit=2)
    assert float(alike) > 0.99 and int(notes) >= 2, ran.stdout
    assert first.startswith("Memory ran out: batch size reduced to")
