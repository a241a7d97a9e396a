"""Foreign sites: a name that leads to this machine opens nothing, and only an allowed one shows a demo in its pages."""

from __future__ import annotations

import http.client
import threading
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import expect

from runs.api.routes import ROUTES
from runs.store import records, shares

from . import steps
from .serving import Server, free_port

GUEST, EVIL = "blog.example", "evil.example"  # the browser of these tests takes both for 127.0.0.1
PATHS = ["/", "/runs", "/_stcore/health", "/_stcore/upload_file/a/b", "/media/a.png", "/component/a/b"]
UPGRADE = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13",
           "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ=="}  # fmt: skip
OPENED = (  # a host, the origin of the page that asks, and what the websocket of the pages answers
    ("localhost", "http://localhost", 101), ("127.0.0.1", "http://127.0.0.1", 101), ("127.0.0.1", None, 101),
    (EVIL, f"http://{EVIL}", 403), (EVIL, None, 403), ("127.0.0.1", f"http://{EVIL}", 403),
    ("127.0.0.1", "http://localhost", 403), ("127.0.0.1", "null", 403),
)  # fmt: skip


def status(server, path, headers, method="GET"):
    """Of an answer to exactly these headers."""
    with closing(http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)) as connection:
        connection.putrequest(method, path, skip_host=True)
        for name, value in headers.items():
            connection.putheader(name, value)
        connection.endheaders()
        return connection.getresponse().status


def test_the_websocket_of_the_pages_opens_for_pages_of_this_server_only(server):
    for host, origin, expected in OPENED:
        asked = {**UPGRADE, "Host": f"{host}:{server.port}"}
        if origin:
            asked["Origin"] = origin if origin == "null" else f"{origin}:{server.port}"
        assert status(server, "/_stcore/stream", asked) == expected, (host, origin)


def test_neither_pages_nor_files_nor_any_route_answer_a_foreign_name(server):
    asked = [("GET", path) for path in PATHS] + [(method, route.path) for route in ROUTES for method in route.methods]
    for method, path in asked:
        assert status(server, path, {"Host": f"{EVIL}:{server.port}"}, method) == 403, (method, path)
    for host in (f"localhost:{server.port}", f"127.0.0.1:{server.port}"):
        assert status(server, "/", {"Host": host}) == 200


def test_a_browser_under_a_foreign_name_is_told_what_to_do_and_sees_nothing_that_localhost_shows(browser, server):
    page = browser.new_page(locale="en-US")
    assert page.goto(f"http://{EVIL}:{server.port}/runs").status == 403
    expect(page.get_by_text("CASEBOOK_ALLOWED_HOSTS")).to_be_visible()
    page.goto(f"http://localhost:{server.port}/runs")
    expect(page.get_by_role("heading", name="All runs")).to_be_visible()
    page.close()


class Page(BaseHTTPRequestHandler):
    """A page of a site, whatever its name, that shows the address `of` in a frame."""

    def do_GET(self):
        shown = parse_qs(urlsplit(self.path).query).get("of", [""])[0]
        content = f'<!doctype html><title>Blog</title><h1>Our model</h1><iframe src="{shown}" width="800" height="900">'
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(content.encode())

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def site():
    """The port of a web server that answers to the names of two sites."""
    with ThreadingHTTPServer(("127.0.0.1", free_port()), Page) as serving:
        threading.Thread(target=serving.serve_forever, daemon=True).start()
        yield serving.server_port
        serving.shutdown()


@pytest.fixture(scope="module")
def demos(server, site):
    """A surface of nothing but demos in the home of the app, which one site may show."""
    made = Server(server.home, CASEBOOK_SURFACE="demos", CASEBOOK_EMBED=f"http://{GUEST}:{site}")
    made.start()
    yield made
    made.app.terminate()  # and nothing else that has this home
    made.app.wait()


@pytest.fixture
def links(server, trained, monkeypatch):
    """Addresses of a demo and of a link to watch."""
    monkeypatch.setenv("CASEBOOK_HOME", str(server.home))
    run = records.run(trained.rpartition("run=")[2], "local")
    return {kind: f"/{kind}?t={shares.create(run, days=1, kind=kind)}" for kind in shares.KINDS}


@pytest.fixture
def around(browser, site):
    """Open the page of a site with this address in its frame; returns the page and what its console has told."""
    pages = []

    def go(name, address):
        page = browser.new_page(locale="en-US")
        pages.append(page)
        told = []
        page.on("console", lambda message: told.append(message.text))
        page.goto(f"http://{name}:{site}/?of={address}")
        return page, told

    yield go
    for page in pages:
        page.close()


def test_a_site_that_is_allowed_shows_a_demo_that_works_and_a_training_that_is_watched(
    around, demos, links, pictures, tmp_path
):
    page, told = around(GUEST, demos.url + links["demo"])
    inside = page.frame_locator("iframe")
    expect(inside.get_by_text("Predicts which of 10 classes a picture belongs to:")).to_be_visible()
    picture = tmp_path / "new.png"
    picture.write_bytes(next(iter(pictures(1).values())))
    zone = inside.locator(".cb-try-give")
    steps.awake(zone)
    zone.locator("input[data-for=choose]").set_input_files(picture)
    expect(inside.locator(".cb-try-answer li")).to_have_count(5)
    assert not [line for line in told if "frame-ancestors" in line]
    page, _told = around(GUEST, demos.url + links["watch"])
    expect(page.frame_locator("iframe").locator(".cb-live")).to_be_visible()
