"""Who reaches this server under a name it was not started for gets nothing, whatever that request is about."""

from __future__ import annotations

import pytest
from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect
from streamlit.web.server.starlette.starlette_static_routes import create_streamlit_static_assets_routes

from app import MIDDLEWARE
from runs import tokens
from runs.api.hosts import ANY, HERE, refused
from runs.api.prefix import Prefix
from runs.api.routes import ROUTES
from runs.api.security_headers import SecurityHeaders
from runs.api.surfaces import OnlyDemos
from runs.store import records

WHERE = '<script>window.__streamlit={BACKEND_BASE_URL:new URL("./",location.href).href}</script><script type="module"'
OF_CACHE = {"If-None-Match": "*", "If-Modified-Since": "Fri, 31 Dec 2100 00:00:00 GMT"}


@pytest.fixture
def client():
    return TestClient(Starlette(routes=ROUTES, middleware=MIDDLEWARE), base_url="http://localhost:8501")


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.path)
def test_no_route_answers_a_name_that_was_made_to_point_here(client, route, monkeypatch):
    method = "PUT" if "PUT" in route.methods else "GET"
    evil = {"Host": "evil.example:8501", "Origin": "http://evil.example:8501"}
    refusal = client.request(method, route.path, headers=evil)
    assert (refusal.status_code, "CASEBOOK_ALLOWED_HOSTS" in refusal.text) == (403, True)
    assert refusal.headers["content-type"].startswith("text/plain") and "evil.example" in refusal.text
    assert "重启" in client.request(method, route.path, headers={**evil, "Accept-Language": "zh-CN,zh"}).text
    known = client.request(method, route.path)
    assert "CASEBOOK_ALLOWED_HOSTS" not in known.text
    monkeypatch.setenv("CASEBOOK_ALLOWED_HOSTS", "evil.example")
    assert client.request(method, route.path, headers=evil).status_code == known.status_code


def test_a_person_sees_a_page_in_their_language_that_shows_a_name_as_it_is_and_loads_nothing(client):
    asked = {"Host": "<b>.example", "Accept": "text/html,*/*", "Accept-Language": "zh-CN"}
    refusal = client.get("/", headers=asked)
    assert refusal.status_code == 403 and refusal.headers["content-type"].startswith("text/html")
    assert '<html lang="zh">' in refusal.text and "不允许使用此地址" in refusal.text
    assert "&lt;b&gt;.example" in refusal.text and "<b>.example" not in refusal.text
    assert refusal.headers["content-security-policy"].startswith("default-src 'none'")
    assert "not allowed" in client.get("/", headers={**asked, "Accept-Language": "en-GB"}).text


def test_a_good_token_does_not_help_a_foreign_page_and_it_opens_no_websocket(client):
    identity = records.create_run("ann", "fine_tune", "image_recognition", "cats")
    query = {"token": tokens.sign("run", run=identity, owner="ann")}
    assert client.get("/api/metrics", params=query).json()["status"] == "queued"
    for headers in ({"Host": "evil.example"}, {"Origin": "http://evil.example"}, {"Origin": "http://localhost:9000"},
                    {"Origin": "null"}):  # fmt: skip
        assert client.get("/api/metrics", params=query, headers=headers).status_code == 403
        with pytest.raises(WebSocketDisconnect) as closed, client.websocket_connect("/_stcore/stream", headers=headers):
            pass
        assert closed.value.code == 1008


@pytest.mark.parametrize(
    ("names", "host", "answered"),
    [
        (HERE, "localhost", True), (HERE, "LOCALHOST:8501", True), (HERE, "localhost.", True),
        (HERE, "127.0.0.1:8501", True), (HERE, "[::1]:8501", True),
        (HERE, "", False), (HERE, "localhost.evil.example", False), (HERE, "evil.example", False),
        (HERE, "localhost@evil.example", False), (HERE, "evil.example#localhost", False),
        (HERE, "localhost/evil", False), (HERE, "localhost:port", False), (HERE, "localhost:99999", False),
        (HERE, "127.0.0.1.evil.example", False), (HERE, "[::1", False), (HERE, "192.168.1.5", False),
        (["app.example.com"], "app.example.com:443", True), (["App.Example.com."], "app.example.com", True),
        (["app.example.com"], "example.com", False), (["app.example.com"], "x.app.example.com", False),
        (["*.example.com"], "app.example.com", True), (["*.example.com"], "example.com", False),
        (["*.example.com"], "evilexample.com", False), ([ANY], "evil.example", True), ([ANY], "a b", True),
        ([""], "evil.example", False), ([], "localhost", False),
    ],
)  # fmt: skip
def test_a_host_is_one_of_the_names_with_any_port(names, host, answered):
    assert (refused(Headers({"host": host}), names) is None) == answered


