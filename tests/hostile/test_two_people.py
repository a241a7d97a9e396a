"""One person's data, runs and work are, for everyone else, as if they did not exist."""

from __future__ import annotations

import re
from functools import cache
from hashlib import sha256
from urllib.parse import urlencode

import pytest
from websockets.exceptions import InvalidStatus

import cases
from benchmarks import page_client
from hostile import belongings
from hostile.belongings import IMAGES, ITEMS, SPEECH, plain, seen, told
from hostile.conftest import PASSWORD, Somebody
from models.storage import checksums
from runs import paths, tokens
from runs.api import surfaces
from runs.backup import pack
from runs.exports.report import kept
from runs.exports.static_demo import archive
from runs.identity import people, removal, sessions, tables
from runs.inference import inputs
from runs.kinds import KINDS
from runs.store import lifecycle, queue, records
from runs.store.database import engine
from runs.worker import worker

PAGES = ("home", *cases.NAMES, "runs", "demo", "watch", "host")
MARKUP = ("[a](javascript:alert(1))", "<img src=x onerror=alert(1)>", ":red[**Ann**]")
NONE = {"compare": "0123abcd,4567cdef", "data": "0123456789abcdef"}  # what nobody has, in the shape of an id
ROUTES = [route for route in surfaces.STUDIO.routes if route.path.startswith("/api/")]
REPORT = sha256(b"zibeline").hexdigest()[:16]
NOTHING = dict(run="0123abcd", data="0123456789abcdef", draft="0123abcd", profile="0123abcd", predict="0123abcd",
               static_demo="0123abcd", backup="0123abcd.tar")  # fmt: skip
BY_LINK = {"/api/watch", "/api/health", "/api/ready"}  # for who has a link, or for everyone


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


@pytest.mark.slow
@pytest.mark.parametrize("where", PAGES)
def test_no_page_tells_another_what_is_hers_whatever_its_address_asks_for(house, other, where):
    before = seen()

    @cache
    def usual(name):
        _raw, drawn = other.opens(where, f"{name}={nothing(name)}" if name else "")
        return plain(drawn, nothing(name))

    addresses, data = house.hers.addresses, house.hers.data
    if other is house.stranger or where not in (IMAGES, "runs"):  # one of each name is enough where little is known
        addresses = {**dict(reversed(addresses)), "data": data.get(where, data[IMAGES])}.items()
    for name, identity in [("", ""), *addresses]:
        query = f"{name}={identity}" if name else ""
        raw, drawn = other.opens(where, query)
        assert told(raw) == [], query
        assert plain(drawn, identity) == usual(name), query
    assert seen() == before


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


@pytest.mark.slow
def test_a_file_of_her_page_goes_to_the_session_of_that_page_alone_until_it_ends(house):
    ann = house.ann.person
    hers, elsewhere = (Somebody(house.server, ann, sessions.begin(ann)) for _browser in range(2))
    with hers.page() as her_page:
        file = offered(her_page, house.hers.data[IMAGES])
        for somebody in (house.stranger, house.bob, elsewhere):
            with somebody.page() as page:
                page.run("home")
                assert somebody.asks("GET", file) == (404, b"Not Found")
        assert house.stranger.asks("HEAD", file)[0] == 404
        guessed = Somebody(house.server, ann, "a guess")
        assert guessed.asks("GET", file)[0] == 404 and house.stranger.asks("GET", "/media/no-such.json")[0] == 404
        assert hers.asks("GET", file)[0] == 200
        sessions.end(hers.session, ann)
        assert house.stranger.asks("GET", file, X_Casebook_Session=house.ann.session) == (404, b"Not Found")
        assert hers.asks("GET", file) == (404, b"Not Found")


def test_no_log_holds_what_lets_somebody_in(house):
    hers = house.ann
    hers.opens(IMAGES, f"run={house.hers.run}")
    written = house.server.log()
    assert hers.secret not in written and hers.session not in written
    assert belongings._TOKEN.search(written) is None


@pytest.mark.parametrize("kind", KINDS)
def test_nobody_lists_or_changes_the_work_of_another(house, kind):
    hers, bob, before = house.hers, house.bob.person.id, seen()
    job = hers.jobs[kind]
    subject = records.run(job, hers.owner).subject
    assert records.run(job, bob) is None and records.run_list(bob, kind=kind) == []
    assert subject is None or records.latest(kind, subject, bob) is None
    for change in (lifecycle.ask_to_stop, lifecycle.discard, lifecycle.resume):
        change(job, bob)
    records.rename(job, bob, "his")
    records.describe(job, bob, "his", ["his"])
    assert seen() == before


@pytest.mark.parametrize("kind", KINDS)
def test_work_that_names_what_is_anothers_finds_nothing(house, kind):
    """As if a page of his had a fault and let him name anything; with the same end as what is not there at all."""
    hers, bob, ends = house.hers, house.bob.person.id, []
    file = inputs.new(hers.owner, "a.png")
    file.write_bytes(b"zibeline")
    for data, run, upload in ((hers.data[IMAGES], hers.run, hers.upload), ("nothing", "nothing", "nothing")):
        for settings in ({"key": "k", "row": 3}, {"key": "k", "file": inputs.named(file)}):
            kept = seen()
            job = records.create_run(bob, kind, IMAGES, "his", dataset=data, subject=run, settings=settings,
                                     parts=[{"upload": upload, "split": ""}])  # fmt: skip
            worker.work(queue.claim_here(job))
            done = records.run(job, bob)
            assert done.status == "failed" and told(repr(done).encode()) == []
            ends.append(str(done.error).replace(upload, "UPLOAD"))
            written = [path.read_bytes() for path in paths.run(job).rglob("*") if path.is_file()]
            assert told(b"".join(written)) == []
            lifecycle.forget(job)
            assert seen() == kept
    assert all(end == ends[0] for end in ends)


