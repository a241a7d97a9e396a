"""The app behind a real nginx, made from deploy/nginx.conf: TLS, logging in, uploads, live runs, demos.

That no request leaves the path below which the app lives, `visit` sees to.
"""

from __future__ import annotations

import hashlib
import http.client
import re
import socket
import sqlite3
import ssl
import threading
from contextlib import closing, contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import psutil
import pytest
import segno
from nginx import DEMOS_NAME, STUDIO_NAME, Nginx
from playwright.sync_api import expect

from . import steps
from .serving import Server

PHONE = {"width": 390, "height": 844, "has_touch": True, "is_mobile": True}
NAME, PASSWORD = "annabel", "a long password of hers"
LARGE = 256 * 2**20  # bytes
SECRET = "a secret of the proxy in this test"
PREFIX = "/casebook"  # below which the app lives; at the root, other tests have it


@dataclass(frozen=True)
class Hosted:
    """An app and the proxy before it; `url` is how browsers reach it."""

    app: Server
    proxy: Nginx
    url: str

    def forget_choices(self):
        self.app.forget_choices()

    def get(self, path, name=STUDIO_NAME, **headers):
        """Answer to a request through the proxy whose certificate is checked: status, headers and content."""
        with closing(connection(self.proxy, name)) as asked:
            asked.request("GET", path, headers={"Host": f"{name}:{self.proxy.port}", **headers})
            answer = asked.getresponse()
            return answer.status, answer.headers, answer.read()


def connection(proxy, name):
    trusting = ssl.create_default_context(cafile=str(proxy.folder / "fullchain.pem"))
    made = http.client.HTTPSConnection(name, proxy.port, timeout=120, blocksize=2**20)
    made.sock = trusting.wrap_socket(socket.create_connection(("127.0.0.1", proxy.port)), server_hostname=name)
    return made


@pytest.fixture(scope="module")
def server(browser, small_models, tmp_path_factory):
    """With an account."""
    folder = tmp_path_factory.mktemp("hosted")
    home = small_models(folder / "home")
    app = Server(home, prefix=PREFIX[1:], CASEBOOK_LOGIN="password", CASEBOOK_ALLOWED_HOSTS=STUDIO_NAME)
    demos = Server(home, CASEBOOK_SURFACE="demos", CASEBOOK_ALLOWED_HOSTS=DEMOS_NAME)
    proxy = Nginx(folder / "nginx", PREFIX=PREFIX, STUDIO=f"127.0.0.1:{app.port}", DEMOS=f"127.0.0.1:{demos.port}")
    app.environment["CASEBOOK_URL"] = url = f"{proxy.studio}{PREFIX}"
    with proxy, stopped_at_the_end(app):
        app.start()
        demos.start()
        page = browser.new_page(locale="en-US")
        page.goto(re.search(rf"{re.escape(url)}/account/invitation\S+", app.log())[0])
        page.get_by_label("User name").fill(NAME)
        page.get_by_label("Password", exact=False).first.fill(PASSWORD)
        page.get_by_label("Password again").fill(PASSWORD)
        page.get_by_role("button", name="Create account").click()
        page.wait_for_url(f"{url}/")
        page.close()
        yield Hosted(app, proxy, url)


@contextmanager
def stopped_at_the_end(app):
    """Also where something fails before a test can begin; and with it whatever else has its home."""
    try:
        yield
    finally:
        app.kill()


def log_in(page):
    page.get_by_label("User name").fill(NAME)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()


def test_a_person_logs_in_over_tls_and_out_again(visit, server):
    page = visit("/runs")
    assert page.url.startswith(f"{server.url}/account/login?next=")
    assert page.evaluate("document.fonts.load('1rem \"Source Sans\"').then(found => found.length)") == 1  # the pages'
    sockets = []
    page.on("websocket", lambda opened: sockets.append(opened.url))
    log_in(page)
    expect(page.get_by_role("heading", name="All runs")).to_be_visible()
    assert page.url == f"{server.url}/runs"
    assert set(sockets) == {f"{server.url.replace('https', 'wss')}/_stcore/stream"}
    cookies = {cookie["name"]: cookie for cookie in page.context.cookies()}
    session = cookies["casebook_session"]
    assert session["secure"] and session["httpOnly"] and session["sameSite"] == "Lax"
    assert session["path"] == PREFIX and session["domain"] == STUDIO_NAME
    account = page.get_by_role("link", name=NAME).get_attribute("href")
    page.goto(f"{server.proxy.studio}{account}" if account.startswith("/") else account)
    expect(page.get_by_role("heading", name="Your account")).to_be_visible()
    page.get_by_role("button", name="Log out").first.click()
    expect(page.get_by_role("heading", name="Log in")).to_be_visible()
    assert page.url == f"{server.url}/account/login"


