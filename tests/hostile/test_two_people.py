"""One person's data, runs and work are, for everyone else, as if they did not exist."""

from __future__ import annotations

import re
from functools import cache

import pytest
from websockets.exceptions import InvalidStatus

import cases
from hostile import belongings
from hostile.belongings import plain, seen, told
from hostile.conftest import PASSWORD, Somebody
from runs.identity import people, removal, sessions, tables
from runs.store.database import engine

PAGES = ("home", *cases.NAMES, "runs", "demo", "watch", "host")
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
        ("image_recognition", f"run={hers.run}"), ("image_recognition", f"data={hers.data['image_recognition']}"),
        ("recommendation", f"data={hers.data['recommendation']}"), ("speech", f"draft={hers.draft}"),
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

    for name, identity in [("", ""), *house.hers.addresses]:
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
        raw, _drawn = other.opens("image_recognition", f"run={hers.run}&data={hers.data['image_recognition']}&{more}")
        assert told(raw) == [], more


def test_her_buttons_do_nothing_in_the_page_of_another(house, other):
    """The names of buttons are no secret: a browser may press any."""
    query = f"run={house.hers.run}"
    _raw, drawn = house.ann.opens("image_recognition", query)
    buttons = [one.button.id for one in drawn if one.WhichOneof("type") == "button"]
    assert len(buttons) > 3
    before = seen()
    with other.page() as page:
        page.run("image_recognition", query)
        for pressed in buttons:
            page.run("image_recognition", query, pressed=pressed)
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


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://127.0.0.1:1"])
def test_a_page_of_another_site_opens_no_websocket_with_her_cookie(house, origin):
    with pytest.raises(InvalidStatus, match="403"), house.ann.page(origin=origin):
        pass


@pytest.mark.parametrize("name", ["[a](javascript:alert(1))", "<img src=x onerror=alert(1)>", ":red[**Ann**]"])
def test_a_name_is_no_markup_in_the_sidebar_nor_to_the_host(house, name):
    person = people.register(f"{name} {house.server.port}", PASSWORD)
    with engine().begin() as db:  # the host's first page has those who were there first
        db.execute(tables.people.update().where(tables.people.c.id == person.id).values(created=0))
    somebody = Somebody(house.server, person, sessions.begin(person))
    for shown in (somebody.opens("home")[1], house.ann.opens("host")[1]):
        written = [str(element) for element in shown if person.name.split()[-1] in str(element)]
        markup = {True: r"<img", False: r"(?<!\\)(<img|\]\(javascript|:red\[)"}  # HTML knows nothing of Markdown
        assert written and not [one for one in written if re.search(markup[one.startswith("html")], one)]
    removal.remove(person)


def test_no_log_holds_what_lets_somebody_in(house):
    hers = house.ann
    hers.opens("image_recognition", f"run={house.hers.run}")
    written = house.server.log()
    assert hers.secret not in written and hers.session not in written
    assert belongings._TOKEN.search(written) is None