def asked(hers, route, sign, **ids):
    """Path with query, content and headers as a page asks; `ids` in place of those that are hers."""
    known = {"backup": "hers.tar", "run": hers.run, "data": hers.data[IMAGES], "draft": hers.draft,
             "profile": hers.jobs["profile"], "predict": hers.jobs["predict"],
             "static_demo": hers.jobs["static_demo"], **ids}  # fmt: skip
    run, data = sign("run", run=known["run"]), sign("dataset", dataset=known["data"], case=IMAGES)
    trying = sign("answer", run=known["run"], rows=[3])
    query, headers = {
        "/api/upload": ({"name": "a.wav", "draft": known["draft"]}, {"X_Upload_Token": sign("upload", case=SPEECH)}),
        "/api/metrics": ({"token": run}, {}),
        "/api/bundle": ({"token": run}, {}),
        "/api/report": ({"token": sign("report", run=known["run"], report=REPORT)}, {}),
        "/api/item": ({"token": data, "row": 3}, {}),
        "/api/thumbnail": ({"token": data}, {}),
        "/api/dataset": ({"token": sign("export", dataset=known["data"])}, {}),
        "/api/backup": ({"token": sign("backup", backup=known["backup"])}, {}),
        "/api/predictions": ({"token": sign("run", run=known["predict"])}, {}),
        "/api/static_demo": ({"token": sign("run", run=known["static_demo"])}, {}),
        "/api/explanation": ({"token": run, "key": "row3", "file": "original.webp"}, {}),
        "/api/piece": ({"token": sign("pieces", draft=known["draft"]), "upload": hers.upload}, {}),
        "/api/view": ({"token": sign("run", run=known["profile"]), "name": "view-0-0.webp"}, {}),
        "/api/answer": ({"row": 3}, {"X_Answer_Token": trying}),
        "/api/example": ({"token": trying, "row": 3}, {}),
    }[route.path]
    return f"{route.path}?{urlencode(query)}", b"RIFF" if "PUT" in route.methods else None, headers


def for_(somebody, owner=""):
    """How a page of this person signs."""
    whose = owner or (somebody.person.id if somebody.person else "")
    return lambda purpose, **facts: tokens.sign(purpose, session=somebody.session, owner=whose, **facts)


def forged(purpose, **facts):
    return tokens.sign(purpose, owner="nobody", **facts)[:-2] + "xx"


@pytest.fixture
def asks(house):
    """The answer to a person who asks a route as it is signed."""
    hers = house.hers
    (paths.run(hers.jobs["profile"]) / "view-0-0.webp").write_bytes(b"zibeline")
    kept.keep(records.run(hers.run, house.ann.person.id), "zibeline")
    (paths.run(hers.jobs["predict"]) / "predictions.csv").write_text("Name,Problem\nzibeline,\n")
    demo = paths.run(hers.jobs["static_demo"]) / archive.FILE
    demo.with_name("whole").write_bytes(b"zibeline")
    checksums.settle(demo.with_name("whole"), demo)
    if not (paths.backups() / "hers.tar").exists():
        pack.pack(paths.backups() / "hers.tar")  # she is a host

    def asking(somebody, route, sign, **ids):
        path, content, headers = asked(hers, route, sign, **ids)
        return somebody.asks("PUT" if "PUT" in route.methods else "GET", path, content, **headers)

    return asking


@pytest.mark.slow
@pytest.mark.parametrize("route", [one for one in ROUTES if one.path not in BY_LINK], ids=lambda route: route.path)
def test_a_route_answers_only_her_and_to_all_others_it_is_as_if_there_was_nothing(house, asks, route):
    for somebody in (house.bob, house.stranger):
        before, nobodys = seen(), asks(somebody, route, forged)
        assert nobodys[0] in (403, 404)
        for sign in (for_(house.ann), for_(house.bob, house.ann.person.id), for_(house.stranger, house.ann.person.id)):
            assert asks(somebody, route, sign) == nobodys
        assert seen() == before and told(nobodys[1]) == []
    assert asks(house.ann, route, for_(house.bob, house.ann.person.id)) == asks(house.ann, route, forged)
    status, body = asks(house.ann, route, for_(house.ann))
    asks_a_model = route.path == "/api/answer" and "PUT" in route.methods
    assert status == (422 if asks_a_model else 200), body  # there is no model behind it
    before, his = seen(), for_(house.bob)  # as if a page of his had a fault
    of_hers = asks(house.bob, route, his)
    assert of_hers == asks(house.bob, route, his, **NOTHING) and told(of_hers[1]) == []
    assert seen() == before


def test_a_backup_is_for_who_is_a_host_now(house, asks):
    [route] = [one for one in ROUTES if one.path == "/api/backup"]
    person = people.register(f"Edna {house.server.port}", PASSWORD, host=True)
    edna = Somebody(house.server, person, sessions.begin(person))
    status, body = asks(edna, route, for_(edna))
    assert status == 200 and told(body)  # it holds everything
    for name in ("../casebook.db", "../backups/hers.tar", "hers.tar.partial", ""):
        assert asks(edna, route, for_(edna), backup=name) == asks(edna, route, forged)
    removal.make_host(person, False)
    assert asks(edna, route, for_(edna)) == asks(edna, route, forged) == asks(house.stranger, route, forged)
    removal.remove(person)


@pytest.mark.slow
def test_a_stranger_is_sent_to_the_entrance(house):
    for path in ("/account", "/_stcore/metrics", "/host", "/home", "/runs", "/image_recognition"):
        _status, body = house.stranger.asks("GET", path)
        assert b'name="password"' in body and told(body) == [], path