def test_the_camera_large_files_live_runs_and_demos_go_through_the_proxy(visit, server, pictures, zip_of, tmp_path):
    page = visit("/image_recognition")
    log_in(page)
    page.get_by_role("button", name="More ways: single pictures, camera").click()
    steps.address(page, "draft")
    assert page.evaluate("isSecureContext && Boolean(navigator.mediaDevices)")  # since the page came over TLS
    page.get_by_role("button", name="Use the camera").click()
    page.locator(".cb-upload-label input").fill("me")
    page.get_by_role("button", name="Take a picture").click()
    expect(page.get_by_text("me · 1", exact=True)).to_be_visible()

    page.goto(f"{server.url}/image_recognition")
    steps.settled(page)
    with page.expect_request("**/api/upload*") as asked:
        steps.upload(page, zip_of(tmp_path / "plants.zip", pictures(8)))
    steps.address(page, "data")
    cookies = "; ".join(f"{cookie['name']}={cookie['value']}" for cookie in page.context.cookies())
    send_zeros(server, {"Cookie": cookies, "X-Upload-Token": asked.value.headers["x-upload-token"]}, tmp_path)

    page.get_by_role("button", name="Start fine-tuning").click()
    steps.address(page, "run")
    steps.polled(page, 2)
    steps.points(page, at_least=2)  # they come while the page stands
    steps.status(page, "done", limit=400)
    page.get_by_text("Private demo link").first.click()
    steps.settled(page)
    address = steps.link(page)
    assert address.startswith(f"{server.url}/demo?t=")
    code = segno.make(address, error="m").svg_data_uri(scale=4, border=2, light="white", dark="#111")
    expect(page.locator(f'img[src="{code}"]')).to_be_visible()
    phone = visit(address.removeprefix(server.url), **PHONE)
    picture = tmp_path / "new.png"
    picture.write_bytes(next(iter(pictures(1, seed=1).values())))
    steps.give(phone, picture)
    expect(phone.locator(".cb-try-answer li")).to_have_count(3, timeout=30_000)


def send_zeros(server, headers, tmp_path):
    """Many megabytes, which neither the app nor the proxy holds on the way."""
    with (tmp_path / "zeros.zip").open("wb+") as file:
        file.truncate(LARGE)
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        file.seek(0)
        headers |= {"Host": f"{STUDIO_NAME}:{server.proxy.port}", "Content-Length": str(LARGE)}
        with closing(connection(server.proxy, STUDIO_NAME)) as sending, Watch(server) as watch:
            sending.request("PUT", f"{PREFIX}/api/upload?name=zeros.zip&draft=new", file, headers)
            answer = sending.getresponse()
            assert answer.status == 200, answer.read()
    with closing(sqlite3.connect(server.app.home / "casebook.db")) as db:
        [(kept, *arrived)] = db.execute("SELECT id, bytes, sha256 FROM uploads WHERE name = 'zeros.zip'")
    assert arrived == [LARGE, digest]
    (server.app.home / "uploads" / kept).unlink()
    assert watch.held < LARGE / 4 and watch.put_aside == 0 and watch.looks > 5


class Watch:
    """How much more memory the app has than before, and what the proxy puts aside on the disk, at most."""

    def __init__(self, hosted):
        self.app, self.proxy = psutil.Process(hosted.app.app.pid), hosted.proxy
        self.before, self.held, self.put_aside, self.looks = self.app.memory_info().rss, 0, 0, 0
        self.ended = threading.Event()

    def __enter__(self):
        self.thread = threading.Thread(target=self.look)
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.ended.set()
        self.thread.join()

    def look(self):
        while not self.ended.wait(0.01):
            self.held = max(self.held, self.app.memory_info().rss - self.before)
            self.put_aside = max(self.put_aside, self.proxy.put_aside())
            self.looks += 1


