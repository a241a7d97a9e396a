"""People are told of their trainings at an address of their own; whatever that does, no run waits for it."""

from __future__ import annotations

import json
import logging
import socket
import threading
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from opened_pages import create, dataset, image_page, open_page, said, sound
from sqlalchemy import select, update

from models.errors import InputError
from models.training import divergence
from runs.language import say
from runs.notices import address, courier, delivery, message
from runs.results.overfitting import Overfitting
from runs.store import database, notices, queue, records, tables, webhooks
from runs.worker.reporter import StoreReporter

__all__ = ["dataset", "open_page"]  # fixtures

on_each_database = pytest.mark.parametrize("database_url", ("sqlite", "postgres"), indirect=True)

RESULT = {"test": {"accuracy": {"value": 0.875, "low": 0.75, "high": 0.96}}}


@contextmanager
def receiver(status=200, headers=()):
    """A small HTTP server; yields its address and the requests that came, as (headers, body)."""
    came = []

    class Answer(BaseHTTPRequestHandler):
        def do_POST(self):
            came.append((dict(self.headers), self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(status)
            for name, value in headers:
                self.send_header(name, value)
            self.end_headers()

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/hook/TopSecretPath123", came
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture
def here(monkeypatch):
    """The host lets notices go to its own network."""
    monkeypatch.setenv("CASEBOOK_WEBHOOKS", "any")


def training(owner="local", kind="fine_tune"):
    run = records.create_run(owner, kind, "image_recognition", "dogs & cats", dataset="d1", settings={})
    queue.claim_here(run)
    return run


def waiting():
    with database.engine().connect() as db:
        return [(row.owner, row.run, row.kind) for row in db.execute(select(tables.notices))]


def deliver_all():
    while notice := notices.take():
        courier.deliver(notice)


def due_at_once():
    with database.engine().begin() as db:
        db.execute(update(tables.notices).values(due=0.0))


@on_each_database
@pytest.mark.parametrize(("language", "told"), [
    ("en", "“dogs & cats” is done: Accuracy 87.5%."), ("zh", "“dogs & cats”"),
])  # fmt: skip
def test_the_end_of_a_training_is_told_once_and_signed(home, here, language, told):
    with receiver() as (where, came):
        hook = webhooks.keep("local", where, language=language, page="https://casebook.example.org/")
        run = training()
        queue.end(run, "done", result=RESULT)
        queue.end(run, "done", result=RESULT)  # a second word of the same end changes nothing
        deliver_all()
    [(headers, body)] = came
    said = json.loads(body)
    assert said["event"] == "done" and said["text"].startswith(told)
    assert said["run"] == {"id": run, "name": "dogs & cats", "case": "image_recognition", "status": "done"}
    assert (said["figure"]["metric"], said["figure"]["value"]) == ("accuracy", 0.875)
    assert said["link"] == f"https://casebook.example.org/image_recognition?run={run}"
    assert headers["X-Casebook-Signature"] == delivery.signature(hook.secret, body) != delivery.signature("x", body)
    assert waiting() == [] and webhooks.of("local").delivered


@pytest.mark.parametrize(("status", "error", "kind"), [
    ("failed", {"found": "It broke.", "expected": "", "remedy": "Mend it.", "args": {}}, "failed"),
    ("failed", divergence.error(3, 0.5).as_json(), "diverged"), ("stopped", None, "stopped"),
])  # fmt: skip
def test_a_training_that_came_to_nothing_says_why(home, here, status, error, kind):
    with receiver() as (where, came):
        webhooks.keep("local", where, language="en", page="")
        queue.end(training(), status, error=error)
        deliver_all()
    said = json.loads(came[0][1])
    assert (said["event"], said["figure"], said["link"]) == (kind, None, "")
    assert error is None or error["remedy"] in said["text"]


@on_each_database
def test_only_trainings_of_who_gave_an_address_are_told(home):
    webhooks.keep("ann", "https://example.org/hook", language="en", page="")
    queue.end(training("local"), "done", result=RESULT)
    queue.end(training("ann", "profile"), "done")
    assert waiting() == []
    mine = training("ann")
    queue.end(mine, "done", result=RESULT)
    assert waiting() == [("ann", mine, "done")]
    webhooks.remove("ann")
    assert waiting() == [] and webhooks.of("ann") is None


@on_each_database
def test_what_does_not_arrive_is_tried_again_a_few_times_and_told_to_its_owner_without_the_address(home, here, caplog):
    with receiver(status=500) as (where, came), caplog.at_level(logging.DEBUG):
        webhooks.keep("local", where, language="en", page="")
        run = training()
        queue.end(run, "done", result=RESULT)
        deliver_all()
        assert len(came) == 1 and len(waiting()) == 1  # it is not due yet
        for _again in notices.WAITS:
            due_at_once()
            deliver_all()
    assert len(came) == 1 + len(notices.WAITS) and waiting() == []
    told = InputError.from_json(webhooks.of("local").error)
    assert "status 500" in str(told) and "TopSecret" not in str(told)
    assert "TopSecret" not in caplog.text and "127.0.0.1" not in caplog.text
    assert records.run(run, "local").status == "done"


def test_a_redirect_is_not_followed(home, here):
    with (
        receiver() as (other, reached),
        receiver(307, headers=[("Location", other)]) as (where, came),
        pytest.raises(InputError, match="status 307"),
    ):
        delivery.post(where, b"{}", "secret")
    assert len(came) == 1 and reached == []


def test_who_says_nothing_but_drips_is_left(home, here, monkeypatch):
    monkeypatch.setattr(delivery, "WHOLE", 0.5)
    left = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as dripping:

        def drip():
            taken, _ = dripping.accept()
            with taken, suppress(OSError):
                while not left.wait(0.05):
                    taken.sendall(b"H")

        threading.Thread(target=drip, daemon=True).start()
        with pytest.raises(InputError, match="could not be reached"):
            delivery.post(f"http://127.0.0.1:{dripping.getsockname()[1]}/", b"{}", "secret")
        left.set()


NOT_PUBLIC = [
    "127.0.0.1:9", "localhost", "[::1]", "0.0.0.0", "10.0.0.7", "192.168.1.1", "172.16.3.4", "169.254.169.254",
    "[fe80::1]", "[fd00::1]", "[::ffff:127.0.0.1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "192.0.0.1", "192.0.0.9",
    "192.88.99.1", "198.18.0.1", "203.0.113.5", "[fec0::1]", "[3fff::1]", "[5f00::1]", "[64:ff9b:1::1]", "[100::1]",
    "[100:0:0:1::1]", "[2001::1]", "[2001:2::1]", "[2001:20::1]", "[2001:db8::1]", "[::7f00:1]", "[ff02::1]",
    "[::ffff:192.0.0.1]", "2130706433", "0x7f.1", "224.0.0.1", "100.64.0.1", "255.255.255.255",
]  # fmt: skip


def test_private_and_local_addresses_are_refused_unless_the_host_allows_them(home):
    for where in NOT_PUBLIC:
        with pytest.raises(InputError, match=r"private or local|is unknown"):
            delivery.post(f"http://{where}/latest/meta-data", b"{}", "secret")
            pytest.fail(where)


def test_a_name_that_leads_home_is_refused_when_it_is_sent_to_whatever_it_led_to_before(home, monkeypatch):
    told = iter([["93.184.216.34"], ["127.0.0.1"]])  # the name is bound anew between two looks
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_a, **_k: [(0, 0, 0, "", (ip, 80)) for ip in next(told)])
    assert address.resolved("http://example.org/").address == "93.184.216.34"
    with pytest.raises(InputError, match="private or local"):
        delivery.post("http://example.org/", b"{}", "secret")


NO_ADDRESS = [
    "", "example.org/hook", "ftp://example.org/", "https://", "https://ann:pw@example.org/", "https://exa mple.org/",
    "https://example.org:0/", "https://example.org:99999/", "https://[::1/", "javascript:alert(1)",
    "https://example.org/\r\nX: y", "https://example.org/" + "a" * address.LONGEST,
]  # fmt: skip


def test_what_is_no_address_of_the_web_is_refused():
    for where in NO_ADDRESS:
        with pytest.raises(InputError, match="not the address of a webhook"):
            address.parsed(where)


def test_the_host_can_switch_webhooks_off(home, monkeypatch):
    monkeypatch.setenv("CASEBOOK_WEBHOOKS", "off")
    webhooks.keep("local", "https://example.org/hook", language="en", page="")
    queue.end(training(), "done", result=RESULT)
    deliver_all()
    assert waiting() == [] and webhooks.of("local").failed is None
    monkeypatch.setenv("CASEBOOK_WEBHOOKS", "perhaps")
    with pytest.raises(InputError, match="CASEBOOK_WEBHOOKS"):
        address.allowed()


@on_each_database
def test_a_new_address_has_a_new_secret_and_gets_nothing_that_waited_for_the_old_one(home):
    before = webhooks.keep("local", "https://example.org/a", language="en", page="")
    queue.end(training(), "done", result=RESULT)
    after = webhooks.keep("local", "https://example.org/b", language="en", page="")
    assert before.secret != after.secret and waiting() == []
    webhooks.told(before, {"found": "x", "expected": "", "remedy": "", "args": {}})  # of the old address
    assert webhooks.of("local").error is None


def losses(*pairs):
    """Of each epoch the loss of training and that of validation."""
    return [told for train, validation in pairs for told in (("train", train), ("validation", validation))]


COURSES = [
    (losses((1, 1), (0.8, 0.9), (0.6, 0.95), (0.4, 1.0)), 7),  # two validations after the lowest
    (losses((1, 1), (0.8, 0.9), (0.6, 0.901), (0.4, 0.902)), None),  # it hardly rose
    (losses((2, 2), (0.02, 0.02), (0.01, 0.025), (0.005, 0.03)), None),  # by nothing beside the first loss
    (losses((0.8, 0.1), (0.3, 0.06), (0.28, 0.07), (0.27, 0.074)), None),  # by nothing that one would notice
    (losses((1, 1), (0.8, 0.9), (0.795, 0.95), (0.79, 1.0)), None),  # that of training hardly falls
    (losses((1, 1), (0.8, 0.9), (0.9, 1.0), (1.0, 1.1)), None),  # that of training rises too: no overfitting
    (losses((1, 1), (0.8, 0.9), (0.6, 1.0)), None),
    ([("validation", 0.5), *losses((1, 0.6), (0.8, 0.7))], 4),  # lowest before the first step
]


def test_overfitting_is_told_once_when_it_begins():
    for told, since in COURSES:
        following = Overfitting()
        every = [*told, *(told[-2:] if since else ())]
        begins = [place for place, (split, loss) in enumerate(every) if following.begins(split, {"loss": loss})]
        assert begins[:1] == ([] if since is None else [since]) and len(begins) <= 1, told


@on_each_database
def test_a_training_that_overfits_is_told_while_it_runs(home):
    webhooks.keep("local", "https://example.org/a", language="en", page="")
    run = training()
    report = StoreReporter(records.run(run, "local"))
    for step, (split, loss) in enumerate(losses((1, 1), (0.8, 0.9), (0.6, 0.95), (0.4, 1.0), (0.3, 1.2))):
        report.metrics(split, step, {"epoch": step / 2, "loss": loss})
    report.flush()
    assert waiting() == [("local", run, "overfit")]
    said = json.loads(message.of(records.run(run, "local"), "overfit", webhooks.of("local")))
    assert "overfits" in said["text"] and said["run"]["status"] == "running"


# The page, on which a person says where they want to be told.


@pytest.mark.parametrize("locale", ["en-GB", "zh-CN"])
def test_an_address_is_kept_tried_and_taken_back_and_its_secret_is_shown_in_this_session_alone(open_page, here, locale):
    create()
    app = open_page("runs.py", locale=locale)
    with receiver() as (where, came):
        app.text_input(key="runs_webhook_address").set_value(where)
        sound(app.button(key="runs_webhook_save").click().run())
        hook = webhooks.of("local")
        assert (hook.address, hook.language) == (where, locale[:2])
        assert [one.value for one in app.code] == [hook.secret]
        assert not [text for text in said(app) if "TopSecret" in text]  # a part of the address
        sound(app.button(key="runs_webhook_test").click().run())
    assert json.loads(came[0][1])["event"] == "test"
    assert say(locale[:2], "The test was delivered.") in [one.value for one in app.success]
    assert not open_page("runs.py", locale=locale).code
    sound(app.button(key="runs_webhook_remove").click().run())
    assert webhooks.of("local") is None and app.text_input(key="runs_webhook_address").value == ""
    assert not app.success and not app.code


def test_what_cannot_be_an_address_is_said_and_not_kept(open_page):
    create()
    app = open_page("runs.py")
    for asked, told in (("ftp://example.org", "not the address of"), ("http://127.0.0.1/x", "private or local")):
        app.text_input(key="runs_webhook_address").set_value(asked)
        sound(app.button(key="runs_webhook_save").click().run())
        assert told in app.error[0].value and webhooks.of("local") is None


def test_a_failure_is_told_where_the_run_is(open_page, dataset, here):
    hook = webhooks.keep("local", "http://127.0.0.1:9/TopSecret", language="en", page="")
    error = InputError(found="The webhook answered with status {status}.", expected="", remedy="", status=404)
    webhooks.told(hook, error.as_json())
    app = sound(image_page(open_page, run=create()))
    [warned] = [one.value for one in app.warning if "status 404" in one.value]
    assert "TopSecret" not in warned
