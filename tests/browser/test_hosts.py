"""DNS rebinding against the app as it runs: a foreign name that leads to this machine opens nothing."""

from __future__ import annotations

import http.client

import pytest
from playwright.sync_api import expect

from runs.api.routes import ROUTES

EVIL = "evil.example"  # the browser of these tests takes it for 127.0.0.1
PATHS = ["/", "/runs", "/_stcore/health", "/_stcore/upload_file/a/b", "/media/a.png", "/component/a/b"]
UPGRADE = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13",
           "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ=="}  # fmt: skip


def status(server, path, headers, method="GET"):
    """Of an answer to exactly these headers."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    try:
        connection.putrequest(method, path, skip_host=True)
        for name, value in headers.items():
            connection.putheader(name, value)
        connection.endheaders()
        return connection.getresponse().status
    finally:
        connection.close()


@pytest.mark.parametrize(
    ("host", "origin", "expected"),
    [
        ("localhost", "http://localhost", 101), ("127.0.0.1", "http://127.0.0.1", 101), ("127.0.0.1", None, 101),
        (EVIL, f"http://{EVIL}", 403), (EVIL, None, 403), ("127.0.0.1", f"http://{EVIL}", 403),
        ("127.0.0.1", "http://localhost", 403), ("127.0.0.1", "null", 403),
    ],
)  # fmt: skip
def test_the_websocket_of_the_pages_opens_for_pages_of_this_server_only(server, host, origin, expected):
    asked = {**UPGRADE, "Host": f"{host}:{server.port}"}
    if origin:
        asked["Origin"] = origin if origin == "null" else f"{origin}:{server.port}"
    assert status(server, "/_stcore/stream", asked) == expected


def test_neither_pages_nor_files_nor_any_route_answer_a_foreign_name(server):
    asked = [("GET", path) for path in PATHS] + [(method, route.path) for route in ROUTES for method in route.methods]
    for method, path in asked:
        assert status(server, path, {"Host": f"{EVIL}:{server.port}"}, method) == 403, (method, path)
    for host in (f"localhost:{server.port}", f"127.0.0.1:{server.port}"):
        assert status(server, "/", {"Host": host}) == 200


def test_a_browser_under_a_foreign_name_is_told_what_to_do_and_sees_nothing(browser, server):
    page = browser.new_page()
    answer = page.goto(f"http://{EVIL}:{server.port}/runs")
    assert answer.status == 403
    expect(page.get_by_text("CASEBOOK_ALLOWED_HOSTS")).to_be_visible()
    page.close()


def test_localhost_is_as_good_as_its_address(browser, server):
    page = browser.new_page(locale="en-US")
    page.goto(f"http://localhost:{server.port}/runs")
    expect(page.get_by_role("heading", name="All runs")).to_be_visible()
    page.close()
