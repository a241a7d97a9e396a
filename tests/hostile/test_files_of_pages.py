"""A file that a page offers as a download lies in Streamlit's memory, at an address that no route of ours guards."""

from __future__ import annotations

import pytest

from benchmarks import page_client
from hostile.belongings import IMAGES
from hostile.conftest import Somebody
from runs.identity import sessions


@pytest.fixture
def hers(house):
    """The address of a file, while her page is open."""
    with house.ann.page() as page:
        drawn = page_client.elements(page.run(IMAGES, f"data={house.hers.data[IMAGES]}"))
        [offered] = [one.download_button.url for one in drawn if one.WhichOneof("type") == "download_button"]
        assert offered.startswith("/media/")
        yield offered


def test_it_goes_to_the_session_of_that_page_and_to_nobody_else(house, hers):
    assert house.ann.asks("GET", hers)[0] == 200
    elsewhere = Somebody(house.server, house.ann.person, sessions.begin(house.ann.person))
    for somebody in (house.stranger, house.bob, elsewhere):
        with somebody.page() as page:
            page.run("home")
            assert somebody.asks("GET", hers) == (404, b"Not Found")
            assert somebody.asks("HEAD", hers)[0] == 404
    ended = Somebody(house.server, house.ann.person, "a guess")
    assert ended.asks("GET", hers)[0] == 404 and house.stranger.asks("GET", "/media/no-such.json")[0] == 404
    assert house.ann.asks("GET", hers)[0] == 200


def test_it_is_nobodys_once_the_session_has_ended(house):
    browser = Somebody(house.server, house.ann.person, sessions.begin(house.ann.person))
    with browser.page() as page:
        drawn = page_client.elements(page.run(IMAGES, f"data={house.hers.data[IMAGES]}"))
        [offered] = [one.download_button.url for one in drawn if one.WhichOneof("type") == "download_button"]
        assert browser.asks("GET", offered)[0] == 200
        sessions.end(browser.session, house.ann.person)
        assert house.stranger.asks("GET", offered, X_Casebook_Session=house.ann.session) == (404, b"Not Found")
        assert browser.asks("GET", offered) == (404, b"Not Found")