@pytest.mark.parametrize(
    ("host", "origin", "answered"),
    [
        ("localhost:8501", "http://localhost:8501", True), ("app.example.com", "https://app.example.com", True),
        ("app.example.com:443", "https://app.example.com", True), ("localhost:8501", "http://LOCALHOST:8501", True),
        ("[::1]:8501", "http://[::1]:8501", True), ("localhost", "https://other.example", True),
        ("localhost:8501", "http://localhost:3000", False), ("localhost:8501", "http://127.0.0.1:8501", False),
        ("localhost:8501", "https://localhost", False), ("localhost:8501", "null", False),
        ("localhost:8501", "", False), ("localhost:8501", "file://localhost:8501", False),
        ("localhost:8501", "http://localhost:8501@evil.example", False),
        ("localhost:8501", "http://localhost:8501/evil", False),
    ],
)  # fmt: skip
def test_scripts_of_the_same_origin_are_answered_and_of_no_other(host, origin, answered):
    headers = Headers({"host": host, "origin": origin})
    assert (refused(headers, ["app.example.com", *HERE], ["https://other.example"]) is None) == answered


@pytest.mark.parametrize(
    ("arrived", "host", "status"),
    [
        (("192.168.1.5", 8501), "192.168.1.5:8501", 404), (("::ffff:192.168.1.5", 8501), "192.168.1.5:8501", 404),
        (("fe80::5%eth0", 8501), "[fe80::5]:8501", 404), (("192.168.1.5", 8501), "192.168.1.6:8501", 403),
        (("192.168.1.5", 8501), "evil.example:8501", 403), (("/run/app.socket", None), "evil.example", 403),
        (None, "evil.example", 403),
    ],
)  # fmt: skip
def test_the_address_a_request_arrived_at_needs_no_adding(client, arrived, host, status):
    app = client.app

    async def through(scope, receive, send):
        await app({**scope, "server": arrived}, receive, send)

    answered = TestClient(through).get("/api/metrics", headers={"Host": host})
    assert answered.status_code == status


@pytest.mark.parametrize("path", ["/host", "/runs", "/account/login", "/api/ready", "/demos/../runs", "/typo"])
def test_who_asks_a_server_of_demos_for_another_page_reads_in_their_language_what_there_is(path):
    surface = TestClient(OnlyDemos(PlainTextResponse("of another route")))
    chinese = {"Accept": "text/html", "Accept-Language": "zh-CN"}
    for headers, told in (({"Accept": "text/html"}, "Open the link that you were sent."), (chinese, "模型试用")):
        answer = surface.get(path, headers=headers)
        assert answer.status_code == 404 and told in answer.text and "of another route" not in answer.text
    assert surface.get(path, headers={"Accept": "*/*"}).text == "Not Found"


@pytest.fixture(params=["", "casebook"], ids=["at the root", "below a path"])
def served(request):
    """Streamlit's own files as the app has them, and what all their addresses begin with."""
    packed = [Middleware(Prefix, told=lambda: request.param), Middleware(GZipMiddleware, minimum_size=1)]
    app = Starlette(routes=create_streamlit_static_assets_routes(request.param), middleware=packed)
    return TestClient(app, follow_redirects=False), f"/{request.param}" if request.param else ""


@pytest.mark.parametrize("headers", [{}, OF_CACHE], ids=["asked for the first time", "asked for again"])
def test_a_page_below_the_start_page_says_that_the_server_is_one_folder_higher(served, headers):
    client, prefix = served
    for path in ("/runs", "/demo?t=a/b", "/index.html"):
        answer = client.get(f"{prefix}{path}", headers=headers)
        assert (answer.status_code, answer.text.count(WHERE)) == (200, 1)
        assert answer.headers["content-length"] == str(len(answer.content))
        assert "etag" not in answer.headers and "content-encoding" not in answer.headers


@pytest.fixture
def policy():
    """The policy that comes with the answer at a path."""
    anything = Route("/{path:path}", lambda request: PlainTextResponse("hello"))
    client = TestClient(Starlette(routes=[anything], middleware=[Middleware(SecurityHeaders)]))
    return lambda path: client.get(path).headers["content-security-policy"].split(";")[0]


def test_no_site_may_show_any_page_unless_the_host_says_so(policy, monkeypatch):
    monkeypatch.delenv("CASEBOOK_EMBED", raising=False)
    for path in ("/", "/runs", "/demo", "/watch", "/api/answer"):
        assert policy(path) == "frame-ancestors 'self'"


def test_the_sites_that_the_host_names_may_show_pages_of_links_and_no_others(policy, monkeypatch):
    monkeypatch.setenv("CASEBOOK_EMBED", "https://blog.example, http://127.0.0.1:8000")
    for path in ("/demo", "/watch", "/demo/", "/casebook/demo"):
        assert policy(path) == "frame-ancestors 'self' https://blog.example http://127.0.0.1:8000"
    for path in ("/", "/runs", "/account", "/host", "/api/upload", "/demonstration"):
        assert policy(path) == "frame-ancestors 'self'"
