"""No secret stands in a log, whoever writes the line; as JSON each line says whom it concerns."""

from __future__ import annotations

import http.client
import json
import logging
import re
import secrets
import signal
import subprocess
import sys
import time
from collections import Counter
from urllib.request import urlopen

import pytest
from browser.serving import UVICORN, Server
from conftest import ROOT

from benchmarks import page_client
from runs import paths, tokens
from runs.api.request_ids import WELL_FORMED
from runs.logs import lines
from runs.logs.redact import redacted
from runs.store import records, shares

SIGNED = "eyJydW4iOiJhYmMifQ.aSg3bQ.Xa9-_dfghjklQWERTYUIOPzxcvb"
LINK = "Zm9vYmFyYmF6cXV4LWFiY2RlZjAxMjM0"


SECRETS = [
    (f"GET /api/bundle?token={SIGNED}&lang=zh HTTP/1.1", "GET /api/bundle?token=***&lang=zh HTTP/1.1"),
    ("WebSocket /_stcore/stream?t=short&lang=en 403", "WebSocket /_stcore/stream?t=***&lang=en 403"),
    ("to=https%3A%2F%2Fhost%2Fdemo%3Ft%3Dshort%26lang", "to=https%3A%2F%2Fhost%2Fdemo%3Ft%3D***"),
    (f"{{'query_string': b't={LINK}', 'x': 1}}", "{'query_string': b't=***', 'x': 1}"),
    ("(b'cookie', b'one=1; two=2'), (b'host', b'x')", "(b'cookie', b'***'), (b'host', b'x')"),
    ("Cookie: one=1; two=2\nHost: x", "Cookie: ***\nHost: x"),
    ('{"passcode": "my dog Rex", "n": 1}', '{"passcode": "***", "n": 1}'),
    ("X-Upload-Token: abc", "X-Upload-Token: ***"),
    ("authorization: Bearer abc.def", "authorization: ***"),
    ("postgresql+psycopg://ann:pa55@db:5432/casebook", "postgresql+psycopg://ann:***@db:5432/casebook"),
    ("AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG", "AWS_SECRET_ACCESS_KEY=***"),
    ("aws_access_key_id = AKIAIOSFODNN7", "aws_access_key_id = ***"),
    ("password = hunter2!", "password = ***"),
    ("HF_TOKEN = abcdef", "HF_TOKEN = ***"),
    ("passcode=1234&x=1", "passcode=***&x=1"),
    ("sent hf_abcdefghijklmnopqrstuvwxyzABCDEFGH.", "sent ***."),
    ("ghp_" + "a1B2" * 9, "***"),
    ("POST https://hooks.slack.com/services/T00/B00/XXXX 404", "POST https://hooks.slack.com/services/*** 404"),
    ("/api/webhooks/123/abc-DEF HTTP/1.1", "/api/webhooks/*** HTTP/1.1"),
    ("https://x.webhook.office.com/webhookb2/a-1@b-2/IncomingWebhook/c/d", "https://x.webhook.office.com/webhookb2/***"),
    ("https://p.westus.logic.azure.com/workflows/ab/triggers/m/paths/invoke?sp=1&sig=Ab_3-x",
     "https://p.westus.logic.azure.com/workflows/ab/triggers/m/paths/invoke?sp=1&sig=***"),
    ("https://open.feishu.cn/open-apis/bot/v2/hook/ab-cd-ef", "https://open.feishu.cn/open-apis/bot/v2/hook/***"),
    ("https://open.larksuite.com/open-apis/bot/v2/hook/ab", "https://open.larksuite.com/open-apis/bot/v2/hook/***"),
    ("https://oapi.dingtalk.com/robot/send?access_token=ab12cd", "https://oapi.dingtalk.com/robot/send?access_token=***"),
    ("https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=693a-f6",
     "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=***"),
    ("https://api.telegram.org/bot123456:ABC-DEF/sendMessage", "https://api.telegram.org/bot***/sendMessage"),
    ("https://chat.example.org/hooks/xjmqj3w1gtbfxkzqo5w8q4drcr", "https://chat.example.org/hooks/***"),
    ("X-Upload-Token: \nHTTP/1.1 200 OK", "X-Upload-Token: \nHTTP/1.1 200 OK"),
    ("Authorization = Bearer x", "Authorization = ***"),
    (f"It was {SIGNED}, and {LINK}.", "It was ***, and ***."),
    ("key is key-of-the-host", "key is ***"),
    ("it said key-of-a-proxy", "it said ***"),
]  # fmt: skip


def test_whatever_lets_somebody_in_is_taken_out_of_a_line(monkeypatch):
    monkeypatch.setenv("CASEBOOK_SECRET", "key-of-the-host")
    monkeypatch.setenv("CASEBOOK_PROXY_SECRET", "key-of-a-proxy")
    for line, kept in SECRETS:
        assert redacted(line) == kept


LONG = {
    "_": 60_000, "token": 12_000, ".": 60_000, "a-": 30_000, "t=": 30_000, "Aa1": 20_000, "token ": 30_000,
    "secret_access_key": 4_000, "/hooks/": 9_000,
}  # fmt: skip


