"""Every route, asked with what was made for somebody else: the answer is that to a token which nobody made."""

from __future__ import annotations

from hashlib import sha256
from urllib.parse import urlencode

import pytest

from hostile.belongings import IMAGES, SPEECH, seen, told
from hostile.conftest import PASSWORD, Somebody
from models.storage import checksums
from runs import paths, tokens
from runs.api import surfaces
from runs.backup import pack
from runs.exports.report import kept
from runs.exports.static_demo import archive
from runs.identity import people, removal, sessions
from runs.store import records

ROUTES = [route for route in surfaces.STUDIO.routes if route.path.startswith("/api/")]
REPORT = sha256(b"zibeline").hexdigest()[:16]
NOTHING = dict(run="0123abcd", data="0123456789abcdef", draft="0123abcd", profile="0123abcd", predict="0123abcd",
               static_demo="0123abcd", backup="0123abcd.tar")  # fmt: skip
BY_LINK = {"/api/watch", "/api/health", "/api/ready"}  # for who has a link, or for everyone


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


def test_a_stranger_is_sent_to_the_entrance(house):
    for path in ("/account", "/_stcore/metrics", "/host", "/home", "/runs", "/image_recognition"):
        _status, body = house.stranger.asks("GET", path)
        assert b'name="password"' in body and told(body) == [], path


def test_his_account_tells_nothing_of_her(house):
    status, body = house.bob.asks("GET", "/account")
    assert status == 200 and b"Bob" in body and b"Ann" not in body
    before = seen()
    end = urlencode({"end": house.ann.session}).encode()
    assert house.bob.asks("POST", "/account", end, Origin=house.server.url)[0] == 200
    assert seen() == before
