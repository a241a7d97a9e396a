"""A proxy that names people is believed by its address and its secret together, and by nothing that a client sends."""

from __future__ import annotations

import pytest
from starlette.applications import Starlette
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient

from app import MIDDLEWARE
from hostile.conftest import HERE, whose
from runs.identity import login, people, removal, sessions

SECRET, PROXY, ELSEWHERE = "a secret of the proxy’s".encode().hex(), "10.0.0.1", "10.0.0.9"
STREAM = "ws://localhost:8501/_stcore/stream"
SAYS = [("x-forwarded-user", "ann"), ("x-casebook-secret", SECRET)]


@pytest.fixture(autouse=True)
def told(monkeypatch):
    settings = {"LOGIN": "header", "PROXIES": f"{PROXY}, 192.168.7.0/24", "PROXY_SECRET": SECRET, "HOSTS": "ann"}
    for name, value in settings.items():
        monkeypatch.setenv(f"CASEBOOK_{name}", value)


async def heard(websocket):
    await websocket.accept()
    found = login.session(websocket.headers)
    await websocket.send_text(found.person.name if found else "nobody")
    await websocket.close()


def asks(address, headers):
    """Whom a route, a WebSocket and a page take the sender for."""
    routes = [Route("/api/whose", whose), Route("/home", whose), WebSocketRoute("/_stcore/stream", heard)]
    client = TestClient(Starlette(routes=routes, middleware=MIDDLEWARE), base_url=HERE, client=(address, 50_000))
    with client.websocket_connect(STREAM, headers=dict(headers)) as socket:
        by_socket = socket.receive_text()
    page = client.get("/home", headers=headers)
    return client.get("/api/whose", headers=headers).text, by_socket, page.text if page.status_code == 200 else "nobody"


def test_the_proxy_says_who_it_is():
    assert asks(PROXY, SAYS) == ("ann",) * 3 == asks("192.168.7.20", SAYS)
    assert asks(PROXY, [*SAYS, ("x-forwarded-for", ELSEWHERE)]) == ("ann",) * 3  # where the visitor sits
    assert [person.host for person in people.everyone()] == [True]


def named(user):
    return [("x-forwarded-user", user), SAYS[1]]


def hosts():
    return {person.name for person in people.everyone() if person.host}


def test_where_hosts_are_named_whoever_comes_first_is_none(monkeypatch):
    assert asks(PROXY, named("bob")) == ("bob",) * 3 and hosts() == set()
    assert asks(PROXY, SAYS) == ("ann",) * 3 and hosts() == {"ann"}
    monkeypatch.setenv("CASEBOOK_HOSTS", "bob")
    assert asks(PROXY, named("bob")) == ("bob",) * 3 and hosts() == {"ann"}  # hosts look after that now


NOBODY = {  # who says it from where, and what the log says of it
    "no proxy": (ELSEWHERE, SAYS, f"the connection comes from {ELSEWHERE}, which CASEBOOK_PROXIES does not name"),
    "this machine": ("127.0.0.1", SAYS, ""),
    "no secret": (PROXY, SAYS[:1], "X-Casebook-Secret is missing"),
    "an empty secret": (PROXY, [SAYS[0], ("x-casebook-secret", "")], ""),
    "a wrong secret": (PROXY, [SAYS[0], ("x-casebook-secret", SECRET[:-1])],
                       "X-Casebook-Secret is not CASEBOOK_PROXY_SECRET"),
    "no name": (PROXY, SAYS[1:], "X-Forwarded-User, which names the person, is missing"),
    "an empty name": (PROXY, [("x-forwarded-user", " "), SAYS[1]],
                      "X-Forwarded-User, which names the person, is empty"),
    "an address that pretends": (ELSEWHERE, [*SAYS, ("x-forwarded-for", PROXY), ("forwarded", f"for={PROXY}")], ""),
    "no address": ("testclient", SAYS, ""),
}  # fmt: skip


def refused(caplog):
    return [line.getMessage() for line in caplog.records if "Login refused" in line.getMessage()]


