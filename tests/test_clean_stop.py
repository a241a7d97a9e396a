"""App and agent stop when they are asked to; runs go on, and are found by the next ones."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import time

import psutil
import pytest
from browser.serving import Server
from station import Station

from runs import tokens
from runs.store import agents, lifecycle, records

pytestmark = [pytest.mark.slow, pytest.mark.skipif(os.name != "posix", reason="There are no signals.")]
HANDSHAKE = (
    "GET /_stcore/stream HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)


@pytest.fixture
def app(home):
    made = Server(home)
    made.start()
    yield made
    made.kill()


def until(holds, limit=60):
    end = time.monotonic() + limit
    while not holds() and time.monotonic() < end:
        time.sleep(0.02)
    return holds()


def lives(pid):
    return psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE


def stop_app(app):
    begun = time.monotonic()
    app.app.terminate()
    assert app.app.wait(30) in (0, -signal.SIGTERM)
    return time.monotonic() - begun


def test_a_run_goes_on_while_app_and_agent_are_stopped_and_the_next_ones_find_it(app, home, materials):
    station = Station(home, materials)
    identity = station.train(epochs=1000)
    run = station.until(identity, lambda run: run.status == "running" and run.phase == "training" and run.progress)
    (agent,) = agents.alive()

    assert stop_app(app) < 5  # nobody keeps it waiting
    os.kill(agent.pid, signal.SIGTERM)
    assert until(lambda: not lives(agent.pid), 10) and agents.alive() == []
    done = records.run(identity, "local").progress["done"]
    assert until(lambda: records.run(identity, "local").progress["done"] > done)
    assert lives(run.pid)

    app.start()
    assert until(agents.alive) and agents.alive()[0].pid != agent.pid
    assert station.ended(station.read()).status == "done"  # the new agent works
    lifecycle.ask_to_stop(identity, "local")
    ended = station.ended(identity)
    assert (ended.status, ended.attempt, ended.pid) == ("stopped", 1, run.pid)
    assert "Traceback" not in app.log()


def test_neither_an_open_page_nor_an_upload_that_does_not_go_on_keeps_the_app_from_stopping(app):
    with socket.create_connection(("127.0.0.1", app.port)) as page:
        page.sendall(HANDSHAKE.format(port=app.port).encode())
        assert b"101 Switching Protocols" in page.recv(4096)
        upload = http.client.HTTPConnection("127.0.0.1", app.port)
        upload.putrequest("PUT", "/api/upload?name=x.zip")
        upload.putheader("Content-Length", "1000000")
        upload.putheader("X-Upload-Token", tokens.sign("upload", owner="ann", case="speech"))
        upload.endheaders(b"the first bytes")
        time.sleep(0.5)
        assert stop_app(app) < 10
        upload.close()
