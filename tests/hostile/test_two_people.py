"""One person's data, runs and work are, for everyone else, as if they did not exist."""

from __future__ import annotations

import re
from functools import cache

import pytest
from websockets.exceptions import InvalidStatus

import cases
from benchmarks import page_client
from hostile import belongings
from hostile.belongings import IMAGES, ITEMS, SPEECH, plain, seen, told
from hostile.conftest import PASSWORD, Somebody
from runs.identity import people, removal, sessions, tables
from runs.store.database import engine

PAGES = ("home", *cases.NAMES, "runs", "demo", "watch", "host")
MARKUP = ("[a](javascript:alert(1))", "<img src=x onerror=alert(1)>", ":red[**Ann**]")
NONE = {"compare": "0123abcd,4567cdef", "data": "0123456789abcdef"}  # what nobody has, in the shape of an id


def nothing(name):
    return NONE.get(name, "0123abcd")


@pytest.fixture(params=["bob", "stranger"])
def other(house, request):
    return getattr(house, request.param)


def test_she_sees_what_is_hers(house):
    """Else the others would see nothing because there is nothing."""
    hers = house.hers
    for page, query in [
        ("runs", ""), ("home", ""), *((case, "") for case in cases.NAMES),
        (IMAGES, f"run={hers.run}"), (IMAGES, f"data={hers.data[IMAGES]}"), (ITEMS, f"data={hers.data[ITEMS]}"),
        (SPEECH, f"draft={hers.draft}"),
        ("runs", f"compare={hers.run},{hers.jobs['keep']}"),
    ]:  # fmt: skip
        raw, _drawn = house.ann.opens(page, query)
        assert told(raw), (page, query)


@pytest.mark.parametrize("where", PAGES)
def test_no_page_tells_another_what_is_hers_whatever_its_address_asks_for(house, other, where):
    before = seen()

    @cache
    def usual(name):
        _raw, drawn = other.opens(where, f"{name}={nothing(name)}" if name else "")
        return plain(drawn, nothing(name))

    addresses = house.hers.addresses
    if other is house.stranger or where not in (*cases.NAMES, "runs"):  # which look at no thing: one of each name
        addresses = dict(reversed(addresses)).items()
    for name, identity in [("", ""), *addresses]:
        query = f"{name}={identity}" if name else ""
        raw, drawn = other.opens(where, query)
        assert told(raw) == [], query
        assert plain(drawn, identity) == usual(name), query
    assert seen() == before


def test_what_a_page_shows_of_a_thing_is_not_shown_beside_it_either(house, other):
    """Of an item, a cluster, a comparison, a step: whatever else an address may name."""
    hers = house.hers
    for more in ("item=3", "look=3", "see=mistakes", "cell=0-1", "show=class:zebra", "pins=1,2,3", "number=3&text=1",
                 f"draft={hers.draft}", f"groups={hers.jobs['cluster']}"):  # fmt: skip
        raw, _drawn = other.opens(IMAGES, f"run={hers.run}&data={hers.data[IMAGES]}&{more}")
        assert told(raw) == [], more


def test_her_buttons_do_nothing_in_the_page_of_another(house, other):
    """The names of buttons are no secret: a browser may press any."""
    query = f"run={house.hers.run}"
    _raw, drawn = house.ann.opens(IMAGES, query)
    buttons = [one.button.id for one in drawn if one.WhichOneof("type") == "button"]
    assert len(buttons) > 3
    before = seen()
    with other.page() as page:
        page.run(IMAGES, query)
        for pressed in buttons:
            page.run(IMAGES, query, pressed=pressed)
            assert told(page.raw) == []
    assert seen() == before


def test_a_page_of_hers_is_gone_on_with_by_nobody_else(house, other):
    """A browser that lost its connection names the page it had; who overhears that name gets a new page."""
    with house.ann.page() as page:
        page.run("runs")
        assert told(page.raw)
        named = page.session
    with other.page(goes_on=named) as page:
        page.run("runs")
        assert page.session != named and told(page.raw) == []
    with house.ann.page(goes_on=named) as page:
        page.run("runs")
        assert page.session == named and told(page.raw)


def test_a_page_of_another_site_opens_no_websocket_with_her_cookie(house):
    for origin in ("http://evil.example", "null", "http://127.0.0.1:1"):
        with pytest.raises(InvalidStatus, match="403"), house.ann.page(origin=origin):
            pass


def test_a_name_is_no_markup_in_the_sidebar_nor_to_the_host(house):
    persons = [people.register(f"{name} {house.server.port}{n}", PASSWORD) for n, name in enumerate(MARKUP)]
    with engine().begin() as db:  # the host's first page has those who were there first
        ids = [person.id for person in persons]
        db.execute(tables.people.update().where(tables.people.c.id.in_(ids)).values(created=0))
    to_the_host = house.ann.opens("host")[1]
    for person in persons:
        somebody = Somebody(house.server, person, sessions.begin(person))
        for shown in (somebody.opens("home")[1], to_the_host):
            written = [str(element) for element in shown if person.name.split()[-1] in str(element)]
            markup = {True: r"<img", False: r"(?<!\\)(<img|\]\(javascript|:red\[)"}  # HTML knows nothing of Markdown
            assert written and not [one for one in written if re.search(markup[one.startswith("html")], one)]
        removal.remove(person)


def offered(page, data):
    """The address of the file that a page of these data offers; it lies in Streamlit's memory, where no route of ours
    guards it."""
    drawn = page_client.elements(page.run(IMAGES, f"data={data}"))
    [address] = [one.download_button.url for one in drawn if one.WhichOneof("type") == "download_button"]
    assert address.startswith("/media/")
    return address


def test_a_file_of_her_page_goes_to_the_session_of_that_page_and_to_nobody_else(house):
    with house.ann.page() as her_page:
        hers = offered(her_page, house.hers.data[IMAGES])
        assert house.ann.asks("GET", hers)[0] == 200
        elsewhere = Somebody(house.server, house.ann.person, sessions.begin(house.ann.person))
        for somebody in (house.stranger, house.bob, elsewhere):
            with somebody.page() as page:
                page.run("home")
                assert somebody.asks("GET", hers) == (404, b"Not Found")
                assert somebody.asks("HEAD", hers)[0] == 404
        guessed = Somebody(house.server, house.ann.person, "a guess")
        assert guessed.asks("GET", hers)[0] == 404 and house.stranger.asks("GET", "/media/no-such.json")[0] == 404
        assert house.ann.asks("GET", hers)[0] == 200


def test_a_file_of_a_page_is_nobodys_once_the_session_has_ended(house):
    browser = Somebody(house.server, house.ann.person, sessions.begin(house.ann.person))
    with browser.page() as page:
        hers = offered(page, house.hers.data[IMAGES])
        assert browser.asks("GET", hers)[0] == 200
        sessions.end(browser.session, house.ann.person)
        assert house.stranger.asks("GET", hers, X_Casebook_Session=house.ann.session) == (404, b"Not Found")
        assert browser.asks("GET", hers) == (404, b"Not Found")


def test_no_log_holds_what_lets_somebody_in(house):
    hers = house.ann
    hers.opens(IMAGES, f"run={house.hers.run}")
    written = house.server.log()
    assert hers.secret not in written and hers.session not in written
    assert belongings._TOKEN.search(written) is None
