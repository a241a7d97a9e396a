"""The process that answers: right, quick, without torch, and back after whatever happens to it."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import httpx2
import psutil
import pytest
import workshop
from conftest import ROOT, answering_below

import cases
from cases.base import Prediction
from models.errors import InputError
from models.evaluation.rounded_shares import rounded
from runs import paths
from runs.inference import client, errors, lanes
from runs.limits import processes

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def trained(tmp_path_factory, materials):
    """A run on pictures that was done in a home of its own."""
    place = tmp_path_factory.mktemp("trained")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CASEBOOK_HOME", str(place))
        run = workshop.done(workshop.queued(materials, "image_recognition", epochs=1))
    assert run.status == "done", run.error
    yield place, run
    client.rest(place)


@pytest.fixture
def model(trained, monkeypatch):
    place, run = trained
    monkeypatch.setenv("CASEBOOK_HOME", str(place))
    return run


@pytest.fixture
def given(pictures, home):
    """Some new pictures as files below the home."""
    written = []
    for number, content in enumerate(pictures(2, seed=5).values()):
        written.append(paths.home() / "tries" / f"{number}.png")
        written[-1].parent.mkdir(exist_ok=True)
        written[-1].write_bytes(content)
    return written


def process(lane=lanes.OWN):
    return psutil.Process(lanes.address(lane).pid)


def caller(secret):
    """A client that says it knows this secret."""
    transport = httpx2.HTTPTransport(uds=lanes.address(lanes.OWN).socket)
    headers = {"Authorization": f"Bearer {secret}"}
    return httpx2.Client(transport=transport, base_url="http://inference", headers=headers)


def test_it_says_what_the_bundles_own_script_says(model, given):
    answers = client.answers(model, given)
    assert [answer.labels[0] for answer in answers] == cases.get(model.case).tasks[0].predict(
        paths.run(model.id) / "bundle", given
    )
    for answer in answers:
        assert list(answer.probabilities) == sorted(answer.probabilities, reverse=True)
        assert sum(answer.probabilities) == pytest.approx(1, abs=1e-5) and len(answer.labels) == 3
        assert answer.shown == ""
    [shown] = client.answers(model, given[:1], show=True)
    assert shown.shown.startswith("data:image/webp;base64,")
    [told] = client.answers(model, given[:1], top=2)
    assert told.labels == answers[0].labels[:2]
    assert list(told.probabilities) == rounded(answers[0].probabilities)[:2]


def test_what_cannot_be_read_or_is_too_large_is_answered_by_its_reason_beside_the_others(model, given):
    given[1].write_bytes(b"Dear Sir")
    good, bad = client.answers(model, given[:2])
    assert isinstance(good, Prediction) and isinstance(bad, InputError)
    assert str(bad).startswith("Not a picture, despite its name.")
    with given[1].open("ab") as file:
        file.truncate(errors.MOST_BYTES + 1)
    good, large = client.answers(model, given[:2])
    assert isinstance(good, Prediction)
    assert str(large) == "The file is larger than 20 MB. Larger files are not accepted here. Reduce it and try again."


def test_one_that_was_killed_is_back_for_the_next_question_and_what_it_left_is_cleared_away(model, given):
    expected = client.answers(model, given)
    dead, left = process(), lanes.address(lanes.OWN)
    dead.kill()
    dead.wait(10)
    if left.socket:
        assert Path(left.socket).exists() and lanes.address(lanes.OWN) == left
    assert client.answers(model, given) == expected
    assert process().pid != dead.pid
    assert not left.socket or not Path(left.socket).parent.exists()


def test_one_that_hangs_is_ended_and_the_next_one_answers(model, given, monkeypatch):
    expected = client.answers(model, given)
    monkeypatch.setattr(client, "ANSWER_LIMIT", 2.0)
    hung = process()
    hung.suspend()
    assert client.answers(model, given) == expected
    assert process().pid != hung.pid and not psutil.pid_exists(hung.pid)


SLOW = """
import os, runpy, sys, threading
opening = {opening}
from runs.inference import predict
if opening:
    whole = predict.open_model
    predict.open_model = lambda *asked: (open({gate!r}).read(), whole(*asked))
else:
    open({gate!r}).read()
