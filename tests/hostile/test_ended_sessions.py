"""A session that has ended is over at once, also in a page that is open: nothing is read, and no button works."""

from __future__ import annotations

import json
import time
from contextlib import ExitStack
from urllib.parse import urlencode

import pytest
from browser.serving import Server
from streamlit.web.server.starlette.starlette_app_utils import create_signed_value, generate_xsrf_token_string
from websockets.exceptions import ConnectionClosed

from benchmarks import page_client
from hostile.belongings import SPEECH
from hostile.conftest import PASSWORD, Somebody
from runs import paths, tokens
from runs.identity import people, removal, server_settings, sessions
from runs.identity.server_settings import RESTORED
from runs.uploads import draft_files, drafts
from runs.uploads.draft_files import DraftFile

pytestmark = pytest.mark.slow

SOON = 1.2  # seconds; a page asks once a second at most whether its session still holds
ENDS = {
    "this browser logs out": lambda one, other: posted(one, end="this"),
    "the other ends it": lambda one, other: posted(other, end=one.session),
    "the other ends all others": lambda one, other: posted(other, end="others"),
    "the password is changed": lambda one, other: posted(
        other, old=PASSWORD, new="another sentence", again="another sentence"
    ),
    "the person is suspended": lambda one, other: removal.suspend(one.person),
    "the person is removed": lambda one, other: removal.remove(one.person),
    "the session is forgotten": lambda one, other: sessions.end_all(one.person),
}
COOKIE, KEY = "_streamlit_user", "a long secret of this test"
SECRETS = """[auth]
redirect_uri = "{url}/oauth2callback"
cookie_secret = "{key}"
client_id = "casebook"
client_secret = "of no use here"
server_metadata_url = "http://127.0.0.1:1/none"
"""


@pytest.fixture
def two_browsers(house):
    """Two browsers of a person who has a collection, and that."""

    def opening(name="Cleo"):
        cleo = people.register(f"{name} {time.time()}", PASSWORD)
        draft = drafts.begin(cleo.id, SPEECH)
        for n in range(2):
            (paths.uploads() / f"{cleo.id[:8]}{n}").write_bytes(b"RIFF")
            assert drafts.add(cleo.id, draft, DraftFile(f"{cleo.id[:8]}{n}", f"caracal{n}.wav", 4, "yes"), "0" * 64)
        browsers = [Somebody(house.server, cleo, sessions.begin(cleo, browser=f"browser {n}")) for n in range(2)]
        return *browsers, draft

    return opening


def posted(browser, **fields):
    status, body = browser.asks("POST", "/account", urlencode(fields).encode(), Origin=browser.server.url)
    assert status in (200, 303), body
    return body


def piece_of(one, draft):
    """The address of a recording of the collection, as a page of this browser has it."""
    token = tokens.sign("pieces", session=one.session, owner=one.person.id, draft=draft)
    return f"/api/piece?{urlencode({'token': token, 'upload': draft_files.of(draft)[0].upload})}"


def hears_nothing_more(one, page, query, buttons):
    """The page reloads itself, and no button works: neither in it nor in one that goes on with it."""
    drawn = page_client.elements(page.run(SPEECH, query, pressed=buttons[0]))
    assert b"caracal" not in page.raw and "casebook_reload" in [one.bidi_component.component_name for one in drawn]
    for pressed in buttons:
        with pytest.raises(ConnectionClosed):
            page.run(SPEECH, query, pressed=pressed)
    with one.page(goes_on=page.session) as another:
        for pressed in buttons:
            another.run(SPEECH, query, pressed=pressed)
            assert another.session != page.session and b"caracal" not in another.raw


def test_an_open_page_hears_nothing_more_however_its_session_ended(two_browsers):
    with ExitStack() as open_pages:
        ended = []
        for how, end in ENDS.items():
            one, other, draft = two_browsers(how)
            page, query, piece = open_pages.enter_context(one.page()), f"draft={draft}", piece_of(one, draft)
            assert one.asks("GET", piece) == (200, b"RIFF")
            drawn = page_client.elements(page.run(SPEECH, query))
            assert b"caracal" in page.raw
            buttons = [element.button.id for element in drawn if element.WhichOneof("type") == "button"]
            end(one, other)
            ended.append((how, one, draft, piece, page, query, buttons))
        time.sleep(SOON)  # once for all of them
        for how, one, draft, piece, page, query, buttons in ended:
            left = draft_files.of(draft)
            hears_nothing_more(one, page, query, buttons)
            assert draft_files.of(draft) == left and (how.endswith("removed") or len(left) == 2), how
            status, body = one.asks("GET", piece)
            assert (status, b"Example not found." in body) == (404, True), how
            assert b'name="password"' in one.asks("GET", f"/{SPEECH}?{query}")[1], how


def test_the_browser_that_changed_the_password_stays_in_and_a_wrong_old_one_changes_nothing(two_browsers):
    one, other, draft = two_browsers()
    form = {"old": "a guess", "new": "another sentence", "again": "another sentence"}
    status, body = other.asks("POST", "/account", urlencode(form).encode(), Origin=other.server.url)
    assert status == 422 and b"The old password is wrong." in body
    assert sessions.find(one.session) and people.with_password(one.person.name, PASSWORD)
    with other.page() as page:
        page.run(SPEECH, f"draft={draft}")
        assert b"The password was changed." in posted(other, **{**form, "old": PASSWORD})
        time.sleep(SOON)
        page.run(SPEECH, f"draft={draft}")
        assert b"caracal" in page.raw
    assert people.with_password(one.person.name, "another sentence") and sessions.find(one.session) is None


def test_who_looks_after_the_others_no_longer_does_not_in_an_open_page_either(house):
    host = people.register(f"Dora {time.time()}", PASSWORD, host=True)
    dora = Somebody(house.server, host, sessions.begin(host))
    with dora.page() as page:
        page.run("host")
        assert b"Bob" in page.raw
        removal.make_host(host, False)
        time.sleep(SOON)
        page.run("host")
        assert b"Bob" not in page.raw


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