def test_a_line_of_any_length_is_redacted_at_once():
    for hostile in (*(part * times for part, times in LONG.items()), "token" + " " * 60_000,
                    "/webhook/send?" + "&" * 50_000):  # fmt: skip
        assert redacted(hostile) is not None


@pytest.fixture
def written(monkeypatch):
    """The lines that a logger of a library writes with its own handler, as objects."""

    def writing(program, how="json"):
        program = f"import logging\nfrom runs.logs import lines\nlines.begin('worker', 'r1')\n{program}"
        monkeypatch.setenv("CASEBOOK_LOG", how)
        ran = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=60)
        return ran.stderr.splitlines()

    return writing


@pytest.mark.parametrize("how", ["json", "text"])
@pytest.mark.parametrize("thread", ["", "import threading; threading.Thread(target=go).start()"])
def test_what_ends_a_process_is_logged_without_its_secrets(written, how, thread):
    raised = f"def go(): raise ValueError('/demo?t={LINK}')\n{thread or 'go()'}"
    told = written(raised, how)
    assert LINK not in "".join(told) and "ValueError: /demo?t=***" in "".join(told)
    if how == "json":
        (line,) = map(json.loads, told)
        assert (line["level"], line["run"]) == ("CRITICAL", "r1") and line["error"].startswith("Traceback")


def test_a_line_of_text_says_once_whom_it_concerns():
    record = lines.SafeRecord("runs", logging.INFO, "", 1, "Run %s is done.", ("r1",), None)
    record.run = "r1"
    assert lines.TextLines(lines.TEXT).format(record).endswith("INFO runs: Run r1 is done.")
    record.run = "r2"
    assert lines.TextLines(lines.TEXT).format(record).endswith("Run r1 is done. (run r2)")


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    """The real app, by a command that writes a line for each request, as JSON."""
    home = tmp_path_factory.mktemp("logged") / "home"
    made = Server(home, program=UVICORN, CASEBOOK_SECRET="key-of-the-host", CASEBOOK_LOG="json", CASEBOOK_LOGIN="open")
    made.start()
    yield made
    made.kill()


@pytest.fixture
def server(running, monkeypatch):
    """This test looks into that app's home."""
    monkeypatch.setenv("CASEBOOK_HOME", str(running.home))
    return running


def ask(server, method, path, **headers):
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    connection.request(method, path, headers={name.replace("_", "-"): value for name, value in headers.items()})
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer


def handshake(server, path, **headers):
    upgrade = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec_WebSocket_Version": "13"}
    return ask(server, "GET", path, **upgrade, Sec_WebSocket_Key="dGhlIHNhbXBsZSBub25jZQ==", **headers)


def test_of_real_requests_no_secret_is_found_in_any_log(server, monkeypatch):
    monkeypatch.setenv("CASEBOOK_SECRET", "key-of-the-host")
    identity = records.create_run("ann", "profile", "image_recognition", "cats", status="done")
    link = shares.create(records.run(identity, "ann"), days=None, passcode="correct horse")
    signed = tokens.sign("run", run=identity, owner="ann")
    (paths.run(identity) / "view-1-1.webp").mkdir()  # which nothing can be read from
    cookie, bearer = secrets.token_hex(16), secrets.token_hex(16)
    carried = {"Cookie": f"session={cookie}", "Authorization": f"Bearer {bearer}"}

    failed = ask(server, "GET", f"/api/view?name=view-1-1.webp&token={signed}", **carried)
    assert (failed.status, bool(WELL_FORMED.fullmatch(failed.getheader("X-Request-Id")))) == (500, True)
    ask(server, "GET", f"/api/bundle?token={signed}&passcode=correct+horse", **carried)
    ask(server, "PUT", "/api/upload?name=x.zip", X_Upload_Token=signed, **carried)
    ask(server, "PUT", "/api/answer", X_Answer_Token=signed, **carried)
    ask(server, "GET", f"/demo?t={link}", Referer=f"http://127.0.0.1/demo?t={link}", **carried)
    ask(server, "GET", f"/nowhere/%0aforged?t={link}", Host=f"evil.example?t={link}")
    handshake(server, f"/_stcore/stream?t={link}", **carried)
    handshake(server, f"/_stcore/stream?t={link}", Origin="http://evil.example")

    claimed = records.create_run("ann", "map", "image_recognition", "cats")
    expected = ["RuntimeError", f"Run {claimed} (map)"]  # the second is of its agent
    end = time.monotonic() + 60
    while not all(one in (told := server.log()) for one in expected) and time.monotonic() < end:
        time.sleep(0.05)
    assert failed.getheader("X-Request-Id") in told and all(one in told for one in expected)
    assert "GET /api/view?name=view-1-1.webp&token=*** HTTP/1.1" in told and "/_stcore/stream?t=***" in told
    for secret in (signed, link, cookie, bearer, "correct horse", "correct+horse", "key-of-the-host"):
        assert secret not in told
    known = [json.loads(line) for line in told.splitlines() if line]
    assert {"app", "agent"} <= {line["part"] for line in known}
    assert any(line.get("run") == claimed for line in known)
    assert any(line.get("request") == failed.getheader("X-Request-Id") and "error" in line for line in known)


