"""A server where two people work, of whom one has everything and the other nothing."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from browser.serving import Server
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from app import MIDDLEWARE
from benchmarks import page_client
from hostile import belongings
from hostile.belongings import Belongings
from runs import tokens
from runs.api.account.routes import ROUTES
from runs.identity import login, people, sessions
from runs.identity.people import Person

PASSWORD = "correct horse battery"
HERE = "http://localhost:8501"


def whose(request):
    """Who a request is taken for."""
    found = login.session(request.headers)
    return PlainTextResponse(found.person.name if found else "nobody")


@pytest.fixture
def ann(monkeypatch, cheap):
    monkeypatch.setenv("CASEBOOK_LOGIN", "password")
    return people.register("Ann", PASSWORD, host=True)


@pytest.fixture
def comes_from(ann):
    """A browser that comes from an address; it follows no redirects."""

    def at(address="203.0.113.7"):
        plain = Route("/plain", lambda request: PlainTextResponse("a page"))
        routes = [*ROUTES, Route("/api/whose", whose), Route("/home", whose), plain]
        app = Starlette(routes=routes, middleware=MIDDLEWARE)
        return TestClient(app, base_url=HERE, client=(address, 50_000), follow_redirects=False)

    return at


def log_in(browser, name="Ann", password=PASSWORD, **more):
    return browser.post("/account/login", data={"name": name, "password": password}, **more)


@dataclass
class Somebody:
    """A person with a browser; a stranger has no cookie."""

    server: Server
    person: Person | None = None
    secret: str = ""

    @property
    def cookie(self):
        return f"{login.COOKIE}={self.secret}" if self.secret else ""

    @property
    def session(self):
        return sessions.digest(self.secret) if self.secret else ""

    def page(self, **more):
        """See `page_client.opened`."""
        return page_client.opened(self.server.port, cookie=self.cookie, **more)

    def opens(self, page, query=""):
        """All bytes of a page that is opened, and its elements."""
        with self.page() as opened:
            messages = opened.run(page, query)
            return opened.raw, page_client.elements(messages)

    def asks(self, method, path, content=None, **headers):
        """Status and body of an answer, as they come: no redirect is followed."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        asked = Request(self.server.url + path, content, {**sent, **({"Cookie": self.cookie} if self.secret else {})},
                        method=method)  # fmt: skip
        try:
            with urlopen(asked, timeout=60) as answer:
                return answer.status, answer.read()
        except HTTPError as answer:
            return answer.code, answer.read()


@dataclass
class House:
    """`ann` has everything of `hers`, `bob` has an account, `stranger` has none."""

    server: Server
    ann: Somebody
    bob: Somebody
    stranger: Somebody
    hers: Belongings


@pytest.fixture(scope="package")
def furnished(tmp_path_factory, pictures, zip_of):
    folder = tmp_path_factory.mktemp("house")
    server = Server(folder / "home", CASEBOOK_LOGIN="password", CASEBOOK_AGENT="elsewhere")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CASEBOOK_HOME", str(server.home))
        tokens.key("the home's secret is made with the first")
        ann, bob = (people.register(name, PASSWORD, host=name == "Ann") for name in ("Ann", "Bob"))
        hers = belongings.give(ann.id, folder, pictures, zip_of)
        both = [Somebody(server, person, sessions.begin(person)) for person in (ann, bob)]
    try:
        server.start()
        yield House(server, *both, Somebody(server), hers)
    finally:
        server.kill()


@pytest.fixture
def house(furnished, monkeypatch):
    """This test looks into that server's home."""
    monkeypatch.setenv("CASEBOOK_HOME", str(furnished.server.home))
    return furnished
