"""The process that answers: right, quick, without torch, and back after whatever happens to it."""

from __future__ import annotations

import json
import os
import time
from dataclasses import replace
from multiprocessing import AuthenticationError
from multiprocessing.connection import Client

import numpy as np
import psutil
import pytest
from conftest import ROOT

import cases
from cases.base import Answer
from models.errors import InputError
from runs import answer_refusals, answering, asking, files


@pytest.fixture
def model(at_station):
    return at_station.unbroken


@pytest.fixture
def given(pictures, home):
    """Some new pictures as files below the home."""
    written = []
    for number, content in enumerate(pictures(2, seed=5).values()):
        written.append(files.home() / "tries" / f"{number}.png")
        written[-1].parent.mkdir(exist_ok=True)
        written[-1].write_bytes(content)
    return written


def process():
    return psutil.Process(json.loads(answering.address_file().read_text())["pid"])


def test_it_says_what_the_bundles_own_script_says(model, given):
    answers = asking.answers(model, given)
    assert [answer.labels[0] for answer in answers] == cases.get(model.case).predict(
        files.run(model.id) / "bundle", given
    )
    for answer in answers:
        assert list(answer.probabilities) == sorted(answer.probabilities, reverse=True)
        assert sum(answer.probabilities) == pytest.approx(1, abs=1e-5) and len(answer.labels) == 3
        assert answer.shown == ""


def test_a_picture_is_answered_and_shown_in_under_a_second(model, given):
    asking.answers(model, given[:1])
    start = time.monotonic()
    [answer] = asking.answers(model, given[:1], show=True)
    assert time.monotonic() - start < 1
    assert answer.shown.startswith("data:image/webp;base64,")


def test_it_has_no_torch_and_few_models(model, given):
    asking.answers(model, given[:1])
    libraries = {os.path.basename(region.path) for region in process().memory_maps()}
    assert any("onnxruntime" in name for name in libraries)
    assert not [name for name in libraries if "torch" in name]
    assert answering._model.cache_info().maxsize == 4


def test_what_cannot_be_read_is_answered_by_its_reason_beside_the_others(model, given):
    given[1].write_bytes(b"Dear Sir")
    good, bad = asking.answers(model, given[:2])
    assert isinstance(good, Answer) and isinstance(bad, InputError)
    assert str(bad).startswith("It is not a picture, whatever its name says.")


def test_a_file_that_is_too_large_is_not_opened(model, given):
    with given[0].open("ab") as file:
        file.truncate(answer_refusals.MOST_BYTES + 1)
    large, small = asking.answers(model, given[:2])
    assert str(large) == "The file has more than 20 MB. Larger ones are not tried one by one. Reduce it and try again."
    assert isinstance(small, Answer)


def test_one_that_was_killed_is_back_for_the_next_question(model, given):
    expected = asking.answers(model, given)
    dead = process()
    dead.kill()
    dead.wait(10)
    assert asking.answers(model, given) == expected
    assert process().pid != dead.pid


def test_a_run_whose_model_is_gone_is_explained(model, given):
    with pytest.raises(InputError) as refused:
        asking.answers(replace(model, id="00000000"), given)
    assert str(refused.value) == (
        "The model of this run is no longer there. An answer needs the model that the run saved. Start the training"
        " again with the same settings."
    )


def test_a_file_outside_the_home_is_refused(model):
    with pytest.raises(InputError, match=r"The model could not answer\."):
        asking.answers(model, [ROOT / "pages/icon.svg"])


def test_who_does_not_know_the_secret_is_not_heard_and_nonsense_harms_nobody(model, given):
    expected = asking.answers(model, given)
    address = json.loads(answering.address_file().read_text())["address"]
    with pytest.raises(AuthenticationError):
        Client(address, authkey=b"guess")
    with Client(address, authkey=answering.key()) as visitor:
        visitor.send_bytes(b"\x80\x04no json")
        with pytest.raises(EOFError):
            visitor.recv_bytes()
    assert asking.answers(model, given) == expected


def test_it_leaves_when_its_home_lets_it_go(model, given):
    asking.answers(model, given[:1])
    leaving = process()
    answering.address_file().unlink()
    assert leaving.wait(10) in (0, None)
    assert isinstance(asking.answers(model, given[:1])[0], Answer)


def test_the_probabilities_are_those_of_the_portable_file(model, given):
    from cases.image_recognition import predict

    bundle = files.run(model.id) / "bundle"
    loaded = predict.load(bundle)
    expected = np.sort(predict.predict(loaded, given), 1)[:, ::-1]
    answered = np.array([answer.probabilities for answer in asking.answers(model, given)])
    assert np.abs(expected - answered).max() < 1e-4