@pytest.mark.slow
def test_from_its_first_line_to_its_last_the_app_writes_nothing_but_json(tmp_path):
    """By Streamlit's command, which greets; with an account to make."""
    server = Server(tmp_path / "home", options=["--server.address", "0.0.0.0"], CASEBOOK_LOG="json",
                    CASEBOOK_LOGIN="password")  # fmt: skip
    try:
        server.start()
        agent, end = server.home / "logs/agent.log", time.monotonic() + 60
        while not ("Casebook: http" in server.log() and agent.exists()) and time.monotonic() < end:
            time.sleep(0.05)
        assert agent.exists()  # it is started by a thread that a busy machine keeps waiting
        shows_the_way_in_and_nothing_else(server)
        server.app.send_signal(signal.SIGINT)
        server.app.wait(60)
    finally:
        server.kill()
    known = [json.loads(line) for line in server.log().splitlines() if line]
    assert all({"time", "level", "part", "logger", "message"} <= {*line} for line in known)
    said = [line["message"] for line in known]
    assert any("Casebook: http" in one for one in said)
    (first,) = [one for one in said if "/account/invitation?i=" in one]
    assert "***" not in first  # who started it is to open it


def shows_the_way_in_and_nothing_else(server):
    """An app with accounts: the first one is made at the address in its log."""
    [address] = re.findall(r"http://localhost:\d+(/account/invitation\?i=[\w-]+)", server.log())
    with urlopen(server.url + address, timeout=60) as answer:
        assert b"Create your account" in answer.read()
    with page_client.opened(server.port) as page:
        page.run("image_recognition")
        assert b"Drop your training data here" not in page.raw and b"Log in" in page.raw


def test_what_is_printed_warned_of_or_written_by_a_later_handler_is_json_too(written):
    program = (
        "import sys, warnings\nprint('to nobody', 'in particular', file=sys.stderr)\n"
        "sys.stderr.write('half '); sys.stderr.flush(); sys.stderr.write('a line\\n\\n')\n"
        "sys.stderr.write('\\r 10%'); sys.stderr.write('\\r\\x1b[32m100%\\x1b[0m\\n')\n"
        f"print('/api?token={SIGNED}', file=sys.stderr)\nwarnings.warn('old ways', DeprecationWarning)\n"
        "before = logging.getLogger('made.before')\nlines.begin('worker', 'r1')\n"
        "handler = logging.StreamHandler()\nhandler.setFormatter(logging.Formatter('mine: %(message)s'))\n"
        "before.addHandler(handler)\nbefore.propagate = False\nbefore.error('late')\n"
        "alone = logging.getLogger('alone')\nalone.propagate = False\nalone.error('by itself')\n"
        "class Broken:\n    def __del__(self): raise ValueError('at the end')\nBroken()\n"
        "sys.exit('error: no such home')"
    )
    found = [json.loads(line) for line in written(f"import warnings; warnings.simplefilter('always')\n{program}")]
    said = [(line["logger"], line["message"]) for line in found]
    assert said[:4] == [("stderr", "to nobody in particular"), ("stderr", "half a line"), ("stderr", "100%"),
                        ("stderr", "/api?token=***")]  # fmt: skip
    assert said[4][0] == "py.warnings" and "DeprecationWarning: old ways" in said[4][1]
    assert said[5:7] == [("made.before", "late"), ("alone", "by itself")]
    assert "ValueError: at the end" in found[7]["error"]
    assert said[8:] == [("stderr", "error: no such home")]


def test_a_request_that_is_answered_with_an_error_is_a_line_and_others_are_none(server):
    before = Counter(server.log().splitlines())
    for path, status in (("/api/health", 200), ("/runs", 200), ("/api/bundle", 404)):
        assert ask(server, "GET", path).status == status
    since = time.monotonic()
    while not (told := [line for line in Counter(server.log().splitlines()) - before if " after " in line]):
        assert time.monotonic() - since < 30  # the line is written once the answer is away
        time.sleep(0.05)
    assert len(told) == 1 and "/api/bundle: 404 after" in told[0]


def test_the_id_of_a_trusted_proxy_is_taken_over_where_it_is_well_formed(server):
    given = "proxy-7f3a.0001"
    behind = {"X_Forwarded_For": "203.0.113.5", "X_Request_Id": given}
    assert ask(server, "GET", "/api/health", **behind).getheader("X-Request-Id") == given
    for other in ({"X_Request_Id": given}, {**behind, "X_Request_Id": "a b"}, {**behind, "X_Request_Id": "x" * 65}):
        own = ask(server, "GET", "/api/health", **other).getheader("X-Request-Id")
        assert own != given and WELL_FORMED.fullmatch(own)
