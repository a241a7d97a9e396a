"""What a provider said at one login is good for one session, in whatever guise its cookie is shown again."""

from __future__ import annotations

import json
import time

import pytest
from browser.serving import Server
from streamlit.web.server.starlette.starlette_app_utils import create_signed_value, generate_xsrf_token_string

from benchmarks import page_client
from runs.identity import people, removal, server_settings, sessions
from runs.identity.server_settings import RESTORED

COOKIE, KEY = "_streamlit_user", "a long secret of this test"
SECRETS = """[auth]
redirect_uri = "{url}/oauth2callback"
cookie_secret = "{key}"
client_id = "casebook"
client_secret = "of no use here"
server_metadata_url = "http://127.0.0.1:1/none"
"""


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    home = tmp_path_factory.mktemp("provided") / "home"
    secrets = home.parent / "secrets.toml"
    server = Server(home, options=["--secrets.files", str(secrets)], CASEBOOK_LOGIN="oidc", CASEBOOK_AGENT="elsewhere")
    secrets.write_text(SECRETS.format(url=server.url, key=KEY))
    try:
        server.start()
        yield server
    finally:
        server.kill()


@pytest.fixture
def provided(served, monkeypatch):
    monkeypatch.setenv("CASEBOOK_HOME", str(served.home))
    return served


def signed(name, value):
    return create_signed_value(KEY, name, value).decode()


def said(server, sub, **more):
    """What Streamlit keeps of what a provider said."""
    return json.dumps({"origin": server.url, "is_logged_in": True, "iss": "https://id.example", "sub": sub,
                       "name": f"Person {sub}", "iat": time.time(), **more})  # fmt: skip


def whole(server, sub, **more):
    return {COOKIE: signed(COOKIE, said(server, sub, **more))}


def in_parts(server, sub):
    content = said(server, sub, groups=["x" * 50] * 100)
    pieces = [content[start : start + 3000] for start in range(0, len(content), 3000)]
    parts = {f"{COOKIE}_{n}": signed(f"{COOKIE}_{n}", piece) for n, piece in enumerate(pieces, 1)}
    return {COOKIE: signed(COOKIE, f"chunks-{len(pieces)}"), **parts}


def sees(server, cookies):
    """The page of who comes with these cookies: a name, or the entrance."""
    xsrf = generate_xsrf_token_string()
    sent = "; ".join(f"{name}={value}" for name, value in {**cookies, "_streamlit_xsrf": xsrf}.items())
    with page_client.opened(server.port, cookie=sent, xsrf=xsrf) as page:
        assert page_client.errors(page.run("runs")) == []
        named = page.raw.partition(b"Person ")[2][:1].decode()
        return "the entrance" if b"Log in with your provider" in page.raw else named


def test_a_session_that_was_ended_does_not_come_back(provided):
    comes_with = {"0": whole(provided, "0"), "1": in_parts(provided, "1")}
    for sub, cookies in comes_with.items():
        assert sees(provided, cookies) == sub == sees(provided, cookies)
        sessions.end_all(next(one for one in people.everyone() if one.name == f"Person {sub}"))
    time.sleep(1.2)  # a page asks once a second at most
    for cookies in comes_with.values():
        value = cookies[COOKIE]
        guises = [
            cookies, {**cookies, f"{COOKIE}_9": "x"}, {f"{COOKIE}_77": signed(f"{COOKIE}_77", "x"), **cookies},
            *({**cookies, COOKIE: value[:-1] + chr(ord(value[-1]) + n)} for n in (1, 2, 3, -1)),  # spare bits of base64
            {**cookies, COOKIE: f"{value}="}, {**cookies, COOKIE: f'"{value}"'},
        ]  # fmt: skip
        for guise in guises:
            assert sees(provided, guise) == "the entrance"
    for sub, kept in (("0", whole), ("1", in_parts)):
        assert sees(provided, kept(provided, sub)) == sub  # who logs in again is in again


def test_two_who_log_in_at_the_same_moment_are_two(provided):
    """Of a cookie in parts the first says no more than how many there are, and when."""
    ann, bob = in_parts(provided, "5"), in_parts(provided, "6")
    bob[COOKIE] = ann[COOKIE]
    assert sees(provided, ann) == "5" and sees(provided, bob) == "6"


def test_a_forged_cookie_is_nobody(provided):
    told = said(provided, "7")
    forged = create_signed_value("a guess", COOKIE, told).decode()
    for value in (signed(COOKIE, told)[:-4] + "AAAA", forged, signed(f"{COOKIE}_tokens", told), ""):
        assert sees(provided, {COOKIE: value}) == "the entrance"
    foreign = json.dumps({**json.loads(said(provided, "7")), "origin": "https://evil.example"})
    assert sees(provided, {COOKIE: signed(COOKIE, foreign)}) == "the entrance"
    assert "Person 7" not in {person.name for person in people.everyone()}


def test_a_cookie_from_before_a_restore_lets_nobody_in(provided):
    """The backup does not know that its session was ended."""
    before, after = time.time() - 60, time.time() + 1
    server_settings.settle(RESTORED, time.time())
    try:
        assert sees(provided, whole(provided, "8", iat=before)) == "the entrance"
        assert "Person 8" not in {person.name for person in people.everyone()}
        assert sees(provided, whole(provided, "8", iat=after)) == "8"
    finally:
        server_settings.settle(RESTORED, None)


def test_the_log_says_once_a_page_why_whom_the_provider_names_is_not_let_in(provided):
    assert sees(provided, whole(provided, "9")) == "9"
    person = next(one for one in people.everyone() if one.name == "Person 9")
    removal.suspend(person)
    time.sleep(1.2)  # a page asks once a second at most
    before = provided.log()
    assert sees(provided, whole(provided, "9")) == "the entrance"
    told = [line for line in provided.log()[len(before) :].splitlines() if "Login refused" in line]
    assert len(told) == 1 and "Login refused: '9' is suspended; from this machine" in told[0]
