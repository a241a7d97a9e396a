"""A demo inside the page of another site: where the host has allowed that site, and nowhere else."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import expect

from runs.store import records, shares

from . import steps
from .serving import Server, free_port

GUEST, STRANGER = "blog.example", "other.example"  # the browser of these tests takes both for 127.0.0.1


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


def is_refused(page, told):
    steps.comes(page, lambda: [line for line in told if "frame-ancestors" in line], lambda lines: len(lines) > 0)
    return page.frames[1].url.startswith("chrome-error:")


def test_a_demo_works_in_the_page_of_a_site_that_is_allowed(around, demos, links, pictures, tmp_path):
    page, told = around(GUEST, demos.url + links["demo"])
    inside = page.frame_locator("iframe")
    expect(inside.get_by_text("Predicts which of 10 classes a picture belongs to:")).to_be_visible(timeout=30_000)
    picture = tmp_path / "new.png"
    picture.write_bytes(next(iter(pictures(1).values())))
    zone = inside.locator(".cb-try-give")
    steps.awake(zone)
    zone.locator("input[data-for=choose]").set_input_files(picture)
    expect(inside.locator(".cb-try-answer li")).to_have_count(5, timeout=60_000)
    assert not [line for line in told if "frame-ancestors" in line]


def test_a_training_is_watched_there_too(around, demos, links):
    page, _told = around(GUEST, demos.url + links["watch"])
    expect(page.frame_locator("iframe").locator(".cb-live")).to_be_visible(timeout=30_000)


@pytest.mark.parametrize("kind", shares.KINDS)
def test_no_other_site_can_show_it(around, demos, links, kind):
    assert is_refused(*around(STRANGER, demos.url + links[kind]))


def test_the_studio_is_shown_by_no_site(around, server, links):
    for path in ("/", "/runs", links["demo"]):
        assert is_refused(*around(GUEST, server.url + path)), path