@pytest.mark.parametrize("how", NOBODY)
def test_whoever_else_says_it_is_nobody_and_the_log_says_why_but_the_stranger_hears_nothing_of_it(how, caplog):
    peer, headers, said = NOBODY[how]
    assert asks(peer, headers) == ("nobody",) * 3
    assert people.everyone() == []
    caplog.clear()
    page = Route("/home", whose)
    client = TestClient(Starlette(routes=[page], middleware=MIDDLEWARE), base_url=HERE, client=(peer, 50_000))
    answer = client.get("/home", headers=headers)
    assert answer.status_code == 401
    if said:
        assert refused(caplog) == [f"Login refused: {said}; from {peer}"] and said not in answer.text
    assert SECRET not in caplog.text + answer.text and SECRET[:-1] not in caplog.text


def test_all_that_is_wrong_stands_in_one_line_and_who_is_not_admitted_by_name(caplog, monkeypatch):
    asks(ELSEWHERE, [])
    asks(PROXY, [*SAYS, SAYS[0]])
    monkeypatch.setenv("CASEBOOK_PEOPLE", "*@example.com")
    asks(PROXY, named("eve\x1b[2J"))
    assert refused(caplog) == [
        f"Login refused: the connection comes from {ELSEWHERE}, which CASEBOOK_PROXIES does not name; X-Casebook-"
        f"Secret is missing; X-Forwarded-User, which names the person, is missing; from {ELSEWHERE}",
        f"Login refused: X-Forwarded-User, which names the person, is there twice; from {PROXY}",
        f"Login refused: CASEBOOK_PEOPLE does not admit 'eve\\x1b[2J'; from {PROXY}",
    ]


def test_a_header_that_comes_twice_says_nothing():
    """One is the proxy's, and the other a client's that it has passed on."""
    client = TestClient(
        Starlette(routes=[Route("/api/whose", whose)], middleware=MIDDLEWARE), base_url=HERE, client=(PROXY, 1)
    )
    for twice in (("x-forwarded-user", "eve"), ("x-forwarded-user", "ann"), ("X-Forwarded-User", "eve"),
                  ("x-casebook-secret", SECRET), ("x-casebook-secret", "guess")):  # fmt: skip
        for headers in ([*SAYS, twice], [twice, *SAYS]):
            assert client.get("/api/whose", headers=headers).text == "nobody"


def test_the_header_of_the_server_itself_is_taken_out_of_what_a_client_sends():
    assert asks(PROXY, SAYS)[0] == "ann"
    [known] = sessions.of(people.everyone()[0])
    for address in (ELSEWHERE, PROXY):
        for name in (login.HEADER, login.HEADER.upper(), "X-Casebook-Session"):
            assert asks(address, [(name, known.id)]) == ("nobody",) * 3
            assert asks(address, [(name, known.id), *SAYS[:1]]) == ("nobody",) * 3


def test_the_secret_is_passed_on_to_no_page(monkeypatch):
    async def headers(websocket):
        await websocket.accept()
        await websocket.send_json(dict(websocket.headers))
        await websocket.close()

    app = Starlette(routes=[WebSocketRoute("/_stcore/stream", headers)], middleware=MIDDLEWARE)
    client = TestClient(app, base_url=HERE, client=(PROXY, 1))
    with client.websocket_connect(STREAM, headers=dict(SAYS)) as socket:
        assert SECRET not in str(socket.receive_json())


def test_who_is_suspended_or_not_welcome_is_nobody_whatever_the_proxy_says(monkeypatch):
    assert asks(PROXY, named("bob"))[0] == "bob"
    assert asks(PROXY, SAYS)[0] == "ann"
    bob = next(person for person in people.everyone() if person.name == "bob")
    removal.suspend(bob)
    assert asks(PROXY, named("bob")) == ("nobody",) * 3
    removal.let_back(bob)
    assert asks(PROXY, named("bob")) == ("bob",) * 3
    monkeypatch.setenv("CASEBOOK_PEOPLE", "a*")
    assert asks(PROXY, named("bob")) == ("nobody",) * 3
