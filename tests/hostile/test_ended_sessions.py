"""A session that has ended is over at once, also in a page that is open: nothing is read, and no button works."""

from __future__ import annotations

import time
from contextlib import ExitStack
from urllib.parse import urlencode

import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg
from websockets.exceptions import ConnectionClosed

from benchmarks import page_client
from hostile.belongings import SPEECH
from hostile.conftest import PASSWORD, Somebody
from runs import paths, tokens
from runs.api import page_sessions
from runs.identity import people, removal, sessions
from runs.uploads import draft_files, drafts
from runs.uploads.draft_files import DraftFile

SOON = 1.2  # seconds; a page asks once a second at most whether its session still holds


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


def test_to_run_again_is_said_as_streamlit_says_it():
    message = BackMsg()
    message.rerun_script.SetInParent()
    assert message.SerializeToString() == page_sessions.RUN_AGAIN


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