def test_the_proxy_compresses_closes_what_is_for_nobody_and_leads_to_tls(server):
    with closing(http.client.HTTPConnection("127.0.0.1", server.proxy.plain_port, timeout=10)) as plain:
        plain.request("GET", f"{PREFIX}/runs", headers={"Host": STUDIO_NAME})
        answer = plain.getresponse()
    assert (answer.status, answer.headers["location"]) == (301, f"https://{STUDIO_NAME}/casebook/runs")
    _, _, page = server.get("/casebook/account/login")
    assert b"<form" in page
    status, headers, _ = server.get("/casebook/demo")
    assert status == 200 and headers["strict-transport-security"]
    _, _, index = server.get("/casebook/demo")
    script = re.search(rb'src="[./]*(static/js/[^"]+\.js)"', index)[1].decode()
    status, headers, _ = server.get(f"/casebook/{script}", **{"Accept-Encoding": "gzip"})
    assert status == 200 and headers["content-encoding"] == "gzip"
    for path in ("/casebook/_stcore/metrics", "/casebook/runs/_stcore/metrics", "/_stcore/metrics", "/runs"):
        assert server.get(path)[0] == 404, path
    status, _, told = server.get("/casebook/runs", Host=f"evil.example:{server.proxy.port}")
    assert status == 403 and b"CASEBOOK_ALLOWED_HOSTS" in told


class Gate(BaseHTTPRequestHandler):
    """In the place of oauth2-proxy: its two addresses, where a cookie says who somebody is."""

    def do_GET(self):
        known = re.search(r"who=([^;]+)", self.headers.get("Cookie", ""))
        self.send_response(403 if self.path == "/oauth2/sign_in" else 202 if known else 401)
        if known:
            self.send_header("X-Auth-Request-Email", known[1])
        self.end_headers()
        if self.path == "/oauth2/sign_in":
            self.wfile.write(f"Sign in for {self.headers['X-Auth-Request-Redirect']}".encode())

    def log_message(self, *_):
        pass


@pytest.fixture
def gated(tmp_path):
    """The app where oauth2-proxy knows the people."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Gate) as gate:
        threading.Thread(target=gate.serve_forever, daemon=True).start()
        app = Server(
            tmp_path / "gated", CASEBOOK_LOGIN="header", CASEBOOK_PROXIES="127.0.0.1", CASEBOOK_PROXY_SECRET=SECRET,
            CASEBOOK_ALLOWED_HOSTS=STUDIO_NAME, CASEBOOK_AGENT="elsewhere",
        )  # fmt: skip
        proxy = Nginx(tmp_path / "nginx", oauth2=True, PREFIX="", STUDIO=f"127.0.0.1:{app.port}", DEMOS="127.0.0.1:1",
                      OAUTH2_PROXY=f"127.0.0.1:{gate.server_port}", PROXY_SECRET=SECRET)  # fmt: skip
        with proxy, stopped_at_the_end(app):
            app.start()
            yield Hosted(app, proxy, proxy.studio)
        gate.shutdown()


def test_who_oauth2_proxy_names_is_logged_in_and_nobody_can_name_themselves(browser, gated):
    forged = {"X-Forwarded-User": "eve@example.org", "X-Casebook-Secret": "a guess"}
    status, _, told = gated.get("/runs?a=b&c=d", **forged)
    assert (status, told) == (403, b"Sign in for /runs?a=b&c=d")
    with closing(http.client.HTTPConnection("127.0.0.1", gated.app.port, timeout=10)) as direct:
        direct.request("GET", "/runs", headers=forged)
        assert direct.getresponse().status == 401
    context = browser.new_context(locale="en-US", extra_http_headers=forged)
    context.add_cookies([{"name": "who", "value": "ann@example.org", "url": gated.url}])
    page = context.new_page()
    page.goto(f"{gated.url}/runs")
    expect(page.get_by_text(re.compile("ann@.?example"))).to_be_visible()  # no browser makes a link of it
    expect(page.get_by_role("heading", name="All runs")).to_be_visible()
    context.close()