sys.argv = ["runs.inference.server", *sys.argv[1:]]
runpy.run_module("runs.inference.server", run_name="__main__")
"""


@pytest.mark.skipif(os.name != "posix", reason="There are no named pipes.")
@pytest.mark.parametrize("opening", [False, True], ids=["the process", "the model"])
def test_a_start_that_takes_long_is_waited_for_and_said(model, given, tmp_path, monkeypatch, opening):
    expected = client.answers(model, given)
    client.rest(paths.home())
    os.mkfifo(gate := str(tmp_path / "gate"))
    begin, started = subprocess.Popen, []

    def slowly(command, **how):  # the same process, which waits at the gate: a machine that is busy
        started.append(begin([sys.executable, "-c", SLOW.format(gate=gate, opening=opening), *command[3:]], **how))
        return started[-1]

    monkeypatch.setattr(client.subprocess, "Popen", slowly)
    said = []
    asking = threading.Thread(target=lambda: said.append(client.answers(model, given)))
    assert not client.is_starting(lanes.OWN)
    asking.start()
    with open(gate, "w"):  # it opens once the process has come there, and lets it go on when it closes
        while not client.is_starting(lanes.OWN):
            time.sleep(0.01)
    asking.join()
    assert said == [expected] and len(started) == 1
    assert not client.is_starting(lanes.OWN)


def test_what_does_not_start_is_no_fault_of_the_file(model, given, monkeypatch):
    client.rest(paths.home())
    begin, started = subprocess.Popen, []

    def broken(_command, **how):
        started.append(begin([sys.executable, "-S", "-c", "1 / 0"], **how))
        return started[-1]

    monkeypatch.setattr(client.subprocess, "Popen", broken)
    with pytest.raises(InputError) as met:
        client.answers(model, given)
    assert len(started) == client.TRIES
    assert str(met.value) == (
        "The model did not start in time. It starts when it is first asked, which takes long on a busy machine. "
        "Try again in a moment."
    )


def test_what_hangs_by_a_visitor_keeps_the_owner_not_waiting(model, given):
    expected = client.answers(model, given, visitor=True)
    theirs = process(lanes.VISITORS)
    theirs.suspend()
    assert client.answers(model, given) == expected
    assert process().pid != theirs.pid
    theirs.resume()
    if hasattr(os, "nice"):
        assert theirs.nice() > process().nice()


@pytest.mark.skipif(not processes.KERNEL, reason="The kernel counts memory on Linux only.")
def test_its_memory_has_a_limit_which_grows_with_its_models(model, given, home):
    client.wake()
    while not lanes.address_file().exists():
        time.sleep(0.01)
    small = process().rlimit(psutil.RLIMIT_DATA)[0]
    client.answers(model, given)
    large = process().rlimit(psutil.RLIMIT_DATA)[0]
    assert processes.memory() < large < 2 * processes.memory() and small <= large


@pytest.mark.skipif(os.name != "posix", reason="There are no Unix sockets.")
def test_only_this_user_may_come_near_its_socket_and_it_leaves_with_the_process_that_it_follows(home, tmp_path):
    app = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    command = [sys.executable, "-m", "runs.inference.server", lanes.OWN, "--follow", str(app.pid)]
    answers = subprocess.Popen(command, cwd=ROOT, env={**os.environ, "CASEBOOK_HOME": str(paths.home())})
    while not lanes.address_file().exists():
        assert answers.poll() is None
        time.sleep(0.01)
    listens = lanes.address(lanes.OWN)
    folder = Path(listens.socket).parent
    assert Path(listens.socket).exists() and answering_below(tmp_path) == {home}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700 and folder.stat().st_uid == os.geteuid()
    assert stat.S_IMODE(lanes.address_file().stat().st_mode) == 0o600
    app.kill()
    app.wait()
    answers.wait(60)
    assert not lanes.address_file().exists() and not folder.exists() and answering_below(tmp_path) == set()


def test_where_the_path_of_a_socket_would_be_too_long_the_secret_opens_a_port(model, given, monkeypatch):
    expected = client.answers(model, given)
    long = paths.home() / ("a" * 120)
    long.mkdir(exist_ok=True)
    monkeypatch.setenv("TMPDIR", str(long))
    folder = Path(lanes.address(lanes.OWN).socket).parent
    client.rest(paths.home())
    assert not folder.exists()
    assert client.answers(model, given) == expected
    listens = lanes.address(lanes.OWN)
    assert listens.socket == "" and listens.port and not list(long.glob("casebook-*"))
    guessed = httpx2.post(f"http://127.0.0.1:{listens.port}/files", json=[], headers={"Authorization": "Bearer guess"})
    assert (guessed.status_code, guessed.content) == (403, b"")
    client.rest(paths.home())


def test_a_run_whose_model_is_gone_is_explained(model, given):
    with pytest.raises(InputError) as refused:
        client.answers(replace(model, id="00000000"), given)
    assert str(refused.value) == (
        "The model of this run no longer exists. A prediction needs the saved model of the run. Start the training "
        "again with the same settings."
    )


def test_a_file_outside_the_home_is_refused(model):
    with pytest.raises(InputError, match=r"The model could not make a prediction\."):
        client.answers(model, [ROOT / "pages/shared/logo/icon.svg"])


def test_who_does_not_know_the_secret_is_not_heard_and_nonsense_harms_nobody(model, given):
    expected = client.answers(model, given)
    with caller("guess") as stranger:
        refused = stranger.post("/files", json=[str(given[0])])
        assert (refused.status_code, refused.content) == (403, b"")
    with caller(lanes.address(lanes.OWN).secret) as visitor:
        assert visitor.post("/files", content=b"\x80\x04no json").status_code == 400
        assert visitor.post("/files", json={"of": "some kind"}).status_code == 400
        for lengths in ("3", "-1,5", "many", ""):
            assert visitor.post("/contents", params={"lengths": lengths}, content=b"four").status_code == 400
        assert visitor.post("/files", params={"top": "few"}, json=[]).status_code == 400
        assert "error" in visitor.post("/files", params={"case": "../..", "run": ".."}, json=[]).json()
    assert client.answers(model, given) == expected
